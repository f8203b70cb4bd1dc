/* Messages arrive once and in order between EVENT_PEER_UP and EVENT_PEER_LOST, whatever the frames
 * suffer; and what one side has lost, the other has lost too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "runtime/node/channel.h"

/* One side, with what its engine would have been told. */
struct side {
    struct channel channel;
    bool up;
    bool heard_lately;
    uint64_t said; /* in this life */
    uint64_t heard;
    uint64_t ups, heard_in_all;
};

#define AIR 64 /* frames on their way in one direction */

struct air {
    struct wire_frame frames[AIR];
    uint32_t count;
};

static uint64_t next_session = 1;

static void put(struct air *air, const struct wire_frame *frame)
{
    if (air->count < AIR)
        air->frames[air->count++] = *frame;
}

static void beat(struct side *side, struct air *air)
{
    struct wire_frame frame;
    channel_heartbeat(&side->channel, &frame);
    put(air, &frame);
    for (uint32_t n = 0; channel_message(&side->channel, n, &frame); n++)
        put(air, &frame);
}

static void note_loss(struct side *side)
{
    side->up = false;
    side->said = side->heard = 0;
}

static void say(struct side *side, struct air *air)
{
    struct wire_message message = {.kind = MESSAGE_ALIVE, .epoch = ++side->said};
    struct wire_frame frame;
    assert_true(channel_put(&side->channel, &message));
    if (channel_message(&side->channel, side->channel.count - 1, &frame))
        put(air, &frame);
}

/* What the engine's contract demands of each arrival. */
static void take(struct side *side, struct air *back, const struct wire_frame *frame)
{
    const struct channel_arrival arrival = channel_take(&side->channel, frame);
    if (arrival.lost) {
        assert_true(side->up);
        note_loss(side);
    }
    if (arrival.up) {
        assert_false(side->up);
        side->up = true;
        side->ups++;
    }
    if (arrival.message) {
        assert_true(side->up);
        side->heard_in_all++;
        assert_int_equal(frame->message.epoch, ++side->heard);
    }
    side->heard_lately = side->heard_lately || arrival.current;
    if (arrival.answer) {
        struct wire_frame answer;
        channel_heartbeat(&side->channel, &answer);
        put(back, &answer);
    }
    assert_int_equal(side->channel.up, side->up);
}

static void deliver(struct side *side, struct air *air, struct air *back, uint32_t at, bool keep)
{
    const struct wire_frame frame = air->frames[at];
    if (!keep) {
        memmove(&air->frames[at], &air->frames[at + 1],
                (air->count - at - 1) * sizeof air->frames[0]);
        air->count--;
    }
    take(side, back, &frame);
}

static void deliver_all(struct side *a, struct side *b, struct air *to_a, struct air *to_b)
{
    while (to_a->count + to_b->count > 0) {
        if (to_a->count > 0)
            deliver(a, to_a, to_b, 0, false);
        if (to_b->count > 0)
            deliver(b, to_b, to_a, 0, false);
    }
}

static void begin(struct side *side)
{
    *side = (struct side){0};
    channel_init(&side->channel, next_session++);
}

static void restart(struct side *side)
{
    channel_free(&side->channel);
    begin(side);
}

/* Two sides that have exchanged their first words. */
static void meet(struct side *a, struct side *b, struct air *to_a, struct air *to_b)
{
    begin(a);
    begin(b);
    beat(a, to_b);
    deliver_all(a, b, to_a, to_b);
}

static void part(struct side *a, struct side *b)
{
    channel_free(&a->channel);
    channel_free(&b->channel);
}

static void test_meeting_takes_one_exchange(void **state)
{
    (void)state;
    struct side a, b;
    struct air to_a = {0}, to_b = {0};
    meet(&a, &b, &to_a, &to_b);
    assert_true(a.up && b.up);
    part(&a, &b);
}

static void test_a_lost_message_is_sent_again(void **state)
{
    (void)state;
    struct side a, b;
    struct air to_a = {0}, to_b = {0};
    meet(&a, &b, &to_a, &to_b);
    for (int i = 0; i < 10; i++)
        say(&a, &to_b);
    to_b.count = 0;
    say(&a, &to_b);
    deliver_all(&a, &b, &to_a, &to_b);
    assert_int_equal(b.heard, 0);
    beat(&a, &to_b);
    put(&to_b, &to_b.frames[3]);
    deliver_all(&a, &b, &to_a, &to_b);
    assert_int_equal(b.heard, 11);
    assert_int_equal(a.channel.count, 0);
    part(&a, &b);
}

static void test_a_restart_is_lost_first_and_then_up(void **state)
{
    (void)state;
    struct side a, b;
    struct air to_a = {0}, to_b = {0};
    meet(&a, &b, &to_a, &to_b);
    say(&b, &to_a);
    to_a.count = 0;
    struct wire_frame late;
    channel_heartbeat(&a.channel, &late);
    restart(&a);
    beat(&a, &to_b);
    deliver_all(&a, &b, &to_a, &to_b);
    assert_true(a.up && b.up);
    assert_int_equal(b.ups, 2);
    assert_int_equal(a.heard, 0); /* what was meant for the earlier life is dropped */
    take(&b, &to_a, &late);
    assert_int_equal(b.ups, 2); /* a late word of the earlier life changes nothing */
    assert_true(b.up);
    part(&a, &b);
}

static void test_a_loss_on_one_side_is_one_on_both(void **state)
{
    (void)state;
    struct side a, b;
    struct air to_a = {0}, to_b = {0};
    meet(&a, &b, &to_a, &to_b);
    say(&b, &to_a);
    channel_lose(&a.channel, next_session++);
    note_loss(&a);
    deliver_all(&a, &b, &to_a, &to_b);
    assert_int_equal(a.heard_in_all, 0);
    beat(&a, &to_b);
    deliver_all(&a, &b, &to_a, &to_b);
    assert_true(a.up && b.up);
    assert_int_equal(a.ups, 2);
    assert_int_equal(b.ups, 2);
    part(&a, &b);
}

static void test_too_much_waiting_is_said(void **state)
{
    (void)state;
    struct side a, b;
    struct air to_a = {0}, to_b = {0};
    const struct wire_message message = {0};
    uint32_t count = 0;
    meet(&a, &b, &to_a, &to_b);
    while (channel_put(&a.channel, &message))
        count++;
    assert_int_equal(count, CHANNEL_WAITING_MAX);
    part(&a, &b);
}

/* As a link does after its patience: with one who is silent, or who misheard. */
static void run_out_of_patience(struct side *side)
{
    if (side->up ? !side->heard_lately : side->channel.misheard) {
        channel_lose(&side->channel, next_session++);
        note_loss(side);
    }
    side->heard_lately = false;
}

/* Frames are lost, repeated, late and out of order; sides restart and give each other up. */
static void act_at_random(struct side *a, struct side *b, struct air *to_a, struct air *to_b)
{
    const long dice = random() % 1000;
    if (dice < 50 && a->up)
        say(a, to_b);
    else if (dice < 100)
        beat(a, to_b);
    else if (dice < 900 && to_b->count > 0)
        deliver(b, to_b, to_a, (uint32_t)random() % (to_b->count < 4 ? to_b->count : 4),
                random() % 8 == 0);
    else if (dice < 990 && to_b->count > 0)
        to_b->count--;
    else if (dice == 996)
        run_out_of_patience(a);
    else if (dice == 997) {
        channel_lose(&a->channel, next_session++);
        note_loss(a);
    } else if (dice == 998)
        restart(a);
}

static void test_storm(void **state)
{
    (void)state;
    struct side a, b;
    struct air to_a = {0}, to_b = {0};
    uint64_t heard = 0;
    srandom(7);
    for (int round = 0; round < 50; round++) {
        begin(&a);
        begin(&b);
        to_a.count = to_b.count = 0;
        for (int i = 0; i < 10000; i++) {
            act_at_random(&a, &b, &to_a, &to_b);
            act_at_random(&b, &a, &to_b, &to_a);
        }
        heard += a.heard_in_all + b.heard_in_all;
        to_a.count = to_b.count = 0;
        for (int i = 0; i < 200; i++) { /* then the path is sound again */
            beat(&a, &to_b);
            beat(&b, &to_a);
            deliver_all(&a, &b, &to_a, &to_b);
            if (i % 4 == 3) {
                run_out_of_patience(&a);
                run_out_of_patience(&b);
            }
        }
        assert_true(a.up && b.up);
        assert_int_equal(b.heard, a.said);
        assert_int_equal(a.heard, b.said);
        part(&a, &b);
    }
    assert_in_range(heard, 1000, UINT64_MAX);
}

/* A peer that logs off too, or is lost, is not waited for; one that is back is. */
static void test_a_farewell_needs_no_answer(void **state)
{
    (void)state;
    struct side a, b;
    struct air to_a = {0}, to_b = {0};
    struct wire_frame farewell;
    meet(&a, &b, &to_a, &to_b);
    assert_true(channel_is_quiet(&a.channel));
    say(&a, &to_b);
    assert_false(channel_is_quiet(&a.channel));
    channel_heartbeat(&b.channel, &farewell);
    farewell.kind = WIRE_FAREWELL;
    take(&a, &to_b, &farewell);
    assert_true(a.up && channel_is_quiet(&a.channel));
    to_a.count = to_b.count = 0;
    restart(&b);
    beat(&b, &to_a);
    deliver_all(&a, &b, &to_a, &to_b);
    say(&a, &to_b);
    assert_true(a.up && !channel_is_quiet(&a.channel));
    channel_lose(&a.channel, next_session++);
    assert_true(channel_is_quiet(&a.channel));
    part(&a, &b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_meeting_takes_one_exchange),
                                       cmocka_unit_test(test_a_lost_message_is_sent_again),
                                       cmocka_unit_test(test_a_restart_is_lost_first_and_then_up),
                                       cmocka_unit_test(test_a_loss_on_one_side_is_one_on_both),
                                       cmocka_unit_test(test_too_much_waiting_is_said),
                                       cmocka_unit_test(test_a_farewell_needs_no_answer),
                                       cmocka_unit_test(test_storm)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
