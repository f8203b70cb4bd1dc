/* understudy simulate: makes a deployment and a compiled outage file ready, and hands them to the
 * dry run's program. */
#include <getopt.h>
#include <stdio.h>

#include "compiler/front.h"
#include "compiler/prepare.h"
#include "compiler/program.h"

struct simulation {
    const char *subject; /* a topology or a deployment */
    char **outage_files;
    int outage_file_count;
    bool json;
    bool verbose;
    const char *svg;
    const char *html;
};

static int run(const struct simulation *simulation, const struct prepared *prepared)
{
    static const char verb[] = "simulate";
    const char *arguments[11] = {NULL, verb, prepared->deployment, prepared->outages};
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
    /* Where nothing is left to be removed afterwards, nobody has to wait. */
    return prepared->scratch[0] == '\0' ? program_become("understudy-sim", arguments)
                                        : program_run("understudy-sim", arguments);
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
    struct prepared prepared;
    int exit_code = prepare_begin(&prepared, simulation.subject, simulation.outage_files,
                                  simulation.outage_file_count);
    if (exit_code == EXIT_FINE)
        exit_code = run(&simulation, &prepared);
    prepare_end(&prepared);
    return exit_code;
}
