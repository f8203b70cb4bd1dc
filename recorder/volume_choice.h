/* Which volume a camera's next segment is written on: the first of its list that can be written.
 * One that failed lately comes after all others. */
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

struct volume_choice {
    pthread_mutex_t mutex;
    struct recorder_order order; /* its names never change, its volumes under the mutex */

    /* The writer's thread's alone. */
    unsigned chosen;                       /* of the present segment, and its name */
    char chosen_name[RECORDER_NAME_MAX];   /* "": none was chosen yet */
    int64_t retry_us;                      /* monotonic: nothing is tried before */
    int64_t rest_us[RECORDER_VOLUMES_MAX]; /* monotonic: this volume failed lately */
};

/* The names and volumes are copied from the order, and were checked. */
void volume_choice_init(struct volume_choice *choice, const struct recorder_order *order);
void volume_choice_free(struct volume_choice *choice);

/* Other volumes, from the next segment on. From any thread. */
void volume_choice_set(struct volume_choice *choice, const struct recorder_order *order);

/* Begins a segment. Returns its directory, which is the caller's and must stay open as long; -1:
 * none can be begun, with the reason in `cause` (RECORDER_CAUSE_MAX bytes), or with an empty one
 * where it is too early to try again. */
int volume_choice_begin(struct volume_choice *choice, struct segment *segment, uint64_t epoch,
                        int64_t start_ms, char *cause);

/* The chosen volume failed. */
void volume_choice_failed(struct volume_choice *choice);

/* Finishes on all volumes what an earlier life of this server left of the camera. */
void volume_choice_recover(struct volume_choice *choice, recover_sink *sink, void *owner);

#endif
