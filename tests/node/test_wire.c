/* Frames: what is written is read back, and nothing else is ever taken for a frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "runtime/node/wire.h"

static struct wire_frame make_frame(void)
{
    struct wire_frame frame = {.kind = WIRE_MESSAGE,
                               .session = 0x0123456789abcdef,
                               .peer_session = 0xfedcba9876543210,
                               .sequence = 7,
                               .ack = UINT64_MAX,
                               .message = {.kind = MESSAGE_OFFER,
                                           .failover = 3ull << 60,
                                           .camera = 5ull << 59,
                                           .epoch = 1ull << 40}};
    memset(frame.hash, 0xa5, sizeof frame.hash);
    return frame;
}

static void test_round_trip(void **state)
{
    (void)state;
    uint8_t bytes[WIRE_FRAME_BYTES];
    struct wire_frame read;
    const struct wire_frame frame = make_frame();
    wire_encode(&frame, bytes);
    assert_int_equal(wire_decode(bytes, sizeof bytes, &read), WIRE_SOUND);
    assert_int_equal(read.kind, frame.kind);
    assert_memory_equal(read.hash, frame.hash, sizeof read.hash);
    assert_true(read.session == frame.session && read.peer_session == frame.peer_session);
    assert_true(read.sequence == frame.sequence && read.ack == frame.ack);
    assert_memory_equal(&read.message, &frame.message, sizeof read.message);
}

static void test_every_other_size_is_garbage(void **state)
{
    (void)state;
    uint8_t bytes[2 * WIRE_FRAME_BYTES] = {0};
    struct wire_frame read;
    const struct wire_frame frame = make_frame();
    wire_encode(&frame, bytes);
    for (size_t size = 0; size < sizeof bytes; size++)
        if (size != WIRE_FRAME_BYTES)
            assert_int_equal(wire_decode(bytes, size, &read), WIRE_GARBAGE);
}

static void test_other_version_is_told(void **state)
{
    (void)state;
    uint8_t bytes[WIRE_FRAME_BYTES];
    struct wire_frame read;
    const struct wire_frame frame = make_frame();
    wire_encode(&frame, bytes);
    bytes[4]++;
    assert_int_equal(wire_decode(bytes, sizeof bytes, &read), WIRE_OTHER_VERSION);
    assert_int_equal(wire_decode(bytes, 8, &read), WIRE_OTHER_VERSION);
}

static void test_noise(void **state)
{
    (void)state;
    uint8_t bytes[WIRE_FRAME_BYTES];
    struct wire_frame read;
    srandom(1);
    for (int round = 0; round < 200000; round++) {
        const struct wire_frame frame = make_frame();
        wire_encode(&frame, bytes);
        for (int i = 0; i < 1 + round % 4; i++)
            bytes[(size_t)random() % sizeof bytes] = (uint8_t)random();
        if (wire_decode(bytes, sizeof bytes, &read) == WIRE_SOUND)
            assert_true(read.kind < WIRE_KIND_COUNT && read.session != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_every_other_size_is_garbage),
        cmocka_unit_test(test_other_version_is_told), cmocka_unit_test(test_noise)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
