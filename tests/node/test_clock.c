/* The two clocks beside each other: what is a jump of the wall clock, and what is not (R43). And
 * that what was noticed too late is stepped before what was missed (R29). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "runtime/node/clock.h"
#include "runtime/node/decision.h"
#include "runtime/node/inbox.h"
#include "tests/node/site.h"

static void test_r43_jumps(void **state)
{
    (void)state;
    int64_t offset_ms = 1000000;
    assert_int_equal(clock_jump(&offset_ms, 1000000), 0);
    assert_int_equal(clock_jump(&offset_ms, 1000000 + CLOCK_JUMP_MS - 1), 0);
    assert_int_equal(offset_ms, 1000000);
    assert_int_equal(clock_jump(&offset_ms, 1000000 + CLOCK_JUMP_MS), CLOCK_JUMP_MS);
    assert_int_equal(clock_jump(&offset_ms, 1000000 + CLOCK_JUMP_MS), 0);
    assert_int_equal(clock_jump(&offset_ms, 1000000 - 3600000), -3600000 - CLOCK_JUMP_MS);
}

/* Small steps are not lost: their sum is a jump once it is large enough. */
static void test_r43_small_steps_add_up(void **state)
{
    (void)state;
    int64_t offset_ms = 0, told_ms = 0;
    for (int64_t now_ms = 0; now_ms < 10000; now_ms += 7)
        told_ms += clock_jump(&offset_ms, now_ms);
    assert_in_range(told_ms, 10000 - CLOCK_JUMP_MS - 7, 10000);
    assert_int_equal(told_ms, offset_ms);
}

static void test_the_clocks_run_alike(void **state)
{
    (void)state;
    int64_t offset_ms = clock_offset_ms();
    for (int i = 0; i < 1000; i++)
        assert_int_equal(clock_jump(&offset_ms, clock_offset_ms()), 0);
}

/* R29: whatever waits, and however the ring lies. */
static void test_r29_first_comes_first(void **state)
{
    (void)state;
    struct inbox inbox = {0};
    struct inbox_item item;
    const struct engine_event late = inbox_event(EVENT_LATE);
    inbox_put_first(&inbox, &late);
    for (int round = 0; round < 300; round++) {
        for (int i = 0; i < round % 7 + 1; i++) {
            struct engine_event event = inbox_event(EVENT_TIME);
            event.wall_ms = round;
            inbox_put(&inbox, &event, "why");
        }
        inbox_put_first(&inbox, &late);
        assert_true(inbox_take(&inbox, &item));
        assert_int_equal(item.event.kind, EVENT_LATE);
        assert_string_equal(item.reason, "");
    }
    assert_true(inbox_take(&inbox, &item));
    assert_int_equal(item.event.kind, EVENT_LATE);
    for (int64_t last = 0; inbox_take(&inbox, &item); last = item.event.wall_ms) {
        assert_int_equal(item.event.kind, EVENT_TIME);
        assert_in_range(item.event.wall_ms, last, last + 1);
    }
    inbox_free(&inbox);
}

/* What no machine answers with a transition is told nevertheless. */
static void test_r43_a_jump_has_a_sentence(void **state)
{
    (void)state;
    static struct site site;
    const struct image *image = site_make(&site);
    char text[DECISION_TEXT_BYTES];
    struct engine_event event = inbox_event(EVENT_CLOCK_JUMP);
    event.wall_ms = -7200000;
    assert_non_null(decision_event(image, &event, text));
    assert_non_null(strstr(text, "jumped by -7200000 ms"));
    event = inbox_event(EVENT_REACHED);
    event.camera = 1;
    assert_non_null(decision_event(image, &event, text));
    assert_int_equal(strncmp(text, "gate: ", 6), 0);
    event = inbox_event(EVENT_TIME);
    assert_null(decision_event(image, &event, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_r43_jumps), cmocka_unit_test(test_r43_small_steps_add_up),
        cmocka_unit_test(test_the_clocks_run_alike), cmocka_unit_test(test_r29_first_comes_first),
        cmocka_unit_test(test_r43_a_jump_has_a_sentence)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
