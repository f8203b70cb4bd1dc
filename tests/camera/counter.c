#include "tests/camera/counter.h"

#include <assert.h>
#include <string.h>

#define CAMERA_BITS 8
#define CHECK_BITS  12

#define GLYPH_COLUMNS 5
#define GLYPH_ROWS    7
#define FRAME_DIGITS  7
#define CAMERA_DIGITS 3

/* A block must be this far from mid grey to count as black or white. */
#define GREY_LOW  96
#define GREY_HIGH 160

/* Our own digits; one row a byte, the highest of five bits on the left. */
static const uint8_t glyphs[10][GLYPH_ROWS] = {
    {0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e}, {0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e},
    {0x0e, 0x11, 0x01, 0x06, 0x08, 0x10, 0x1f}, {0x1f, 0x02, 0x04, 0x06, 0x01, 0x11, 0x0e},
    {0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02}, {0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e},
    {0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e}, {0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08},
    {0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e}, {0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c},
};

/* CRC-12 over frame, length and camera. It starts from ones, so that a black picture is not a
 * counter. */
static uint32_t check_of(const struct counter *counter)
{
    uint64_t bits =
        (uint64_t)counter->frame << 28 | (uint64_t)counter->length << CAMERA_BITS | counter->camera;
    uint32_t crc = 0xfff;
    for (int i = 2 * COUNTER_COLUMNS + CAMERA_BITS - 1; i >= 0; i--) {
        uint32_t top = (crc >> (CHECK_BITS - 1) ^ (uint32_t)(bits >> i)) & 1;
        crc = (crc << 1 & 0xfff) ^ (top ? 0x80f : 0);
    }
    return crc;
}

static void fill(const struct luma *picture, unsigned x, unsigned y, unsigned width,
                 unsigned height, uint8_t shade)
{
    for (unsigned row = y; row < y + height; row++)
        memset(picture->pixels + row * picture->stride + x, shade, width);
}

static void draw_digit(const struct luma *picture, unsigned x, unsigned y, unsigned scale,
                       unsigned digit)
{
    for (unsigned row = 0; row < GLYPH_ROWS; row++) {
        for (unsigned column = 0; column < GLYPH_COLUMNS; column++) {
            bool ink = glyphs[digit][row] >> (GLYPH_COLUMNS - 1 - column) & 1;
            fill(picture, x + column * scale, y + row * scale, scale, scale,
                 ink ? LUMA_WHITE : LUMA_BLACK);
        }
    }
}

/* Draws `digits` places of the number, and returns the column after them. */
static unsigned draw_number(const struct luma *picture, unsigned x, unsigned y, unsigned scale,
                            uint32_t number, unsigned digits)
{
    unsigned advance = (GLYPH_COLUMNS + 1) * scale;
    for (unsigned place = digits; place-- > 0; number /= 10)
        draw_digit(picture, x + place * advance, y, scale, number % 10);
    return x + digits * advance;
}

static unsigned block_size(unsigned width)
{
    return width / COUNTER_COLUMNS;
}

/* The digits, ten with a gap, take 11 x 6 glyph columns of the picture's width. */
static unsigned glyph_scale(unsigned width)
{
    return width / ((FRAME_DIGITS + CAMERA_DIGITS + 1) * (GLYPH_COLUMNS + 1));
}

bool counter_fits(unsigned width, unsigned height)
{
    unsigned block = block_size(width);
    unsigned below = glyph_scale(width) * (GLYPH_ROWS + 2);
    return block >= 8 && glyph_scale(width) >= 1 && COUNTER_ROWS * block + below <= height;
}

void counter_draw(const struct counter *counter, const struct luma *picture)
{
    assert(counter->frame < counter->length && counter->length < COUNTER_FRAME_LIMIT);
    assert(counter_fits(picture->width, picture->height));
    const uint32_t rows[COUNTER_ROWS] = {counter->frame, counter->length,
                                         (uint32_t)counter->camera << CHECK_BITS |
                                             check_of(counter)};
    unsigned block = block_size(picture->width);
    for (unsigned row = 0; row < COUNTER_ROWS; row++) {
        for (unsigned column = 0; column < COUNTER_COLUMNS; column++) {
            bool one = rows[row] >> (COUNTER_COLUMNS - 1 - column) & 1;
            fill(picture, column * block, row * block, block, block, one ? LUMA_WHITE : LUMA_BLACK);
        }
    }
    unsigned scale = glyph_scale(picture->width);
    unsigned y = COUNTER_ROWS * block + scale;
    unsigned x = draw_number(picture, scale, y, scale, counter->camera, CAMERA_DIGITS);
    draw_number(picture, x + (GLYPH_COLUMNS + 1) * scale, y, scale, counter->frame, FRAME_DIGITS);
}

/* The mean shade of the inner half of a block: its edges suffer most from compression. */
static unsigned block_shade(const struct luma *picture, unsigned x, unsigned y, unsigned block)
{
    unsigned from = block / 4, to = block - block / 4, sum = 0;
    for (unsigned row = y + from; row < y + to; row++)
        for (unsigned column = x + from; column < x + to; column++)
            sum += picture->pixels[row * picture->stride + column];
    return sum / ((to - from) * (to - from));
}

bool counter_read(const struct luma *picture, struct counter *counter)
{
    if (!counter_fits(picture->width, picture->height))
        return false;
    uint32_t rows[COUNTER_ROWS] = {0};
    unsigned block = block_size(picture->width);
    for (unsigned row = 0; row < COUNTER_ROWS; row++) {
        for (unsigned column = 0; column < COUNTER_COLUMNS; column++) {
            unsigned shade = block_shade(picture, column * block, row * block, block);
            if (shade > GREY_LOW && shade < GREY_HIGH)
                return false;
            rows[row] = rows[row] << 1 | (shade >= GREY_HIGH);
        }
    }
    *counter = (struct counter){rows[0], rows[1], (uint8_t)(rows[2] >> CHECK_BITS)};
    return counter->frame < counter->length && (rows[2] & 0xfff) == check_of(counter);
}

int32_t counter_step(uint32_t last, uint32_t next, uint32_t length)
{
    assert(last < length && next < length && length < COUNTER_FRAME_LIMIT);
    uint32_t ahead = (next + length - last) % length;
    return ahead <= length / 2 ? (int32_t)ahead : (int32_t)ahead - (int32_t)length;
}
