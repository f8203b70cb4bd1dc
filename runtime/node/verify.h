/* A journal held against what it must be, and copied to be looked at elsewhere. Both work on the
 * state folder alone, whether the node runs or not.
 */
#ifndef RUNTIME_NODE_VERIFY_H
#define RUNTIME_NODE_VERIFY_H

#include <stdbool.h>

/* Reads every entry and every snapshot and tells what is there, what is damaged and what was never
 * written. Returns an exit code: 0 it is sound, 1 it is not, 3 it cannot be opened. */
int verify_state(const char *state, bool json);

/* Makes a folder, which must not exist, with a copy of the journal and of its deployment. Returns
 * an exit code: 0, 1 the folder exists, 3 it cannot be done. */
int export_state(const char *state, const char *folder);

#endif
