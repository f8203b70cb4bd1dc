/* The past that a state folder holds: its journal and the deployment beside it, to be read. */
#ifndef RUNTIME_NODE_PAST_H
#define RUNTIME_NODE_PAST_H

#include "runtime/deployment.h"
#include "runtime/node/journal.h"

/* Opens both and finds whose they are. False: error is set. The journal is the caller's to close,
 * also then. */
bool past_open(const char *state, const struct deployment **deployment, uint32_t *server,
               struct journal **journal, char error[static TEXT_BYTES_MAX]);

#endif
