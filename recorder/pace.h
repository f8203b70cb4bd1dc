/* The pace of a camera's pictures, and whether one came so late that there is a hole before it.
 *
 * A hole is longer than the archive tolerates, and longer than pictures of this camera use to stay
 * away. What is usual is the longest distance of late, for there are cameras that send one picture
 * in a second, and cameras that send faster when something moves. */
#ifndef RECORDER_PACE_H
#define RECORDER_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace {
    int64_t longest_us; /* 0: no two pictures were seen yet */
};

/* Notes the distance of a picture from the one before it. True: there is a hole between the two,
 * the earlier of which lasts `picture_us`. All in microseconds. */
bool pace_note(struct pace *pace, int64_t distance_us, int64_t picture_us);

#endif
