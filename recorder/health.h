/* How a camera is doing, and when the node hears of it: what was written last, what troubles it,
 * and whether it is silent. Makes all reports on the camera.
 *
 * Liveness is judged by the pictures that reach the disk alone. All functions may be called from
 * any thread, and none waits for anything. */
#ifndef RECORDER_HEALTH_H
#define RECORDER_HEALTH_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "recorder/awake.h"
#include "recorder/recorder.h"
#include "recorder/timeline.h"

/* Takes a report for the node; must not block. */
typedef void health_report(void *owner, const struct recorder_report *report);

struct health {
    health_report *report;
    void *owner;
    uint32_t camera; /* its number */

    pthread_mutex_t mutex;
    bool armed, recording;          /* what is wished */
    uint64_t wished_epoch;          /* of the last order to record */
    bool silent;                    /* reported, and not on the disk again since */
    char cause[RECORDER_CAUSE_MAX]; /* the last trouble; empty: none */
    int64_t received_us;            /* monotonic: when a picture came last */
    bool key_came;                  /* since the source was opened... */
    int64_t key_came_wall_ms;       /* ...and when the first one did */
    int64_t grown_us;              /* monotonic: when the newest picture that is written had come */
    int64_t written_us, key_us;    /* monotonic: when a picture, a keyframe was written last */
    uint64_t epoch, bytes, frames; /* written under this epoch */
    struct awake awake;
};

void health_init(struct health *health, uint32_t camera, health_report *report, void *owner);
void health_free(struct health *health);

/* What is wished from now on. */
void health_expect(struct health *health, bool armed, bool recording, uint64_t epoch);

/* ---- what happens ---- */

void health_received(struct health *health, bool key);
void health_source_lost(struct health *health);
void health_written(struct health *health, const struct timeline_entry *entry, size_t bytes);

/* These three are reports, too. */
void health_on_disk(struct health *health, uint64_t epoch, int64_t from_wall_ms);
void health_segment(struct health *health, uint64_t epoch, int64_t from_wall_ms, int64_t to_wall_ms,
                    uint64_t bytes, uint64_t frames);
void health_stopped(struct health *health, uint64_t epoch);

/* A trouble: told at once if it will not pass by itself (`at_once`) or if the camera is silent
 * already and this is another cause; otherwise if and when the camera falls silent. True: the node
 * was told, and the next keyframe that is durable is to be told of again. */
bool health_trouble(struct health *health, const char *cause, bool at_once);

/* To be called about four times a second: reports silence when it is due, and growth if `alive`,
 * with the number of pictures that could not be kept so far. True as above. */
bool health_tick(struct health *health, bool alive, uint64_t lost);

#endif
