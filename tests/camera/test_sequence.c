/* The judge of recorded counters: what it calls continuous, missing, doubled, foreign. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/camera/sequence.h"

#define LENGTH 1000

static void take(struct sequence *sequence, struct sequence_tally *tally, uint32_t from,
                 uint32_t to)
{
    for (uint32_t frame = from; frame <= to; frame++)
        assert_true(
            sequence_take(sequence, tally, 0, &(struct counter){frame % LENGTH, LENGTH, 1}));
}

static void test_continuous_over_files_and_the_clips_end(void **state)
{
    (void)state;
    struct sequence sequence = {0};
    struct sequence_tally one = {0}, two = {0};
    assert_false(sequence_is_continuous(&sequence)); /* nothing at all is not a recording */
    take(&sequence, &one, 900, 949);
    take(&sequence, &two, 950, 1049);
    assert_true(sequence_is_continuous(&sequence));
    assert_int_equal(sequence.all.frames, 150);
    assert_int_equal(two.first.frame, 950);
    assert_int_equal(two.last.frame, 49);
    sequence_free(&sequence);
}

static void test_missing_and_doubled_frames_are_counted(void **state)
{
    (void)state;
    struct sequence sequence = {0};
    struct sequence_tally one = {0}, two = {0};
    take(&sequence, &one, 100, 110);
    take(&sequence, &one, 272, 280);
    take(&sequence, &two, 276, 290);
    take(&sequence, &two, 290, 300);
    assert_int_equal(sequence.jump_count, 3);
    assert_int_equal(sequence.jumps[0].from.frame, 110);
    assert_int_equal(sequence.jumps[0].to.frame, 272);
    assert_int_equal(sequence.jumps[0].missing, 161);
    assert_int_equal(sequence.jumps[1].doubled, 5);
    assert_int_equal(sequence.jumps[2].doubled, 1);
    assert_int_equal(one.missing, 161);
    assert_int_equal(two.doubled, 1); /* the step between the files belongs to neither */
    assert_int_equal(sequence.all.doubled, 6);
    assert_false(sequence_is_continuous(&sequence));
    sequence_free(&sequence);
}

static void test_another_cameras_footage_is_foreign(void **state)
{
    (void)state;
    struct sequence sequence = {0};
    struct sequence_tally tally = {0};
    assert_true(sequence_take(&sequence, &tally, 0, &(struct counter){10, LENGTH, 1}));
    assert_true(sequence_take(&sequence, &tally, 0, &(struct counter){11, LENGTH, 2}));
    assert_int_equal(sequence.jump_count, 1);
    assert_true(sequence.jumps[0].foreign);
    assert_false(sequence_is_continuous(&sequence));
    sequence_free(&sequence);
}

static void test_unreadable_frames_break_it(void **state)
{
    (void)state;
    struct sequence sequence = {0};
    struct sequence_tally tally = {0};
    take(&sequence, &tally, 1, 5);
    sequence_unreadable(&sequence, &tally, 1);
    assert_false(sequence_is_continuous(&sequence));
    assert_int_equal(tally.unreadable, 1);
    sequence_free(&sequence);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_continuous_over_files_and_the_clips_end),
        cmocka_unit_test(test_missing_and_doubled_frames_are_counted),
        cmocka_unit_test(test_another_cameras_footage_is_foreign),
        cmocka_unit_test(test_unreadable_frames_break_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
