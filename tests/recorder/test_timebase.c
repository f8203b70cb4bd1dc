/* A camera's clock against ours: the moments of its pictures, and when they do not compare. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "recorder/timebase.h"

#define PICTURE_US 40000
#define SECOND_US  INT64_C(1000000)
#define ARRIVAL_US (INT64_C(1795000000) * SECOND_US)

/* Pictures that arrive `behind_us` later than their timestamps say; how many leaps there were. */
static int play(struct timebase *timebase, int64_t from_us, int64_t for_us, int64_t behind_us)
{
    int leaps = 0;

    for (int64_t at_us = from_us; at_us < from_us + for_us; at_us += PICTURE_US)
        leaps += timebase_note(timebase, at_us, ARRIVAL_US + at_us + behind_us) == TIMEBASE_LEAP;
    return leaps;
}

static void a_clock_that_stood_still_leaps_once_it_is_certain(void **state)
{
    struct timebase timebase = {.begun = false};

    (void)state;
    assert_int_equal(play(&timebase, SECOND_US, 7 * SECOND_US, 0), 0);
    assert_int_equal(play(&timebase, 8 * SECOND_US, 20 * SECOND_US, 1500000), 1);
    assert_int_equal(timebase_wall_us(&timebase, 20 * SECOND_US),
                     ARRIVAL_US + 20 * SECOND_US + 1500000);
}

/* A change of resolution makes the camera's encoder start anew, which takes a while by our clock
 * and none by its own: one cut, not two. */
static void a_stream_that_begins_needs_no_leap(void **state)
{
    struct timebase timebase = {.begun = false};

    (void)state;
    assert_int_equal(play(&timebase, SECOND_US, 7 * SECOND_US, 0), 0);
    timebase_begin_stream(&timebase, 8 * SECOND_US, ARRIVAL_US + 8 * SECOND_US + 1500000);
    assert_int_equal(timebase_wall_us(&timebase, 8 * SECOND_US),
                     ARRIVAL_US + 8 * SECOND_US + 1500000);
    assert_int_equal(play(&timebase, 8 * SECOND_US, 20 * SECOND_US, 1500000), 0);
}

/* A recorder that was suspended, or whose network was, reads what lay in its sockets faster than it
 * was sent: those pictures are late, and keep the times that the camera gave them; what did not fit
 * in there is missing. */
static void what_lay_in_the_sockets_keeps_its_times(void **state)
{
    const int64_t lay_us = 8 * SECOND_US, away_us = 14 * SECOND_US;

    (void)state;
    for (int64_t before_us = SECOND_US; before_us < 12 * SECOND_US; before_us += 9 * PICTURE_US)
        for (int times = 2; times <= 1000; times *= 8) {
            struct timebase timebase = {.begun = false};
            int64_t paused_us = SECOND_US + before_us, woken_us = paused_us + away_us;
            int64_t back_us = woken_us + lay_us / times;

            assert_int_equal(play(&timebase, SECOND_US, before_us, 0), 0);
            for (int64_t at_us = 0; at_us < lay_us; at_us += PICTURE_US)
                assert_int_equal(timebase_note(&timebase, paused_us + at_us,
                                               ARRIVAL_US + woken_us + at_us / times),
                                 TIMEBASE_STEADY);
            assert_int_equal(play(&timebase, back_us, 20 * SECOND_US, 0), 0);
            assert_true(llabs(timebase_wall_us(&timebase, back_us) - ARRIVAL_US - back_us) <
                        PICTURE_US);
        }
}

/* A connection that has hardly more room than the camera needs takes minutes to catch up. */
static void what_is_caught_up_with_slowly_keeps_its_times(void **state)
{
    static const int per_mille_faster[] = {20, 50, 90, 300, 1000};

    (void)state;
    for (size_t i = 0; i < sizeof(per_mille_faster) / sizeof(*per_mille_faster); i++) {
        struct timebase timebase = {.begun = false};
        int64_t faster = per_mille_faster[i], at_us = 8 * SECOND_US;

        assert_int_equal(play(&timebase, SECOND_US, 7 * SECOND_US, 0), 0);
        for (int64_t behind_us = 12 * SECOND_US; behind_us > 0; at_us += PICTURE_US) {
            assert_int_equal(play(&timebase, at_us, PICTURE_US, behind_us), 0);
            assert_true(llabs(timebase_wall_us(&timebase, 0) - ARRIVAL_US) < PICTURE_US);
            behind_us -= PICTURE_US * faster / (1000 + faster);
        }
        assert_int_equal(play(&timebase, at_us, 20 * SECOND_US, 0), 0);
    }
}

/* A picture that is only late changes nothing. */
static void a_stream_that_begins_keeps_the_clock(void **state)
{
    struct timebase timebase = {.begun = false};

    (void)state;
    assert_int_equal(play(&timebase, SECOND_US, 7 * SECOND_US, 0), 0);
    timebase_begin_stream(&timebase, 8 * SECOND_US, ARRIVAL_US + 8 * SECOND_US + 200000);
    assert_int_equal(timebase_wall_us(&timebase, 8 * SECOND_US), ARRIVAL_US + 8 * SECOND_US);
    assert_int_equal(play(&timebase, 8 * SECOND_US, 20 * SECOND_US, 0), 0);
}

/* Some cameras send a picture every few seconds, and networks hold back what they please. */
static void a_camera_of_few_pictures_leaps_too(void **state)
{
    struct timebase timebase = {.begun = false};
    int64_t behind_us = 0;
    int leaps = 0;

    (void)state;
    for (int64_t at_us = 0; at_us < 120 * SECOND_US; at_us += 3 * SECOND_US) {
        if (at_us == 60 * SECOND_US)
            behind_us = 2 * SECOND_US;
        leaps += play(&timebase, at_us, PICTURE_US, behind_us + at_us % 7 * 10000);
    }
    assert_int_equal(leaps, 1);
    assert_true(llabs(timebase_wall_us(&timebase, 0) - ARRIVAL_US - behind_us) < 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_that_stood_still_leaps_once_it_is_certain),
        cmocka_unit_test(a_stream_that_begins_needs_no_leap),
        cmocka_unit_test(what_lay_in_the_sockets_keeps_its_times),
        cmocka_unit_test(what_is_caught_up_with_slowly_keeps_its_times),
        cmocka_unit_test(a_stream_that_begins_keeps_the_clock),
        cmocka_unit_test(a_camera_of_few_pictures_leaps_too)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
