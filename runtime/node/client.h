/* The operator's side of the control socket. */
#ifndef RUNTIME_NODE_CLIENT_H
#define RUNTIME_NODE_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "runtime/limits.h"

/* Each prints its answer and returns an exit code; troubles go to stderr. */
int client_status(const char *state, bool json);

/* What an operator orders; the reason may be NULL, for_ms 0. */
struct client_order {
    const char *verb;
    const char *subject; /* "failover" or "server", of which `name` is the name */
    const char *name;
    const char *reason;
    int64_t for_ms;
};
int client_order(const char *state, const struct client_order *order);

/* Asks the node on a state folder; the answer is the caller's. NULL: error is set. */
json_t *client_ask(const char *state, const json_t *request, char error[static TEXT_BYTES_MAX]);

#endif
