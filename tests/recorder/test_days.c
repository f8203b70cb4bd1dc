/* The directories of the archive: which days a question opens, and what is none of ours. The volume
 * is a folder with segments of a few bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recorder/archive.h"
#include "recorder/recorder.h"
#include "recorder/recover.h"
#include "recorder/segment.h"
#include "recorder/volume.h"

#define MIDNIGHT_MS INT64_C(1795392000000) /* 2026-11-23 */
#define HOUR_MS     INT64_C(3600000)
#define LENGTH_MS   10000

static char volume_path[] = "/tmp/understudy-days-XXXXXX";
static const struct segment_place place = {"alpha", "lobby", "alpha", 1};
static int camera;

/* A segment, or what a kill leaves of one. */
static void record(int64_t start_ms, bool finished)
{
    struct segment segment = {.container = MEDIA_TS};
    int day = segment_open_day(camera, &place, start_ms, true);

    assert_true(day >= 0);
    assert_int_equal(segment_begin(&segment, day, start_ms), 0);
    assert_int_equal(segment_add(&segment, "picture", 7, true), 0);
    assert_int_equal(segment_sync(&segment), 0);
    if (finished) {
        assert_int_equal(segment_finish(&segment, start_ms + LENGTH_MS), 0);
    } else {
        char unused[HASH_TEXT_MAX];

        hash_close(segment.digest, unused);
        free(segment.waiting);
        close(segment.file);
    }
    close(day);
}

static bool note_day(void *owner, const struct archive_writer *writer)
{
    char *days = owner;

    assert_string_equal(writer->camera_name, "lobby");
    assert_int_equal(faccessat(writer->above, writer->day_name, F_OK, 0), 0);
    assert_int_equal(faccessat(writer->camera, "1-alpha", F_OK, 0), 0);
    strcat(strcat(days, writer->day_name + strlen("2026-11-")), " ");
    return true;
}

static bool has_opened(int64_t from_ms, int64_t to_ms, const char *first, const char *second)
{
    const struct archive_filter filter = {.from_ms = from_ms, .to_ms = to_ms};
    char days[64] = "", either[64], other[64];

    assert_true(archive_walk(volume_path, &filter, note_day, days));
    snprintf(either, sizeof(either), "%s%s", first, second);
    snprintf(other, sizeof(other), "%s%s", second, first);
    return strcmp(days, either) == 0 || strcmp(days, other) == 0;
}

static void a_question_opens_its_days(void **state)
{
    (void)state;
    for (int day = -4; day <= 0; day++)
        record(MIDNIGHT_MS + day * SEGMENT_DAY_MS + 12 * HOUR_MS, true);
    /* A segment may have begun on the day before. */
    assert_true(has_opened(MIDNIGHT_MS, MIDNIGHT_MS + HOUR_MS, "22 ", "23 "));
    assert_true(has_opened(MIDNIGHT_MS - HOUR_MS, MIDNIGHT_MS, "21 ", "22 "));
    assert_true(has_opened(INT64_MIN, MIDNIGHT_MS - 3 * SEGMENT_DAY_MS, "19 ", ""));
    assert_true(has_opened(MIDNIGHT_MS + SEGMENT_DAY_MS, INT64_MAX, "23 ", ""));
    assert_true(has_opened(MIDNIGHT_MS + 3 * SEGMENT_DAY_MS, INT64_MAX, "", ""));
}

static void one_day_will_do(void **state)
{
    const struct archive_filter filter = {
        .from_ms = INT64_MIN, .to_ms = INT64_MAX, .any_day = true};
    char days[64] = "";

    (void)state;
    for (int day = -4; day <= 0; day++)
        record(MIDNIGHT_MS + day * SEGMENT_DAY_MS, true);
    assert_true(archive_walk(volume_path, &filter, note_day, days));
    assert_int_equal(strlen(days), 3);
}

/* What begins before midnight lies with the day before, and is found by who asks after it. */
static void a_segment_may_last_beyond_midnight(void **state)
{
    const struct archive_filter filter = {.from_ms = MIDNIGHT_MS, .to_ms = MIDNIGHT_MS + 1000};
    struct archive archive = {.count = 0};
    int file;

    (void)state;
    record(MIDNIGHT_MS - 5000, true);
    record(MIDNIGHT_MS + 5000, true);
    assert_true(archive_scan(&archive, volume_path, &filter));
    assert_int_equal(archive.count, 1);
    assert_int_equal(archive.segments[0].from_ms, MIDNIGHT_MS - 5000);
    file = archive_open(&archive.segments[0]);
    assert_true(file >= 0);
    close(file);
    archive_free(&archive);
}

static void what_is_no_day_is_none_of_ours(void **state)
{
    char command[1024], days[64] = "";
    const struct archive_filter all = {.from_ms = INT64_MIN, .to_ms = INT64_MAX};

    (void)state;
    record(MIDNIGHT_MS, true);
    snprintf(command, sizeof(command),
             "cd %s/alpha/lobby/1-alpha && mkdir 2026-11-31 2026-11-2 2026-11-24x 20261124 && "
             "touch 2026-11-25 && ln -s 2026-11-23 2026-11-26",
             volume_path);
    assert_int_equal(system(command), 0);
    assert_true(archive_walk(volume_path, &all, note_day, days));
    assert_string_equal(days, "23 ");
}

static unsigned finished;

static void note_finished(void *owner, uint64_t epoch, int64_t start_ms, int64_t length_ms,
                          const struct index_row *row)
{
    (void)owner, (void)start_ms, (void)length_ms, (void)row;
    assert_int_equal(epoch, 1);
    finished++;
}

/* A recorder that was killed has left what it was writing in one of the last two days. */
static void the_last_days_are_recovered(void **state)
{
    int volume = open(volume_path, O_RDONLY | O_DIRECTORY);

    (void)state;
    finished = 0;
    for (int day = -9; day < 0; day++)
        record(MIDNIGHT_MS + day * SEGMENT_DAY_MS, true);
    record(MIDNIGHT_MS - 1, false);
    record(MIDNIGHT_MS, false);
    assert_int_equal(recover_camera(volume, &place, note_finished, NULL), 0);
    close(volume);
    assert_true(has_opened(MIDNIGHT_MS, INT64_MAX, "22 ", "23 "));
    /* "picture" is no stream that can be measured: nothing of it is kept, and no part is left. */
    assert_int_equal(finished, 0);
    char command[256];
    snprintf(command, sizeof(command), "! find %s -name '*.part' | grep -q .", volume_path);
    assert_int_equal(system(command), 0);
}

static int begin(void **state)
{
    char cause[RECORDER_CAUSE_MAX];
    int volume;

    (void)state;
    strcpy(volume_path, "/tmp/understudy-days-XXXXXX");
    if (mkdtemp(volume_path) == NULL || !volume_init(volume_path, "vault", cause))
        return -1;
    volume = volume_open(volume_path, "vault", cause);
    camera = segment_open_camera(volume, &place, true);
    close(volume);
    return camera >= 0 ? 0 : -1;
}

static int end(void **state)
{
    char command[256];

    (void)state;
    close(camera);
    snprintf(command, sizeof(command), "rm -r %s", volume_path);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_question_opens_its_days, begin, end),
        cmocka_unit_test_setup_teardown(one_day_will_do, begin, end),
        cmocka_unit_test_setup_teardown(a_segment_may_last_beyond_midnight, begin, end),
        cmocka_unit_test_setup_teardown(what_is_no_day_is_none_of_ours, begin, end),
        cmocka_unit_test_setup_teardown(the_last_days_are_recovered, begin, end)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
