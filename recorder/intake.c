#include "recorder/intake.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/moment.h"
#include "recorder/recorder.h"
#include "recorder/source.h"
#include "recorder/timebase.h"

/* Numbers of streams are never used twice in a process. */
static atomic_uint_least64_t streams;

struct intake {
    char url[RECORDER_URL_MAX];
    struct intake_events events;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    atomic_bool abandon;

    /* The thread's alone. */
    struct timebase timebase;
    int64_t wall_minus_monotonic_us; /* fixed at the connection: a wall clock that is set does not
                                        tear a stream */
    uint64_t stream;
    int64_t last_pts_us;
    bool reordered;
};

static void begin_stream(struct intake *intake)
{
    intake->stream = atomic_fetch_add(&streams, 1) + 1;
    intake->last_pts_us = INT64_MIN;
}

static bool deliver(struct intake *intake, const struct source_picture *picture)
{
    struct frame *frame = frame_create(picture->size);
    int64_t arrival_us = picture->arrival_us + intake->wall_minus_monotonic_us;

    if (frame == NULL)
        return false;
    if (timebase_note(&intake->timebase, picture->pts_us, arrival_us) == TIMEBASE_LEAP)
        begin_stream(intake);
    intake->reordered = intake->reordered || picture->pts_us < intake->last_pts_us;
    intake->last_pts_us = picture->pts_us;
    memcpy(frame->data, picture->data, picture->size);
    frame->stream = intake->stream;
    frame->pts_us = picture->pts_us;
    frame->wall_us = timebase_wall_us(&intake->timebase, picture->pts_us);
    frame->arrival_us = picture->arrival_us;
    frame->key = picture->key;
    intake->events.frame(intake->events.owner, frame, intake->reordered);
    return true;
}

/* One connection from beginning to end. True if it brought a picture. */
static bool serve(struct intake *intake, char *cause, bool *hopeless)
{
    struct source *source = source_open(intake->url, &intake->abandon, cause, hopeless);
    struct source_picture picture;
    bool brought = false;

    if (source == NULL)
        return false;
    intake->timebase = (struct timebase){.begun = false};
    intake->wall_minus_monotonic_us = moment_wall_us() - moment_monotonic_us();
    begin_stream(intake);
    while (source_read(source, &picture, cause)) {
        if (!deliver(intake, &picture)) {
            snprintf(cause, RECORDER_CAUSE_MAX, "memory is out");
            break;
        }
        brought = true;
    }
    source_close(source);
    return brought;
}

static void pause_for(struct intake *intake, int64_t pause_ms)
{
    int64_t until_us = moment_monotonic_us() + pause_ms * 1000;

    pthread_mutex_lock(&intake->mutex);
    while (!atomic_load(&intake->abandon) &&
           moment_wait(&intake->changed, &intake->mutex, until_us))
        continue;
    pthread_mutex_unlock(&intake->mutex);
}

static void *run(void *data)
{
    struct intake *intake = data;
    int64_t pause_ms = INTAKE_PAUSE_MIN_MS;
    char cause[RECORDER_CAUSE_MAX];

    while (!atomic_load(&intake->abandon)) {
        bool hopeless = false;

        if (serve(intake, cause, &hopeless))
            pause_ms = INTAKE_PAUSE_MIN_MS;
        if (atomic_load(&intake->abandon))
            break;
        intake->events.trouble(intake->events.owner, cause, hopeless);
        pause_for(intake, pause_ms);
        pause_ms = 2 * pause_ms < INTAKE_PAUSE_MAX_MS ? 2 * pause_ms : INTAKE_PAUSE_MAX_MS;
    }
    return NULL;
}

static void release(struct intake *intake)
{
    pthread_cond_destroy(&intake->changed);
    pthread_mutex_destroy(&intake->mutex);
    free(intake);
}

struct intake *intake_open(const char *url, const struct intake_events *events)
{
    struct intake *intake = calloc(1, sizeof(*intake));

    if (intake == NULL)
        return NULL;
    snprintf(intake->url, sizeof(intake->url), "%s", url);
    intake->events = *events;
    pthread_mutex_init(&intake->mutex, NULL);
    moment_init_condition(&intake->changed);
    if (pthread_create(&intake->thread, NULL, run, intake) != 0) {
        release(intake);
        return NULL;
    }
    return intake;
}

void intake_close(struct intake *intake)
{
    pthread_mutex_lock(&intake->mutex);
    atomic_store(&intake->abandon, true);
    pthread_cond_broadcast(&intake->changed);
    pthread_mutex_unlock(&intake->mutex);
    pthread_join(intake->thread, NULL);
    release(intake);
}
