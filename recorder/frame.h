/* One encoded picture, or a piece of sound, as the camera sent it, with its times. Shared by
 * memory, muxer and disk by counting its users. */
#ifndef RECORDER_FRAME_H
#define RECORDER_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/media.h"

struct frame {
    uint64_t stream;     /* grows when a source is opened anew, its clock jumps or its description
                            changes: times of two streams do not compare */
    struct media *media; /* what it is one of; the frame is one user of it */
    bool sound;          /* no picture; never `key` */
    int64_t pts_us;      /* when it is shown, on the clock of its stream */
    int64_t arrival_us;  /* monotonic clock: when it came */
    int64_t wall_us;     /* the same moment by the wall clock, microseconds since 1970 */
    bool key;            /* decodable without any other, and carries its parameter sets */
    size_t size;
    uint8_t *data; /* H.264 and H.265 with start codes, the others bare */
};

/* A new frame with one user and `size` bytes to fill in. NULL when memory is out. */
struct frame *frame_create(size_t size);
/* One more user. Returns its argument. */
struct frame *frame_keep(struct frame *frame);
/* One user less; the last one frees it. NULL is allowed. */
void frame_release(struct frame *frame);

#endif
