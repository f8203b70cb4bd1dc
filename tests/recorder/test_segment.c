#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/measure.h"
#include "recorder/recover.h"
#include "recorder/segment.h"
#include "recorder/ts.h"

static char directory[] = "/tmp/understudy-segment-XXXXXX";
static int volume;

static void names_are_read_back(void **state)
{
    int64_t start_ms, length_ms;
    char name[SEGMENT_NAME_MAX];

    (void)state;
    segment_name_print(name, 1795466712345, 10040, MEDIA_TS);
    assert_string_equal(name, "20261123T204512.345Z_10040ms.ts");
    assert_true(segment_name_parse(name, &start_ms, &length_ms));
    assert_int_equal(start_ms, 1795466712345);
    assert_int_equal(length_ms, 10040);
    segment_part_print(name, start_ms, MEDIA_TS);
    assert_true(segment_part_parse(name, &start_ms));
    assert_int_equal(start_ms, 1795466712345);
    assert_int_equal(segment_container(name), MEDIA_TS);
    segment_name_print(name, 1795466712345, 10040, MEDIA_MATROSKA);
    assert_string_equal(name, "20261123T204512.345Z_10040ms.mkv");
    assert_true(segment_name_parse(name, &start_ms, &length_ms));
    segment_part_print(name, start_ms, MEDIA_MATROSKA);
    assert_true(segment_part_parse(name, &start_ms));
    assert_int_equal(segment_container(name), MEDIA_MATROSKA);
}

static void strange_names_are_refused(void **state)
{
    static const char *const names[] = {"",
                                        ".",
                                        "index",
                                        "20261123T204512.345Z_10040ms.ts.part",
                                        "20261123T204512.345Z_-1ms.ts",
                                        "20261123T204512.345Z_010ms.ts",
                                        "20261123T204512.345Z_99999999999999999999ms.ts",
                                        "20261123T204512.345Z_ms.ts",
                                        "20261323T204512.345Z_1ms.ts",
                                        "20260231T204512.345Z_1ms.ts",
                                        "20261123T204512.345Z_1ms.mkv.ts",
                                        "20261123T204512.345Z_1ms.tsx"};
    int64_t start_ms, length_ms;

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        assert_false(segment_name_parse(names[i], &start_ms, &length_ms));
}

static void writers_are_told_apart(void **state)
{
    const char *server;
    uint64_t epoch;

    (void)state;
    assert_true(segment_writer_parse("12-site-b", &epoch, &server));
    assert_int_equal(epoch, 12);
    assert_string_equal(server, "site-b");
    assert_false(segment_writer_parse("12", &epoch, &server));
    assert_false(segment_writer_parse("12-", &epoch, &server));
    assert_false(segment_writer_parse("012-b", &epoch, &server));
    assert_false(segment_writer_parse("-b", &epoch, &server));
    assert_false(segment_writer_parse("99999999999999999999999-b", &epoch, &server));
}

/* A packet in which a picture begins: PES with a PTS and an IDR slice or another. */
static void make_packet(uint8_t *packet, int64_t pts, bool key)
{
    static const uint8_t head[] = {0x47, 0x40, 0x64, 0x10, 0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5};

    memset(packet, 0xff, TS_PACKET);
    memcpy(packet, head, sizeof(head));
    packet[13] = (uint8_t)(0x21 | (pts >> 29 & 0x0e));
    packet[14] = (uint8_t)(pts >> 22);
    packet[15] = (uint8_t)(pts >> 14 | 1);
    packet[16] = (uint8_t)(pts >> 7);
    packet[17] = (uint8_t)(pts << 1 | 1);
    memcpy(packet + 18, key ? "\0\0\0\1\x65" : "\0\0\0\1\x41", 5);
}

static int open_writer(const struct segment_place *place)
{
    int camera = segment_open_camera(volume, place, true);
    int writer = segment_open_day(camera, place, 1795466712345, true);

    assert_true(camera >= 0 && writer >= 0);
    close(camera);
    return writer;
}

static void a_segment_becomes_durable(void **state)
{
    struct segment_place place = {"alpha", "lobby", "beta", 7};
    int writer = open_writer(&place);
    uint8_t packet[TS_PACKET];
    struct segment segment = {.container = MEDIA_TS};
    struct index_rows rows;

    (void)state;
    assert_int_equal(segment_begin(&segment, writer, 1795466712345), 0);
    make_packet(packet, 90000, true);
    assert_int_equal(segment_add(&segment, packet, sizeof(packet), true), 0);
    assert_int_equal(segment_sync(&segment), 0);
    assert_int_equal(segment_linked(&segment), 0);
    assert_int_equal(segment_finish(&segment, 1795466712345 + 40), 0);
    assert_string_equal(segment.row.name, "20261123T204512.345Z_40ms.ts");
    assert_int_equal(index_load(writer, &rows), 0);
    assert_int_equal(rows.count, 1);
    assert_int_equal(rows.rows[0].bytes, TS_PACKET);
    index_free(&rows);
    close(writer);
}

static void count_recovered(void *owner, uint64_t epoch, int64_t start_ms, int64_t length_ms,
                            const struct index_row *row)
{
    (void)epoch;
    (void)start_ms;
    assert_int_equal(length_ms, 80);
    assert_int_equal(row->frames, 2);
    assert_int_equal(row->keyframes, 1);
    ++*(int *)owner;
}

/* A kill in the middle of a packet: both whole pictures stay; of another server's part nothing is
 * touched. */
static void left_overs_are_finished(void **state)
{
    struct segment_place place = {"alpha", "gate", "beta", 1},
                         other = {"alpha", "gate", "gamma", 2};
    const char *part = "20261123T204512.345Z.ts.part", *empty = "20261123T204600.000Z.ts.part";
    int writer = open_writer(&place), foreign = open_writer(&other), recovered = 0, file;
    uint8_t packets[3 * TS_PACKET];
    struct index_rows rows;

    (void)state;
    make_packet(packets, 90000, true);
    make_packet(packets + TS_PACKET, 90000 + 3600, false);
    make_packet(packets + 2 * TS_PACKET, 90000 + 7200, false);
    file = openat(writer, part, O_WRONLY | O_CREAT, 0644);
    assert_int_equal(write(file, packets, 2 * TS_PACKET + 100), 2 * TS_PACKET + 100);
    close(file);
    close(openat(writer, empty, O_WRONLY | O_CREAT, 0644));
    close(openat(foreign, part, O_WRONLY | O_CREAT, 0644));

    place.epoch = 9;
    assert_int_equal(recover_camera(volume, &place, count_recovered, &recovered), 0);
    assert_int_equal(recovered, 1);
    assert_int_equal(faccessat(writer, "20261123T204512.345Z_80ms.ts", F_OK, 0), 0);
    assert_int_not_equal(faccessat(writer, empty, F_OK, 0), 0);
    assert_int_equal(faccessat(foreign, part, F_OK, 0), 0);
    assert_int_equal(index_load(writer, &rows), 0);
    assert_int_equal(rows.count, 1);
    assert_int_equal(rows.rows[0].bytes, 2 * TS_PACKET);
    index_free(&rows);
    assert_int_equal(recover_camera(volume, &place, count_recovered, &recovered), 0);
    assert_int_equal(recovered, 1);
    close(writer);
    close(foreign);
}

/* What a crash left ends where the pictures ceased, as the writer would have ended it. */
static void a_left_over_ends_at_its_hole(void **state)
{
    uint8_t packets[20 * TS_PACKET];
    struct index_row row = {.frames = 0};
    int64_t length_ms;
    int file = openat(volume, "hole.ts", O_RDWR | O_CREAT, 0644);

    (void)state;
    for (int i = 0; i < 20; i++)
        make_packet(packets + i * TS_PACKET, 90000 + i * 3600 + (i < 15 ? 0 : 135000), i == 0);
    assert_int_equal(write(file, packets, sizeof(packets)), sizeof(packets));
    assert_int_equal(measure_segment(file, &row, &length_ms), 0);
    assert_int_equal(row.frames, 20);
    assert_int_equal(length_ms, 15 * 40);
    close(file);
}

static void a_locked_part_is_left_alone(void **state)
{
    struct segment_place place = {"alpha", "yard", "beta", 1};
    int writer = open_writer(&place), recovered = 0;
    uint8_t packet[TS_PACKET];
    struct segment segment = {.container = MEDIA_TS};

    (void)state;
    make_packet(packet, 90000, true);
    assert_int_equal(segment_begin(&segment, writer, 1795466712345), 0);
    assert_int_equal(segment_add(&segment, packet, sizeof(packet), true), 0);
    assert_int_equal(recover_camera(volume, &place, count_recovered, &recovered), 0);
    assert_int_equal(recovered, 0);
    assert_int_equal(segment_finish(&segment, 1795466712345 + 40), 0);
    close(writer);
}

static uint64_t file_bytes(const struct segment *segment)
{
    struct stat status;

    assert_int_equal(fstat(segment->file, &status), 0);
    return (uint64_t)status.st_size;
}

/* Pictures may wait for each other, but a volume that does not take them leaves the segment as it
 * was before them. */
static void what_waits_is_written_or_taken_back(void **state)
{
    struct segment_place place = {"alpha", "hall", "beta", 1};
    int writer = open_writer(&place);
    struct rlimit before, tight;
    struct segment segment = {.container = MEDIA_TS};
    uint8_t packet[TS_PACKET];

    (void)state;
    make_packet(packet, 90000, true);
    assert_int_equal(segment_begin(&segment, writer, 1795466712345), 0);
    assert_int_equal(segment_add(&segment, packet, sizeof(packet), true), 0);
    assert_int_equal(file_bytes(&segment), 0);
    assert_int_equal(segment_flush(&segment), 0);
    assert_int_equal(file_bytes(&segment), TS_PACKET);

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    tight = (struct rlimit){.rlim_cur = TS_PACKET + 100, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    assert_int_equal(segment_add(&segment, packet, sizeof(packet), false), 0);
    assert_int_equal(segment_flush(&segment), EFBIG);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(file_bytes(&segment), TS_PACKET);
    assert_int_equal(segment.row.bytes, TS_PACKET);
    assert_int_equal(segment.row.frames, 1);
    assert_int_equal(segment.row.keyframes, 1);
    assert_int_equal(segment_finish(&segment, 1795466712345 + 40), 0);
    close(writer);
}

static void a_planted_link_is_not_followed(void **state)
{
    struct segment_place place = {"alpha", "link", "beta", 1};

    (void)state;
    assert_int_equal(symlinkat("/tmp", volume, "evil"), 0);
    place.main_name = "evil";
    assert_int_equal(segment_open_camera(volume, &place, true), -1);
    unlinkat(volume, "evil", 0);
}

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(directory) == NULL)
        return -1;
    volume = open(directory, O_RDONLY | O_DIRECTORY);
    return volume < 0;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    close(volume);
    snprintf(command, sizeof(command), "rm -r %s", directory);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_are_read_back),
                                       cmocka_unit_test(strange_names_are_refused),
                                       cmocka_unit_test(writers_are_told_apart),
                                       cmocka_unit_test(a_segment_becomes_durable),
                                       cmocka_unit_test(left_overs_are_finished),
                                       cmocka_unit_test(a_left_over_ends_at_its_hole),
                                       cmocka_unit_test(a_locked_part_is_left_alone),
                                       cmocka_unit_test(what_waits_is_written_or_taken_back),
                                       cmocka_unit_test(a_planted_link_is_not_followed)};

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
