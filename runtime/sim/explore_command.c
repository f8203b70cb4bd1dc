/* understudy-sim explore DEPLOYMENT [--faults K] [--acts fail,cut,...] [--states N] [--time S]
 *     [--servers N] [--prompt] [--single] [--json] [-o FILE] [--progress]
 * understudy-sim explore DEPLOYMENT --expect OUTAGE.bin [--acts fail,cut,...] [--faults K]
 *     [--time S] [--json] [-o FILE]
 * understudy-sim explore DEPLOYMENT --random [--seed N] [--years Y] [--time S] [--json]
 *
 * The front, `understudy explore`, makes the files and calls this. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/deployment.h"
#include "runtime/sim/array.h"
#include "runtime/sim/command.h"
#include "runtime/sim/explore.h"
#include "runtime/sim/explore_expect.h"
#include "runtime/sim/explore_part.h"
#include "runtime/sim/soak.h"
#include "runtime/sim/stopwatch.h"

#define TIME_S 60 /* where neither --faults nor --time bounds it */

struct options {
    const char *path;
    const char *output;
    const char *expect; /* a compiled outage file */
    struct explore_options explore;
    struct soak_options soak;
    bool random;
    uint32_t part_servers; /* explore every part of so many; 0: the site as a whole */
    bool json;
};

static const char usage[] =
    "usage: understudy-sim explore DEPLOYMENT [--faults K] [--acts fail,cut,...] [--states N]\n"
    "                              [--time S] [--servers N] [--prompt] [--single]\n"
    "                              [--expect OUTAGE.bin] [--json] [-o FILE]\n"
    "       understudy-sim explore DEPLOYMENT --random [--seed N] [--years Y] [--time S] "
    "[--json]\n";

/* ---- the exploration ---- */

/* The outage files of all properties that are broken, in one. */
static int write_outages(struct exploration *exploration, const struct deployment *deployment,
                         const char *path, const char *mode)
{
    char sentence[TEXT_BYTES_MAX];
    FILE *out = fopen(path, mode);
    for (int p = 0; out != NULL && p < BOARD_PROPERTY_COUNT; p++) {
        if (!exploration->traces[p].broken)
            continue;
        char *text = explore_outage(exploration, deployment, (enum board_property)p);
        fputs(text, out);
        free(text);
    }
    if (out != NULL && command_close(out))
        return EXIT_FINE;
    snprintf(sentence, sizeof sentence, "%.300s cannot be written: %s", path, strerror(errno));
    return command_failed(sentence);
}

/* What came of one part of a site after the other; the whole site is a single part. */
struct exploring {
    const struct options *options;
    const struct deployment *deployment;
    uint32_t count; /* of parts that were explored */
    int exit_code;
};

/* One fault, then two, and so on: what few faults break is found first, and where a bound is
 * reached, all orders of fewer have been tried. Only the last exploration is kept. */
static bool count_up(struct exploration *exploration, const struct deployment *deployment,
                     const struct options *options, char error[static TEXT_BYTES_MAX])
{
    const double begin_s = stopwatch_s();
    struct explore_options bounds = options->explore;
    uint32_t complete = 0;
    for (bounds.faults = 1;; bounds.faults++) {
        const double spent_s = stopwatch_s() - begin_s;
        if (options->explore.time_s > 0)
            bounds.time_s = spent_s < options->explore.time_s - 1
                                ? options->explore.time_s - (uint32_t)spent_s
                                : 1;
        if (!explore_run(exploration, deployment, &bounds, error))
            return false;
        if (exploration->complete)
            complete = bounds.faults;
        exploration->complete_faults = complete;
        if (!exploration->complete || explore_is_broken(exploration) ||
            bounds.faults == options->explore.faults)
            return true;
        explore_free(exploration);
    }
}

static bool explore_deployment(struct exploring *exploring, const struct deployment *deployment)
{
    char error[TEXT_BYTES_MAX];
    struct exploration exploration;
    const struct options *options = exploring->options;
    if (!count_up(&exploration, deployment, options, error)) {
        fprintf(stderr, "understudy: %s\n", error);
        explore_free(&exploration);
        exploring->exit_code = command_worse(exploring->exit_code, EXIT_MATTER);
        return false;
    }
    if (options->json)
        explore_json(stdout, &exploration, deployment);
    else
        explore_report(stdout, &exploration, deployment, options->output == NULL);
    if (explore_is_broken(&exploration)) {
        exploring->exit_code = command_worse(exploring->exit_code, EXIT_MATTER);
        if (options->output != NULL)
            exploring->exit_code = command_worse(
                exploring->exit_code, write_outages(&exploration, deployment, options->output,
                                                    exploring->count == 0 ? "we" : "ae"));
    }
    explore_free(&exploration);
    exploring->count++;
    return true;
}

static bool explore_part(void *context, const uint32_t *servers, uint32_t count)
{
    struct exploring *exploring = context;
    struct deployment *part = part_cut(exploring->deployment, servers, count);
    const struct image *image = part->image;
    if (exploring->options->json && exploring->count > 0)
        fputs(",\n", stdout);
    for (uint32_t s = 0; s < count && !exploring->options->json; s++)
        printf("%s%s",
               s > 0                  ? ", "
               : exploring->count > 0 ? "\nPart: "
                                      : "Part: ",
               image_text(image, image_servers(image)[s].name));
    if (!exploring->options->json)
        puts(", and all parts that are like it.");
    fflush(stdout);
    const bool explored = explore_deployment(exploring, part);
    free(part);
    return explored;
}

static int explore(const struct options *options)
{
    char error[TEXT_BYTES_MAX];
    const struct deployment *deployment = deployment_open(options->path, error);
    if (deployment == NULL)
        return command_failed(error);
    struct exploring exploring = {
        .options = options, .deployment = deployment, .exit_code = EXIT_FINE};
    if (options->part_servers == 0) {
        explore_deployment(&exploring, deployment);
    } else {
        fputs(options->json ? "[\n" : "", stdout);
        part_each(deployment, options->part_servers, explore_part, &exploring);
        fputs(options->json ? "]\n" : "", stdout);
    }
    if (!command_close(stdout))
        return command_failed("the report cannot be written in full");
    return exploring.exit_code;
}

/* ---- the random soak ---- */

static int soak(const struct options *options)
{
    char error[TEXT_BYTES_MAX];
    struct soak soak;
    const struct deployment *deployment = deployment_open(options->path, error);
    if (deployment == NULL)
        return command_failed(error);
    if (deployment_image(deployment)->failovers.count == 0)
        return command_failed("the site has no failovers: nothing can be tried");
    soak_run(&soak, deployment, &options->soak);
    (options->json ? soak_json : soak_report)(stdout, &soak, &options->soak);
    const int exit_code = soak.broken ? EXIT_MATTER : EXIT_FINE;
    soak_free(&soak);
    return command_close(stdout) ? exit_code
                                 : command_failed("the report cannot be written in full");
}

/* ---- what the user expects ---- */

static int write_stories(const struct expect_run *run, const char *path)
{
    char sentence[TEXT_BYTES_MAX];
    FILE *out = fopen(path, "we");
    for (uint32_t i = 0; out != NULL && i < run->verdict_count; i++)
        if (run->verdicts[i].broken)
            fputs(run->verdicts[i].story, out);
    if (out != NULL && command_close(out))
        return EXIT_MATTER;
    snprintf(sentence, sizeof sentence, "%.300s cannot be written: %s", path, strerror(errno));
    return command_failed(sentence);
}

static int hold_expectations(const struct options *options, const struct deployment *deployment,
                             const struct script *script)
{
    const struct expect_options bounds = {.faults = options->explore.faults,
                                          .acts = options->explore.acts,
                                          .time_s = options->explore.time_s,
                                          .progress = options->explore.progress};
    struct expect_run run;
    for (uint32_t i = 0; i < script->header->outage_count; i++)
        if (script_judge(script, &script->outages[i], deployment->image, stderr) > 0)
            return EXIT_MATTER;
    if (script->header->expect_count == 0) {
        fputs("understudy: the outage file expects nothing; write what must hold, for example\n"
              "    expect { gap \"CAMERA\" { at_most = \"25 s\" } }\n",
              stderr);
        return EXIT_MATTER;
    }
    expect_run(&run, deployment, script, &bounds);
    if (options->json)
        expect_json(stdout, &run, &bounds);
    else
        expect_report(stdout, &run, &bounds, options->output == NULL);
    int exit_code = run.broken > 0 || run.own_fault != NULL ? EXIT_MATTER : EXIT_FINE;
    if (run.broken > 0 && options->output != NULL)
        exit_code = write_stories(&run, options->output);
    expect_free(&run);
    return command_close(stdout) ? exit_code
                                 : command_failed("the report cannot be written in full");
}

static int expect(const struct options *options)
{
    char error[TEXT_BYTES_MAX];
    struct script script;
    const struct deployment *deployment = deployment_open(options->path, error);
    if (deployment == NULL ||
        !script_open(&script, options->expect, deployment_image(deployment), error))
        return command_failed(error);
    const int exit_code = hold_expectations(options, deployment, &script);
    script_close(&script);
    return exit_code;
}

/* ---- the command line ---- */

/* Numbers that are not given stay 0. */
struct numbers {
    uint64_t faults, states, time_s, servers, seed, years;
};

/* Takes an option with a number from 1 to its most; false if it is none of these, or wrong. */
static bool take_number(struct numbers *numbers, const char *name, const char *text)
{
    const struct {
        const char *name;
        uint64_t *to;
        uint64_t max;
    } takers[] = {{"--faults", &numbers->faults, EXPLORE_FAULTS_MAX},
                  {"--states", &numbers->states, EXPLORE_STATES_MAX},
                  {"--time", &numbers->time_s, UINT32_MAX},
                  {"--servers", &numbers->servers, PART_SERVERS_MAX},
                  {"--seed", &numbers->seed, UINT32_MAX},
                  {"--years", &numbers->years, SOAK_YEARS_MAX}};
    for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++) {
        if (strcmp(takers[i].name, name) != 0)
            continue;
        char *end;
        errno = 0;
        *takers[i].to = strtoull(text, &end, 10);
        if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *takers[i].to >= 1 &&
            *takers[i].to <= takers[i].max)
            return true;
        fprintf(stderr, "understudy-sim: %s takes a number from 1 to %llu\n", name,
                (unsigned long long)takers[i].max);
        return false;
    }
    return false;
}

static uint64_t or_else(uint64_t number, uint64_t otherwise)
{
    return number != 0 ? number : otherwise;
}

static void set_bounds(struct options *options, const struct numbers *numbers)
{
    const bool unbounded = numbers->faults == 0 && numbers->time_s == 0 && !options->random;
    options->explore.faults = (uint32_t)or_else(numbers->faults, EXPLORE_FAULTS_MAX);
    options->explore.time_s = unbounded ? TIME_S : (uint32_t)numbers->time_s;
    options->explore.states = or_else(numbers->states, EXPLORE_STATES);
    options->part_servers = (uint32_t)numbers->servers;
    options->soak = (struct soak_options){.seed = or_else(numbers->seed, 1),
                                          .years = (uint32_t)or_else(numbers->years, SOAK_YEARS),
                                          .time_s = options->explore.time_s,
                                          .progress = options->explore.progress};
}

/* All that can be tried, where nothing is said. */
static bool choose_acts(struct options *options, const char *words)
{
    const uint32_t known = options->expect != NULL ? EXPECT_ACTS : EXPLORE_ACTS;
    char text[TEXT_BYTES_MAX];
    options->explore.acts = known;
    if (words == NULL || explore_read_acts(words, known, &options->explore.acts))
        return true;
    explore_name_acts(known, text, sizeof text);
    fprintf(stderr, "understudy-sim: --acts takes %s, with commas between them%s\n", text,
            options->expect != NULL ? ", where something is expected" : "");
    return false;
}

static bool read_options(struct options *options, int argc, char **argv)
{
    struct numbers numbers = {0};
    const char *acts = NULL;
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            options->json = true;
        else if (strcmp(argv[i], "--random") == 0)
            options->random = true;
        else if (strcmp(argv[i], "--progress") == 0)
            options->explore.progress = true;
        else if (strcmp(argv[i], "--prompt") == 0)
            options->explore.prompt = true;
        else if (strcmp(argv[i], "--single") == 0)
            options->explore.single = true;
        else if (strcmp(argv[i], "-o") == 0 && i + 1 < argc)
            options->output = argv[++i];
        else if (strcmp(argv[i], "--expect") == 0 && i + 1 < argc)
            options->expect = argv[++i];
        else if (strcmp(argv[i], "--acts") == 0 && i + 1 < argc)
            acts = argv[++i];
        else if (argv[i][0] == '-' && i + 1 < argc && take_number(&numbers, argv[i], argv[i + 1]))
            i++;
        else if (argv[i][0] != '-' && options->path == NULL)
            options->path = argv[i];
        else
            return false;
    }
    set_bounds(options, &numbers);
    return choose_acts(options, acts) && options->path != NULL;
}

int explore_command(int argc, char **argv)
{
    struct options options = {0};
    if (!read_options(&options, argc, argv)) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (options.random)
        return soak(&options);
    return options.expect != NULL ? expect(&options) : explore(&options);
}
