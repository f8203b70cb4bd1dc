/* Orders of events that once broke a property, move by move: a search finds them only after
 * minutes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/sim/explore_board.h"
#include "tests/compiled.h"

static bool is_listed(const struct board_moves *moves, struct board_move move)
{
    for (size_t i = 0; i < moves->count; i++)
        if (moves->items[i].kind == move.kind && moves->items[i].a == move.a &&
            moves->items[i].b == move.b)
            return true;
    return false;
}

/* Each move must be one that the board offers, and break nothing. */
static void play(const char *topology, const struct board_move *story, size_t count)
{
    char error[TEXT_BYTES_MAX];
    struct board board;
    struct board_moves moves = {0};
    assert_true(board_init(&board, compiled(topology), error));
    for (size_t i = 0; i < count; i++) {
        board_list(&board, 3, &moves);
        if (!is_listed(&moves, story[i]))
            fail_msg("move %zu cannot be made", i);
        board_make(&board, story[i]);
        for (int p = 0; p < BOARD_PROPERTY_COUNT; p++)
            if ((board.broken & 1u << p) != 0)
                fail_msg("move %zu: %s", i, board.texts[p]);
    }
    free(moves.items);
    board_free(&board);
}

/* R27: what a main says to an offer is no answer to the next one. An operator has the standby carry
 * on, and return again, while the answer to its first offer is on its way. */
static void an_answer_to_an_earlier_offer_stops_nothing(void **context)
{
    enum { MAIN, FIRST, SECOND, TO_SECOND = 1, CAM = 0 };
    static const struct board_move story[] = {
        {ACT_FAIL, MAIN, 0},
        {ACT_RESTORE, MAIN, 0},
        {STEP_MESSAGE, FIRST, SECOND}, /* misses */
        {STEP_MESSAGE, SECOND, FIRST}, /* misses */
        {STEP_FOUND, MAIN, FIRST},
        {STEP_TIME, SECOND, 0},        /* it takes over */
        {STEP_MESSAGE, FIRST, SECOND}, /* claim */
        {STEP_FOUND, SECOND, MAIN},    /* it offers */
        {ACT_CUT, FIRST, SECOND},
        {STEP_LOST, FIRST, SECOND},
        {STEP_TIME, FIRST, 0}, /* it takes over */
        {STEP_FOUND, FIRST, MAIN},
        {STEP_MESSAGE, MAIN, FIRST}, /* offer */
        {STEP_MESSAGE, FIRST, MAIN}, /* alive */
        {STEP_ON_DISK, MAIN, CAM},
        {STEP_MESSAGE, FIRST, MAIN}, /* on disk */
        {STEP_MESSAGE, MAIN, FIRST}, /* free */
        {ACT_FORCE_START, TO_SECOND, 0},
        {STEP_ON_DISK, SECOND, CAM},
        {STEP_FOUND, MAIN, SECOND},
        {STEP_MESSAGE, MAIN, SECOND}, /* offer: it has the camera on disk, and says so */
        {STEP_MESSAGE, MAIN, SECOND}, /* lend */
        {STEP_MESSAGE, MAIN, SECOND}, /* on disk: it stops */
        {STEP_MESSAGE, SECOND, MAIN}, /* alive */
        {ACT_FORCE_STOP, TO_SECOND, 0},
        {STEP_MESSAGE, SECOND, MAIN}, /* on disk: the answer to the first offer */
    };
    (void)context;
    play("tests/engine/sites/two.lua", story, sizeof story / sizeof story[0]);
}

/* R23, R27: a standby that returns stops for what another one has on disk, although that one dies
 * before the word is heard: it was true when it was said, and the death is a fault of its own. */
static void a_word_is_not_taken_back_by_a_death(void **context)
{
    enum { MAIN, FIRST, SECOND, TO_FIRST = 0, TO_SECOND = 1, CAM = 0 };
    static const struct board_move story[] = {
        {ACT_FORCE_START, TO_FIRST, 0}, {STEP_MESSAGE, MAIN, FIRST}, /* lend */
        {STEP_MESSAGE, SECOND, FIRST},                               /* claim */
        {ACT_FORCE_STOP, TO_FIRST, 0},  {STEP_MESSAGE, MAIN, FIRST}, /* offer */
        {STEP_MESSAGE, SECOND, MAIN},                                /* alive */
        {STEP_ON_DISK, FIRST, CAM},     {ACT_FORCE_START, TO_SECOND, 0},
        {STEP_MESSAGE, MAIN, SECOND},                                 /* lend */
        {STEP_MESSAGE, FIRST, SECOND},                                /* claim */
        {STEP_ON_DISK, SECOND, CAM},    {STEP_MESSAGE, MAIN, SECOND}, /* on disk */
        {ACT_FAIL, SECOND, 0},          {STEP_MESSAGE, FIRST, MAIN},  /* on disk: it stops */
        {STEP_LOST, MAIN, SECOND},                                    /* the main records again */
        {STEP_ON_DISK, MAIN, CAM},
    };
    (void)context;
    play("tests/engine/sites/two.lua", story, sizeof story / sizeof story[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_to_an_earlier_offer_stops_nothing),
        cmocka_unit_test(a_word_is_not_taken_back_by_a_death),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
