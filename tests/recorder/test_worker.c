/* A real worker against a real test camera: what is ordered is recorded, to the frame. Needs the
 * programs: without UNDERSTUDY_BIN and UNDERSTUDY_TESTS there is nothing to test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "recorder/archive_view.h"
#include "recorder/moment.h"
#include "recorder/recorder.h"
#include "recorder/volume.h"
#include "tests/recorder/driven.h"

static char folder[] = "/tmp/understudy-worker-XXXXXX";
static char directory[64], spare[64]; /* two volumes in it */
static const char *programs, *helpers;
static pid_t camera;
static struct recorder_order order;
static struct driven worker;

static void start_worker_before(const char *preload)
{
    driven_start(&worker, programs, (const char *[]){"--volume", directory, NULL}, preload);
}

static void start_worker(void)
{
    start_worker_before(NULL);
}

/* Its volumes are as set_fault says. */
static void start_worker_with_faults(void)
{
    char shim[512], faults[128];

    snprintf(shim, sizeof(shim), "%s/fault.so", helpers);
    snprintf(faults, sizeof(faults), "%s/faults", folder);
    setenv("FAULTS", faults, 1);
    start_worker_before(shim);
}

static int end_worker(void)
{
    return driven_end(&worker);
}

static void give(enum recorder_order_kind kind, uint64_t epoch)
{
    order.kind = kind;
    order.epoch = epoch;
    driven_give(&worker, &order);
}

static struct recorder_report await(enum recorder_report_kind kind)
{
    return driven_await(&worker, kind);
}

static void nap(int64_t ms)
{
    usleep((useconds_t)(ms * 1000));
}

/* The recorded frames in the order of the view, by the test camera's reader of burnt-in counters.
 */
static int frames_follow_each_other(void)
{
    char command[1024];

    snprintf(command, sizeof(command), "%s/frames $(ls %s/alpha/lobby/*/*/*.ts) >/dev/null",
             helpers, directory);
    return system(command);
}

/* How many frames of an epoch, on both volumes, are missing between the first and the last. What is
 * written twice counts once; the camera's clip of 15000 frames may begin again meanwhile. */
static int missing_on_both(uint64_t epoch)
{
    char command[2048], line[64] = "";
    FILE *output;

    snprintf(
        command, sizeof(command),
        "%s/frames --list $(ls %s/alpha/lobby/%llu-beta/*/*.ts* %s/alpha/lobby/%llu-beta/*/*.ts* "
        "2>/dev/null) | "
        "sed -n 's/.* frame //p' | sort -nu | awk 'NR == 1 { first = $1 } "
        "NR > 1 { hole = $1 - last - 1; if (hole > 7500) again = 1; else missing += hole } "
        "{ last = $1 } END { if (again) missing += first + 14999 - last; "
        "print missing + 0, NR }'",
        helpers, directory, (unsigned long long)epoch, spare, (unsigned long long)epoch);
    output = popen(command, "r");
    assert_non_null(output);
    assert_non_null(fgets(line, sizeof(line), output));
    pclose(output);
    assert_true(atoi(strchr(line, ' ')) > 50);
    return atoi(line);
}

/* What is wrong with a volume from now on; "": nothing (fault.c). */
static void set_fault(const char *volume, const char *word)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/faults", folder);
    mkdir(path, 0755);
    snprintf(path, sizeof(path), "%s/faults/%s", folder, volume);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(word, file);
    fclose(file);
}

static struct archive_view view_of(struct archive *archive)
{
    struct archive_filter filter = {.from_ms = INT64_MIN, .to_ms = INT64_MAX};
    struct archive_view view;
    size_t next = 0;

    *archive = (struct archive){.count = 0};
    assert_true(archive_scan(archive, directory, &filter));
    archive_sort(archive);
    assert_true(archive->count > 0);
    assert_true(archive_view_make(&view, archive, &next, &filter));
    return view;
}

/* Armed, recorded from memory, under another epoch, stopped: one unbroken row of frames that begins
 * before the order. */
static void nothing_is_lost_from_memory_to_stop(void **state)
{
    struct recorder_report report;
    struct archive archive;
    struct archive_view view;
    int64_t armed_ms, ordered_ms;

    (void)state;
    start_worker();
    await(REPORT_READY);
    armed_ms = moment_wall_us() / 1000;
    give(ORDER_ARM, 0);
    nap(3000);
    ordered_ms = moment_wall_us() / 1000;
    do
        report = await(REPORT_ALIVE); /* of what is only armed: since when a keyframe is there */
    while (report.from_wall_ms == 0);
    assert_true(report.from_wall_ms >= armed_ms && report.from_wall_ms < ordered_ms);
    give(ORDER_RECORD, 1);
    report = await(REPORT_ON_DISK);
    assert_int_equal(report.epoch, 1);
    assert_true(report.from_wall_ms < ordered_ms - 1000);
    give(ORDER_RECORD, 2);
    report = await(REPORT_ON_DISK);
    assert_int_equal(report.epoch, 2);
    nap(1500);
    give(ORDER_STOP, 2);
    await(REPORT_STOPPED);
    assert_int_equal(end_worker(), 0);

    view = view_of(&archive);
    assert_int_equal(view.run_count, 2);
    assert_int_equal(view.gap_count, 0);
    assert_int_equal(view.double_count, 0);
    assert_int_equal(view.runs[0].to_ms, view.runs[1].from_ms);
    assert_int_equal(frames_follow_each_other(), 0);
    archive_view_free(&view);
    archive_free(&archive);
}

/* kill -9, and the next life, under a later epoch, finishes what was left. */
static void a_killed_worker_loses_nothing_on_disk(void **state)
{
    struct recorder_report report;
    struct archive archive;
    struct archive_view view;

    (void)state;
    start_worker();
    give(ORDER_RECORD, 3);
    await(REPORT_ON_DISK);
    nap(1500);
    kill(worker.process, SIGKILL);
    assert_int_equal(end_worker(), -1);

    view = view_of(&archive);
    assert_int_equal(archive.segments[archive.count - 1].state, ARCHIVE_LEFT_OVER);
    archive_view_free(&view);
    archive_free(&archive);

    start_worker();
    give(ORDER_RECORD, 5);
    await(REPORT_ON_DISK); /* what is new comes first */
    report = await(REPORT_SEGMENT);
    assert_int_equal(report.epoch, 3);
    give(ORDER_STOP, 5);
    await(REPORT_STOPPED);
    assert_int_equal(end_worker(), 0);
    view = view_of(&archive);
    for (size_t i = 0; i < archive.count; i++)
        assert_int_equal(archive.segments[i].state, ARCHIVE_COMPLETE);
    archive_view_free(&view);
    archive_free(&archive);
}

/* The frames that are missing in one epoch's segments, by the counters burnt into the pictures. */
static int64_t missing_frames(uint64_t epoch)
{
    char command[1024];
    FILE *output;
    json_t *report;
    int64_t missing;

    snprintf(command, sizeof(command), "%s/frames --json %s/alpha/lobby/%llu-beta/*/*.ts", helpers,
             directory, (unsigned long long)epoch);
    output = popen(command, "r");
    assert_non_null(output);
    report = json_loadf(output, 0, NULL);
    pclose(output);
    assert_int_equal(json_integer_value(json_object_get(report, "unreadable")), 0);
    missing = json_integer_value(json_object_get(report, "missing"));
    json_decref(report);
    return missing;
}

/* The connection stands all the while: the stream itself has the hole. */
static void a_short_stall_is_stated_by_the_archive(void **state)
{
    struct archive archive;
    struct archive_view view;
    int64_t missing_ms;

    (void)state;
    start_worker();
    give(ORDER_RECORD, 7);
    await(REPORT_ON_DISK);
    nap(1500);
    kill(camera, SIGUSR1);
    nap(1500);
    kill(camera, SIGUSR1);
    nap(2500);
    give(ORDER_STOP, 7);
    await(REPORT_STOPPED);
    assert_int_equal(end_worker(), 0);

    missing_ms = missing_frames(7) * 40;
    assert_in_range(missing_ms, 1200, 2700);
    view = view_of(&archive);
    assert_true(view.gap_count > 0);
    assert_int_equal(view.gaps[view.gap_count - 1].before->epoch, 7);
    assert_int_equal(view.gaps[view.gap_count - 1].after->epoch, 7);
    assert_in_range(view.gaps[view.gap_count - 1].to_ms - view.gaps[view.gap_count - 1].from_ms,
                    missing_ms - 40, missing_ms + 40);
    archive_view_free(&view);
    archive_free(&archive);
}

/* R35: within seconds it is said and the next volume goes on, without a frame missing; the first
 * one is used again when it answers. */
static void goes_on_elsewhere(uint64_t epoch, const char *fault, const char *said)
{
    struct recorder_report report;

#if defined(__SANITIZE_ADDRESS__)
    skip(); /* the sanitizer wants to be loaded first */
#endif
    set_fault("volume-vault", "");
    order.volume_count = 2;
    start_worker_with_faults();
    give(ORDER_RECORD, epoch);
    await(REPORT_ON_DISK);
    nap(1700);
    set_fault("volume-vault", fault);
    report = await(REPORT_SILENT);
    if (strstr(report.cause, said) == NULL)
        fail_msg("not said: %s", report.cause);
    await(REPORT_ON_DISK);
    nap(1500);
    set_fault("volume-vault", "");
    nap(500);
    give(ORDER_STOP, epoch);
    await(REPORT_STOPPED);
    assert_int_equal(end_worker(), 0);
    order.volume_count = 1;
    assert_int_equal(missing_on_both(epoch), 0);
}

static void a_hanging_volume_costs_no_frame(void **state)
{
    (void)state;
    goes_on_elsewhere(11, "hangs", "hangs");
}

static void a_full_volume_costs_no_frame(void **state)
{
    (void)state;
    goes_on_elsewhere(12, "full", "No space left");
}

static void a_broken_volume_costs_no_frame(void **state)
{
    (void)state;
    goes_on_elsewhere(13, "broken", "Input/output error");
}

static void a_read_only_volume_costs_no_frame(void **state)
{
    (void)state;
    goes_on_elsewhere(14, "read-only", "Read-only file system");
}

/* The only volume hangs: it is said, memory holds what comes, and nothing is missing afterwards. */
static void what_memory_holds_is_not_lost(void **state)
{
    struct recorder_report report;

    (void)state;
#if defined(__SANITIZE_ADDRESS__)
    skip();
#endif
    start_worker_with_faults();
    give(ORDER_RECORD, 15);
    await(REPORT_ON_DISK);
    nap(1300);
    set_fault("volume-vault", "hangs");
    report = await(REPORT_SILENT);
    assert_non_null(strstr(report.cause, "hangs"));
    nap(4000);
    set_fault("volume-vault", "");
    await(REPORT_ON_DISK);
    report = await(REPORT_ALIVE);
    assert_int_equal(report.lost, 0);
    give(ORDER_STOP, 15);
    await(REPORT_STOPPED);
    assert_int_equal(end_worker(), 0);
    assert_int_equal(missing_frames(15), 0);
}

static void what_cannot_be_is_said(void **state)
{
    struct recorder_order good = order;
    struct recorder_report report;

    (void)state;
    start_worker();
    snprintf(order.url, sizeof(order.url), "ftp://127.0.0.1/");
    give(ORDER_RECORD, 1);
    report = await(REPORT_SILENT);
    assert_non_null(strstr(report.cause, "rtsp://"));
    order = good;
    order.camera = 7;
    snprintf(order.url, sizeof(order.url), "rtsp://127.0.0.1:9/");
    give(ORDER_ARM, 0); /* armed in vain: no silence, but a cause */
    do
        report = await(REPORT_ALIVE);
    while (report.camera != 7 || report.cause[0] == '\0');
    assert_int_equal(report.from_wall_ms, 0);
    assert_non_null(strstr(report.cause, "refuses"));
    order = good;
    snprintf(order.camera_name, sizeof(order.camera_name), "../../etc");
    give(ORDER_RECORD, 1);
    report = await(REPORT_SILENT);
    assert_non_null(strstr(report.cause, "name"));
    order = good;
    order.camera = 2;
    snprintf(order.volumes[0].name, sizeof(order.volumes[0].name), "another");
    give(ORDER_RECORD, 1);
    report = await(REPORT_SILENT);
    assert_non_null(strstr(report.cause, "volume another"));
    give(ORDER_STOP, 1);
    await(REPORT_STOPPED);
    order = good;
    assert_int_equal(send(worker.socket, "x", 1, MSG_NOSIGNAL), 1);
    assert_int_equal(end_worker(), 0);
}

static bool has_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1;
}

/* Whoever gives the orders: what is beside no volume of its server is out of a worker's reach,
 * however it is called. */
static void a_worker_is_kept_to_its_volumes(void **state)
{
    struct recorder_order good = order;
    struct recorder_report report;
    char outside[] = "/tmp/understudy-outside-XXXXXX", cause[RECORDER_CAUSE_MAX], command[128];

    (void)state;
    if (!has_landlock())
        skip();
    assert_non_null(mkdtemp(outside));
    assert_true(volume_init(outside, "vault", cause));
    start_worker();
    snprintf(order.volumes[0].path, RECORDER_PATH_MAX, "%s", outside);
    give(ORDER_RECORD, 7);
    report = await(REPORT_SILENT);
    assert_non_null(strstr(report.cause, "Permission denied"));
    order = good;
    give(ORDER_RECORD, 8);
    await(REPORT_ON_DISK);
    assert_int_equal(end_worker(), 0);
    snprintf(command, sizeof(command), "rm -r %s", outside);
    assert_int_equal(system(command), 0);
}

/* A standby's worker waits for whatever main fails next. */
static void a_worker_meets_many_cameras_in_its_life(void **state)
{
    const struct recorder_order usual = order;

    (void)state;
    start_worker();
    strcpy(order.url, "rtsp://127.0.0.1:1/none");
    for (uint32_t i = 0; i < 300; i++) {
        order.camera = 1000 + i;
        snprintf(order.camera_name, sizeof(order.camera_name), "other-%u", i);
        give(ORDER_ARM, 0);
        give(ORDER_DISARM, 0);
    }
    order = usual;
    give(ORDER_RECORD, 21);
    await(REPORT_ON_DISK);
    give(ORDER_STOP, 21);
    await(REPORT_STOPPED);
    assert_int_equal(end_worker(), 0);
}

static int set_up(void **state)
{
    char cause[RECORDER_CAUSE_MAX], url[128];

    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(directory, sizeof(directory), "%s/volume-vault", folder);
    snprintf(spare, sizeof(spare), "%s/volume-spare", folder);
    if (mkdir(directory, 0755) != 0 || !volume_init(directory, "vault", cause) ||
        mkdir(spare, 0755) != 0 || !volume_init(spare, "spare", cause))
        return -1;
    order = (struct recorder_order){.abi = RECORDER_ABI,
                                    .camera = 1,
                                    .volume_count = 1,
                                    .camera_name = "lobby",
                                    .main_name = "alpha",
                                    .server_name = "beta",
                                    .volumes = {{.name = "vault"}, {.name = "spare"}}};
    snprintf(order.volumes[0].path, RECORDER_PATH_MAX, "%s", directory);
    snprintf(order.volumes[1].path, RECORDER_PATH_MAX, "%s", spare);
    camera = driven_camera(helpers, (const char *[]){NULL}, url);
    snprintf(order.url, sizeof(order.url), "%s", url);
    return 0;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    driven_kill(&camera);
    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_lost_from_memory_to_stop),
                                       cmocka_unit_test(a_killed_worker_loses_nothing_on_disk),
                                       cmocka_unit_test(a_short_stall_is_stated_by_the_archive),
                                       cmocka_unit_test(a_hanging_volume_costs_no_frame),
                                       cmocka_unit_test(a_full_volume_costs_no_frame),
                                       cmocka_unit_test(a_broken_volume_costs_no_frame),
                                       cmocka_unit_test(a_read_only_volume_costs_no_frame),
                                       cmocka_unit_test(what_memory_holds_is_not_lost),
                                       cmocka_unit_test(what_cannot_be_is_said),
                                       cmocka_unit_test(a_worker_is_kept_to_its_volumes),
                                       cmocka_unit_test(a_worker_meets_many_cameras_in_its_life)};

    programs = getenv("UNDERSTUDY_BIN");
    helpers = getenv("UNDERSTUDY_TESTS");
    if (programs == NULL || helpers == NULL) {
        printf("UNDERSTUDY_BIN and UNDERSTUDY_TESTS are not set: the worker is not tested\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
