/* What a keeper (keep.h) costs on a volume that has been recorded on for long: prints the seconds
 * of the first turn, of one like most, and of one that drops a day of each camera; then those that
 * a recorder takes to look for what a kill left of one camera. usage: keep VOLUME CAMERAS DAYS; the
 * volume is filled first, with segments of no bytes. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/index.h"
#include "recorder/keep.h"
#include "recorder/moment.h"
#include "recorder/recover.h"
#include "recorder/segment.h"
#include "recorder/volume.h"

#define BEGIN_MS  INT64_C(1577836800000) /* 2020-01-01 */
#define LENGTH_MS 10000

/* A day of a camera, its rows written at once. */
static void record(int volume, const struct segment_place *place, int64_t day_ms)
{
    struct index_row row = {.bytes = 3000000, .frames = 250, .keyframes = 10};
    int camera = segment_open_camera(volume, place, true);
    int day = segment_open_day(camera, place, day_ms, true);
    struct index_rows rows = {.count = 0};

    memset(row.sha256, '0', HASH_TEXT_MAX - 1);
    for (int64_t at_ms = day_ms; at_ms < day_ms + SEGMENT_DAY_MS; at_ms += LENGTH_MS) {
        segment_name_print(row.name, at_ms, LENGTH_MS, MEDIA_TS);
        close(openat(day, row.name, O_WRONLY | O_CREAT, 0644));
        index_add(&rows, &row);
    }
    index_rewrite(day, &rows);
    index_free(&rows);
    close(day);
    close(camera);
}

static double turn_s(struct keep *keep, int64_t now_ms)
{
    int64_t began_us = moment_monotonic_us();

    if (!keep_turn(keep, now_ms))
        fprintf(stderr, "bench: %s\n", keep->cause);
    return (double)(moment_monotonic_us() - began_us) / 1e6;
}

int main(int count, char **arguments)
{
    int cameras = count > 3 ? atoi(arguments[2]) : 0, days = count > 3 ? atoi(arguments[3]) : 0;
    int64_t end_ms = BEGIN_MS + days * SEGMENT_DAY_MS, began_us;
    struct segment_place place = {.main_name = "alpha", .server_name = "alpha", .epoch = 1};
    struct keep keep = {.server_name = "alpha",
                        .newest_ms = KEEP_NEWEST_MS,
                        .whole_ms = KEEP_WHOLE_MS,
                        .rules = calloc((size_t)cameras + 1, sizeof(*keep.rules)),
                        .rule_count = (size_t)cameras};
    char cause[RECORDER_CAUSE_MAX];
    int volume;

    if (cameras == 0 || days == 0 || keep.rules == NULL ||
        !volume_init(arguments[1], "bench", cause) ||
        (volume = volume_open(arguments[1], "bench", cause)) < 0)
        return 1;
    snprintf(keep.volume.path, sizeof(keep.volume.path), "%s", arguments[1]);
    strcpy(keep.volume.name, "bench");
    for (int c = 0; c < cameras; c++) {
        struct keep_rule *rule = &keep.rules[c];

        *rule = (struct keep_rule){.main_name = "alpha", .keep_ms = days * SEGMENT_DAY_MS};
        snprintf(rule->camera_name, sizeof(rule->camera_name), "camera-%d", c);
        place.camera_name = rule->camera_name;
        for (int64_t day_ms = BEGIN_MS; day_ms < end_ms; day_ms += SEGMENT_DAY_MS)
            record(volume, &place, day_ms);
    }
    printf("%.3f ", turn_s(&keep, end_ms));
    printf("%.3f ", turn_s(&keep, end_ms + LENGTH_MS));
    printf("%.3f ", turn_s(&keep, end_ms + SEGMENT_DAY_MS));
    began_us = moment_monotonic_us();
    recover_camera(volume, &place, NULL, NULL);
    printf("%.3f\n", (double)(moment_monotonic_us() - began_us) / 1e6);
    return keep.dropped == (uint64_t)(cameras * (SEGMENT_DAY_MS / LENGTH_MS)) ? 0 : 1;
}
