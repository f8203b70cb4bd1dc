/* understudy explore: makes a deployment ready and hands it to the dry run's program, which tries
 * every order of faults on it. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compiler/front.h"
#include "compiler/prepare.h"
#include "compiler/program.h"

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
    char *expect; /* an outage file */
    const char *acts;
    bool prompt;
    bool single;
    bool json;
};

static int run(const struct exploration *exploration, const struct prepared *prepared)
{
    static const char verb[] = "explore";
    const char *arguments[24] = {NULL, verb, prepared->deployment};
    const struct {
        const char *name;
        const char *value;
    } given[] = {{"--faults", exploration->faults}, {"--states", exploration->states},
                 {"--time", exploration->time},     {"--servers", exploration->servers},
                 {"--seed", exploration->seed},     {"--years", exploration->years},
                 {"-o", exploration->output},       {"--expect", prepared->outages},
                 {"--acts", exploration->acts}};
    size_t count = 3;
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        if (given[i].value != NULL) {
            arguments[count++] = given[i].name;
            arguments[count++] = given[i].value;
        }
    if (exploration->random)
        arguments[count++] = "--random";
    if (exploration->prompt)
        arguments[count++] = "--prompt";
    if (exploration->single)
        arguments[count++] = "--single";
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
        {"expect", required_argument, NULL, 'x'}, {"acts", required_argument, NULL, 'a'},
        {"prompt", no_argument, NULL, 'q'},       {"single", no_argument, NULL, '1'},
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
        else if (option == 'x')
            exploration->expect = optarg;
        else if (option == 'a')
            exploration->acts = optarg;
        exploration->random = exploration->random || option == 'r';
        exploration->prompt = exploration->prompt || option == 'q';
        exploration->single = exploration->single || option == '1';
        exploration->json = exploration->json || option == 'j';
    }
    if (!exploration->random && (exploration->seed != NULL || exploration->years != NULL))
        return front_misused("explore", "--seed and --years belong to --random");
    if (exploration->random &&
        (exploration->faults != NULL || exploration->states != NULL ||
         exploration->servers != NULL || exploration->output != NULL || exploration->prompt ||
         exploration->single || exploration->expect != NULL || exploration->acts != NULL))
        return front_misused("explore", "--random takes --seed, --years, --time and --json alone");
    if (exploration->expect != NULL &&
        (exploration->states != NULL || exploration->servers != NULL || exploration->prompt ||
         exploration->single))
        return front_misused("explore",
                             "--expect takes --acts, --faults, --time, --json and -o alone");
    if (argc - optind != 1)
        return front_misused("explore", "one topology or deployment is needed");
    exploration->subject = argv[optind];
    return EXIT_FINE;
}

int verb_explore(int argc, char **argv)
{
    struct exploration exploration = {.subject = NULL};
    int exit_code = read_options(&exploration, argc, argv);
    if (exit_code != EXIT_FINE)
        return exit_code;
    struct prepared prepared;
    exit_code = prepare_begin(&prepared, exploration.subject, &exploration.expect,
                              exploration.expect != NULL);
    if (exit_code == EXIT_FINE)
        exit_code = run(&exploration, &prepared);
    prepare_end(&prepared);
    return exit_code;
}
