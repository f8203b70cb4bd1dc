/* How far the journal has been told to the hooks: a number in a small file of the state folder. It
 * is overwritten in place and not synced: after a power failure it may be an older one, and what
 * was told is told again.
 */
#ifndef RUNTIME_NODE_MARK_H
#define RUNTIME_NODE_MARK_H

#include "runtime/image.h"

#define MARK_FILE  "hooks.mark"
#define MARK_BYTES 96

struct mark {
    int file;
    uint64_t number;
    char hash[2 * 32 + 1]; /* of the deployment whose journal it is of */
};

/* Reads it; without a sound one of this deployment it begins at `number`, durably. False: error is
 * set. */
bool mark_open(struct mark *mark, const char *state, const struct image *image, uint64_t number,
               char error[static TEXT_BYTES_MAX]);
void mark_set(struct mark *mark, uint64_t number);
void mark_close(struct mark *mark);

#endif
