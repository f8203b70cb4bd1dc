/* One unbroken run of frames as Matroska: each picture becomes a piece of a file, with the sound
 * that came since the picture before. */
#ifndef RECORDER_MATROSKA_RUN_H
#define RECORDER_MATROSKA_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/frame.h"

struct matroska_run;

/* Begins a run. NULL with the reason in `cause` (RECORDER_CAUSE_MAX bytes). */
struct matroska_run *matroska_run_open(const struct media *media, char *cause);
void matroska_run_free(struct matroska_run *run);

/* Sound waits for the next picture; behind a camera's last picture there is none. False: memory is
 * out. */
bool matroska_run_sound(struct matroska_run *run, const struct frame *frame, int64_t at_us);

struct matroska_piece {
    const uint8_t *bytes; /* valid until the next call on the run */
    size_t size;
    size_t head_size; /* of them, what only a file begins with; 0 unless the picture is a keyframe
                       */
};

/* The piece of a picture, `at_us` after the run's beginning. False: memory is out. */
bool matroska_run_picture(struct matroska_run *run, const struct frame *frame, int64_t at_us,
                          struct matroska_piece *piece);

#endif
