/* The burnt-in counter: drawn and read, and never read out of what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tests/camera/counter.h"

#define WIDTH  320
#define HEIGHT 180

static uint8_t pixels[WIDTH * HEIGHT];
static const struct luma picture = {pixels, WIDTH, WIDTH, HEIGHT};

static void test_what_is_drawn_is_read(void **state)
{
    (void)state;
    const struct counter counters[] = {{0, 1, 0},
                                       {14999, 15000, 3},
                                       {4711, 15000, 255},
                                       {COUNTER_FRAME_LIMIT - 2, COUNTER_FRAME_LIMIT - 1, 77}};
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) {
        struct counter seen = {0};
        memset(pixels, 128, sizeof pixels);
        counter_draw(&counters[i], &picture);
        assert_true(counter_read(&picture, &seen));
        assert_int_equal(seen.frame, counters[i].frame);
        assert_int_equal(seen.length, counters[i].length);
        assert_int_equal(seen.camera, counters[i].camera);
    }
}

static void test_noise_and_low_contrast_do_not_hide_it(void **state)
{
    (void)state;
    struct counter seen = {0};
    counter_draw(&(struct counter){1234, 15000, 9}, &picture);
    srand(1);
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(pixels[i] * 3 / 4 + 20 + rand() % 32);
    assert_true(counter_read(&picture, &seen));
    assert_int_equal(seen.frame, 1234);
}

static void test_plain_pictures_are_no_counters(void **state)
{
    (void)state;
    struct counter seen;
    for (int shade = 0; shade < 256; shade++) {
        memset(pixels, shade, sizeof pixels);
        assert_false(counter_read(&picture, &seen));
    }
}

static void test_one_wrong_block_is_noticed(void **state)
{
    (void)state;
    struct counter seen;
    for (unsigned block = 0; block < COUNTER_ROWS * COUNTER_COLUMNS; block++) {
        counter_draw(&(struct counter){4711, 15000, 5}, &picture);
        uint8_t *corner =
            pixels + block / COUNTER_COLUMNS * 16 * WIDTH + block % COUNTER_COLUMNS * 16;
        uint8_t other = corner[0] == LUMA_BLACK ? LUMA_WHITE : LUMA_BLACK;
        for (int row = 0; row < 16; row++)
            memset(corner + row * WIDTH, other, 16);
        assert_false(counter_read(&picture, &seen));
    }
}

static void test_small_pictures_are_refused(void **state)
{
    (void)state;
    struct counter seen;
    assert_true(counter_fits(WIDTH, HEIGHT));
    assert_true(counter_fits(1920, 1080));
    assert_false(counter_fits(0, 0));
    assert_false(counter_fits(WIDTH, 50));
    assert_false(counter_read(&(struct luma){pixels, 64, 64, 48}, &seen));
}

static void test_steps_wrap_at_the_clips_end(void **state)
{
    (void)state;
    assert_int_equal(counter_step(10, 11, 100), 1);
    assert_int_equal(counter_step(99, 0, 100), 1);
    assert_int_equal(counter_step(0, 99, 100), -1);
    assert_int_equal(counter_step(5, 5, 100), 0);
    assert_int_equal(counter_step(90, 20, 100), 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_drawn_is_read),
        cmocka_unit_test(test_noise_and_low_contrast_do_not_hide_it),
        cmocka_unit_test(test_plain_pictures_are_no_counters),
        cmocka_unit_test(test_one_wrong_block_is_noticed),
        cmocka_unit_test(test_small_pictures_are_refused),
        cmocka_unit_test(test_steps_wrap_at_the_clips_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
