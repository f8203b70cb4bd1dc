/* The packetiser: a frame taken apart and put together again is the same frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/camera/footage.h"
#include "tests/camera/rtp.h"

#define FRAME_MAX 20000
#define TIMESTAMP 0xfffffff0u

static uint8_t frame[FRAME_MAX], rebuilt[FRAME_MAX], wire[2 * FRAME_MAX];

static void put_size(uint8_t *to, size_t size)
{
    to[0] = (uint8_t)(size >> 24);
    to[1] = (uint8_t)(size >> 16);
    to[2] = (uint8_t)(size >> 8);
    to[3] = (uint8_t)size;
}

/* Makes a frame of units with these sizes. */
static size_t make_frame(const size_t *sizes, size_t count)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        put_size(frame + at, sizes[i]);
        frame[at + 4] = (uint8_t)(0x60 | (i + 1)); /* a unit's type is 1 to 23 */
        for (size_t byte = 1; byte < sizes[i]; byte++)
            frame[at + 4 + byte] = (uint8_t)rand();
        at += 4 + sizes[i];
    }
    return at;
}

/* Puts the payload of one packet behind what has been rebuilt; `*unit` is where the unit in work
 * begins. */
static size_t put_together(size_t at, size_t *unit, const uint8_t *payload, size_t size)
{
    bool fragment = (payload[0] & 0x1f) == 28;
    if (!fragment || payload[1] & 0x80) {
        *unit = at;
        at += 4;
        if (fragment)
            rebuilt[at++] = (uint8_t)((payload[0] & 0xe0) | (payload[1] & 0x1f));
    }
    size_t skip = fragment ? 2 : 0;
    memcpy(rebuilt + at, payload + skip, size - skip);
    at += size - skip;
    put_size(rebuilt + *unit, at - *unit - 4);
    return at;
}

static void check_frame(const size_t *sizes, size_t count)
{
    struct rtp_stream stream = {.ssrc = 0x01020304, .sequence = 65535, .channel = 6};
    size_t size = make_frame(sizes, count), rebuilt_size = 0, unit = 0, packets = 0;
    size_t written = rtp_write_frame(&stream, frame, size, TIMESTAMP, wire);
    assert_int_equal(written, rtp_frame_size(frame, size));
    for (size_t at = 0; at < written; packets++) {
        const uint8_t *packet = wire + at;
        size_t length = (size_t)packet[2] << 8 | packet[3];
        assert_int_equal(packet[0], '$');
        assert_int_equal(packet[1], 6);
        assert_true(length > 12 && length <= 12 + RTP_PAYLOAD_MAX);
        at += 4 + length;
        assert_int_equal(packet[5] >> 7,
                         at == written); /* the marker ends the frame, and only that */
        assert_int_equal((packet[6] << 8 | packet[7]), (uint16_t)(65535 + packets));
        assert_memory_equal(packet + 8, "\xff\xff\xff\xf0\x01\x02\x03\x04", 8);
        rebuilt_size = put_together(rebuilt_size, &unit, packet + 16, length - 12);
    }
    assert_int_equal(rebuilt_size, size);
    assert_memory_equal(rebuilt, frame, size);
    assert_int_equal(stream.packet_count, packets);
}

static void test_a_frame_survives_the_wire(void **state)
{
    (void)state;
    srand(1);
    check_frame((const size_t[]){1}, 1);
    check_frame((const size_t[]){24, 5, 600, 9000}, 4);
    for (size_t near = 1396; near < 1405; near++)
        check_frame((const size_t[]){near, 2 * near, near}, 3);
    for (int i = 0; i < 500; i++)
        check_frame((const size_t[]){(size_t)rand() % 4000 + 1, (size_t)rand() % 4000 + 1,
                                     (size_t)rand() % 4000 + 1},
                    3);
}

static void test_a_report_ties_the_timestamp_to_the_clock(void **state)
{
    (void)state;
    uint8_t report[RTP_REPORT_SIZE];
    const struct rtp_stream stream = {
        .ssrc = 7, .channel = 2, .packet_count = 258, .octet_count = 1};
    rtp_write_report(&stream, 1500000000, 0x11223344, report);
    const uint8_t expected[RTP_REPORT_SIZE] = {
        '$',  3, 0, 28, 0x80, 200,  0,    6,    0, 0, 0, 7, 0x83, 0xaa, 0x7e, 0x81,
        0x80, 0, 0, 0,  0x11, 0x22, 0x33, 0x44, 0, 0, 1, 2, 0,    0,    0,    1};
    assert_memory_equal(report, expected, sizeof expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_frame_survives_the_wire),
        cmocka_unit_test(test_a_report_ties_the_timestamp_to_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
