/* A whole worker that stands still for a while and goes on, as on a host that is suspended, while
 * real cameras send: what lay in the sockets is on disk at the times that the cameras gave it, and
 * what is lost is a hole that no segment covers. Needs the programs: without UNDERSTUDY_BIN and
 * UNDERSTUDY_TESTS there is nothing to test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/archive_view.h"
#include "recorder/index.h"
#include "recorder/segment.h"
#include "recorder/volume.h"
#include "tests/recorder/driven.h"

/* While a source is young, it waits for each picture and never rests: the harder case. */
#define BEFORE_MS 1000
#define STOPPED_S 12
#define AFTER_MS  6000
#define FRAME_MS  40
#define CLIP_MS   600000 /* then its counter begins again */
/* Far less than any time that would be a wrong one; the clocks differ by less. */
#define CLOSE_MS 200

enum { STEADY, STALLS, CAMERAS };
static const char *const names[CAMERAS] = {"steady", "stalls"};

static char folder[] = "/tmp/understudy-standstill-XXXXXX";
static const char *programs, *helpers;
static struct recorder_order orders[CAMERAS];
static struct driven worker;
static pid_t cameras[CAMERAS];

static void give_all(enum recorder_order_kind kind)
{
    for (int camera = 0; camera < CAMERAS; camera++) {
        orders[camera].kind = kind;
        driven_give(&worker, &orders[camera]);
    }
}

static void await_all(enum recorder_report_kind kind)
{
    bool came[CAMERAS] = {false};

    while (!came[STEADY] || !came[STALLS])
        came[driven_await(&worker, kind).camera] = true;
}

/* One of the cameras sends nothing for a while in the middle. */
static int record(void **state)
{
    (void)state;
    driven_start(&worker, programs,
                 (const char *[]){"--volume", orders[STEADY].volumes[0].path, NULL}, NULL);
    give_all(ORDER_RECORD);
    await_all(REPORT_ON_DISK);
    usleep(BEFORE_MS * 1000);
    kill(worker.process, SIGSTOP);
    sleep(STOPPED_S / 3);
    kill(cameras[STALLS], SIGUSR1);
    sleep(STOPPED_S / 3);
    kill(cameras[STALLS], SIGUSR1);
    sleep(STOPPED_S - 2 * (STOPPED_S / 3));
    kill(worker.process, SIGCONT);
    usleep(AFTER_MS * 1000);
    give_all(ORDER_STOP);
    await_all(REPORT_STOPPED);
    return driven_end(&worker);
}

/* ---- what is on disk ---- */

struct found {
    int frames, missing; /* by the counters in the pictures */
    int64_t first_off_ms, off_min_ms, off_max_ms;
};

/* How much later than by the camera's clock a picture is on disk, which counts in a circle. */
static int64_t off_ms(const char *file, double at_s, unsigned counter)
{
    int64_t start_ms, length_ms;

    assert_true(segment_name_parse(strrchr(file, '/') + 1, &start_ms, &length_ms));
    return (start_ms + (int64_t)(at_s * 1000) - (int64_t)counter * FRAME_MS) % CLIP_MS;
}

static int64_t circular(int64_t difference_ms)
{
    return (difference_ms + 3 * CLIP_MS / 2) % CLIP_MS - CLIP_MS / 2;
}

/* Reads the counter and the time of every picture of a camera. */
static struct found look(const char *name)
{
    char command[512], file[256], last_file[256] = "";
    struct found found = {.off_min_ms = INT64_MAX, .off_max_ms = INT64_MIN};
    unsigned number, counter, last = 0;
    double at_s, began_s = 0;
    FILE *output;

    snprintf(command, sizeof(command), "%s/frames --list $(ls %s/volume/alpha/%s/*/*/*.ts)",
             helpers, folder, name);
    output = popen(command, "r");
    assert_non_null(output);
    while (fscanf(output, "%255s %lf camera %u frame %u\n", file, &at_s, &number, &counter) == 4) {
        int64_t by_ms;

        if (strcmp(file, last_file) != 0)
            began_s = at_s;
        strcpy(last_file, file);
        by_ms = off_ms(file, at_s - began_s, counter);
        if (found.frames++ == 0)
            found.first_off_ms = by_ms;
        else
            found.missing +=
                (int)((counter + CLIP_MS / FRAME_MS - last - 1) % (CLIP_MS / FRAME_MS));
        by_ms = circular(by_ms - found.first_off_ms);
        found.off_min_ms = by_ms < found.off_min_ms ? by_ms : found.off_min_ms;
        found.off_max_ms = by_ms > found.off_max_ms ? by_ms : found.off_max_ms;
        last = counter;
    }
    pclose(output);
    return found;
}

static bool day_is_in_order(void *owner, const struct archive_writer *writer)
{
    bool *found = owner;
    struct index_rows rows;

    assert_int_equal(index_load(writer->directory, &rows), 0);
    assert_true(rows.in_order);
    *found = *found || rows.count > 0;
    index_free(&rows);
    return true;
}

static void is_in_order(int camera)
{
    const struct archive_filter filter = {
        .camera_name = names[camera], .from_ms = INT64_MIN, .to_ms = INT64_MAX};
    bool found = false;

    assert_true(archive_walk(orders[camera].volumes[0].path, &filter, day_is_in_order, &found));
    assert_true(found);
}

/* What the archive says that nobody recorded, and recorded twice, in milliseconds. */
static int64_t stated_gaps_ms(const char *name, int64_t *double_ms)
{
    struct archive_filter filter = {.camera_name = name, .from_ms = INT64_MIN, .to_ms = INT64_MAX};
    char path[64];
    struct archive archive = {.count = 0};
    struct archive_view view;
    size_t next = 0;
    int64_t gap_ms;

    snprintf(path, sizeof(path), "%s/volume", folder);
    assert_true(archive_scan(&archive, path, &filter));
    archive_sort(&archive);
    assert_true(archive.count > 0);
    assert_true(archive_view_make(&view, &archive, &next, &filter));
    gap_ms = view.gap_ms;
    *double_ms = view.double_ms;
    archive_view_free(&view);
    archive_free(&archive);
    return gap_ms;
}

static struct found is_as_it_was_sent(int camera)
{
    struct found found = look(names[camera]);
    int64_t double_ms, gap_ms = stated_gaps_ms(names[camera], &double_ms);

    if (found.off_max_ms - found.off_min_ms > CLOSE_MS)
        fail_msg("%s: pictures lie from %" PRId64 " to %" PRId64 " ms beside the camera's times",
                 names[camera], found.off_min_ms, found.off_max_ms);
    is_in_order(camera);
    assert_int_equal(double_ms, 0);
    if (llabs(gap_ms - (int64_t)found.missing * FRAME_MS) > CLOSE_MS)
        fail_msg("%s: %" PRId64 " ms are said not to be recorded, but %d pictures are missing",
                 names[camera], gap_ms, found.missing);
    return found;
}

static void what_lay_in_the_socket_is_recorded(void **state)
{
    (void)state;
    struct found found = is_as_it_was_sent(STEADY);

    assert_int_equal(found.missing, 0);
    assert_true(found.frames > (STOPPED_S * 1000 + BEFORE_MS) / FRAME_MS);
}

static void what_was_never_sent_is_a_hole(void **state)
{
    (void)state;
    struct found found = is_as_it_was_sent(STALLS);

    assert_in_range(found.missing * FRAME_MS, 1000 * (STOPPED_S / 3) - 1000,
                    1000 * (STOPPED_S / 3) + 2000);
}

/* ---- set up ---- */

static int set_up(void **state)
{
    char cause[RECORDER_CAUSE_MAX], url[128], volume[64];

    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(volume, sizeof(volume), "%s/volume", folder);
    if (mkdir(volume, 0755) != 0 || !volume_init(volume, "vault", cause))
        return -1;
    for (int camera = 0; camera < CAMERAS; camera++) {
        orders[camera] = (struct recorder_order){.abi = RECORDER_ABI,
                                                 .camera = (uint32_t)camera,
                                                 .epoch = 1,
                                                 .volume_count = 1,
                                                 .main_name = "alpha",
                                                 .server_name = "beta",
                                                 .volumes = {{.name = "vault"}}};
        cameras[camera] = driven_camera(helpers, (const char *[]){NULL}, url);
        snprintf(orders[camera].url, sizeof(orders[camera].url), "%s", url);
        snprintf(orders[camera].camera_name, RECORDER_NAME_MAX, "%s", names[camera]);
        snprintf(orders[camera].volumes[0].path, RECORDER_PATH_MAX, "%s", volume);
    }
    return record(state);
}

static int tear_down(void **state)
{
    char command[64];

    (void)state;
    driven_kill(&worker.process);
    for (int camera = 0; camera < CAMERAS; camera++)
        driven_kill(&cameras[camera]);
    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_lay_in_the_socket_is_recorded),
                                       cmocka_unit_test(what_was_never_sent_is_a_hole)};

    programs = getenv("UNDERSTUDY_BIN");
    helpers = getenv("UNDERSTUDY_TESTS");
    if (programs == NULL || helpers == NULL) {
        printf("UNDERSTUDY_BIN and UNDERSTUDY_TESTS are not set: no worker stands still\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
