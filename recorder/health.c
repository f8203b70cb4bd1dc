#include "recorder/health.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/moment.h"

/* What happened within this time happens still, for the choice of a cause; microseconds. */
#define RECENT_US 1000000

void health_init(struct health *health, uint32_t camera, health_report *report, void *owner)
{
    *health = (struct health){.report = report, .owner = owner, .camera = camera};
    pthread_mutex_init(&health->mutex, NULL);
}

void health_free(struct health *health)
{
    pthread_mutex_destroy(&health->mutex);
}

void health_expect(struct health *health, bool armed, bool recording, uint64_t epoch)
{
    pthread_mutex_lock(&health->mutex);
    if (recording && !health->recording) {
        health->grown_us = moment_monotonic_us();
        health->silent = false;
    }
    if (!armed && !recording) /* the source is closed */
        health->key_came = false;
    health->armed = armed;
    health->recording = recording;
    health->wished_epoch = epoch;
    pthread_mutex_unlock(&health->mutex);
}

/* Fills in what all reports of a camera have in common. The mutex is held. */
static struct recorder_report begin_report(const struct health *health,
                                           enum recorder_report_kind kind)
{
    return (struct recorder_report){.abi = RECORDER_ABI,
                                    .kind = kind,
                                    .camera = health->camera,
                                    .epoch = health->wished_epoch,
                                    .bytes = health->bytes,
                                    .frames = health->frames};
}

/* ---- what happens ---- */

void health_received(struct health *health, bool key)
{
    pthread_mutex_lock(&health->mutex);
    health->received_us = moment_monotonic_us();
    /* What still comes of a source that is about to be closed counts for nothing. */
    if (key && !health->key_came && (health->armed || health->recording)) {
        health->key_came = true;
        health->key_came_wall_ms = moment_wall_us() / 1000;
    }
    pthread_mutex_unlock(&health->mutex);
}

void health_source_lost(struct health *health)
{
    pthread_mutex_lock(&health->mutex);
    health->key_came = false;
    pthread_mutex_unlock(&health->mutex);
}

void health_written(struct health *health, const struct timeline_entry *entry, size_t bytes)
{
    pthread_mutex_lock(&health->mutex);
    if (health->epoch != entry->epoch) {
        health->epoch = entry->epoch;
        health->bytes = health->frames = 0;
    }
    health->bytes += bytes;
    health->frames++;
    health->written_us = moment_monotonic_us();
    if (entry->arrival_us > health->grown_us)
        health->grown_us = entry->arrival_us;
    if (entry->key)
        health->key_us = health->written_us;
    if (entry->key && !health->silent)
        health->cause[0] = '\0';
    pthread_mutex_unlock(&health->mutex);
}

void health_on_disk(struct health *health, uint64_t epoch, int64_t from_wall_ms)
{
    struct recorder_report report;

    pthread_mutex_lock(&health->mutex);
    health->silent = false;
    health->cause[0] = '\0';
    report = begin_report(health, REPORT_ON_DISK);
    report.epoch = epoch;
    report.from_wall_ms = from_wall_ms;
    health->report(health->owner, &report);
    pthread_mutex_unlock(&health->mutex);
}

void health_segment(struct health *health, uint64_t epoch, int64_t from_wall_ms, int64_t to_wall_ms,
                    uint64_t bytes, uint64_t frames)
{
    struct recorder_report report;

    pthread_mutex_lock(&health->mutex);
    report = begin_report(health, REPORT_SEGMENT);
    report.epoch = epoch;
    report.from_wall_ms = from_wall_ms;
    report.to_wall_ms = to_wall_ms;
    report.bytes = bytes;
    report.frames = frames;
    health->report(health->owner, &report);
    pthread_mutex_unlock(&health->mutex);
}

void health_stopped(struct health *health, uint64_t epoch)
{
    struct recorder_report report;

    pthread_mutex_lock(&health->mutex);
    report = begin_report(health, REPORT_STOPPED);
    report.epoch = epoch;
    health->report(health->owner, &report);
    pthread_mutex_unlock(&health->mutex);
}

/* ---- trouble ---- */

/* The mutex is held. */
static void report_silent(struct health *health)
{
    struct recorder_report report = begin_report(health, REPORT_SILENT);

    health->silent = true;
    snprintf(report.cause, sizeof(report.cause), "%s", health->cause);
    health->report(health->owner, &report);
}

bool health_trouble(struct health *health, const char *cause, bool at_once)
{
    bool other, told;

    pthread_mutex_lock(&health->mutex);
    other = strcmp(health->cause, cause) != 0;
    told = health->recording && (health->silent ? other : at_once);
    if (other)
        snprintf(health->cause, sizeof(health->cause), "%s", cause);
    if (told)
        report_silent(health);
    pthread_mutex_unlock(&health->mutex);
    return told;
}

/* Without a trouble that was reported: is it the disk that is late, or the camera? The mutex is
 * held. */
static void guess_cause(struct health *health, int64_t now_us, bool stood_still)
{
    bool comes = now_us - health->received_us < RECENT_US;
    bool goes = now_us - health->written_us < RECENT_US;

    snprintf(health->cause, sizeof(health->cause), "nothing new was recorded for %d s: %s",
             (int)((now_us - health->grown_us) / 1000000),
             stood_still
                 ? "this recorder stood still: the server was suspended, or had no time for it"
             : goes             ? "the volume is too slow"
             : !comes           ? "the camera sends nothing"
             : health->key_came ? "the camera sends, but the volume does not take it: it hangs"
                                : "the camera sends, but no keyframe came yet");
}

/* The mutex is held. */
static void report_alive(struct health *health, int64_t now_us, uint64_t lost)
{
    struct recorder_report report = begin_report(health, REPORT_ALIVE);

    if (health->epoch != 0)
        report.epoch = health->epoch;
    report.lost = lost;
    if (!health->recording && health->key_came)
        report.from_wall_ms = health->key_came_wall_ms;
    else if (!health->recording)
        snprintf(report.cause, sizeof(report.cause), "%s", health->cause);
    report.keyframe_age_ms =
        health->key_us == 0 ? UINT32_MAX : (uint32_t)((now_us - health->key_us) / 1000);
    health->report(health->owner, &report);
}

bool health_tick(struct health *health, bool alive, uint64_t lost)
{
    bool stood_still = awake_missed_us(&health->awake) > 0;
    int64_t now_us = moment_monotonic_us();
    bool falls_silent;

    pthread_mutex_lock(&health->mutex);
    falls_silent = health->recording && !health->silent &&
                   now_us - health->grown_us > RECORDER_SILENCE_MS * 1000;
    if (falls_silent && health->cause[0] == '\0')
        guess_cause(health, now_us, stood_still);
    if (falls_silent)
        report_silent(health);
    if (alive && (health->armed || health->recording))
        report_alive(health, now_us, lost);
    pthread_mutex_unlock(&health->mutex);
    return falls_silent;
}
