/* How long a camera is waited for: until a moment, or until its owner wants no more of it. While it
 * plays, the time that this process stood still does not count: what came meanwhile lies in the
 * socket. */
#ifndef RECORDER_PATIENCE_H
#define RECORDER_PATIENCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "recorder/awake.h"

struct patience {
    const atomic_bool *abandon; /* the owner's; true: at once */
    atomic_llong deadline_us;   /* monotonic */
    atomic_bool over;           /* a wait was given up, for good */
    bool playing;               /* the camera has described what it sends */
    struct awake awake;
};

void patience_init(struct patience *patience, const atomic_bool *abandon);
/* The wait that begins now may last so long. */
void patience_begin(struct patience *patience, int64_t ms);
/* True once the wait is over; a library that waits asks often. */
bool patience_is_over(struct patience *patience);
/* How long one may sleep until it must be asked again, in milliseconds: at most 100. */
int patience_turn_ms(const struct patience *patience);
/* Why it is over, in a sentence (RECORDER_CAUSE_MAX bytes). */
void patience_explain(const struct patience *patience, char *cause);

#endif
