#include "recorder/timebase.h"

#include <assert.h>

static void begin(struct timebase *timebase, int64_t pts_us, int64_t arrival_us)
{
    *timebase = (struct timebase){.begun = true,
                                  .offset_us = arrival_us - pts_us,
                                  .last_pts_us = pts_us,
                                  .window_began_us = pts_us,
                                  .smallest_delay_us = {0, INT64_MAX}};
}

static int64_t bounded(int64_t value, int64_t bound)
{
    return value < -bound ? -bound : value > bound ? bound : value;
}

/* The camera's clock runs a little slower or faster than ours. */
static void follow(struct timebase *timebase)
{
    const int64_t *smallest_us = timebase->smallest_delay_us;
    int64_t drift_us = smallest_us[0] < smallest_us[1] ? smallest_us[0] : smallest_us[1];

    timebase->offset_us += bounded(drift_us, TIMEBASE_STEP_US);
}

enum timebase_verdict timebase_note(struct timebase *timebase, int64_t pts_us, int64_t arrival_us)
{
    int64_t delay_us = arrival_us - pts_us - timebase->offset_us;
    int64_t *smallest_us = timebase->smallest_delay_us;
    int half;

    if (!timebase->begun) {
        begin(timebase, pts_us, arrival_us);
        return TIMEBASE_STEADY;
    }
    /* Nothing arrives before it was sent. A frame in another order than shown steps back a little:
     * that is no leap. */
    if (delay_us < -TIMEBASE_LEAP_US || pts_us < timebase->last_pts_us - TIMEBASE_LEAP_US) {
        begin(timebase, pts_us, arrival_us);
        return TIMEBASE_LEAP;
    }
    timebase->last_pts_us = pts_us;
    half = pts_us - timebase->window_began_us < TIMEBASE_WINDOW_US / 2 ? 0 : 1;
    if (delay_us < smallest_us[half])
        smallest_us[half] = delay_us;
    if (pts_us - timebase->window_began_us < TIMEBASE_WINDOW_US)
        return TIMEBASE_STEADY;
    if (smallest_us[0] <= TIMEBASE_LEAP_US || smallest_us[1] <= TIMEBASE_LEAP_US) {
        follow(timebase);
    } else if (smallest_us[0] - smallest_us[1] < TIMEBASE_CATCH_UP_US) {
        begin(timebase, pts_us, arrival_us);
        return TIMEBASE_LEAP;
    }
    timebase->window_began_us = pts_us;
    smallest_us[0] = arrival_us - pts_us - timebase->offset_us;
    smallest_us[1] = INT64_MAX;
    return TIMEBASE_STEADY;
}

void timebase_begin_stream(struct timebase *timebase, int64_t pts_us, int64_t arrival_us)
{
    if (timebase->begun && arrival_us - pts_us - timebase->offset_us > TIMEBASE_LEAP_US)
        begin(timebase, pts_us, arrival_us);
}

int64_t timebase_wall_us(const struct timebase *timebase, int64_t pts_us)
{
    assert(timebase->begun);
    return timebase->offset_us + pts_us;
}
