/* Which volume a camera's next segment is written on: the first of its list that can be written
 * (R35). One that failed lately, is full or hangs comes after all others. */
#ifndef RECORDER_VOLUME_CHOICE_H
#define RECORDER_VOLUME_CHOICE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "recorder/recorder.h"
#include "recorder/recover.h"
#include "recorder/segment.h"

/* How long a volume that failed is not tried again while there is another, in milliseconds. */
#define VOLUME_CHOICE_REST_MS 10000
/* How long nothing is tried after no volume could be written, in milliseconds. */
#define VOLUME_CHOICE_RETRY_MS 1000

#define VOLUME_CHOICE_HANGS INT64_MAX

struct volume_choice {
    pthread_mutex_t mutex;
    struct recorder_order order;           /* its names never change */
    int64_t rest_us[RECORDER_VOLUMES_MAX]; /* monotonic: this volume failed and rests until then, or
                                              VOLUME_CHOICE_HANGS: a thread is stuck on it */
    bool recovered[RECORDER_VOLUMES_MAX];
};

/* The volume that was chosen, or tried last. */
struct volume_chosen {
    unsigned number;
    char name[RECORDER_NAME_MAX]; /* "": none was yet */
};

/* All functions may be called from any thread. */

/* The names and volumes are copied from the order, and were checked. */
void volume_choice_init(struct volume_choice *choice, const struct recorder_order *order);
void volume_choice_free(struct volume_choice *choice);

/* Other volumes, from the next segment on. */
void volume_choice_set(struct volume_choice *choice, const struct recorder_order *order);

/* Finds the next volume to try, in order; `*turn` counts the tries from 0 on. False: there is no
 * other. Does not wait. */
bool volume_choice_next(struct volume_choice *choice, unsigned *turn, struct volume_chosen *chosen);
/* Begins a segment on it. Returns its directory, which is the caller's and must stay open as long;
 * -1 with the reason in `cause` (RECORDER_CAUSE_MAX bytes). Waits for the volume. */
int volume_choice_begin(struct volume_choice *choice, const struct volume_chosen *chosen,
                        struct segment *segment, uint64_t epoch, int64_t start_ms, char *cause);

/* This volume failed; or it hangs (`hangs`), until volume_choice_answers. */
void volume_choice_failed(struct volume_choice *choice, const struct volume_chosen *chosen,
                          bool hangs);
void volume_choice_answers(struct volume_choice *choice, const struct volume_chosen *chosen);
/* A segment was left unfinished on it: it is to be recovered again. */
void volume_choice_left(struct volume_choice *choice, const struct volume_chosen *chosen);
/* Whether there is another one that does not hang. */
bool volume_choice_has_other(struct volume_choice *choice, const struct volume_chosen *chosen);

/* Whether something may be left on it: nobody has looked yet, or a segment was left since. */
bool volume_choice_may_hold(struct volume_choice *choice, const struct volume_chosen *chosen);
/* Finishes on this volume what this server left of the camera, in an earlier life or when the
 * volume failed; once, until more is left. */
void volume_choice_recover(struct volume_choice *choice, const struct volume_chosen *chosen,
                           recover_sink *sink, void *owner);

#endif
