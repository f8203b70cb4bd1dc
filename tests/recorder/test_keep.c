/* Looking after a volume (R35): what is dropped, what never is, and what is moved back. The volumes
 * are folders with segments of a few bytes; the clock is the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/fill.h"
#include "recorder/index.h"
#include "recorder/keep.h"
#include "recorder/lock.h"
#include "recorder/segment.h"
#include "recorder/volume.h"
#include "recorder/volume_probe.h"
#include "tests/recorder/packets.h"

#define BEGIN_MS   INT64_C(1795000000000)
#define LENGTH_MS  10000
#define BYTES      1000
#define SEGMENTS   100
#define NOW_MS     (BEGIN_MS + SEGMENTS * LENGTH_MS)
#define NEWEST_MAX (KEEP_NEWEST_MS / LENGTH_MS)
#define LOCKED_MS  3600000

static char directory[] = "/tmp/understudy-keep-XXXXXX";
static struct keep keep;
static struct recorder_volume spare;

/* The rules are tested here, not durability. */
int fsync(int file)
{
    (void)file;
    return 0;
}

int fdatasync(int file)
{
    return fsync(file);
}

static int open_volume(const struct recorder_volume *volume)
{
    char cause[RECORDER_CAUSE_MAX];
    int opened = volume_open(volume->path, volume->name, cause);

    assert_true(opened >= 0);
    return opened;
}

static int open_writer(const struct recorder_volume *volume, const char *camera, const char *server)
{
    const struct segment_place place = {
        .main_name = "alpha", .camera_name = camera, .server_name = server, .epoch = 1};
    int root = open_volume(volume), camera_directory = segment_open_camera(root, &place, true);
    int opened = segment_open_day(camera_directory, &place, BEGIN_MS, true);

    assert_true(opened >= 0);
    close(camera_directory);
    close(root);
    return opened;
}

static void record(const struct recorder_volume *volume, const char *camera, const char *server)
{
    int writer = open_writer(volume, camera, server);
    static const uint8_t bytes[BYTES];
    struct segment segment = {.container = MEDIA_TS};

    for (int i = 0; i < SEGMENTS; i++) {
        assert_int_equal(segment_begin(&segment, writer, BEGIN_MS + i * LENGTH_MS), 0);
        assert_int_equal(segment_add(&segment, bytes, sizeof(bytes), true), 0);
        assert_int_equal(segment_finish(&segment, BEGIN_MS + (i + 1) * LENGTH_MS), 0);
    }
    close(writer);
}

/* How many segments are left, all of them in the index and on disk, and the first of them. */
static size_t left(const struct recorder_volume *volume, const char *camera, const char *server,
                   int *first)
{
    int writer = open_writer(volume, camera, server);
    struct index_rows rows;
    int64_t start_ms = 0, length_ms;
    size_t count;
    char command[1024];
    FILE *output;
    unsigned files = 0;

    assert_int_equal(index_load(writer, &rows), 0);
    count = rows.count;
    for (size_t i = 0; i < count; i++)
        assert_int_equal(faccessat(writer, rows.rows[i].name, F_OK, 0), 0);
    if (count > 0)
        assert_true(segment_name_parse(rows.rows[0].name, &start_ms, &length_ms));
    *first = (int)((start_ms - BEGIN_MS) / LENGTH_MS);
    index_free(&rows);
    close(writer);
    snprintf(command, sizeof(command), "ls %s/alpha/%s/1-%s/* | grep -c ms", volume->path, camera,
             server);
    output = popen(command, "r");
    assert_int_equal(fscanf(output, "%u", &files), 1);
    pclose(output);
    assert_int_equal(files, count);
    return count;
}

static void make_volume(struct recorder_volume *volume, const char *name, unsigned number)
{
    char cause[RECORDER_CAUSE_MAX];

    *volume = (struct recorder_volume){.reserve_bytes = 0};
    snprintf(volume->name, sizeof(volume->name), "%s", name);
    snprintf(volume->path, sizeof(volume->path), "%s/%u", directory, number);
    assert_int_equal(mkdir(volume->path, 0755), 0);
    assert_true(volume_init(volume->path, name, cause));
}

static int begin(void **state)
{
    static unsigned tests;

    (void)state;
    keep = (struct keep){.newest_ms = KEEP_NEWEST_MS, .server_name = "alpha"};
    make_volume(&keep.volume, "vault", 2 * tests);
    make_volume(&spare, "spare", 2 * tests + 1);
    tests++;
    record(&keep.volume, "lobby", "alpha");
    record(&keep.volume, "yard", "alpha");
    record(&keep.volume, "yard", "beta");
    return 0;
}

static int end(void **state)
{
    (void)state;
    keep_free(&keep);
    return 0;
}

static void nothing_goes_without_need(void **state)
{
    int first;

    (void)state;
    keep.volume.size_bytes = 1000 * BYTES;
    assert_true(keep_turn(&keep, NOW_MS));
    assert_int_equal(keep.dropped, 0);
    assert_int_equal(keep.own_bytes, 2 * SEGMENTS * BYTES);
    assert_string_equal(keep.cause, "");
    assert_int_equal(left(&keep.volume, "lobby", "alpha", &first), SEGMENTS);
}

/* Of all cameras alike, the oldest first, and never another server's. */
static void a_full_volume_drops_its_oldest(void **state)
{
    int lobby, yard, other;

    (void)state;
    keep.volume.size_bytes = 150 * BYTES;
    assert_true(keep_turn(&keep, NOW_MS));
    assert_in_range(keep.dropped, 50, 56);
    assert_int_equal(keep.own_bytes, (2 * SEGMENTS - keep.dropped) * BYTES);
    left(&keep.volume, "lobby", "alpha", &lobby);
    left(&keep.volume, "yard", "alpha", &yard);
    assert_int_equal(lobby, yard);
    assert_int_equal(left(&keep.volume, "yard", "beta", &other), SEGMENTS);
    assert_false(keep.is_full);
    assert_true(keep_turn(&keep, NOW_MS)); /* and then it is enough */
    assert_int_equal(keep.dropped, 0);
}

static void the_newest_stays(void **state)
{
    int first;

    (void)state;
    keep.volume.size_bytes = 1;
    assert_true(keep_turn(&keep, NOW_MS));
    assert_int_equal(left(&keep.volume, "lobby", "alpha", &first), NEWEST_MAX);
    assert_int_equal(first, SEGMENTS - NEWEST_MAX);
    assert_true(keep.is_full);
    assert_non_null(strstr(keep.cause, "volume vault is full"));
}

/* What is free counts, whoever fills the volume. */
static void a_reserve_is_kept_free(void **state)
{
    int first;

    (void)state;
    keep.volume.reserve_bytes = UINT64_MAX / 2;
    assert_true(keep_turn(&keep, NOW_MS));
    assert_int_equal(left(&keep.volume, "lobby", "alpha", &first), NEWEST_MAX);
    assert_true(keep.is_full);
}

static void old_footage_goes_by_its_age(void **state)
{
    struct keep_rule rule = {
        .main_name = "alpha", .camera_name = "lobby", .keep_ms = 30 * LENGTH_MS};
    int first;

    (void)state;
    keep.rules = &rule;
    keep.rule_count = 1;
    assert_true(keep_turn(&keep, NOW_MS));
    assert_int_equal(left(&keep.volume, "lobby", "alpha", &first), 30);
    assert_int_equal(left(&keep.volume, "yard", "alpha", &first), SEGMENTS);
    assert_int_equal(left(&keep.volume, "yard", "beta", &first), SEGMENTS);
}

static void lock_lobby(int64_t from_ms, int64_t to_ms)
{
    const struct lock lock = {.from_ms = from_ms, .to_ms = to_ms, .reason = "a fight"};
    const struct segment_place place = {.main_name = "alpha", .camera_name = "lobby"};
    int root = open_volume(&keep.volume), camera = segment_open_camera(root, &place, false);

    assert_int_equal(lock_add(camera, &lock), 0);
    close(camera);
    close(root);
}

static void a_locked_incident_stays(void **state)
{
    int first;

    (void)state;
    lock_lobby(BEGIN_MS + 5 * LENGTH_MS + 1, BEGIN_MS + 7 * LENGTH_MS);
    keep.volume.size_bytes = 1;
    assert_true(keep_turn(&keep, NOW_MS));
    assert_int_equal(left(&keep.volume, "lobby", "alpha", &first), NEWEST_MAX + 2);
    assert_int_equal(first, 5);
    assert_non_null(strstr(keep.cause, "locked"));
}

/* However much is locked, the oldest of the rest makes room. */
static void what_is_locked_does_not_fill_a_volume(void **state)
{
    int first;

    (void)state;
    lock_lobby(BEGIN_MS, BEGIN_MS + 60 * LENGTH_MS);
    keep.volume.size_bytes = 150 * BYTES;
    assert_true(keep_turn(&keep, NOW_MS));
    assert_in_range(keep.dropped, 50, 56);
    assert_false(keep.is_full);
    assert_int_equal(left(&keep.volume, "lobby", "alpha", &first), SEGMENTS);
    assert_in_range(left(&keep.volume, "yard", "alpha", &first), SEGMENTS - 56, SEGMENTS - 50);
}

/* ---- days ---- */

#define DAYS 4

/* One segment at noon of each of the days before today. */
static void record_days(void)
{
    static const uint8_t bytes[BYTES];
    const struct segment_place place = {
        .main_name = "alpha", .camera_name = "door", .server_name = "alpha", .epoch = 7};
    int root = open_volume(&keep.volume), camera = segment_open_camera(root, &place, true);
    struct segment segment = {.container = MEDIA_TS};

    for (int day = DAYS; day > 0; day--) {
        int64_t start_ms = BEGIN_MS - day * SEGMENT_DAY_MS;
        int opened = segment_open_day(camera, &place, start_ms, true);

        assert_int_equal(segment_begin(&segment, opened, start_ms), 0);
        assert_int_equal(segment_add(&segment, bytes, sizeof(bytes), true), 0);
        assert_int_equal(segment_finish(&segment, start_ms + LENGTH_MS), 0);
        close(opened);
    }
    close(camera);
    close(root);
}

static int count_days(void)
{
    char command[1024];
    FILE *output;
    int count = -1;

    snprintf(command, sizeof(command), "ls %s/alpha/door/7-alpha 2>/dev/null | wc -l",
             keep.volume.path);
    output = popen(command, "r");
    assert_int_equal(fscanf(output, "%d", &count), 1);
    pclose(output);
    return count;
}

static ino_t index_of_day(const char *day)
{
    char path[1024];
    struct stat status;

    snprintf(path, sizeof(path), "%s/alpha/door/7-alpha/%s/" INDEX_FILE, keep.volume.path, day);
    assert_int_equal(stat(path, &status), 0);
    return status.st_ino;
}

/* What is left of a day is not written anew for what goes of another, and with the last day the
 * writer's directory goes. */
static void days_go_as_they_are_over(void **state)
{
    struct keep_rule rule = {
        .main_name = "alpha", .camera_name = "door", .keep_ms = 5 * SEGMENT_DAY_MS / 2};
    char path[1024];
    ino_t index;

    (void)state;
    record_days();
    index = index_of_day("2026-11-17");
    keep.rules = &rule;
    keep.rule_count = 1;
    assert_true(keep_turn(&keep, NOW_MS));
    assert_int_equal(keep.dropped, 2);
    assert_int_equal(count_days(), 2);
    assert_int_equal(index_of_day("2026-11-17"), index);
    assert_true(keep_turn(&keep, NOW_MS + 2 * SEGMENT_DAY_MS));
    assert_int_equal(keep.dropped, 2);
    snprintf(path, sizeof(path), "%s/alpha/door/7-alpha", keep.volume.path);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(keep.own_bytes, 2 * SEGMENTS * BYTES);
}

/* In between only the last days are looked at, but nothing is forgotten of the rest. */
static void not_every_turn_reads_all(void **state)
{
    struct keep_rule rule = {
        .main_name = "alpha", .camera_name = "door", .keep_ms = 5 * SEGMENT_DAY_MS / 2};
    const uint64_t all = (2 * SEGMENTS + DAYS) * BYTES;

    (void)state;
    record_days();
    keep.whole_ms = KEEP_WHOLE_MS;
    assert_true(keep_turn(&keep, NOW_MS));
    assert_int_equal(keep.own_bytes, all);
    keep.rules = &rule;
    keep.rule_count = 1;
    assert_true(keep_turn(&keep, NOW_MS + KEEP_WHOLE_MS - 1));
    assert_int_equal(keep.dropped, 0);
    assert_int_equal(keep.own_bytes, all);
    assert_true(keep_turn(&keep, NOW_MS + KEEP_WHOLE_MS));
    assert_int_equal(keep.dropped, 2);
    assert_int_equal(keep.own_bytes, all - 2 * BYTES);
    assert_true(keep_turn(&keep, NOW_MS)); /* a clock that was set back */
    assert_int_equal(keep.own_bytes, all - 2 * BYTES);
    /* And where room is needed it is made at once, once. */
    keep.volume.size_bytes = 150 * BYTES;
    assert_true(keep_turn(&keep, NOW_MS + 1));
    assert_in_range(keep.dropped, 52, 56);
    assert_true(keep_turn(&keep, NOW_MS + 2));
    assert_int_equal(keep.dropped, 0);
}

/* What went to the fallback goes back, whole, and only then it is dropped there. */
static void the_fallback_is_moved_back(void **state)
{
    int first;

    (void)state;
    assert_int_equal(keep_move(&keep, &spare, NOW_MS), 2 * (SEGMENTS - NEWEST_MAX));
    assert_int_equal(left(&keep.volume, "lobby", "alpha", &first), NEWEST_MAX);
    assert_int_equal(left(&keep.volume, "yard", "beta", &first), SEGMENTS);
    assert_int_equal(left(&spare, "lobby", "alpha", &first), SEGMENTS - NEWEST_MAX);
    assert_int_equal(first, 0);
    assert_int_equal(left(&spare, "yard", "alpha", &first), SEGMENTS - NEWEST_MAX);
    assert_int_equal(keep_move(&keep, &spare, NOW_MS), 0);
}

/* What the move copies has its lock there as well; here it stays until it is unlocked. */
static uint64_t fill_in(bool remembers, bool unfinished)
{
    const struct archive_filter all = {.from_ms = INT64_MIN, .to_ms = INT64_MAX};
    struct fill fill = {.filter = &all,
                        .server_name = "omega",
                        .main_name = "alpha",
                        .remembers = remembers,
                        .bytes_per_s = 1u << 30};
    char cause[RECORDER_CAUSE_MAX];

    assert_false(fill_open(&fill, keep.volume.path, "another", cause)); /* R32 */
    assert_true(fill_open(&fill, keep.volume.path, "vault", cause));
    assert_true(fill_from(&fill, spare.path));
    fill_close(&fill);
    assert_int_equal(fill.failed, 0);
    assert_int_equal(fill.unfinished, unfinished);
    return fill.copied;
}

/* R34: what a standby recorded and was brought here goes like the main's own, and does not come
 * again; what it wrote here by itself stays its own. */
static void what_was_filled_in_is_looked_after(void **state)
{
    int first;

    (void)state;
    record(&spare, "lobby", "omega");
    assert_int_equal(fill_in(true, false), SEGMENTS);
    assert_int_equal(left(&keep.volume, "lobby", "omega", &first), SEGMENTS);
    keep.volume.size_bytes = 1;
    assert_true(keep_turn(&keep, NOW_MS));
    assert_int_equal(left(&keep.volume, "lobby", "omega", &first), NEWEST_MAX);
    assert_int_equal(first, SEGMENTS - NEWEST_MAX);
    assert_int_equal(left(&keep.volume, "yard", "beta", &first), SEGMENTS);
    assert_int_equal(left(&spare, "lobby", "omega", &first), SEGMENTS);
    assert_int_equal(fill_in(true, false), 0);
    assert_int_equal(fill_in(false, false),
                     SEGMENTS - NEWEST_MAX); /* by hand: all that is missing */
}

static void a_locked_incident_is_not_moved_away(void **state)
{
    struct lock lock = {
        .from_ms = BEGIN_MS, .to_ms = BEGIN_MS + 2 * LENGTH_MS, .reason = "a fight"};
    const struct segment_place place = {.main_name = "alpha", .camera_name = "lobby"};
    int root = open_volume(&keep.volume), camera = segment_open_camera(root, &place, false), first;
    struct keep there = {.newest_ms = KEEP_NEWEST_MS, .server_name = "alpha", .volume = spare};

    (void)state;
    assert_int_equal(lock_add(camera, &lock), 0);
    close(camera);
    close(root);
    assert_int_equal(keep_move(&keep, &spare, NOW_MS), 2 * (SEGMENTS - NEWEST_MAX) - 2);
    assert_int_equal(left(&keep.volume, "lobby", "alpha", &first), NEWEST_MAX + 2);
    assert_int_equal(left(&spare, "lobby", "alpha", &first), SEGMENTS - NEWEST_MAX);
    there.volume.size_bytes = 1;
    assert_true(keep_turn(&there, NOW_MS + KEEP_NEWEST_MS));
    assert_int_equal(left(&spare, "lobby", "alpha", &first), 2);
    keep_free(&there);
}

/* Locks that cannot be read hold everything of their camera, and that is said. */
static void unreadable_locks_hold_all(void **state)
{
    char path[RECORDER_PATH_MAX + 32];
    int first;

    (void)state;
    snprintf(path, sizeof(path), "%s/alpha/lobby/" LOCK_DIRECTORY, keep.volume.path);
    assert_int_equal(symlink("/nowhere", path), 0);
    keep.volume.size_bytes = 1;
    assert_true(keep_turn(&keep, NOW_MS));
    assert_int_equal(left(&keep.volume, "lobby", "alpha", &first), SEGMENTS);
    assert_int_equal(left(&keep.volume, "yard", "alpha", &first), NEWEST_MAX);
    assert_non_null(strstr(keep.cause, "cannot be dropped"));
}

/* A volume that is not there is not looked after, and that is said (R32). */
#define PART "20261118T140640.000Z.ts.part"

/* What a recorder leaves that is killed: two pictures and a part of a third. */
static int leave_part_on(const struct recorder_volume *volume, const char *camera,
                         const char *server)
{
    int writer = open_writer(volume, camera, server);
    int file = openat(writer, PART, O_WRONLY | O_CREAT | O_EXCL, 0644);
    uint8_t packets[3 * TS_PACKET];
    const struct timespec changed[2] = {{.tv_sec = NOW_MS / 1000}, {.tv_sec = NOW_MS / 1000}};

    for (int i = 0; i < 3; i++)
        packets_fill(packets + i * TS_PACKET, 1, 90000 + 3600 * i, i == 0);
    assert_int_equal(write(file, packets, sizeof(packets) - 100), sizeof(packets) - 100);
    assert_int_equal(futimens(writer, changed), 0);
    close(writer);
    return file;
}

static int leave_part(const char *camera, const char *server)
{
    return leave_part_on(&keep.volume, camera, server);
}

static bool has_part(const char *camera, const char *server)
{
    int writer = open_writer(&keep.volume, camera, server);
    bool is_there = faccessat(writer, PART, F_OK, 0) == 0;

    assert_true(is_there || errno == ENOENT);
    close(writer);
    return is_there;
}

/* A standby that was killed while it carried may never carry that camera again. */
static void what_a_kill_left_is_finished(void **state)
{
    int written, first;

    (void)state;
    close(leave_part("lobby", "alpha"));
    close(leave_part("yard", "beta")); /* another server's */
    written = leave_part("yard", "alpha");
    assert_int_equal(flock(written, LOCK_EX), 0);

    assert_true(keep_turn(&keep, NOW_MS + KEEP_NEWEST_MS - 1000)); /* somebody may begin there */
    assert_true(has_part("lobby", "alpha"));
    assert_true(keep_turn(&keep, NOW_MS + KEEP_NEWEST_MS));
    assert_int_equal(keep.finished, 1);
    assert_false(has_part("lobby", "alpha"));
    assert_int_equal(left(&keep.volume, "lobby", "alpha", &first), SEGMENTS + 1);
    assert_true(has_part("yard", "beta"));
    assert_true(has_part("yard", "alpha"));

    close(written); /* its process was killed, too */
    assert_true(keep_turn(&keep, NOW_MS + 2 * KEEP_NEWEST_MS));
    assert_int_equal(keep.finished, 1);
    assert_false(has_part("yard", "alpha"));
    assert_true(has_part("yard", "beta"));
}

/* A volume that hangs keeps a part locked for as long as it pleases, and its directory grows old
 * meanwhile. */
static void what_was_locked_for_long_is_finished(void **state)
{
    int written;

    (void)state;
    written = leave_part("yard", "alpha");
    assert_int_equal(flock(written, LOCK_EX), 0);
    for (int64_t late_ms = KEEP_NEWEST_MS; late_ms < LOCKED_MS; late_ms += KEEP_NEWEST_MS) {
        assert_true(keep_turn(&keep, NOW_MS + late_ms));
        assert_int_equal(keep.finished, 0);
    }
    close(written);
    assert_true(keep_turn(&keep, NOW_MS + LOCKED_MS));
    assert_int_equal(keep.finished, 1);
    assert_false(has_part("yard", "alpha"));
}

/* R34: a standby that is killed before its last segment was whole brings that, too; while somebody
 * still writes, not all is there. */
static void what_a_kill_left_is_filled_in(void **state)
{
    int written, first;

    (void)state;
    record(&spare, "lobby", "omega");
    written = leave_part_on(&spare, "lobby", "omega");
    assert_int_equal(flock(written, LOCK_EX), 0);
    assert_int_equal(fill_in(true, true), SEGMENTS);
    close(written); /* its process was killed */
    assert_int_equal(fill_in(true, false), 1);
    assert_int_equal(left(&keep.volume, "lobby", "omega", &first), SEGMENTS + 1);
    assert_int_equal(fill_in(true, false), 0);
}

static void a_lost_volume_is_told(void **state)
{
    char marker[RECORDER_PATH_MAX + 32];

    (void)state;
    snprintf(marker, sizeof(marker), "%s/" VOLUME_MARKER, keep.volume.path);
    assert_int_equal(unlink(marker), 0);
    assert_false(keep_turn(&keep, NOW_MS));
    assert_non_null(strstr(keep.cause, "not mounted"));
}

/* What a local disk promises, it keeps; the probe leaves nothing behind. */
static void a_local_volume_is_sound(void **state)
{
    int volume = open_volume(&spare);
    struct volume_probe probe;
    const char *what;
    char command[RECORDER_PATH_MAX + 64];

    (void)state;
    assert_int_equal(volume_probe(volume, &probe, &what), 0);
    assert_true(probe.exclusive && probe.locks && probe.fresh);
    assert_true(probe.rounds > 0 && probe.bytes_per_s > 0);
    for (int i = 0; i < VOLUME_PROBE_STEP_COUNT; i++)
        assert_true(probe.steps[i].median_us <= probe.steps[i].p99_us &&
                    probe.steps[i].p99_us <= probe.steps[i].max_us);
    close(volume);
    snprintf(command, sizeof(command), "test $(ls -A %s | wc -l) = 1", spare.path);
    assert_int_equal(system(command), 0);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(directory) == NULL ? -1 : 0;
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
        cmocka_unit_test_setup_teardown(nothing_goes_without_need, begin, end),
        cmocka_unit_test_setup_teardown(a_full_volume_drops_its_oldest, begin, end),
        cmocka_unit_test_setup_teardown(the_newest_stays, begin, end),
        cmocka_unit_test_setup_teardown(a_reserve_is_kept_free, begin, end),
        cmocka_unit_test_setup_teardown(old_footage_goes_by_its_age, begin, end),
        cmocka_unit_test_setup_teardown(a_locked_incident_stays, begin, end),
        cmocka_unit_test_setup_teardown(what_is_locked_does_not_fill_a_volume, begin, end),
        cmocka_unit_test_setup_teardown(days_go_as_they_are_over, begin, end),
        cmocka_unit_test_setup_teardown(not_every_turn_reads_all, begin, end),
        cmocka_unit_test_setup_teardown(the_fallback_is_moved_back, begin, end),
        cmocka_unit_test_setup_teardown(what_was_filled_in_is_looked_after, begin, end),
        cmocka_unit_test_setup_teardown(a_locked_incident_is_not_moved_away, begin, end),
        cmocka_unit_test_setup_teardown(unreadable_locks_hold_all, begin, end),
        cmocka_unit_test_setup_teardown(what_a_kill_left_is_finished, begin, end),
        cmocka_unit_test_setup_teardown(what_was_locked_for_long_is_finished, begin, end),
        cmocka_unit_test_setup_teardown(what_a_kill_left_is_filled_in, begin, end),
        cmocka_unit_test_setup_teardown(a_lost_volume_is_told, begin, end),
        cmocka_unit_test_setup_teardown(a_local_volume_is_sound, begin, end)};

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
