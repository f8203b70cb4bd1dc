/* understudy-node: the daemon of one server, and the verbs that speak with it. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/deployment.h"
#include "runtime/node/client.h"
#include "runtime/node/duration.h"
#include "runtime/node/maintenance.h"
#include "runtime/node/coordinator.h"
#include "runtime/node/deploy_command.h"
#include "runtime/node/drill_command.h"
#include "runtime/node/keys.h"
#include "runtime/node/lookout.h"
#include "runtime/node/options.h"
#include "runtime/node/replay.h"
#include "runtime/node/show.h"
#include "runtime/node/verify.h"
#include "runtime/node/watch.h"

struct verb {
    const char *name;
    const char *usage;
    const char *allowed; /* names of options, each in blanks */
    const char *needed;  /* likewise */
    int word_min;
    int word_max;
    int (*run)(const struct options *options);
};

static int complain(const char *error)
{
    fprintf(stderr, "understudy: %s\n", error);
    return EXIT_SYSTEM;
}

static int misuse(const struct verb *verb, const char *what, const char *which)
{
    fprintf(stderr, "understudy %s: %s%s\nusage: understudy %s\n", verb->name, what, which,
            verb->usage);
    return EXIT_COMMAND_LINE;
}

/* ---- the verbs ---- */

static bool names_option(const char *list, const char *name)
{
    char word[32];
    snprintf(word, sizeof word, " %s ", name);
    return strstr(list, word) != NULL;
}

static int run_keys(const struct options *options)
{
    char error[TEXT_BYTES_MAX];
    if (options->count == 2) {
        const bool rotate = strcmp(options->words[0], "rotate") == 0;
        if (!rotate && strcmp(options->words[0], "adopt") != 0) {
            fprintf(stderr, "understudy keys: rotate SERVER or adopt SERVER is expected\n");
            return EXIT_COMMAND_LINE;
        }
        return (rotate ? keys_rotate : keys_adopt)(options->output, options->words[1], error)
                   ? 0
                   : complain(error);
    }
    const struct deployment *deployment = deployment_open(options->words[0], error);
    if (deployment == NULL || !keys_make(deployment_image(deployment), options->output, error))
        return complain(error);
    return 0;
}

static int run_status(const struct options *options)
{
    return client_status(options->state, options->json != NULL);
}

static int run_deploy(const struct options *options)
{
    const struct deploy_request request = {.state = options->state,
                                           .deployment =
                                               options->count > 0 ? options->words[0] : NULL,
                                           .servers = options->servers,
                                           .roll_back = options->roll_back != NULL,
                                           .yes = options->yes != NULL,
                                           .json = options->json != NULL};
    return deploy_command(&request);
}

static int run_watch(const struct options *options)
{
    return watch_state(options->state);
}

static int bad_span(const char *verb)
{
    fprintf(stderr, "understudy %s: --for takes a time of up to 366 d: " DURATION_FORMS "\n", verb);
    return EXIT_COMMAND_LINE;
}

static int run_maintenance(const struct options *options)
{
    int64_t for_ms = 0;
    const bool ends = options->end != NULL;
    if (ends == (options->span != NULL)) {
        fprintf(stderr, "understudy maintenance: it needs --for TIME, or --end\n");
        return EXIT_COMMAND_LINE;
    }
    if (!ends && options->reason == NULL) {
        fprintf(stderr, "understudy maintenance: it needs --reason TEXT\n");
        return EXIT_COMMAND_LINE;
    }
    if (!ends && (!duration_read(options->span, &for_ms) || for_ms > MAINTENANCE_MS_MAX))
        return bad_span("maintenance");
    return client_order(options->state,
                        &(struct client_order){.verb = ends ? "maintenance_end" : "maintenance",
                                               .subject = "server",
                                               .name = options->words[0],
                                               .reason = options->reason,
                                               .for_ms = for_ms});
}

static int order_failover(const struct options *options, const char *verb, int64_t for_ms)
{
    return client_order(options->state, &(struct client_order){.verb = verb,
                                                               .subject = "failover",
                                                               .name = options->words[0],
                                                               .reason = options->reason,
                                                               .for_ms = for_ms});
}

static int run_force_start(const struct options *options)
{
    return order_failover(options, "force_start", 0);
}

static int run_force_stop(const struct options *options)
{
    return order_failover(options, "force_stop", 0);
}

static int run_disable(const struct options *options)
{
    int64_t for_ms = 0;
    if (options->span != NULL &&
        (!duration_read(options->span, &for_ms) || for_ms > MAINTENANCE_MS_MAX))
        return bad_span("disable");
    return order_failover(options, "disable", for_ms);
}

static int run_enable(const struct options *options)
{
    return order_failover(options, "enable", 0);
}

static int run_drill(const struct options *options)
{
    struct drill_request request = {.state = options->state,
                                    .failover = options->words[0],
                                    .reason = options->reason,
                                    .open = options->open != NULL,
                                    .dead = options->dead != NULL,
                                    .end = options->end != NULL,
                                    .json = options->json != NULL};
    if (!request.end && request.reason == NULL) {
        fprintf(stderr, "understudy drill: it needs --reason TEXT, or --end\n");
        return EXIT_COMMAND_LINE;
    }
    if (options->span != NULL && !duration_read(options->span, &request.for_ms)) {
        fprintf(stderr, "understudy drill: --for takes a time: " DURATION_FORMS "\n");
        return EXIT_COMMAND_LINE;
    }
    return drill_command(&request);
}

static struct show_style style_of(const struct options *options)
{
    return (struct show_style){.json = options->json != NULL, .all = options->all != NULL};
}

static int run_why(const struct options *options)
{
    return show_why(options->state, options->words[0], style_of(options), options->at);
}

static int run_show(const struct options *options)
{
    uint64_t last = 0;
    if (options->last != NULL && !options_number(options->last, 0, UINT64_MAX, &last)) {
        fprintf(stderr, "understudy journal: --last takes a number of entries\n");
        return EXIT_COMMAND_LINE;
    }
    return show_journal(options->state, style_of(options), last);
}

static int run_replay(const struct options *options)
{
    return replay_state(options->state, options->json != NULL);
}

static int run_verify(const struct options *options)
{
    return verify_state(options->state, options->json != NULL);
}

static int run_export(const struct options *options)
{
    return export_state(options->state, options->output);
}

/* What `journal` can do, with the options that each takes beside --state. */
static const struct {
    const char *name;
    const char *allowed;
    int (*run)(const struct options *options);
} journal_words[] = {{"show", " last all json ", run_show},
                     {"replay", " json ", run_replay},
                     {"verify", " json ", run_verify},
                     {"export", " output ", run_export}};

static int run_journal(const struct options *options)
{
    const char *word = options->words[0];
    size_t at = 0;
    while (at < sizeof journal_words / sizeof journal_words[0] &&
           strcmp(word, journal_words[at].name) != 0)
        at++;
    if (at == sizeof journal_words / sizeof journal_words[0]) {
        fprintf(
            stderr,
            "understudy journal: \"%s\" is not known; there are: show, replay, verify, export\n",
            word);
        return EXIT_COMMAND_LINE;
    }
    const struct {
        const char *name;
        bool given;
    } given[] = {{"last", options->last != NULL},
                 {"all", options->all != NULL},
                 {"json", options->json != NULL},
                 {"output", options->output != NULL}};
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        if (given[i].given && !names_option(journal_words[at].allowed, given[i].name)) {
            fprintf(stderr, "understudy journal %s: it takes no --%s\n", word, given[i].name);
            return EXIT_COMMAND_LINE;
        }
    if (journal_words[at].run == run_export && options->output == NULL) {
        fprintf(stderr, "understudy journal export: it needs -o DIR\n");
        return EXIT_COMMAND_LINE;
    }
    return journal_words[at].run(options);
}

static const struct verb verbs[] = {
    {"node",
     "node DEPLOYMENT --server NAME --state DIR [--keys DIR] [--recorder PROGRAM]\n"
     "     [--secrets FILE] [--clips DIR] [--journal-size MIB] [--syslog]\n"
     "     [--page ADDRESS:PORT [--page-token FILE] [--page-orders]]\n"
     "     [--keep-deployment]\n"
     "Runs the daemon of one server. Keys are sought in DIR/keys of the state folder unless "
     "named.\n"
     "FILE says with which user and password cameras are opened: a line NAME USER:PASSWORD for "
     "each\n"
     "name that a camera has as its credentials; nobody else may read it (chmod 600). A "
     "credential\n"
     "of that name from systemd (LoadCredential=) goes before. A camera file:NAME is a clip in "
     "DIR.\n"
     "The journal keeps the latest 256 MiB of its decisions unless told otherwise. With\n"
     "--keep-deployment it takes no deployment that another server hands on (understudy deploy).\n"
     "The log is on standard error, under systemd with its priorities; with --syslog it goes to "
     "the\n"
     "system's log as well. `on_alarm` of the topology is a program that is told of alarms.\n"
     "--page serves a status page, /status.json, /metrics for Prometheus and /health (200, or 503 "
     "while\n"
     "anything is being lost here). Beyond 127.0.0.1 it needs a token: FILE (chmod 600) with one "
     "line,\n"
     "or a credential page-token; others send `Authorization: Bearer TOKEN`. With --page-orders\n"
     "who knows the token may give the orders force-start, force-stop, disable and enable there.\n"
     "The page is plain HTTP: across a network that others use, lead it through SSH or a TLS "
     "proxy.",
     " server state keep-deployment keys recorder secrets clips journal-size syslog page "
     "page-token page-orders ",
     " server state ", 1, 1, node_command},
    {"keys",
     "keys DEPLOYMENT -o DIR\n"
     "Makes a pair of keys for each server that has none in DIR: NAME.public for every server,\n"
     "NAME.secret for that server alone.\n"
     "keys rotate SERVER -o DIR\n"
     "Makes its next pair, and says how to bring it to all servers without a gap.\n"
     "keys adopt SERVER -o DIR\n"
     "Makes the next key that lies in DIR the present one.",
     " output ", " output ", 1, 2, run_keys},
    {"status",
     "status --state DIR [--json]\n"
     "Shows how the node on this state folder is doing.",
     " state json ", " state ", 0, 0, run_status},
    {"deploy", DEPLOY_USAGE, " state servers roll-back yes json ", " state ", 0, 1, run_deploy},
    {"watch",
     "watch --state DIR\n"
     "Shows the same on a terminal, live, until q is pressed; the node may go away and come back.",
     " state ", " state ", 0, 0, run_watch},
    {"force-start",
     "force-start FAILOVER --state DIR --reason TEXT\n"
     "Moves the objects of the main to this standby now (R17).",
     " state reason ", " state reason ", 1, 1, run_force_start},
    {"force-stop",
     "force-stop FAILOVER --state DIR [--reason TEXT]\n"
     "Gives the objects back to the main (R18).",
     " state reason ", " state ", 1, 1, run_force_stop},
    {"disable",
     "disable FAILOVER --state DIR --reason TEXT [--for TIME]\n"
     "Has it watch nothing, until it is enabled or TIME (\"2 h\") is over; what it carries returns "
     "to\n"
     "its main first (R20).",
     " state reason for ", " state reason ", 1, 1, run_disable},
    {"enable",
     "enable FAILOVER --state DIR [--reason TEXT]\n"
     "Has it watch its main again.",
     " state reason ", " state ", 1, 1, run_enable},
    {"maintenance",
     "maintenance MAIN --state DIR --for TIME --reason TEXT\n"
     "Has this standby not watch that server for TIME (\"2 h\", \"1 h 30 min\", \"3 d\"): what is "
     "done to it\n"
     "is no failure. The failover is enabled by itself then, also after a restart (R20). A main "
     "that is\n"
     "carried is to be returned first.\n"
     "maintenance MAIN --state DIR --end [--reason TEXT]\n"
     "Has it be watched again at once.",
     " state reason for end ", " state ", 1, 1, run_maintenance},
    {"drill", DRILL_USAGE, " state reason open dead for end json ", " state ", 1, 1, run_drill},
    {"why",
     "why CAMERA|SERVER|FAILOVER --state DIR [--at TIME] [--all] [--json]\n"
     "Shows which rules decided on it last, and why (R42); with --all also what was ignored. With\n"
     "--at what had been decided by then: \"2026-11-23 20:45\", or \"20:45\" for the latest of "
     "those.\n"
     "Times are those of the site's time_zone unless they end in Z or an offset.",
     " state at all json ", " state ", 1, 1, run_why},
    {"journal",
     "journal show --state DIR [--last N] [--all] [--json]\n"
     "Lists what this server decided, from its journal; the node need not run. With --all, and in\n"
     "JSON, also what was ignored.\n"
     "journal replay --state DIR [--json]\n"
     "Decides everything in it again; names the first decision that this version takes otherwise.\n"
     "journal verify --state DIR [--json]\n"
     "Says whether all of it can be read: entries, their order, snapshots; and what is missing.\n"
     "journal export --state DIR -o DIR\n"
     "Copies journal and deployment to a new folder, whether the node runs or not; the other "
     "verbs\n"
     "read it there.",
     " state last all json output ", " state ", 1, 1, run_journal},
};

/* ---- reading the command line ---- */

static bool read_options(int count, char **words, struct options *options)
{
    static const struct option known[] = {
#define X(field, name, value) {name, value ? required_argument : no_argument, NULL, 0},
        OPTIONS(X)
#undef X
            {NULL, 0, NULL, 0}};
    const char **values[] = {
#define X(field, name, value) &options->field,
        OPTIONS(X)
#undef X
    };
    int index = 0;
    for (;;) {
        const int found = getopt_long(count, words, "o:h", known, &index);
        if (found == -1)
            break;
        if (found == 'o')
            options->output = optarg;
        else if (found == 'h')
            options->help = "";
        else if (found == 0)
            *values[index] = optarg != NULL ? optarg : "";
        else
            return false;
    }
    options->count = count - optind;
    options->words = words + optind;
    return true;
}

/* Returns 0 if the verb can run, or the exit code. */
static int judge_options(const struct verb *verb, const struct options *options)
{
#define X(field, name, value)                                                                      \
    if (options->field != NULL && strcmp(name, "help") != 0 && !names_option(verb->allowed, name)) \
        return misuse(verb, "it does not take --", name);                                          \
    if (options->field == NULL && names_option(verb->needed, name))                                \
        return misuse(verb, "it needs --", name);                                                  \
    if (options->field != NULL && value && options->field[0] == '\0')                              \
        return misuse(verb, "nothing is given with --", name);
    OPTIONS(X)
#undef X
    if (options->count < verb->word_min || options->count > verb->word_max)
        return misuse(verb, options->count < verb->word_min ? "something is missing" : "too much: ",
                      options->count < verb->word_min ? "" : options->words[verb->word_max]);
    return 0;
}

static void print_usage(FILE *to)
{
    fputs("usage: understudy VERB ...\n", to);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        fprintf(to, "\nunderstudy %s\n", verbs[i].usage);
}

int main(int count, char **words)
{
    struct options options = {0};
    if (count >= 2 && strcmp(words[1], "lookout") == 0) /* a node starts it for itself */
        return lookout_process(count - 2, words + 2);
    if (count >= 2 && strcmp(words[1], "coordinator") == 0) /* likewise */
        return coordinator_process(count - 2, words + 2);
    if (count < 2 || strcmp(words[1], "--help") == 0 || strcmp(words[1], "-h") == 0) {
        print_usage(count < 2 ? stderr : stdout);
        return count < 2 ? EXIT_COMMAND_LINE : 0;
    }
    const struct verb *verb = NULL;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verbs[i].name, words[1]) == 0)
            verb = &verbs[i];
    if (verb == NULL) {
        fprintf(stderr, "understudy: there is no verb \"%s\" (--help lists them)\n", words[1]);
        return EXIT_COMMAND_LINE;
    }
    if (!read_options(count - 1, words + 1, &options))
        return misuse(verb, "the command line is not understood", "");
    if (options.help != NULL) {
        printf("usage: understudy %s\n", verb->usage);
        return 0;
    }
    const int code = judge_options(verb, &options);
    return code != 0 ? code : verb->run(&options);
}
