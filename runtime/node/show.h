/* Reading a journal: what `journal show` and `why` print. Works on the state folder alone, whether
 * the node runs or not.
 */
#ifndef RUNTIME_NODE_SHOW_H
#define RUNTIME_NODE_SHOW_H

#include <stdbool.h>
#include <stdint.h>

/* How something is shown. */
struct show_style {
    bool json;
    bool all; /* what was ignored, too */
};

/* Prints the transitions of the last entries (0: of all); JSON always has those that were ignored.
 * Returns an exit code. */
int show_journal(const char *state, struct show_style style, uint64_t last);

/* Prints the last transitions that explain a camera, a server or a failover, of those until a time
 * (zone_read) if at is not NULL. Returns an exit code: 1 if there is nothing of that name. */
int show_why(const char *state, const char *name, struct show_style style, const char *at);

#endif
