/* understudy: one front for all programs. Its own verbs read topologies; the others belong to the
 * programs beside it. */
#include <stdio.h>
#include <string.h>

#include "compiler/arena.h"
#include "compiler/diag.h"
#include "compiler/front.h"
#include "compiler/program.h"
#include "runtime/image.h"

#define VERSION "0.1"

/* What a verb is done by: a function here, another program, or nothing yet. Where both are named,
 * the function prepares what the program does, and the program tells the help. */
struct verb {
    const char *name;
    const char *arguments;
    const char *help; /* its first line stands in the list of all verbs */
    front_verb *run;
    const char *program;
};

#define NODE     "understudy-node"
#define RECORDER "understudy-recorder"

static const struct verb verbs[] = {
    {"check", "TOPOLOGY [--json] [--strict] [--all]",
     "Report every error and warning and the worst case of each standby; write nothing.\n"
     "Of lines of one kind the first three are shown, with --all all of them. With --strict a\n"
     "warning counts as an error.",
     verb_check, NULL},
    {"compile", "TOPOLOGY -o DIR [--strict]",
     "Make DIR/deployment.so, its readable sources in DIR/gen and DIR/report.txt.", verb_compile,
     NULL},
    {"simulate", "TOPOLOGY|DEPLOYMENT OUTAGE... [--verbose] [--json] [--svg FILE] [--html FILE]",
     "Dry-run the outages: what happens when, and which camera is recorded by whom.", verb_simulate,
     NULL},
    {"explore",
     "TOPOLOGY|DEPLOYMENT [--faults K] [--acts fail,cut,...] [--states N] [--time SECONDS] "
     "[--servers N] [--prompt] [--single] [--json] [-o FILE]; or --expect OUTAGE [--acts "
     "fail,cut,...] "
     "[--faults K]; or --random [--seed N] [--years Y]",
     "Try every order of up to K faults and their repairs; FILE gets outages that break "
     "something.\n"
     "One fault comes first, then two, and so on; without --faults and --time as many as a minute\n"
     "allows. It is the whole site, or with --servers every part of so many servers, and it is\n"
     "Understudy that is tested: what must always hold is held after every step.\n"
     "--acts: only these faults, of fail, log_off, cut, force_start, force_stop, disable and lose\n"
     "(volumes and the coordinator); fewer kinds allow more faults.\n"
     "--prompt: no word between two servers is slow, as in a network that is well: each comes "
     "before\n"
     "anything that takes a second. So more faults can be tried.\n"
     "--single: of cameras that are alike one stands for all, not two: one of them cannot be on\n"
     "disk while another is not. So still more faults can be tried.\n"
     "--expect: the outage file says what you expect of your site (expect { ... }). Every order "
     "of\n"
     "faults is played, after the acts of the file if it has any, and what breaks an expectation "
     "is\n"
     "shown as an outage file. --acts: of fail, cut, isolate, pause and lose. The site is watched "
     "after the last one "
     "for\n"
     "as long as the outage lasts after its own last act.\n"
     "--random: years of random faults on the whole site.",
     verb_explore, NULL},
    {"forecast",
     "TOPOLOGY --mtbf \"KIND [NAME] TIME\"... --mttr \"KIND [NAME] TIME\"... [--years Y] [--seed "
     "N] [--time SECONDS] [--json]",
     "Expect what share of many years each camera is recorded, and what one more would buy.\n"
     "It also tells what the rest is lost to; one more is a standby, a slot and a volume.\n"
     "KIND is server, volume or link. --mtbf: how long it runs on average until it fails; --mttr:\n"
     "how long until it is repaired. Without NAME it holds for all of a kind; a link is named by\n"
     "its two servers. Units as in a topology, and y, a year of 365 days. What is not named never\n"
     "fails.\n"
     "    --mtbf \"server 2 y\" --mttr \"server 8 h\" --mtbf \"server alpha 90 d\"\n"
     "    --mtbf \"link alpha omega 30 d\" --mttr \"link alpha omega 10 min\"\n"
     "Method: the dry run bears failures and repairs at random, independent of each other, with\n"
     "exponentially distributed times. The years (--years) are cut into 20 batches; their mean "
     "and\n"
     "its deviation give each figure and, by Student's t, an interval that holds the true mean "
     "with\n"
     "a probability of 95 %; where a few rare events decide, it is rough. Nothing is counted of "
     "the\n"
     "first ten mean repairs. One more is compared batch by batch, under the same failures, and\n"
     "what is new fails like what it is modelled on. The same --seed (1) and --years give the "
     "same\n"
     "figures; --time ends earlier, with wider intervals.",
     verb_forecast, NULL},
    {"print", "TOPOLOGY", "Print a topology as it was understood, in its own language.", verb_print,
     NULL},
    {"graph", "TOPOLOGY [-o FILE.svg] [--machine FAILOVER]",
     "Draw its servers, volumes and failovers, or the state chart of one failover, as SVG.",
     verb_graph, NULL},
    {"plan", "OLD NEW [--json]",
     "Show what a new topology or deployment changes beside an old one.", verb_plan, NULL},
    {"doctor", "[DEPLOYMENT --server NAME] [--state DIR] [--keys DIR] [--secrets FILE] [--json]",
     "Say what this machine lacks, each with what to do.\n"
     "Alone it looks at a machine that compiles topologies; with a deployment at that server of "
     "it,\n"
     "which is this machine: address, peers, volumes, memory; with --state at the folder of its "
     "node.\n"
     "Root looks at volumes, keys and secrets as the user that the state folder belongs to. What\n"
     "does not answer within 10 s, such as a NAS that is away, is given up and named. Peers are\n"
     "only called, not spoken with: their logs tell of a stranger.",
     verb_doctor, NULL},
    {"words", "[WORD]", "Show the language of topologies and outages.", verb_words, NULL},
    {"explain", "CODE", "Tell more about a message, such as E201.", verb_explain, NULL},
    {"node", "DEPLOYMENT --server NAME --state DIR", "Run one server of a deployment.", NULL, NODE},
    {"keys", "...", "Make the keys that servers know each other by.", NULL, NODE},
    {"deploy", "[DEPLOYMENT|--roll-back] ...", "Hand a deployment to the servers of a site.", NULL,
     NODE},
    {"status", "[--json] ...", "Show the state of a running server.", NULL, NODE},
    {"watch", "...", "Show the same on a terminal, live.", NULL, NODE},
    {"force-start", "FAILOVER --reason TEXT ...", "Move a main's objects to its standby now.", NULL,
     NODE},
    {"force-stop", "FAILOVER --reason TEXT ...", "Send them back.", NULL, NODE},
    {"disable", "FAILOVER --reason TEXT ...", "Have a failover watch nothing.", NULL, NODE},
    {"enable", "FAILOVER ...", "Have it watch its main again.", NULL, NODE},
    {"maintenance", "MAIN --for TIME --reason TEXT ...",
     "Have a standby not watch a main for a time.", NULL, NODE},
    {"drill", "FAILOVER --reason TEXT ...",
     "Play the loss of a main: what its standby would do, without doing it.", NULL, NODE},
    {"why", "CAMERA|SERVER ...", "Say which rule decided, and what was considered.", NULL, NODE},
    {"journal", "show|replay|verify|export ...",
     "Show the decisions of a server, take them again, check or copy them.", NULL, NODE},
    {"archive", "list|gaps|play|export|verify|fill|lock|unlock|serve [DEPLOYMENT] [PATH...] ...",
     "Look at the archive of all servers as one; a deployment stands for its volumes.",
     verb_archive, RECORDER},
    {"volume", "...", "Prepare a volume for recording.", NULL, RECORDER},
};
static const size_t verb_count = sizeof verbs / sizeof verbs[0];

static bool is_there(const struct verb *verb)
{
    return verb->run != NULL || verb->program != NULL;
}

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < verb_count; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

static int print_help(FILE *to)
{
    fputs("usage: understudy VERB ...\n\n"
          "Failover for recording servers: compile a description of them, dry-run it, run it.\n\n",
          to);
    for (size_t i = 0; i < verb_count; i++)
        if (is_there(&verbs[i]))
            fprintf(to, "  %-12s %.*s\n", verbs[i].name, (int)strcspn(verbs[i].help, "\n"),
                    verbs[i].help);
    fputs("\nunderstudy VERB --help tells more about one of them.\n", to);
    return to == stdout ? EXIT_FINE : EXIT_USAGE;
}

static int print_verb_help(const struct verb *verb)
{
    printf("usage: understudy %s%s%s\n\n%s\n", verb->name, *verb->arguments == '\0' ? "" : " ",
           verb->arguments, verb->help);
    if (!is_there(verb))
        puts("It is not there yet in this version.");
    fputs("\nExit codes: 0 all well; 1 something is wrong in the matter itself; 2 the command line "
          "is "
          "wrong;\n3 the system failed.\n",
          stdout);
    return EXIT_FINE;
}

static int print_version(void)
{
    printf("understudy %s (machines %u, image %u)\n", VERSION, MACHINE_ABI, IMAGE_ABI);
    return EXIT_FINE;
}

static int unknown_verb(const char *name)
{
    struct diag_nearest nearest = {.wanted = name};
    for (size_t i = 0; i < verb_count; i++)
        diag_offer(&nearest, verbs[i].name);
    fprintf(stderr, "understudy: there is no verb \"%s\"", name);
    if (nearest.best != NULL)
        fprintf(stderr, "; did you mean \"%s\"?\n", nearest.best);
    else
        fputs(" (understudy --help lists them)\n", stderr);
    return EXIT_USAGE;
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0)
            return true;
    return false;
}

/* argv[0] is the verb's name. */
static int run_verb(const struct verb *verb, int argc, char **argv)
{
    char name[64];
    const bool help = asks_for_help(argc, argv);
    if (help && verb->program == NULL)
        return print_verb_help(verb);
    if (!is_there(verb)) {
        fprintf(stderr, "understudy: \"%s\" is not there yet in this version\n", verb->name);
        return EXIT_USAGE;
    }
    if (verb->run == NULL || help)
        return program_become(verb->program, (const char **)argv - 1);
    snprintf(name, sizeof name, "understudy %s", verb->name);
    argv[0] = name;
    return verb->run(argc, argv);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return print_help(stderr);
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "help") == 0)
        return print_help(stdout);
    if (strcmp(word, "--version") == 0)
        return print_version();
    const struct verb *verb = find_verb(word);
    if (verb == NULL)
        return unknown_verb(word);
    int exit_code = run_verb(verb, argc - 1, argv + 1);
    if (fflush(stdout) != 0 || ferror(stdout))
        return front_failed("the result cannot be written");
    return exit_code;
}
