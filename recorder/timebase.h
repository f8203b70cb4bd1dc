/* A camera's clock against ours: gives every frame its wall-clock moment.
 *
 * The moment is that of the first frame's arrival plus what the camera's own timestamps say since.
 * The network only ever delays, so the smallest delay seen over a while tells how far the camera's
 * clock has drifted; the timebase follows that in steps too small to see. A clock that leaps begins
 * a new stream: its times do not compare. What a suspended recorder finds in its sockets when it
 * wakes is late, but no leap. */
#ifndef RECORDER_TIMEBASE_H
#define RECORDER_TIMEBASE_H

#include <stdbool.h>
#include <stdint.h>

/* The camera's clock may differ from ours by this much before it counts as a leap, in microseconds.
 */
#define TIMEBASE_LEAP_US 500000
/* How long the smallest delay is looked for, and the largest correction after it, in microseconds.
 */
#define TIMEBASE_WINDOW_US 5000000
#define TIMEBASE_STEP_US   1000
/* A delay that shrinks by this much from one half of that time to the other is that of pictures
 * which are caught up with, and be it by a hundredth; in microseconds. */
#define TIMEBASE_CATCH_UP_US 25000

struct timebase {
    bool begun;
    int64_t offset_us; /* wall clock minus the camera's clock */
    int64_t last_pts_us;
    int64_t window_began_us;      /* by the camera's clock */
    int64_t smallest_delay_us[2]; /* in each half of the window */
};

enum timebase_verdict { TIMEBASE_STEADY, TIMEBASE_LEAP };

/* Notes a frame's timestamp and its arrival by the wall clock, both in microseconds. TIMEBASE_LEAP:
 * the camera's clock jumped, or has fallen behind by more than the network explains; the timebase
 * has begun anew with this frame. */
enum timebase_verdict timebase_note(struct timebase *timebase, int64_t pts_us, int64_t arrival_us);

/* With this frame a stream begins for another reason. A camera that was silent meanwhile, by a
 * clock that stood still, has fallen behind: the timebase begins anew at once, not with a leap when
 * a while has shown it. */
void timebase_begin_stream(struct timebase *timebase, int64_t pts_us, int64_t arrival_us);

/* The wall-clock moment of a timestamp. */
int64_t timebase_wall_us(const struct timebase *timebase, int64_t pts_us);

#endif
