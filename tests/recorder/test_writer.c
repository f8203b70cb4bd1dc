/* The writer: where it cuts, when what it wrote is durable, and that a volume that is slow, hangs,
 * fills up, fails or goes away costs nothing that memory can hold (R35). The volumes do so where
 * this program says so: it has a write, an fdatasync, an fsync and an openat of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "recorder/backlog.h"
#include "recorder/loss.h"
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

enum fault { SOUND, HANGS, FULL, BROKEN, READ_ONLY, FORGETS }; /* what it took is not durable */

static char directory[] = "/tmp/understudy-writer-XXXXXX"; /* its folders are the volumes */
static struct recorder_order order;
static struct backlog *backlog;
static struct volume_choice *choice;
static struct writer *writer;
static struct written segments[SEGMENTS_MAX];
static size_t segment_count;
static char trouble[RECORDER_CAUSE_MAX];
static atomic_int troubles, stops;
static atomic_int syncs;
static atomic_int sync_ms;
static atomic_int faults[2]; /* of the volumes 0 and 1 */

/* What goes wrong with a file or directory: it is told by its path on which volume it lies. Waits
 * while the volume hangs; 0, or the errno. */
static int suffer(int file)
{
    char link[64], path[PATH_MAX] = "";
    ssize_t length;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
    length = readlink(link, path, sizeof(path) - 1);
    if (length <= (ssize_t)strlen(directory) || strncmp(path, directory, strlen(directory)) != 0)
        return 0;
    atomic_int *fault = &faults[path[strlen(directory) + 1] - '0'];

    while (atomic_load(fault) == HANGS)
        usleep(5000);
    switch ((enum fault)atomic_load(fault)) {
    case SOUND:
    case HANGS:
        return 0;
    case FULL:
        return ENOSPC;
    case BROKEN:
    case FORGETS:
        return EIO;
    case READ_ONLY:
        return EROFS;
    }
    return 0;
}

static bool suffers(int file)
{
    int error = suffer(file);

    errno = error != 0 ? error : errno;
    return error != 0;
}

ssize_t write(int file, const void *bytes, size_t size)
{
    const bool takes = atomic_load(&faults[0]) == FORGETS;

    return !takes && suffers(file) ? -1 : (ssize_t)syscall(SYS_write, file, bytes, size);
}

int fdatasync(int file)
{
    usleep((useconds_t)atomic_load(&sync_ms) * 1000);
    atomic_fetch_add(&syncs, 1);
    return suffers(file) ? -1 : (int)syscall(SYS_fdatasync, file);
}

int fsync(int file)
{
    return suffers(file) ? -1 : (int)syscall(SYS_fsync, file);
}

int openat(int below, const char *name, int flags, ...)
{
    if ((flags & O_CREAT) != 0 && suffers(below))
        return -1;
    return (int)syscall(SYS_openat, below, name, flags, 0644);
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

static void on_stopped(void *owner, uint64_t epoch)
{
    (void)owner;
    (void)epoch;
    atomic_fetch_add(&stops, 1);
}

static void on_trouble(void *owner, const char *cause)
{
    (void)owner;
    atomic_fetch_add(&troubles, 1);
    snprintf(trouble, sizeof(trouble), "%s", cause);
}

static const struct writer_events events = {.grown = on_grown,
                                            .on_disk = on_disk,
                                            .segment = on_segment,
                                            .trouble = on_trouble,
                                            .stopped = on_stopped};

static int begin(void **state)
{
    static unsigned tests;

    (void)state;
    segment_count = 0;
    trouble[0] = '\0';
    atomic_store(&troubles, 0);
    atomic_store(&stops, 0);
    atomic_store(&syncs, 0);
    atomic_store(&sync_ms, 0);
    snprintf(order.camera_name, sizeof(order.camera_name), "camera-%u", tests++);
    backlog = calloc(1, sizeof(*backlog));
    choice = calloc(1, sizeof(*choice));
    backlog_init(backlog, BACKLOG_BYTES);
    volume_choice_init(choice, &order);
    writer = writer_open(backlog, choice, &events);
    return writer == NULL;
}

static int end(void **state)
{
    (void)state;
    backlog_free(backlog);
    volume_choice_free(choice);
    free(backlog);
    free(choice);
    return 0;
}

static void finish(void)
{
    backlog_close(backlog);
    writer_close(writer);
}

static void put(int64_t at_ms, bool key)
{
    const struct timeline_entry entry = {
        .wall_us = (BEGIN_MS + at_ms) * 1000, .epoch = 1, .key = key};
    static const uint8_t bytes[8 * TS_PACKET];

    backlog_put(backlog, &entry, bytes, sizeof(bytes));
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
    finish();
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
    finish();
    assert_int_equal(segment_count, 2);
    expect_segment(0, 0, hole_ms, 45);
    expect_segment(1, hole_ms + 1500 + 400, hole_ms + 1500 + 800, 10);
}

static void what_is_tolerated_is_no_hole(void **state)
{
    int64_t hole_ms = put_row(0, 25, PICTURE_MS, 0);

    (void)state;
    put_row(hole_ms + 450, 25, PICTURE_MS, 0);
    finish();
    assert_int_equal(segment_count, 1);
}

/* How many files of a day on a volume have this in their names. */
static unsigned count_files(unsigned volume, const char *day, const char *text)
{
    char path[256];
    unsigned count = 0;
    DIR *listing;

    snprintf(path, sizeof(path), "%s/%u/alpha/%s/1-alpha/%s", directory, volume, order.camera_name,
             day);
    listing = opendir(path);
    assert_non_null(listing);
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;)
        count += strstr(entry->d_name, text) != NULL;
    closedir(listing);
    return count;
}

/* A segment lies in the day of its beginning; nothing is cut because a day ends. */
static void midnight_is_no_hole(void **state)
{
    const int64_t midnight_ms = INT64_C(1795046400000) - BEGIN_MS;
    int64_t end_ms = put_row(midnight_ms - 15000, 750, PICTURE_MS, 0);

    (void)state;
    finish();
    assert_int_equal(segment_count, 3);
    expect_segment(0, midnight_ms - 15000, midnight_ms - 5000, 250);
    expect_segment(1, midnight_ms - 5000, midnight_ms + 5000, 250);
    expect_segment(2, midnight_ms + 5000, end_ms, 250);
    assert_int_equal(count_files(0, "2026-11-18", ".ts"), 2);
    assert_int_equal(count_files(0, "2026-11-19", ".ts"), 1);
}

/* A camera may send one picture in a second, or ever fewer: that is its way. */
static void slow_is_no_hole(void **state)
{
    int64_t at_ms;

    (void)state;
    at_ms = put_row(0, 8, 1000, 0);
    put_row(at_ms, 2, 1400, 8);
    finish();
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
    finish();
}

static void a_slow_disk_loses_nothing_that_fits(void **state)
{
    (void)state;
    atomic_store(&sync_ms, 1500);
    assert_true(put_live(100) < 100000);
    finish();
    assert_int_equal(segment_count, 1);
    expect_segment(0, 0, 4000, 100);
    assert_string_equal(trouble, "");
    assert_in_range(atomic_load(&syncs), 1, 2); /* the pictures come first */
}

/* ---- R35 ---- */

static void wait_for(atomic_int *counter, int value)
{
    for (int i = 0; i < 2000 && atomic_load(counter) < value; i++)
        usleep(5000);
    assert_true(atomic_load(counter) >= value);
}

static void put_stop(void)
{
    int before = atomic_load(&stops);

    backlog_end(backlog, BACKLOG_STOP, 1);
    wait_for(&stops, before + 1);
}

/* Every picture is in a segment's stated time, at least once. */
static void expect_covered(int64_t from_ms, int64_t to_ms)
{
    for (int64_t at_ms = from_ms; at_ms < to_ms; at_ms += PICTURE_MS) {
        bool covered = false;

        for (size_t i = 0; i < segment_count; i++)
            covered |=
                segments[i].from_ms <= BEGIN_MS + at_ms && BEGIN_MS + at_ms < segments[i].to_ms;
        if (!covered)
            fail_msg("the picture at %lld ms is missing", (long long)at_ms);
    }
}

static void drain(void)
{
    for (int i = 0; i < 2000; i++) {
        pthread_mutex_lock(&backlog->mutex);
        bool empty = *backlog->next == NULL;
        pthread_mutex_unlock(&backlog->mutex);
        if (empty)
            break;
        usleep(5000);
    }
    usleep(50000);
}

/* In the middle of a group of pictures: it is written again on the next volume. */
static void fails_over(enum fault fault, const char *said)
{
    int64_t at_ms = put_row(0, 60, PICTURE_MS, 0);

    drain();
    atomic_store(&faults[0], fault);
    at_ms = put_row(at_ms, 60, PICTURE_MS, 10);
    drain();
    put_stop();
    atomic_store(&faults[0], SOUND);
    finish();
    assert_non_null(strstr(trouble, said));
    assert_true(segment_count >= 1);
    assert_int_equal(backlog_lost(backlog), 0);
    /* What stands on the failed volume up to its last durable keyframe is finished there by the
     * next recovery, if the volume did not let it be finished now. */
    expect_covered(segment_count >= 2 ? 0 : 2000, at_ms);
}

static void a_full_volume_costs_no_picture(void **state)
{
    (void)state;
    fails_over(FULL, "No space left");
}

static void a_broken_volume_costs_no_picture(void **state)
{
    (void)state;
    fails_over(BROKEN, "Input/output error");
}

static void a_read_only_volume_costs_no_picture(void **state)
{
    (void)state;
    fails_over(READ_ONLY, "Read-only");
}

/* Just where a segment is complete: what is not durable of it is written again as well. */
static void a_volume_that_forgets_costs_no_picture(void **state)
{
    int64_t at_ms = put_row(0, 250, PICTURE_MS, 0);

    (void)state;
    drain();
    atomic_store(&faults[0], FORGETS);
    at_ms = put_row(at_ms, 30, PICTURE_MS, 0);
    drain();
    put_stop();
    atomic_store(&faults[0], SOUND);
    finish();
    assert_non_null(strstr(trouble, "Input/output error"));
    assert_int_equal(backlog_lost(backlog), 0);
    expect_covered(GROUP * PICTURE_MS, at_ms);
}

static unsigned parts_on(unsigned volume)
{
    return count_files(volume, "2026-11-18", ".part");
}

/* A volume that went and came back in one life: what could not be completed there is looked after
 * then. (There is no real stream in it here, so it is removed.) */
static void what_was_left_on_a_volume_is_finished_when_it_is_back(void **state)
{
    int64_t at_ms = 60 * PICTURE_MS;

    (void)state;
    put_live(60);
    atomic_store(&faults[0], READ_ONLY);
    at_ms = put_row(at_ms, 60, PICTURE_MS, 10);
    drain();
    assert_non_null(strstr(trouble, "Read-only"));
    assert_int_equal(parts_on(0), 1);
    atomic_store(&faults[0], SOUND);
    pthread_mutex_lock(&choice->mutex);
    choice->rest_us[0] = 0; /* it has rested */
    pthread_mutex_unlock(&choice->mutex);
    put_row(at_ms + 2000, 50, PICTURE_MS, 0); /* the next segment is on it again */
    drain();
    put_stop();
    finish();
    assert_int_equal(parts_on(0), 0);
}

/* Without another volume memory holds what comes until there is space again. */
static void a_full_volume_alone_costs_no_picture(void **state)
{
    int64_t at_ms;

    (void)state;
    atomic_store(&faults[0], FULL);
    atomic_store(&faults[1], FULL);
    at_ms = put_row(0, 100, PICTURE_MS, 0);
    wait_for(&troubles, 2);
    atomic_store(&faults[0], SOUND);
    atomic_store(&faults[1], SOUND);
    put_stop();
    finish();
    assert_int_equal(backlog_lost(backlog), 0);
    expect_covered(0, at_ms);
}

static bool still_hangs(unsigned volume)
{
    bool hangs;

    pthread_mutex_lock(&choice->mutex);
    hangs = choice->rest_us[volume] == VOLUME_CHOICE_HANGS;
    pthread_mutex_unlock(&choice->mutex);
    return hangs;
}

/* Whoever looks on gives the writer up; another goes on with the next volume, from the keyframe on.
 */
static void a_hanging_volume_is_left(void **state)
{
    int64_t at_ms = put_row(0, 60, PICTURE_MS, 0);
    struct volume_chosen chosen;
    struct writer *stuck = writer;

    (void)state;
    drain();
    atomic_store(&faults[0], HANGS);
    at_ms = put_row(at_ms, 60, PICTURE_MS, 10);
    while (writer_waits_ms(stuck, &chosen) < 100)
        usleep(5000);
    assert_string_equal(chosen.name, "vault");
    assert_true(volume_choice_has_other(choice, &chosen));
    volume_choice_failed(choice, &chosen, true);
    writer = writer_open(backlog, choice, &events);
    assert_non_null(writer);
    writer_abandon(stuck);
    put_stop();
    assert_int_equal(backlog_lost(backlog), 0);
    expect_covered(2000, at_ms);
    atomic_store(&faults[0], SOUND); /* the thread ends, and what it wrote is whole */
    for (int i = 0; i < 2000 && still_hangs(0); i++)
        usleep(5000);
    assert_false(still_hangs(0));
    usleep(300000);
    finish();
}

/* Beyond the memory there is for it, a loss is counted, told and noted down beside the segments. */
static void what_finds_no_room_is_counted(void **state)
{
    struct loss losses[4];
    size_t count;
    char path[256];
    int writer_directory;

    (void)state;
    backlog->bytes_max = 100 * 8 * TS_PACKET;
    atomic_store(&faults[0], HANGS);
    put_row(0, 210, PICTURE_MS, 0);
    atomic_store(&faults[0], SOUND);
    drain();
    for (int i = 0; i < 2000 && backlog_bytes(backlog) > GROUP * 8 * TS_PACKET; i++)
        usleep(5000); /* what is durable makes room */
    put_row(210 * PICTURE_MS, 50, PICTURE_MS, 10);
    put_stop();
    finish();
    assert_int_equal(segment_count, 2);
    snprintf(path, sizeof(path), "%s/0/alpha/%s/1-alpha/2026-11-18", directory, order.camera_name);
    writer_directory = open(path, O_RDONLY | O_DIRECTORY);
    assert_true(writer_directory >= 0);
    assert_int_equal(loss_load(writer_directory, losses, 4, &count), 0);
    close(writer_directory);
    assert_int_equal(count, 1);
    assert_int_equal(losses[0].from_ms, segments[0].to_ms);
    assert_int_equal(losses[0].to_ms, segments[1].from_ms);
    assert_int_equal(losses[0].frames, backlog_lost(backlog));
    assert_int_equal(losses[0].frames * PICTURE_MS, losses[0].to_ms - losses[0].from_ms);
    assert_non_null(strstr(trouble, "are lost"));
}

static int set_up(void **state)
{
    char cause[RECORDER_CAUSE_MAX];

    (void)state;
    order = (struct recorder_order){.abi = RECORDER_ABI,
                                    .volume_count = 2,
                                    .main_name = "alpha",
                                    .server_name = "alpha",
                                    .volumes = {{.name = "vault"}, {.name = "spare"}}};
    if (mkdtemp(directory) == NULL)
        return -1;
    for (unsigned i = 0; i < order.volume_count; i++) {
        snprintf(order.volumes[i].path, RECORDER_PATH_MAX, "%s/%u", directory, i);
        if (mkdir(order.volumes[i].path, 0755) != 0 ||
            !volume_init(order.volumes[i].path, order.volumes[i].name, cause))
            return -1;
    }
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
        cmocka_unit_test_setup_teardown(a_hole_lies_between_two_segments, begin, end),
        cmocka_unit_test_setup_teardown(a_hole_ends_at_a_keyframe, begin, end),
        cmocka_unit_test_setup_teardown(midnight_is_no_hole, begin, end),
        cmocka_unit_test_setup_teardown(what_is_tolerated_is_no_hole, begin, end),
        cmocka_unit_test_setup_teardown(slow_is_no_hole, begin, end),
        cmocka_unit_test_setup_teardown(what_is_written_is_durable_within_a_second, begin, end),
        cmocka_unit_test_setup_teardown(a_slow_disk_loses_nothing_that_fits, begin, end),
        cmocka_unit_test_setup_teardown(a_full_volume_costs_no_picture, begin, end),
        cmocka_unit_test_setup_teardown(a_broken_volume_costs_no_picture, begin, end),
        cmocka_unit_test_setup_teardown(a_read_only_volume_costs_no_picture, begin, end),
        cmocka_unit_test_setup_teardown(a_volume_that_forgets_costs_no_picture, begin, end),
        cmocka_unit_test_setup_teardown(what_was_left_on_a_volume_is_finished_when_it_is_back,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_full_volume_alone_costs_no_picture, begin, end),
        cmocka_unit_test_setup_teardown(a_hanging_volume_is_left, begin, end),
        cmocka_unit_test_setup_teardown(what_finds_no_room_is_counted, begin, end)};

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
