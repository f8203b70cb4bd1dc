/* understudy simulate: makes a deployment and a compiled outage file ready, and hands them to the
 * dry run's program. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/arena.h"
#include "compiler/compile.h"
#include "compiler/emit_outage.h"
#include "compiler/front.h"
#include "compiler/program.h"
#include "compiler/staging.h"
#include "compiler/topology.h"
#include "compiler/unpack.h"
#include "dsl/dsl.h"
#include "runtime/deployment.h"

#define OUTAGE_FILE "outage.bin"

struct simulation {
    const char *subject; /* a topology or a deployment */
    char **outage_files;
    int outage_file_count;
    bool json;
    bool verbose;
    const char *svg;
    const char *html;

    char scratch[STAGING_PATH_BYTES]; /* a private folder, "" before it is made */
    const char *deployment_path;
    struct topology topology; /* if the subject is one */
    struct model unpacked;    /* otherwise */
    struct resolved resolved;
    const struct image *image;
    struct arena *arena;
    struct diag *diag; /* of the outage files */
    struct resolved_outages outages;
};

/* ---- the private folder ---- */

static int make_scratch(struct simulation *simulation)
{
    const char *temporary = getenv("TMPDIR");
    int length = snprintf(simulation->scratch, sizeof simulation->scratch, "%s/understudy-XXXXXX",
                          temporary != NULL && *temporary != '\0' ? temporary : "/tmp");
    if (length < STAGING_PATH_BYTES / 2 && mkdtemp(simulation->scratch) != NULL)
        return EXIT_FINE;
    simulation->scratch[0] = '\0';
    return front_failed("no folder for temporary files can be made: %s", strerror(errno));
}

static void remove_scratch(const struct simulation *simulation)
{
    if (simulation->scratch[0] != '\0')
        staging_remove_tree(simulation->scratch);
}

/* ---- the deployment ---- */

static int prepare_topology(struct simulation *simulation)
{
    char error[TEXT_BYTES_MAX];
    struct topology *topology = &simulation->topology;
    topology_load(topology, simulation->subject, false);
    topology_print_findings(topology);
    if (topology->exit_code != EXIT_FINE)
        return topology->exit_code;
    if (!compile_topology(&topology->resolved, simulation->scratch, error))
        return front_failed("%s", error);
    simulation->deployment_path = simulation->scratch;
    simulation->resolved = topology->resolved;
    return EXIT_FINE;
}

static int prepare_deployment(struct simulation *simulation)
{
    char error[TEXT_BYTES_MAX];
    bool given = front_is_deployment(simulation->subject);
    simulation->deployment_path = simulation->subject;
    int exit_code = given ? EXIT_FINE : prepare_topology(simulation);
    if (exit_code != EXIT_FINE)
        return exit_code;
    const struct deployment *deployment = deployment_open(simulation->deployment_path, error);
    if (deployment == NULL)
        return front_failed("%s", error);
    simulation->image = deployment_image(deployment);
    if (given)
        unpack_image(simulation->image, simulation->arena, &simulation->unpacked,
                     &simulation->resolved);
    return EXIT_FINE;
}

/* ---- the outages ---- */

static void add_outages(struct simulation *simulation, const struct resolved_outages *more)
{
    struct resolved_outages *all = &simulation->outages;
    for (uint32_t i = 0; i < more->count; i++) {
        all->outages =
            arena_grow(simulation->arena, all->outages, all->count, sizeof *all->outages);
        all->outages[all->count++] = more->outages[i];
    }
}

static int read_outages(struct simulation *simulation)
{
    bool readable = true;
    for (int i = 0; i < simulation->outage_file_count; i++) {
        struct model_outages outages = {.count = 0};
        struct resolved_outages resolved = {.count = 0};
        if (!dsl_read_outages(simulation->outage_files[i], simulation->arena, &outages,
                              simulation->diag))
            readable = false;
        else if (resolve_outages(simulation->arena, &simulation->resolved, &outages, &resolved,
                                 simulation->diag))
            add_outages(simulation, &resolved);
    }
    diag_print(simulation->diag, stderr, dsl_locate);
    if (!readable)
        return EXIT_SYSTEM;
    return diag_error_count(simulation->diag) > 0 ? EXIT_MATTER : EXIT_FINE;
}

static int write_outages(const struct simulation *simulation, const char *path)
{
    char error[TEXT_BYTES_MAX];
    FILE *out = fopen(path, "wxe");
    if (out == NULL)
        return front_failed("%s cannot be written: %s", path, strerror(errno));
    emit_outages(out, simulation->arena, &simulation->outages, simulation->image);
    return staging_close(out, OUTAGE_FILE, error) ? EXIT_FINE : front_failed("%s", error);
}

/* ---- the run ---- */

static int run(struct simulation *simulation, const char *outage_path)
{
    static const char verb[] = "simulate";
    const char *arguments[11] = {NULL, verb, simulation->deployment_path, outage_path};
    size_t count = 4;
    if (simulation->json)
        arguments[count++] = "--json";
    if (simulation->verbose)
        arguments[count++] = "--verbose";
    if (simulation->svg != NULL) {
        arguments[count++] = "--svg";
        arguments[count++] = simulation->svg;
    }
    if (simulation->html != NULL) {
        arguments[count++] = "--html";
        arguments[count++] = simulation->html;
    }
    fflush(NULL);
    return program_run("understudy-sim", arguments);
}

static int simulate(struct simulation *simulation)
{
    int exit_code = make_scratch(simulation);
    if (exit_code == EXIT_FINE)
        exit_code = prepare_deployment(simulation);
    if (exit_code == EXIT_FINE)
        exit_code = read_outages(simulation);
    if (exit_code != EXIT_FINE)
        return exit_code;
    const char *path = arena_format(simulation->arena, "%s/" OUTAGE_FILE, simulation->scratch);
    exit_code = write_outages(simulation, path);
    return exit_code == EXIT_FINE ? run(simulation, path) : exit_code;
}

static bool read_options(struct simulation *simulation, int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"verbose", no_argument, NULL, 'v'},
                                            {"svg", required_argument, NULL, 's'},
                                            {"html", required_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == '?')
            return front_misused("simulate", "that is no option of this verb"), false;
        if (option == 's')
            simulation->svg = optarg;
        if (option == 'h')
            simulation->html = optarg;
        simulation->json = simulation->json || option == 'j';
        simulation->verbose = simulation->verbose || option == 'v';
    }
    if (argc - optind < 2)
        return front_misused("simulate",
                             "a topology or deployment and at least one outage file are needed"),
               false;
    simulation->subject = argv[optind];
    simulation->outage_files = argv + optind + 1;
    simulation->outage_file_count = argc - optind - 1;
    return true;
}

int verb_simulate(int argc, char **argv)
{
    struct simulation simulation = {.subject = NULL};
    if (!read_options(&simulation, argc, argv))
        return EXIT_USAGE;
    simulation.arena = arena_new();
    simulation.diag = diag_new(simulation.arena);
    int exit_code = simulate(&simulation);
    remove_scratch(&simulation);
    if (simulation.topology.arena != NULL)
        topology_free(&simulation.topology);
    arena_free(simulation.arena);
    return exit_code;
}
