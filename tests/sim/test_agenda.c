/* The order in which things happen, and the histories of what happened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/sim/agenda.h"
#include "runtime/sim/history.h"

static void at_one_time_the_written_rule_decides(void **context)
{
    (void)context;
    /* {time, kind, server}, in the order in which they are to come out. */
    static const struct agenda_item expected[] = {
        {.at_ms = -5, .kind = AGENDA_WAKE, .server = 9},
        {.at_ms = 0, .kind = AGENDA_ACT, .server = 3},
        {.at_ms = 0, .kind = AGENDA_PEER_LOST, .server = 0},
        {.at_ms = 0, .kind = AGENDA_PEER_LOST, .server = 2},
        {.at_ms = 0, .kind = AGENDA_PEER_UP, .server = 1},
        {.at_ms = 0, .kind = AGENDA_MESSAGE, .server = 0},
        {.at_ms = 0, .kind = AGENDA_ON_DISK, .server = 0},
        {.at_ms = 0, .kind = AGENDA_WAKE, .server = 0},
        {.at_ms = 1, .kind = AGENDA_ACT, .server = 0},
    };
    const size_t count = sizeof expected / sizeof expected[0];
    struct agenda agenda = {0};
    struct agenda_item item;
    for (size_t i = 0; i < count; i++) /* pushed in another order: 5 and 9 have no common factor */
        agenda_push(&agenda, expected[i * 5 % count]);
    for (size_t i = 0; i < count; i++) {
        assert_true(agenda_pop(&agenda, 1, &item));
        assert_int_equal(item.at_ms, expected[i].at_ms);
        assert_int_equal(item.kind, expected[i].kind);
        assert_int_equal(item.server, expected[i].server);
    }
    assert_false(agenda_pop(&agenda, INT64_MAX, &item));
    agenda_free(&agenda);
}

static void what_is_equal_keeps_its_order(void **context)
{
    (void)context;
    struct agenda agenda = {0};
    struct agenda_item item;
    for (uint32_t i = 0; i < 1000; i++)
        agenda_push(&agenda, (struct agenda_item){.at_ms = i % 7, .kind = AGENDA_ACT, .index = i});
    int64_t at_ms = 0;
    uint32_t index = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        assert_true(agenda_pop(&agenda, 6, &item));
        assert_true(item.at_ms > at_ms || i == 0 || item.index > index);
        assert_true(item.at_ms >= at_ms);
        at_ms = item.at_ms;
        index = item.index;
    }
    agenda_free(&agenda);
}

static void what_is_not_due_stays(void **context)
{
    (void)context;
    struct agenda agenda = {0};
    struct agenda_item item;
    agenda_push(&agenda, (struct agenda_item){.at_ms = 10});
    assert_false(agenda_pop(&agenda, 9, &item));
    assert_true(agenda_pop(&agenda, 10, &item));
    agenda_free(&agenda);
}

static void a_history_tells_the_state_of_every_moment(void **context)
{
    (void)context;
    struct history history = {0};
    history_set(&history, -10, 1);
    history_set(&history, 5, 2);
    history_set(&history, 5, 3); /* the same moment: the last one counts */
    history_set(&history, 8, 3); /* no change */
    history_set(&history, 9, 1);
    assert_int_equal(history_at(&history, -99), 1);
    assert_int_equal(history_at(&history, 4), 1);
    assert_int_equal(history_at(&history, 5), 3);
    assert_int_equal(history_at(&history, 100), 1);
    assert_int_equal(history_since(&history, 8), 5);
    assert_int_equal(history_next(&history, 5), 9);
    assert_int_equal(history_next(&history, 9), INT64_MAX);
    history_free(&history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_one_time_the_written_rule_decides),
        cmocka_unit_test(what_is_equal_keeps_its_order),
        cmocka_unit_test(what_is_not_due_stays),
        cmocka_unit_test(a_history_tells_the_state_of_every_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
