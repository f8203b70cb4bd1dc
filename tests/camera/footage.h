/* The clip that a test camera plays: every frame of an H.264 file in memory, in the form that RTP
 * wants. */
#ifndef TESTS_CAMERA_FOOTAGE_H
#define TESTS_CAMERA_FOOTAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One frame: NAL units, each after its size in four bytes, big end first. */
struct footage_frame {
    size_t offset;
    size_t size;
    bool keyframe;
};

/* A parameter set inside the footage's bytes; size 0: there is none. */
struct footage_unit {
    size_t offset;
    size_t size;
};

struct footage {
    uint32_t fps;
    uint32_t frame_count;
    struct footage_frame *frames;
    uint8_t *bytes;
    struct footage_unit sps, pps;
};

#define FOOTAGE_FRAME_MAX (1u << 20) /* bytes; a test clip has no larger frame */

/* Loads a clip. 0, or -1 after a message to stderr. The caller gives `footage` back with
 * footage_free either way. */
int footage_load(struct footage *footage, const char *path);
void footage_free(struct footage *footage);

/* Reads the NAL unit at `*at` of a frame and moves `*at` behind it. NULL at the frame's end. */
const uint8_t *footage_next_unit(const uint8_t *frame, size_t frame_size, size_t *at,
                                 size_t *unit_size);

#endif
