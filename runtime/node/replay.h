/* Replaying a journal: whether this version decides as the node did. Works on the state folder
 * alone, whether the node runs or not.
 */
#ifndef RUNTIME_NODE_REPLAY_H
#define RUNTIME_NODE_REPLAY_H

#include <stdbool.h>

/* Runs every event of the journal through a new engine and compares each transition with the
 * journaled one, until the first that differs, which is printed with its entry. Returns an exit
 * code: 0 all are equal, 1 one is not, 3 the journal cannot be read. */
int replay_state(const char *state, bool json);

#endif
