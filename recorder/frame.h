/* One encoded picture as the camera sent it, with its times. Shared by memory, muxer and disk by
 * counting its users. */
#ifndef RECORDER_FRAME_H
#define RECORDER_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame {
    uint64_t stream; /* grows when a source is opened anew or its clock jumps: times of two streams
                        do not compare */
    int64_t pts_us;  /* when it is shown, on the clock of its stream */
    int64_t arrival_us; /* monotonic clock: when it came */
    int64_t wall_us;    /* the same moment by the wall clock, microseconds since 1970 */
    bool key;           /* decodable without any other, and carries its parameter sets */
    size_t size;
    uint8_t *data; /* H.264 with start codes */
};

/* A new frame with one user and `size` bytes to fill in. NULL when memory is out. */
struct frame *frame_create(size_t size);
/* One more user. Returns its argument. */
struct frame *frame_keep(struct frame *frame);
/* One user less; the last one frees it. NULL is allowed. */
void frame_release(struct frame *frame);

#endif
