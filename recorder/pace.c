#include "recorder/pace.h"

#include "recorder/recorder.h"

#define TOLERANCE_US (RECORDER_TOLERANCE_MS * 1000)
/* How fast a long distance is forgotten: by one part in this many with each picture. */
#define DECAY 32

bool pace_note(struct pace *pace, int64_t distance_us, int64_t picture_us)
{
    bool is_hole = pace->longest_us > 0 && distance_us - picture_us > TOLERANCE_US &&
                   distance_us - pace->longest_us > TOLERANCE_US;

    pace->longest_us -= pace->longest_us / DECAY;
    if (distance_us > pace->longest_us)
        pace->longest_us = distance_us;
    return is_hole;
}
