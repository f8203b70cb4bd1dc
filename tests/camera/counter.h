/* The burnt-in frame counter of a test clip: which frame of which camera a picture is, provable
 * after any encoding.
 *
 * Three rows of twenty square blocks along the top of the luma plane, black for 0 and white for 1,
 * most significant bit first: the frame number; the length of the clip in frames; the camera's
 * number (8 bits) with 12 check bits. A block is a twentieth of the picture's width, so a scaled
 * picture still reads. Below them the same numbers stand in digits, for people.
 */
#ifndef TESTS_CAMERA_COUNTER_H
#define TESTS_CAMERA_COUNTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COUNTER_COLUMNS     20
#define COUNTER_ROWS        3
#define COUNTER_FRAME_LIMIT (1u << COUNTER_COLUMNS) /* clips are shorter than this, in frames */

#define LUMA_BLACK 16
#define LUMA_WHITE 235

struct counter {
    uint32_t frame;  /* 0 .. length - 1 */
    uint32_t length; /* frames until the clip begins again */
    uint8_t camera;
};

/* A luma plane; the pixels belong to the caller. */
struct luma {
    uint8_t *pixels;
    size_t stride;
    unsigned width, height;
};

/* Draws blocks and digits on a picture that counter_fits. */
void counter_draw(const struct counter *counter, const struct luma *picture);

/* Whether a picture is large enough to carry a counter that survives compression. */
bool counter_fits(unsigned width, unsigned height);

/* Reads the blocks. False where they are not clearly black and white, or the check bits do not
 * agree. */
bool counter_read(const struct luma *picture, struct counter *counter);

/* How many frames `next` lies after `last` in an endless repetition of the clip: 1 is continuous, 0
 * the same frame again, negative a step back. Steps longer than half the clip cannot be told from
 * steps the other way. */
int32_t counter_step(uint32_t last, uint32_t next, uint32_t length);

#endif
