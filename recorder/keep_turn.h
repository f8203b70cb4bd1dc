/* One turn of a keeper (keep.h): how much has to go, and what goes. */
#ifndef RECORDER_KEEP_TURN_H
#define RECORDER_KEEP_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include "recorder/keep.h"

/* How finely the moment is looked for before which all goes. */
#define KEEP_SLICES 4096

struct keep_turn {
    struct keep *keep;
    int64_t now_ms;
    int64_t oldest_ms, bound_ms;
    uint64_t slices[KEEP_SLICES]; /* of what may go: bytes by time, from oldest_ms to bound_ms */
    uint64_t may_go, need;
    int64_t before_ms; /* all that ends before goes */
    /* Of what is to be moved: where it has arrived. NULL: it is dropped for good. */
    const int *target;
    uint64_t locked;
    int error;
};

/* Says that the volume has answered once more. */
void keep_answered(const struct keep *keep);

/* Finds the moment before which as much ends as is needed and may go. Waits for the volume. */
void keep_choose_moment(struct keep_turn *turn);

/* Drops what is due, or has arrived at the target; counts it in turn->keep. Waits for the volume.
 */
void keep_drop(struct keep_turn *turn);

#endif
