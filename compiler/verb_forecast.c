/* understudy forecast: compiles the topology, and the same with one thing more, and has the dry
 * run's program simulate many years of them. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/arena.h"
#include "compiler/compile.h"
#include "compiler/failure_rate.h"
#include "compiler/front.h"
#include "compiler/program.h"
#include "compiler/staging.h"
#include "compiler/topology.h"
#include "compiler/variant.h"

struct forecast {
    const char *path;
    const char *seed;
    const char *years;
    const char *time;
    bool json;
    struct arena *arena;
    struct failure_rates rates;
    struct topology topology;
    char scratch[STAGING_PATH_BYTES]; /* a private folder, "" before it is made */
    const char **arguments;           /* of the dry run's program */
    size_t argument_count;
};

static void add_argument(struct forecast *forecast, const char *argument)
{
    forecast->arguments = arena_grow(forecast->arena, forecast->arguments, forecast->argument_count,
                                     sizeof *forecast->arguments);
    forecast->arguments[forecast->argument_count++] = argument;
}

static void add_option(struct forecast *forecast, const char *name, const char *value)
{
    if (value == NULL)
        return;
    add_argument(forecast, name);
    add_argument(forecast, value);
}

/* ---- rates ---- */

static void add_rate(struct forecast *forecast, const struct failure_rate *rate)
{
    add_option(forecast, "--rate",
               arena_format(forecast->arena, "%s/%" PRId64 "/%" PRId64 "%s%s%s%s", rate->kind,
                            rate->mtbf_ms, rate->mttr_ms, rate->a[0] != '\0' ? "/" : "", rate->a,
                            rate->b[0] != '\0' ? "/" : "", rate->b));
}

/* What is new fails as what it is like: names are replaced in the rates that have one. */
static void add_rates_of_added(struct forecast *forecast, const struct variant *variant)
{
    for (size_t i = 0; i < variant->added_count; i++) {
        const struct variant_added *added = &variant->added[i];
        const bool is_server = strcmp(added->kind, "server") == 0;
        for (size_t r = 0; r < forecast->rates.count; r++) {
            struct failure_rate rate = forecast->rates.rates[r];
            if (strcmp(rate.kind, added->kind) != 0 &&
                !(is_server && strcmp(rate.kind, "link") == 0))
                continue;
            const char **name = strcmp(rate.a, added->like) == 0   ? &rate.a
                                : strcmp(rate.b, added->like) == 0 ? &rate.b
                                                                   : NULL;
            if (name == NULL)
                continue;
            *name = added->name;
            add_rate(forecast, &rate);
        }
    }
}

/* ---- deployments ---- */

/* Compiles into a folder of its own, whose path it adds to the arguments. */
static int compile(struct forecast *forecast, const char *name, const struct resolved *resolved)
{
    char error[TEXT_BYTES_MAX];
    const char *folder = arena_format(forecast->arena, "%s/%s", forecast->scratch, name);
    if (!compile_topology(resolved, folder, error))
        return front_failed("%s", error);
    add_argument(forecast, folder);
    return EXIT_FINE;
}

static int compile_variants(struct forecast *forecast)
{
    static const struct {
        const char *name;
        void (*make)(struct variant *variant, const struct resolved *resolved);
    } makers[] = {{"standby", variant_standby}, {"slot", variant_slot}, {"volume", variant_volume}};
    int exit_code = EXIT_FINE;
    for (size_t i = 0; i < sizeof makers / sizeof makers[0] && exit_code == EXIT_FINE; i++) {
        struct variant *variant = arena_alloc(forecast->arena, sizeof *variant);
        makers[i].make(variant, &forecast->topology.resolved);
        add_option(forecast, "--without", variant->why_not);
        if (variant->why_not != NULL)
            continue;
        add_option(forecast, "--more", variant->label);
        exit_code = compile(forecast, makers[i].name, &variant->resolved);
        add_rates_of_added(forecast, variant);
    }
    return exit_code;
}

/* ---- the run ---- */

static int load(struct forecast *forecast)
{
    struct topology *topology = &forecast->topology;
    topology_load(topology, forecast->path, false);
    topology_print_findings(topology);
    if (topology->exit_code != EXIT_FINE)
        return topology->exit_code;
    const char *wrong =
        failure_rates_complete(&forecast->rates, forecast->arena, &topology->resolved);
    return wrong == NULL ? EXIT_FINE : front_misused("forecast", "%s", wrong);
}

static int run(struct forecast *forecast)
{
    char error[TEXT_BYTES_MAX];
    add_argument(forecast, NULL); /* the program's own name, which program_run sets */
    add_argument(forecast, "forecast");
    int exit_code = load(forecast);
    if (exit_code == EXIT_FINE)
        exit_code =
            staging_scratch(forecast->scratch, error) ? EXIT_FINE : front_failed("%s", error);
    if (exit_code == EXIT_FINE)
        exit_code = compile(forecast, "site", &forecast->topology.resolved);
    for (size_t i = 0; i < forecast->rates.count; i++)
        add_rate(forecast, &forecast->rates.rates[i]);
    if (exit_code == EXIT_FINE)
        exit_code = compile_variants(forecast);
    if (exit_code != EXIT_FINE)
        return exit_code;
    add_option(forecast, "--seed", forecast->seed);
    add_option(forecast, "--years", forecast->years);
    add_option(forecast, "--time", forecast->time);
    if (forecast->json)
        add_argument(forecast, "--json");
    if (isatty(STDERR_FILENO))
        add_argument(forecast, "--progress");
    add_argument(forecast, NULL);
    fflush(NULL);
    return program_run("understudy-sim", forecast->arguments);
}

/* ---- the command line ---- */

/* A whole number from 1 to most, in digits alone. */
static bool is_number(const char *text, uint64_t most)
{
    const size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 10 || text[digits] != '\0')
        return false;
    const unsigned long long number = strtoull(text, NULL, 10);
    return number >= 1 && number <= most;
}

static int read_number(const char *name, uint64_t most, const char **field)
{
    if (!is_number(optarg, most))
        return front_misused("forecast",
                             "--%s takes a whole number from 1 to %" PRIu64 ", not "
                             "\"%s\"",
                             name, most, optarg);
    *field = optarg;
    return EXIT_FINE;
}

static int read_option(struct forecast *forecast, int option)
{
    const char *wrong = NULL;
    switch (option) {
    case 'f':
    case 'r':
        wrong = failure_rate_take(&forecast->rates, forecast->arena, optarg, option == 'r');
        return wrong == NULL ? EXIT_FINE
                             : front_misused("forecast", "--%s \"%s\": %s",
                                             option == 'r' ? "mttr" : "mtbf", optarg, wrong);
    case 'd':
        return read_number("seed", UINT32_MAX, &forecast->seed);
    case 'y':
        return read_number("years", 1000000, &forecast->years);
    case 't':
        return read_number("time", UINT32_MAX, &forecast->time);
    case 'j':
        forecast->json = true;
        return EXIT_FINE;
    default:
        return front_misused("forecast", "that is no option of this verb");
    }
}

static int read_options(struct forecast *forecast, int argc, char **argv)
{
    static const struct option options[] = {{"mtbf", required_argument, NULL, 'f'},
                                            {"mttr", required_argument, NULL, 'r'},
                                            {"seed", required_argument, NULL, 'd'},
                                            {"years", required_argument, NULL, 'y'},
                                            {"time", required_argument, NULL, 't'},
                                            {"json", no_argument, NULL, 'j'},
                                            {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        const int exit_code = read_option(forecast, option);
        if (exit_code != EXIT_FINE)
            return exit_code;
    }
    if (argc - optind != 1)
        return front_misused("forecast", "one topology is needed");
    forecast->path = argv[optind];
    if (front_is_deployment(forecast->path))
        return front_misused("forecast",
                             "%s is a deployment; the topology is needed, which is "
                             "compiled with one standby, slot and volume more",
                             forecast->path);
    if (forecast->rates.count == 0)
        return front_misused("forecast",
                             "say how often something fails and how long its repair takes, as in "
                             "--mtbf \"server 2 y\" --mttr \"server 8 h\"");
    return EXIT_FINE;
}

int verb_forecast(int argc, char **argv)
{
    struct forecast forecast = {.arena = arena_new()};
    int exit_code = read_options(&forecast, argc, argv);
    if (exit_code == EXIT_FINE)
        exit_code = run(&forecast);
    if (forecast.scratch[0] != '\0')
        staging_remove_tree(forecast.scratch);
    if (forecast.topology.arena != NULL)
        topology_free(&forecast.topology);
    arena_free(forecast.arena);
    return exit_code;
}
