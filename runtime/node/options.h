/* The command line of a node's program, as read. */
#ifndef RUNTIME_NODE_OPTIONS_H
#define RUNTIME_NODE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define EXIT_COMMAND_LINE 2
#define EXIT_SYSTEM       3

/* X(field, "name", takes a value) */
#define OPTIONS(X)                                                                                 \
    X(server, "server", true)                                                                      \
    X(state, "state", true)                                                                        \
    X(keys, "keys", true)                                                                          \
    X(recorder, "recorder", true)                                                                  \
    X(secrets, "secrets", true)                                                                    \
    X(clips, "clips", true)                                                                        \
    X(syslog, "syslog", false)                                                                     \
    X(journal_size, "journal-size", true)                                                          \
    X(page, "page", true)                                                                          \
    X(page_token, "page-token", true)                                                              \
    X(page_orders, "page-orders", false)                                                           \
    X(span, "for", true)                                                                           \
    X(end, "end", false)                                                                           \
    X(reason, "reason", true)                                                                      \
    X(open, "open", false)                                                                         \
    X(dead, "dead", false)                                                                         \
    X(last, "last", true)                                                                          \
    X(at, "at", true)                                                                              \
    X(output, "output", true)                                                                      \
    X(servers, "servers", true)                                                                    \
    X(keep_deployment, "keep-deployment", false)                                                   \
    X(roll_back, "roll-back", false)                                                               \
    X(yes, "yes", false)                                                                           \
    X(json, "json", false)                                                                         \
    X(all, "all", false)                                                                           \
    X(help, "help", false)

struct options {
#define X(field, name, value) const char *field; /* NULL: not given */
    OPTIONS(X)
#undef X
    int count; /* of what stands beside the options */
    char **words;
};

/* A whole number and nothing else, within bounds; false: it is none. */
bool options_number(const char *text, uint64_t min, uint64_t max, uint64_t *number);

/* `understudy node`: runs the daemon as the options say. Returns the exit code. */
int node_command(const struct options *options);

#endif
