/* understudy explore: makes a deployment ready and hands it to the dry run's program, which tries
 * every order of faults on it. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/compile.h"
#include "compiler/front.h"
#include "compiler/program.h"
#include "compiler/staging.h"
#include "compiler/topology.h"

struct exploration {
    const char *subject; /* a topology or a deployment */
    const char *faults;
    const char *states;
    const char *time;
    const char *servers;
    const char *seed;
    const char *years;
    bool random;
    const char *output;
    bool json;
    char scratch[STAGING_PATH_BYTES]; /* a private folder for the compiled topology, or "" */
};

static int make_scratch(struct exploration *exploration)
{
    const char *temporary = getenv("TMPDIR");
    const int length =
        snprintf(exploration->scratch, sizeof exploration->scratch, "%s/understudy-XXXXXX",
                 temporary != NULL && *temporary != '\0' ? temporary : "/tmp");
    if (length < STAGING_PATH_BYTES / 2 && mkdtemp(exploration->scratch) != NULL)
        return EXIT_FINE;
    exploration->scratch[0] = '\0';
    return front_failed("no folder for temporary files can be made: %s", strerror(errno));
}

static int compile(struct exploration *exploration)
{
    char error[TEXT_BYTES_MAX];
    struct topology topology;
    topology_load(&topology, exploration->subject, false);
    topology_print_findings(&topology);
    int exit_code = topology.exit_code;
    if (exit_code == EXIT_FINE)
        exit_code = make_scratch(exploration);
    if (exit_code == EXIT_FINE &&
        !compile_topology(&topology.resolved, exploration->scratch, error))
        exit_code = front_failed("%s", error);
    topology_free(&topology);
    return exit_code;
}

static int run(const struct exploration *exploration)
{
    static const char verb[] = "explore";
    const bool compiled = exploration->scratch[0] != '\0';
    const char *arguments[24] = {NULL, verb,
                                 compiled ? exploration->scratch : exploration->subject};
    const struct {
        const char *name;
        const char *value;
    } given[] = {{"--faults", exploration->faults}, {"--states", exploration->states},
                 {"--time", exploration->time},     {"--servers", exploration->servers},
                 {"--seed", exploration->seed},     {"--years", exploration->years},
                 {"-o", exploration->output}};
    size_t count = 3;
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        if (given[i].value != NULL) {
            arguments[count++] = given[i].name;
            arguments[count++] = given[i].value;
        }
    if (exploration->random)
        arguments[count++] = "--random";
    if (exploration->json)
        arguments[count++] = "--json";
    if (isatty(STDERR_FILENO))
        arguments[count++] = "--progress";
    fflush(NULL);
    return program_run("understudy-sim", arguments);
}

static bool is_number(const char *text)
{
    return *text != '\0' && strspn(text, "0123456789") == strlen(text) &&
           strspn(text, "0") != strlen(text);
}

/* The name of an option that takes a number, or NULL. */
static const char *number_name(int option)
{
    switch (option) {
    case 'f':
        return "faults";
    case 's':
        return "states";
    case 't':
        return "time";
    case 'p':
        return "servers";
    case 'd':
        return "seed";
    case 'y':
        return "years";
    default:
        return NULL;
    }
}

static int read_options(struct exploration *exploration, int argc, char **argv)
{
    static const struct option options[] = {
        {"faults", required_argument, NULL, 'f'}, {"states", required_argument, NULL, 's'},
        {"time", required_argument, NULL, 't'},   {"servers", required_argument, NULL, 'p'},
        {"random", no_argument, NULL, 'r'},       {"seed", required_argument, NULL, 'd'},
        {"years", required_argument, NULL, 'y'},  {"output", required_argument, NULL, 'o'},
        {"json", no_argument, NULL, 'j'},         {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "o:", options, NULL)) != -1;) {
        if (option == '?')
            return front_misused("explore", "that is no option of this verb");
        const char *name = number_name(option);
        if (name != NULL && !is_number(optarg))
            return front_misused("explore", "--%s takes a number from 1 upward, not \"%s\"", name,
                                 optarg);
        if (option == 'f')
            exploration->faults = optarg;
        else if (option == 's')
            exploration->states = optarg;
        else if (option == 't')
            exploration->time = optarg;
        else if (option == 'p')
            exploration->servers = optarg;
        else if (option == 'd')
            exploration->seed = optarg;
        else if (option == 'y')
            exploration->years = optarg;
        else if (option == 'o')
            exploration->output = optarg;
        exploration->random = exploration->random || option == 'r';
        exploration->json = exploration->json || option == 'j';
    }
    if (!exploration->random && (exploration->seed != NULL || exploration->years != NULL))
        return front_misused("explore", "--seed and --years belong to --random");
    if (exploration->random && (exploration->faults != NULL || exploration->states != NULL ||
                                exploration->servers != NULL || exploration->output != NULL))
        return front_misused("explore", "--random takes --seed, --years, --time and --json alone");
    if (argc - optind != 1)
        return front_misused("explore", "one topology or deployment is needed");
    exploration->subject = argv[optind];
    return EXIT_FINE;
}

int verb_explore(int argc, char **argv)
{
    struct exploration exploration = {.subject = NULL};
    int exit_code = read_options(&exploration, argc, argv);
    if (exit_code == EXIT_FINE && !front_is_deployment(exploration.subject))
        exit_code = compile(&exploration);
    if (exit_code == EXIT_FINE)
        exit_code = run(&exploration);
    if (exploration.scratch[0] != '\0')
        staging_remove_tree(exploration.scratch);
    return exit_code;
}
