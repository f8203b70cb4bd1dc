/* A recorded video file read back: the counter of each frame in it. The one place that decodes. */
#ifndef TESTS_CAMERA_RECORDING_H
#define TESTS_CAMERA_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/camera/counter.h"

#define RECORDING_NO_PTS INT64_MIN

struct recording_frame {
    int64_t pts_us; /* as the file has it; RECORDING_NO_PTS where it has none */
    bool readable;  /* the picture is whole and its counter is sound */
    struct counter counter;
};

struct recording {
    struct recording_frame *frames; /* in the order of display */
    size_t frame_count, frame_room;
    size_t undecoded; /* frames of which no picture could be made */
};

/* Reads a file. NULL, or the trouble in words: what was read until then is in `recording` all the
 * same. The caller gives it back with recording_free either way. */
const char *recording_read(struct recording *recording, const char *path);
void recording_free(struct recording *recording);

#endif
