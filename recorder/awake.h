/* Whether this process ran all the while: a host may be suspended, or have no time for it. Nobody
 * is to blame for an answer that nobody could take meanwhile, so a wait is judged by what was
 * looked on. */
#ifndef RECORDER_AWAKE_H
#define RECORDER_AWAKE_H

#include <stdatomic.h>
#include <stdint.h>

/* Looks are several a second; further apart than this, the process stood still between them, in
 * microseconds. */
#define AWAKE_GAP_US 1000000

struct awake {
    atomic_llong looked_us; /* monotonic: the last look; 0: there was none */
};

/* A look. How long the process stood still since the last one, in microseconds; 0: it did not. */
int64_t awake_missed_us(struct awake *awake);

#endif
