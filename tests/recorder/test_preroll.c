#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "recorder/preroll.h"
#include "recorder/timebase.h"

static void push(struct preroll *preroll, int64_t at_ms, bool key, size_t size)
{
    struct frame *frame = frame_create(size);

    assert_non_null(frame);
    frame->wall_us = at_ms * 1000;
    frame->key = key;
    preroll_push(preroll, frame);
    frame_release(frame);
}

static int64_t first_ms(const struct preroll *preroll)
{
    return preroll->first->frame->wall_us / 1000;
}

static void it_begins_at_a_keyframe(void **state)
{
    struct preroll preroll;

    (void)state;
    preroll_init(&preroll, 1000, 1000);
    push(&preroll, 0, false, 10);
    assert_null(preroll.first);
    push(&preroll, 40, true, 10);
    push(&preroll, 80, false, 10);
    assert_int_equal(first_ms(&preroll), 40);
    assert_int_equal(preroll.bytes, 20);
    preroll_clear(&preroll);
    assert_int_equal(preroll.bytes, 0);
}

static void whole_groups_go_when_time_is_over(void **state)
{
    struct preroll preroll;

    (void)state;
    preroll_init(&preroll, 1000, 100000);
    for (int i = 0; i < 100; i++)
        push(&preroll, i * 100, i % 5 == 0, 10);
    assert_true(preroll.first->frame->key);
    assert_int_equal(first_ms(&preroll), 9000);
    preroll_clear(&preroll);
}

static void whole_groups_go_when_bytes_are_over(void **state)
{
    struct preroll preroll;

    (void)state;
    preroll_init(&preroll, 100000, 100);
    for (int i = 0; i < 12; i++)
        push(&preroll, i * 100, i % 5 == 0, 10);
    assert_int_equal(first_ms(&preroll), 500);
    assert_true(preroll.bytes <= 100);
    push(&preroll, 2000, false, 1000);
    assert_null(preroll.first);
}

static void the_wall_clock_is_that_of_the_first_arrival(void **state)
{
    struct timebase timebase = {.begun = false};

    (void)state;
    assert_int_equal(timebase_note(&timebase, 100000, 5000000), TIMEBASE_STEADY);
    assert_int_equal(timebase_note(&timebase, 140000, 5300000), TIMEBASE_STEADY);
    assert_int_equal(timebase_wall_us(&timebase, 140000), 5040000);
}

/* A camera clock that is 100 ppm fast is followed; one that leaps begins anew. */
static void drift_is_followed_and_leaps_are_not(void **state)
{
    struct timebase timebase = {.begun = false};
    int64_t pts_us = 0, arrival_us = 0;

    (void)state;
    for (int i = 0; i < 25 * 3600; i++) {
        arrival_us = (int64_t)i * 40000;
        pts_us = arrival_us + arrival_us / 10000;
        assert_int_equal(timebase_note(&timebase, pts_us, arrival_us), TIMEBASE_STEADY);
    }
    assert_true(timebase_wall_us(&timebase, pts_us) - arrival_us < 2000);
    assert_int_equal(timebase_note(&timebase, pts_us + 10000000, arrival_us + 40000),
                     TIMEBASE_LEAP);
    assert_int_equal(timebase_note(&timebase, 0, arrival_us + 80000), TIMEBASE_LEAP);
    assert_int_equal(timebase_wall_us(&timebase, 0), arrival_us + 80000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_begins_at_a_keyframe),
        cmocka_unit_test(whole_groups_go_when_time_is_over),
        cmocka_unit_test(whole_groups_go_when_bytes_are_over),
        cmocka_unit_test(the_wall_clock_is_that_of_the_first_arrival),
        cmocka_unit_test(drift_is_followed_and_leaps_are_not)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
