/* What memory holds of an armed camera: the latest frames back to a keyframe, bounded in time and
 * bytes. */
#ifndef RECORDER_PREROLL_H
#define RECORDER_PREROLL_H

#include <stddef.h>
#include <stdint.h>

#include "recorder/frame.h"

struct preroll_entry {
    struct preroll_entry *next;
    struct frame *frame;
};

struct preroll {
    struct preroll_entry *first, *last;
    size_t bytes;
    size_t bytes_max;
    int64_t time_max_us;
};

void preroll_init(struct preroll *preroll, int64_t time_max_ms, size_t bytes_max);

/* Adds a frame (one user more). Frames before the first keyframe are not kept. Beyond a bound whole
 * groups of pictures go, the oldest first, but never the last group's keyframe while the bytes
 * allow it. */
void preroll_push(struct preroll *preroll, struct frame *frame);

/* Adds a frame whatever it is (one user more), unless the bytes do not allow it: then false, and
 * nothing changes. */
bool preroll_append(struct preroll *preroll, struct frame *frame);

/* The oldest frame, taken out; its user is the caller now. NULL: memory is empty. */
struct frame *preroll_pop(struct preroll *preroll);

/* Forgets everything. */
void preroll_clear(struct preroll *preroll);

#endif
