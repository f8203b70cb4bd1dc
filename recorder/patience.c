#include "recorder/patience.h"

#include <stdio.h>

#include "recorder/moment.h"
#include "recorder/recorder.h"
#include "recorder/source.h"

#define TURN_MS 100

void patience_init(struct patience *patience, const atomic_bool *abandon)
{
    *patience = (struct patience){.abandon = abandon};
    atomic_init(&patience->deadline_us, INT64_MAX);
}

void patience_begin(struct patience *patience, int64_t ms)
{
    awake_missed_us(&patience->awake);
    atomic_store(&patience->deadline_us, moment_monotonic_us() + ms * 1000);
}

bool patience_is_over(struct patience *patience)
{
    int64_t missed_us = awake_missed_us(&patience->awake);

    if (patience->playing && missed_us > 0)
        atomic_fetch_add(&patience->deadline_us, missed_us);
    if (atomic_load(patience->abandon) ||
        moment_monotonic_us() > atomic_load(&patience->deadline_us))
        atomic_store(&patience->over, true);
    return atomic_load(&patience->over);
}

int patience_turn_ms(const struct patience *patience)
{
    int64_t left_ms = (atomic_load(&patience->deadline_us) - moment_monotonic_us()) / 1000 + 1;

    return left_ms < 1 ? 1 : left_ms < TURN_MS ? (int)left_ms : TURN_MS;
}

void patience_explain(const struct patience *patience, char *cause)
{
    if (atomic_load(patience->abandon))
        snprintf(cause, RECORDER_CAUSE_MAX, "the connection was given up on demand");
    else if (patience->playing)
        snprintf(cause, RECORDER_CAUSE_MAX,
                 "the camera stalled: the connection stands, but no picture came for %.1f s",
                 SOURCE_STALL_MS / 1000.0);
    else
        snprintf(cause, RECORDER_CAUSE_MAX, "the camera does not answer within %d s",
                 SOURCE_CONNECT_MS / 1000);
}
