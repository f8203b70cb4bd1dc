/* What a camera's health tells of what memory holds: since when there is a keyframe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "recorder/health.h"
#include "recorder/moment.h"

static struct health health;
static struct recorder_report last;

static void on_report(void *owner, const struct recorder_report *report)
{
    (void)owner;
    last = *report;
}

static int set_up(void **state)
{
    (void)state;
    health_init(&health, 1, on_report, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    health_free(&health);
    return 0;
}

/* Since when, by the wall clock; 0: no keyframe came. */
static int64_t in_memory_ms(void)
{
    health_tick(&health, true, 0);
    assert_int_equal(last.kind, REPORT_ALIVE);
    return last.from_wall_ms;
}

static void the_first_keyframe_counts(void **state)
{
    (void)state;
    health_expect(&health, true, false, 0);
    assert_int_equal(in_memory_ms(), 0);
    health_received(&health, false);
    assert_int_equal(in_memory_ms(), 0);
    health_received(&health, true);
    const int64_t first_ms = in_memory_ms();
    assert_true(first_ms > 0 && first_ms <= moment_wall_us() / 1000);
    health_received(&health, true);
    assert_int_equal(in_memory_ms(), first_ms);
    health_source_lost(&health);
    assert_int_equal(in_memory_ms(), 0);
}

/* A source that is not wanted any more still brings what was under way; the next one is another. */
static void what_comes_after_the_end_counts_for_nothing(void **state)
{
    (void)state;
    health_expect(&health, true, false, 0);
    health_received(&health, true);
    health_expect(&health, false, false, 0);
    health_received(&health, true);
    health_expect(&health, true, false, 0);
    assert_int_equal(in_memory_ms(), 0);
}

#define HEALTH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {HEALTH(the_first_keyframe_counts),
                                       HEALTH(what_comes_after_the_end_counts_for_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
