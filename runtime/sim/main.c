/* understudy-sim: the dry run.
 *
 *     simulate DEPLOYMENT OUTAGE.bin [--json] [--verbose] [--svg FILE] [--html FILE]
 *     timeline FILE.json --svg FILE
 *     explore DEPLOYMENT [--faults K] [--states N] [--time S] [--servers N]
 *         [--json] [-o FILE]
 *     forecast ... (forecast_command.c)
 *
 * The front, `understudy simulate`, makes the compiled outage file and calls this program.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/deployment.h"
#include "runtime/sim/array.h"
#include "runtime/sim/explore.h"
#include "runtime/sim/explore_part.h"
#include "runtime/sim/forecast.h"
#include "runtime/sim/json.h"
#include "runtime/sim/page.h"
#include "runtime/sim/picture.h"
#include "runtime/sim/report.h"
#include "runtime/sim/script.h"
#include "runtime/sim/soak.h"
#include "runtime/sim/timeline.h"

enum { EXIT_FINE, EXIT_MATTER, EXIT_USAGE, EXIT_SYSTEM };

struct options {
    const char *verb;
    const char *paths[2];
    int path_count;
    const char *svg;
    const char *html;
    const char *output;
    struct explore_options explore;
    struct soak_options soak;
    bool random;           /* explore by a random soak */
    uint32_t part_servers; /* explore every part of so many; 0: the site as a whole */
    bool json;
    bool verbose;
};

static const char usage[] =
    "usage: understudy-sim simulate DEPLOYMENT OUTAGE.bin [--json] [--verbose] [--svg FILE]\n"
    "                               [--html FILE]\n"
    "       understudy-sim timeline FILE.json --svg FILE\n"
    "       understudy-sim explore DEPLOYMENT [--faults K] [--states N] [--time S] [--servers N]\n"
    "                              [--json] [-o FILE]\n"
    "       understudy-sim explore DEPLOYMENT --random [--seed N] [--years Y] [--time S] "
    "[--json]\n"
    "       understudy-sim forecast ...\n";

static int failed(const char *error)
{
    fprintf(stderr, "understudy-sim: %s\n", error);
    return EXIT_SYSTEM;
}

/* Whatever was written to a file has reached it; closes it. */
static bool close_file(FILE *file)
{
    const bool fine = fflush(file) == 0 && !ferror(file);
    return (file == stdout || fclose(file) == 0) && fine;
}

/* ---- the picture and the page ---- */

static int put_file(const char *path, const json_t *outages, const struct timeline *timelines,
                    size_t count, bool page)
{
    char sentence[TEXT_BYTES_MAX];
    FILE *out = fopen(path, "we");
    if (out != NULL && page)
        page_write(out, outages, timelines, count);
    else if (out != NULL)
        picture_write(out, timelines, count);
    if (out != NULL && close_file(out))
        return EXIT_FINE;
    snprintf(sentence, sizeof sentence, "%.300s cannot be written: %s", path, strerror(errno));
    return failed(sentence);
}

/* Writes the picture and the page, those of them that are asked for. */
static int draw(const json_t *outages, const struct options *options)
{
    char error[TEXT_BYTES_MAX];
    size_t count = 0;
    if (options->svg == NULL && options->html == NULL)
        return EXIT_FINE;
    struct timeline *timelines = timeline_read(outages, &count, error);
    if (timelines == NULL)
        return failed(error);
    int exit_code = EXIT_FINE;
    if (options->svg != NULL)
        exit_code = put_file(options->svg, outages, timelines, count, false);
    if (options->html != NULL && exit_code == EXIT_FINE)
        exit_code = put_file(options->html, outages, timelines, count, true);
    timeline_free(timelines, count);
    return exit_code;
}

static int draw_timeline(const struct options *options)
{
    json_error_t problem;
    json_t *outages = json_load_file(options->paths[0], JSON_REJECT_DUPLICATES, &problem);
    if (outages == NULL) {
        char error[TEXT_BYTES_MAX];
        snprintf(error, sizeof error, "%.200s, line %d: %.200s", options->paths[0], problem.line,
                 problem.text);
        return failed(error);
    }
    const int exit_code = draw(outages, options);
    json_decref(outages);
    return exit_code;
}

/* ---- the dry run ---- */

static int worse(int a, int b)
{
    return a > b ? a : b;
}

static bool can_be_run(const struct script *script, const struct image *image)
{
    bool fine = true;
    for (uint32_t i = 0; i < script->header->outage_count; i++)
        fine = script_judge(script, &script->outages[i], image, stderr) == 0 && fine;
    return fine;
}

/* Runs one outage and adds what came of it to the list. */
static int run_outage(const struct deployment *deployment, const struct script *script,
                      const struct outage *outage, json_t *outages)
{
    struct world *world = world_run(deployment, script, outage);
    struct result *result = result_of(world);
    if (json_array_append_new(outages, json_of(result)) != 0)
        array_no_memory();
    int exit_code = result->broken_count > 0 ? EXIT_MATTER : EXIT_FINE;
    if (world->fault_count > 0)
        exit_code = EXIT_SYSTEM;
    result_free(result);
    world_free(world);
    return exit_code;
}

static void print_outages(const json_t *outages, const struct options *options)
{
    if (options->json) {
        json_dumpf(outages, stdout, JSON_INDENT(2));
        putchar('\n');
        return;
    }
    for (size_t i = 0; i < json_array_size(outages); i++) {
        if (i > 0)
            putchar('\n');
        report_write(stdout, json_array_get(outages, i), options->verbose);
    }
}

static int run_script(const struct deployment *deployment, const struct script *script,
                      const struct options *options)
{
    if (!can_be_run(script, deployment_image(deployment)))
        return EXIT_MATTER;
    json_t *outages = json_array();
    int exit_code = EXIT_FINE;
    for (uint32_t i = 0; i < script->header->outage_count; i++)
        exit_code = worse(exit_code, run_outage(deployment, script, &script->outages[i], outages));
    print_outages(outages, options);
    exit_code = worse(exit_code, draw(outages, options));
    json_decref(outages);
    if (!close_file(stdout))
        return failed("the report cannot be written in full");
    return exit_code;
}

static int simulate(const struct options *options)
{
    char error[TEXT_BYTES_MAX];
    struct script script;
    const struct deployment *deployment = deployment_open(options->paths[0], error);
    if (deployment == NULL ||
        !script_open(&script, options->paths[1], deployment_image(deployment), error))
        return failed(error);
    const int exit_code = run_script(deployment, &script, options);
    script_close(&script);
    return exit_code;
}

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
    if (out != NULL && close_file(out))
        return EXIT_FINE;
    snprintf(sentence, sizeof sentence, "%.300s cannot be written: %s", path, strerror(errno));
    return failed(sentence);
}

/* What came of one part of a site after the other; the whole site is a single part. */
struct exploring {
    const struct options *options;
    const struct deployment *deployment;
    uint32_t count; /* of parts that were explored */
    int exit_code;
};

static bool explore_deployment(struct exploring *exploring, const struct deployment *deployment)
{
    char error[TEXT_BYTES_MAX];
    struct exploration exploration;
    const struct options *options = exploring->options;
    if (!explore_run(&exploration, deployment, &options->explore, error)) {
        fprintf(stderr, "understudy: %s\n", error);
        explore_free(&exploration);
        exploring->exit_code = worse(exploring->exit_code, EXIT_MATTER);
        return false;
    }
    if (options->json)
        explore_json(stdout, &exploration, deployment, &options->explore);
    else
        explore_report(stdout, &exploration, deployment, &options->explore,
                       options->output == NULL);
    if (explore_is_broken(&exploration)) {
        exploring->exit_code = worse(exploring->exit_code, EXIT_MATTER);
        if (options->output != NULL)
            exploring->exit_code =
                worse(exploring->exit_code, write_outages(&exploration, deployment, options->output,
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
    const struct deployment *deployment = deployment_open(options->paths[0], error);
    if (deployment == NULL)
        return failed(error);
    struct exploring exploring = {
        .options = options, .deployment = deployment, .exit_code = EXIT_FINE};
    if (options->part_servers == 0) {
        explore_deployment(&exploring, deployment);
    } else {
        fputs(options->json ? "[\n" : "", stdout);
        part_each(deployment, options->part_servers, explore_part, &exploring);
        fputs(options->json ? "]\n" : "", stdout);
    }
    if (!close_file(stdout))
        return failed("the report cannot be written in full");
    return exploring.exit_code;
}

/* ---- the random soak ---- */

static int soak(const struct options *options)
{
    char error[TEXT_BYTES_MAX];
    struct soak soak;
    const struct deployment *deployment = deployment_open(options->paths[0], error);
    if (deployment == NULL)
        return failed(error);
    if (deployment_image(deployment)->failovers.count == 0)
        return failed("the site has no failovers: nothing can be tried");
    soak_run(&soak, deployment, &options->soak);
    (options->json ? soak_json : soak_report)(stdout, &soak, &options->soak);
    const int exit_code = soak.broken ? EXIT_MATTER : EXIT_FINE;
    soak_free(&soak);
    return close_file(stdout) ? exit_code : failed("the report cannot be written in full");
}

/* ---- the command line ---- */

/* A whole number from 1 to max. */
static bool read_number(const char *text, uint64_t max, uint64_t *number)
{
    char *end;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    *number = value;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && value >= 1 &&
           value <= max;
}

static bool read_bounds(struct options *options, const char *faults, const char *states,
                        const char *time, const char *servers)
{
    uint64_t number;
    if (time != NULL && !read_number(time, UINT32_MAX, &number))
        return fprintf(stderr, "understudy-sim: --time takes whole seconds from 1 upward\n"), false;
    options->explore.time_s = time != NULL ? (uint32_t)number : 0;
    if (servers != NULL && !read_number(servers, PART_SERVERS_MAX, &number))
        return fprintf(stderr, "understudy-sim: --servers takes a number from 1 to %d\n",
                       PART_SERVERS_MAX),
               false;
    options->part_servers = servers != NULL ? (uint32_t)number : 0;
    if (faults != NULL && !read_number(faults, EXPLORE_FAULTS_MAX, &number))
        return fprintf(stderr, "understudy-sim: --faults takes a number from 1 to %d\n",
                       EXPLORE_FAULTS_MAX),
               false;
    options->explore.faults = faults != NULL ? (uint32_t)number : EXPLORE_FAULTS;
    if (states != NULL && !read_number(states, EXPLORE_STATES_MAX, &number))
        return fprintf(stderr, "understudy-sim: --states takes a number from 1 to %u\n",
                       EXPLORE_STATES_MAX),
               false;
    options->explore.states = states != NULL ? number : EXPLORE_STATES;
    return true;
}

static bool read_soak(struct options *options, const char *seed, const char *years)
{
    uint64_t number = 1;
    if (seed != NULL && !read_number(seed, UINT32_MAX, &number))
        return fprintf(stderr, "understudy-sim: --seed takes a number from 1 upward\n"), false;
    options->soak.seed = number;
    number = SOAK_YEARS;
    if (years != NULL && !read_number(years, SOAK_YEARS_MAX, &number))
        return fprintf(stderr, "understudy-sim: --years takes a number from 1 to %d\n",
                       SOAK_YEARS_MAX),
               false;
    options->soak.years = (uint32_t)number;
    options->soak.time_s = options->explore.time_s;
    options->soak.progress = options->explore.progress;
    return true;
}

static bool read_options(struct options *options, int argc, char **argv)
{
    if (argc < 2)
        return false;
    const char *faults = NULL;
    const char *states = NULL;
    const char *time = NULL;
    const char *servers = NULL;
    const char *seed = NULL;
    const char *years = NULL;
    options->verb = argv[1];
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            options->json = true;
        else if (strcmp(argv[i], "--verbose") == 0)
            options->verbose = true;
        else if (strcmp(argv[i], "--svg") == 0 && i + 1 < argc)
            options->svg = argv[++i];
        else if (strcmp(argv[i], "--html") == 0 && i + 1 < argc)
            options->html = argv[++i];
        else if (strcmp(argv[i], "--faults") == 0 && i + 1 < argc)
            faults = argv[++i];
        else if (strcmp(argv[i], "--states") == 0 && i + 1 < argc)
            states = argv[++i];
        else if (strcmp(argv[i], "--time") == 0 && i + 1 < argc)
            time = argv[++i];
        else if (strcmp(argv[i], "--servers") == 0 && i + 1 < argc)
            servers = argv[++i];
        else if (strcmp(argv[i], "--random") == 0)
            options->random = true;
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            seed = argv[++i];
        else if (strcmp(argv[i], "--years") == 0 && i + 1 < argc)
            years = argv[++i];
        else if (strcmp(argv[i], "-o") == 0 && i + 1 < argc)
            options->output = argv[++i];
        else if (strcmp(argv[i], "--progress") == 0)
            options->explore.progress = true;
        else if (strncmp(argv[i], "--", 2) == 0 || options->path_count == 2)
            return false;
        else
            options->paths[options->path_count++] = argv[i];
    }
    return read_bounds(options, faults, states, time, servers) && read_soak(options, seed, years);
}

int main(int argc, char **argv)
{
    struct options options = {0};
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return EXIT_FINE;
    }
    if (argc >= 2 && strcmp(argv[1], "forecast") == 0)
        return forecast_command(argc - 2, argv + 2);
    if (read_options(&options, argc, argv)) {
        if (strcmp(options.verb, "simulate") == 0 && options.path_count == 2)
            return simulate(&options);
        if (strcmp(options.verb, "timeline") == 0 && options.path_count == 1 &&
            options.svg != NULL && options.html == NULL && !options.json && !options.verbose)
            return draw_timeline(&options);
        if (strcmp(options.verb, "explore") == 0 && options.path_count == 1 &&
            options.svg == NULL && options.html == NULL && !options.verbose)
            return options.random ? soak(&options) : explore(&options);
    }
    fputs(usage, stderr);
    return EXIT_USAGE;
}
