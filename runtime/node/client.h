/* The operator's side of the control socket. */
#ifndef RUNTIME_NODE_CLIENT_H
#define RUNTIME_NODE_CLIENT_H

#include <jansson.h>
#include <stdbool.h>

#include "runtime/limits.h"

/* Each prints its answer and returns an exit code; troubles go to stderr. */
int client_status(const char *state, bool json);
int client_order(const char *state, const char *verb, const char *failover, const char *reason);

/* Asks the node on a state folder; the answer is the caller's. NULL: error is set. */
json_t *client_ask(const char *state, const json_t *request, char error[static TEXT_BYTES_MAX]);

#endif
