#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "recorder/cutter.h"
#include "recorder/timeline.h"

#define PIECES_MAX 16

struct seen {
    struct cutter_piece pieces[PIECES_MAX];
    uint8_t table_counter[PIECES_MAX];
    size_t count;
};

static void see(void *owner, const struct cutter_piece *piece)
{
    struct seen *seen = owner;

    assert_true(seen->count < PIECES_MAX);
    assert_int_equal(piece->size % TS_PACKET, 0);
    seen->table_counter[seen->count] = piece->bytes[3] & 0x0f;
    seen->pieces[seen->count++] = *piece;
}

static void make_table(uint8_t *packet, uint8_t pid, uint8_t counter)
{
    memset(packet, 0xff, TS_PACKET);
    memcpy(packet, (uint8_t[]){0x47, 0x40, pid, (uint8_t)(0x10 | counter)}, 4);
}

static void make_picture(uint8_t *packet, uint8_t pts_seconds, bool key)
{
    int64_t pts = (int64_t)pts_seconds * TS_PTS_TICKS;

    memset(packet, 0xff, TS_PACKET);
    memcpy(packet, (uint8_t[]){0x47, 0x40, 0x64, 0x10, 0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5}, 13);
    packet[13] = 0x21;
    packet[14] = (uint8_t)(pts >> 22);
    packet[15] = (uint8_t)(pts >> 14 | 1);
    packet[16] = (uint8_t)(pts >> 7);
    packet[17] = (uint8_t)(pts << 1 | 1);
    memcpy(packet + 18, key ? "\0\0\0\1\x65" : "\0\0\0\1\x41", 5);
}

static void make_rest(uint8_t *packet)
{
    memset(packet, 0xee, TS_PACKET);
    memcpy(packet, (uint8_t[]){0x47, 0x00, 0x64, 0x11}, 4);
}

/* Two keyframes and a picture between them, each behind its tables, as libvlc writes them. */
static size_t make_stream(uint8_t *stream)
{
    uint8_t *at = stream;

    for (uint8_t i = 0; i < 3; i++) {
        make_table(at, 0, i);
        make_table(at + TS_PACKET, 0x42, i);
        make_picture(at + 2 * TS_PACKET, (uint8_t)(i + 1), i != 1);
        make_rest(at + 3 * TS_PACKET);
        at += 4 * TS_PACKET;
    }
    return (size_t)(at - stream);
}

static void check_pieces(const struct seen *seen)
{
    assert_int_equal(seen->count, 3);
    assert_true(seen->pieces[0].key && !seen->pieces[1].key && seen->pieces[2].key);
    assert_int_equal(seen->pieces[0].size, 4 * TS_PACKET);
    assert_int_equal(seen->pieces[1].size, 2 * TS_PACKET);
    assert_int_equal(seen->pieces[2].size, 4 * TS_PACKET);
    assert_int_equal(seen->pieces[1].pts, 2 * TS_PTS_TICKS);
    /* The tables that are left count on without a step. */
    assert_int_equal(seen->table_counter[0], 0);
    assert_int_equal(seen->table_counter[2], 1);
}

/* However the bytes are cut, the pieces are the same. */
static void pieces_are_pictures(void **state)
{
    uint8_t stream[12 * TS_PACKET];
    size_t size = make_stream(stream);

    (void)state;
    for (size_t step = 1; step <= size; step = step * 3 + 1) {
        struct seen seen = {.count = 0};
        struct cutter cutter;

        cutter_init(&cutter, see, &seen);
        for (size_t at = 0; at < size; at += step)
            cutter_feed(&cutter, stream + at, step < size - at ? step : size - at);
        cutter_end(&cutter);
        check_pieces(&seen);
        assert_int_equal(cutter.damaged, 0);
        cutter_free(&cutter);
    }
}

static void ignore(void *owner, const struct cutter_piece *piece)
{
    (void)owner;
    (void)piece;
}

static void any_bytes_are_survived(void **state)
{
    struct cutter cutter;
    uint8_t bytes[TS_PACKET];

    (void)state;
    srand(1);
    cutter_init(&cutter, ignore, NULL);
    for (int i = 0; i < 20000; i++) {
        for (size_t j = 0; j < sizeof(bytes); j++)
            bytes[j] = (uint8_t)rand();
        bytes[0] = 0x47;
        if (i % 3 == 0)
            memcpy(bytes + 4, (uint8_t[]){0, 0, 1, 0xe0}, 4);
        cutter_feed(&cutter, bytes, sizeof(bytes));
    }
    cutter_end(&cutter);
    cutter_free(&cutter);
}

static struct timeline_entry entry_at(int64_t pts_us, bool key)
{
    return (struct timeline_entry){.pts_us = pts_us, .wall_us = pts_us + 5, .epoch = 3, .key = key};
}

/* Two pictures that warm the muxer up, then a keyframe that comes out first, across the wrap of the
 * muxer's clock. */
static void frames_are_known_again(void **state)
{
    struct timeline timeline;
    struct timeline_entry entry;
    int64_t out = TS_PTS_MASK - 1000;
    uint64_t lost = 0;

    (void)state;
    timeline_init(&timeline);
    for (int i = 0; i < 6; i++) {
        entry = entry_at(1000000 + i * 33333, i == 2);
        assert_true(timeline_push(&timeline, &entry));
    }
    assert_true(timeline_match(&timeline, out, &entry, &lost));
    assert_true(entry.key);
    assert_true(timeline_match(&timeline, (out + 3000) & TS_PTS_MASK, &entry, &lost));
    assert_int_equal(entry.pts_us, 1000000 + 3 * 33333);
    assert_int_equal(entry.wall_us, entry.pts_us + 5);
    assert_int_equal(lost, 0);
    assert_true(timeline_match(&timeline, (out + 9000) & TS_PTS_MASK, &entry, &lost));
    assert_int_equal(lost, 1);
    assert_int_equal(timeline_left(&timeline), 0);
    assert_false(timeline_match(&timeline, out + 12345, &entry, &lost));
    timeline_free(&timeline);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pieces_are_pictures),
                                       cmocka_unit_test(any_bytes_are_survived),
                                       cmocka_unit_test(frames_are_known_again)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
