/* understudy-sim: the dry run.
 *
 *     simulate DEPLOYMENT OUTAGE.bin [--json] [--verbose] [--svg FILE] [--html FILE]
 *     timeline FILE.json --svg FILE
 *     explore ... (explore_command.c)
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
#include "runtime/sim/command.h"
#include "runtime/sim/explore.h"
#include "runtime/sim/forecast.h"
#include "runtime/sim/json.h"
#include "runtime/sim/page.h"
#include "runtime/sim/picture.h"
#include "runtime/sim/report.h"
#include "runtime/sim/script.h"
#include "runtime/sim/timeline.h"

struct options {
    const char *verb;
    const char *paths[2];
    int path_count;
    const char *svg;
    const char *html;
    bool json;
    bool verbose;
};

static const char usage[] =
    "usage: understudy-sim simulate DEPLOYMENT OUTAGE.bin [--json] [--verbose] [--svg FILE]\n"
    "                               [--html FILE]\n"
    "       understudy-sim timeline FILE.json --svg FILE\n"
    "       understudy-sim explore ...\n"
    "       understudy-sim forecast ...\n";

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
    if (out != NULL && command_close(out))
        return EXIT_FINE;
    snprintf(sentence, sizeof sentence, "%.300s cannot be written: %s", path, strerror(errno));
    return command_failed(sentence);
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
        return command_failed(error);
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
        return command_failed(error);
    }
    const int exit_code = draw(outages, options);
    json_decref(outages);
    return exit_code;
}

/* ---- the dry run ---- */

static bool can_be_run(const struct script *script, const struct image *image)
{
    bool fine = true;
    for (uint32_t i = 0; i < script->header->outage_count; i++)
        fine = script_judge(script, &script->outages[i], image, stderr) == 0 && fine;
    return fine;
}

/* Runs one outage and says what came of it. */
static int run_outage(const struct deployment *deployment, const struct script *script,
                      const struct outage *outage, json_t **told)
{
    struct world *world = world_run(deployment, script, outage);
    struct result *result = result_of(world);
    *told = json_of(result);
    int exit_code = result->broken_count > 0 ? EXIT_MATTER : EXIT_FINE;
    if (world->fault_count > 0)
        exit_code = EXIT_SYSTEM;
    result_free(result);
    world_free(world);
    return exit_code;
}

/* Its lines stand in the array: two further in. */
static int print_inner(const char *text, size_t size, void *context)
{
    (void)context;
    for (size_t done = 0; done < size;) {
        const char *end = memchr(text + done, '\n', size - done);
        const size_t line = end == NULL ? size - done : (size_t)(end + 1 - (text + done));
        fwrite(text + done, 1, line, stdout);
        if (end != NULL)
            fputs("  ", stdout);
        done += line;
    }
    return 0;
}

/* One of so many outages, as soon as it is over: a file may hold thousands. */
static void print_outage(const json_t *outage, uint32_t number, uint32_t count,
                         const struct options *options)
{
    if (!options->json) {
        if (number > 0)
            putchar('\n');
        report_write(stdout, outage, options->verbose);
        return;
    }
    fputs(number == 0 ? "[\n  " : ",\n  ", stdout);
    json_dump_callback(outage, print_inner, NULL, JSON_INDENT(2));
    if (number + 1 == count)
        fputs("\n]\n", stdout);
}

static int run_script(const struct deployment *deployment, const struct script *script,
                      const struct options *options)
{
    if (!can_be_run(script, deployment_image(deployment)))
        return EXIT_MATTER;
    const uint32_t count = script->header->outage_count;
    const bool drawn = options->svg != NULL || options->html != NULL;
    json_t *outages = json_array();
    int exit_code = EXIT_FINE;
    for (uint32_t i = 0; i < count; i++) {
        json_t *outage;
        exit_code =
            command_worse(exit_code, run_outage(deployment, script, &script->outages[i], &outage));
        print_outage(outage, i, count, options);
        if (drawn && json_array_append(outages, outage) != 0)
            array_no_memory();
        json_decref(outage);
    }
    if (count == 0 && options->json)
        puts("[]");
    exit_code = command_worse(exit_code, draw(outages, options));
    json_decref(outages);
    if (!command_close(stdout))
        return command_failed("the report cannot be written in full");
    return exit_code;
}

static int simulate(const struct options *options)
{
    char error[TEXT_BYTES_MAX];
    struct script script;
    const struct deployment *deployment = deployment_open(options->paths[0], error);
    if (deployment == NULL ||
        !script_open(&script, options->paths[1], deployment_image(deployment), error))
        return command_failed(error);
    const int exit_code = run_script(deployment, &script, options);
    script_close(&script);
    return exit_code;
}

/* ---- the command line ---- */

static bool read_options(struct options *options, int argc, char **argv)
{
    if (argc < 2)
        return false;
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
        else if (strncmp(argv[i], "--", 2) == 0 || options->path_count == 2)
            return false;
        else
            options->paths[options->path_count++] = argv[i];
    }
    return true;
}

int main(int argc, char **argv)
{
    struct options options = {0};
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return EXIT_FINE;
    }
    if (argc >= 2 && strcmp(argv[1], "explore") == 0)
        return explore_command(argc - 2, argv + 2);
    if (argc >= 2 && strcmp(argv[1], "forecast") == 0)
        return forecast_command(argc - 2, argv + 2);
    if (read_options(&options, argc, argv)) {
        if (strcmp(options.verb, "simulate") == 0 && options.path_count == 2)
            return simulate(&options);
        if (strcmp(options.verb, "timeline") == 0 && options.path_count == 1 &&
            options.svg != NULL && options.html == NULL && !options.json && !options.verbose)
            return draw_timeline(&options);
    }
    fputs(usage, stderr);
    return EXIT_USAGE;
}
