#include "recorder/timebase.h"

#include <assert.h>

static void begin(struct timebase *timebase, int64_t pts_us, int64_t arrival_us)
{
    *timebase = (struct timebase){.begun = true,
                                  .offset_us = arrival_us - pts_us,
                                  .last_pts_us = pts_us,
                                  .window_began_us = pts_us,
                                  .smallest_delay_us = INT64_MAX};
}

static int64_t bounded(int64_t value, int64_t bound)
{
    return value < -bound ? -bound : value > bound ? bound : value;
}

enum timebase_verdict timebase_note(struct timebase *timebase, int64_t pts_us, int64_t arrival_us)
{
    int64_t delay_us = arrival_us - pts_us - timebase->offset_us;

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
    if (timebase->smallest_delay_us == INT64_MAX)
        timebase->first_delay_us = delay_us;
    if (delay_us < timebase->smallest_delay_us)
        timebase->smallest_delay_us = delay_us;
    if (pts_us - timebase->window_began_us < TIMEBASE_WINDOW_US)
        return TIMEBASE_STEADY;
    /* A delay that shrinks is that of frames which lay somewhere and are read faster now than they
     * were sent. */
    if (timebase->smallest_delay_us > TIMEBASE_LEAP_US &&
        timebase->first_delay_us - delay_us < TIMEBASE_LEAP_US) {
        begin(timebase, pts_us, arrival_us);
        return TIMEBASE_LEAP;
    }
    timebase->offset_us += bounded(timebase->smallest_delay_us, TIMEBASE_STEP_US);
    timebase->window_began_us = pts_us;
    timebase->smallest_delay_us = INT64_MAX;
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
