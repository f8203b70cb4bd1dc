/* The operator's side of the control socket. */
#ifndef RUNTIME_NODE_CLIENT_H
#define RUNTIME_NODE_CLIENT_H

#include <stdbool.h>

/* Each prints its answer and returns an exit code; troubles go to stderr. */
int client_status(const char *state, bool json);
int client_order(const char *state, const char *verb, const char *failover, const char *reason);

#endif
