/* The writer: where it cuts, when what it wrote is durable, and that a slow disk costs nothing that
 * memory can hold. The disk is slow where this program says so: it has an fdatasync of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "recorder/moment.h"
#include "recorder/ts.h"
#include "recorder/volume.h"
#include "recorder/writer.h"

#define BEGIN_MS     INT64_C(1795000000000)
#define PICTURE_MS   40
#define GROUP        25
#define SEGMENTS_MAX 16

struct written {
    int64_t from_ms, to_ms;
    uint64_t frames;
};

static char directory[] = "/tmp/understudy-writer-XXXXXX";
static struct recorder_order order;
static struct writer *writer;
static struct written segments[SEGMENTS_MAX];
static size_t segment_count;
static char trouble[RECORDER_CAUSE_MAX];
static atomic_int syncs;
static atomic_int sync_ms;

int fdatasync(int file)
{
    usleep((useconds_t)atomic_load(&sync_ms) * 1000);
    atomic_fetch_add(&syncs, 1);
    return (int)syscall(SYS_fdatasync, file);
}

static void on_grown(void *owner, const struct timeline_entry *entry, size_t bytes)
{
    (void)owner;
    (void)entry;
    (void)bytes;
}

static void on_disk(void *owner, uint64_t epoch, int64_t from_wall_ms)
{
    (void)owner;
    (void)epoch;
    (void)from_wall_ms;
}

static void on_segment(void *owner, uint64_t epoch, int64_t from_wall_ms, int64_t to_wall_ms,
                       uint64_t bytes, uint64_t frames)
{
    (void)owner;
    (void)epoch;
    (void)bytes;
    if (segment_count < SEGMENTS_MAX)
        segments[segment_count++] = (struct written){from_wall_ms, to_wall_ms, frames};
}

static void on_trouble(void *owner, const char *cause)
{
    (void)owner;
    snprintf(trouble, sizeof(trouble), "%s", cause);
}

static int begin(void **state)
{
    const struct writer_events events = {
        .grown = on_grown, .on_disk = on_disk, .segment = on_segment, .trouble = on_trouble};
    static unsigned tests;

    (void)state;
    segment_count = 0;
    trouble[0] = '\0';
    atomic_store(&syncs, 0);
    atomic_store(&sync_ms, 0);
    snprintf(order.camera_name, sizeof(order.camera_name), "camera-%u", tests++);
    writer = writer_open(&order, &events);
    return writer == NULL;
}

static void put(int64_t at_ms, bool key)
{
    const struct timeline_entry entry = {
        .wall_us = (BEGIN_MS + at_ms) * 1000, .epoch = 1, .key = key};
    static const uint8_t bytes[8 * TS_PACKET];

    writer_put(writer, &entry, bytes, sizeof(bytes));
}

/* Pictures in an even row, the first of each group a keyframe; `group` says where in its group the
 * first stands. Returns the moment after the last. */
static int64_t put_row(int64_t from_ms, int count, int distance_ms, int group)
{
    for (int i = 0; i < count; i++)
        put(from_ms + i * distance_ms, (group + i) % GROUP == 0);
    return from_ms + count * distance_ms;
}

static void expect_segment(size_t i, int64_t from_ms, int64_t to_ms, uint64_t frames)
{
    assert_true(i < segment_count);
    assert_int_equal(segments[i].from_ms, BEGIN_MS + from_ms);
    assert_int_equal(segments[i].to_ms, BEGIN_MS + to_ms);
    assert_int_equal(segments[i].frames, frames);
}

static void a_hole_lies_between_two_segments(void **state)
{
    int64_t hole_ms = put_row(0, 50, PICTURE_MS, 0);

    (void)state;
    put_row(hole_ms + 1500, 25, PICTURE_MS, 0);
    writer_close(writer);
    assert_int_equal(segment_count, 2);
    expect_segment(0, 0, hole_ms, 50);
    expect_segment(1, hole_ms + 1500, hole_ms + 2500, 25);
}

/* What builds upon pictures that never came is kept, but not counted upon. */
static void a_hole_ends_at_a_keyframe(void **state)
{
    int64_t hole_ms = put_row(0, 35, PICTURE_MS, 0);

    (void)state;
    put_row(hole_ms + 1500, 20, PICTURE_MS, 15); /* the keyframe is the eleventh */
    writer_close(writer);
    assert_int_equal(segment_count, 2);
    expect_segment(0, 0, hole_ms, 45);
    expect_segment(1, hole_ms + 1500 + 400, hole_ms + 1500 + 800, 10);
}

static void what_is_tolerated_is_no_hole(void **state)
{
    int64_t hole_ms = put_row(0, 25, PICTURE_MS, 0);

    (void)state;
    put_row(hole_ms + 450, 25, PICTURE_MS, 0);
    writer_close(writer);
    assert_int_equal(segment_count, 1);
}

/* A camera may send one picture in a second, or ever fewer: that is its way. */
static void slow_is_no_hole(void **state)
{
    int64_t at_ms;

    (void)state;
    at_ms = put_row(0, 8, 1000, 0);
    put_row(at_ms, 2, 1400, 8);
    writer_close(writer);
    assert_int_equal(segment_count, 1);
}

/* In real time, for the writer looks at the clock. Returns how long the longest putting in took. */
static int64_t put_live(int count)
{
    int64_t begin_us = moment_monotonic_us(), longest_us = 0;

    for (int i = 0; i < count; i++) {
        int64_t before_us = moment_monotonic_us(), took_us;
        int64_t early_us = begin_us + i * PICTURE_MS * 1000 - before_us;

        if (early_us > 0)
            usleep((useconds_t)early_us);
        before_us = moment_monotonic_us();
        put(i * PICTURE_MS, i % GROUP == 0);
        took_us = moment_monotonic_us() - before_us;
        longest_us = took_us > longest_us ? took_us : longest_us;
    }
    return longest_us;
}

/* The first keyframe, then each second; the last pictures too, though no other follows. */
static void what_is_written_is_durable_within_a_second(void **state)
{
    (void)state;
    put_live(60);
    assert_in_range(atomic_load(&syncs), 3, 4);
    usleep((WRITER_SYNC_MS + 300) * 1000);
    assert_in_range(atomic_load(&syncs), 4, 5);
    usleep((WRITER_SYNC_MS + 300) * 1000);
    assert_in_range(atomic_load(&syncs), 4, 5); /* nothing new, nothing to do */
    writer_close(writer);
}

static void a_slow_disk_loses_nothing_that_fits(void **state)
{
    (void)state;
    atomic_store(&sync_ms, 1500);
    assert_true(put_live(100) < 100000);
    writer_close(writer);
    assert_int_equal(segment_count, 1);
    expect_segment(0, 0, 4000, 100);
    assert_string_equal(trouble, "");
    assert_in_range(atomic_load(&syncs), 1, 2); /* the pictures come first */
}

static int set_up(void **state)
{
    char cause[RECORDER_CAUSE_MAX];

    (void)state;
    order = (struct recorder_order){.abi = RECORDER_ABI,
                                    .volume_count = 1,
                                    .main_name = "alpha",
                                    .server_name = "alpha",
                                    .volumes = {{.name = "vault"}}};
    if (mkdtemp(directory) == NULL || !volume_init(directory, "vault", cause))
        return -1;
    snprintf(order.volumes[0].path, RECORDER_PATH_MAX, "%s", directory);
    return 0;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -r %s", directory);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_hole_lies_between_two_segments, begin),
        cmocka_unit_test_setup(a_hole_ends_at_a_keyframe, begin),
        cmocka_unit_test_setup(what_is_tolerated_is_no_hole, begin),
        cmocka_unit_test_setup(slow_is_no_hole, begin),
        cmocka_unit_test_setup(what_is_written_is_durable_within_a_second, begin),
        cmocka_unit_test_setup(a_slow_disk_loses_nothing_that_fits, begin)};

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
