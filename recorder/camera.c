#include "recorder/camera.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/disk.h"
#include "recorder/intake.h"
#include "recorder/moment.h"
#include "recorder/preroll.h"
#include "recorder/recording.h"

/* Frames that wait while the camera's thread is busy ending a run, in bytes. */
#define INBOX_BYTES (32u << 20)

/* Frames that were not dealt with so long after they came are not waited with any longer. */
#define LEFT_BEHIND_US 300000

struct wishes {
    bool armed, recording;
    bool stop_asked; /* to be answered with REPORT_STOPPED */
    struct recorder_order order;
};

struct camera {
    struct vlc_library *library;
    struct health health;
    pthread_t thread;

    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool woken; /* there is something for the thread to do */
    struct wishes wishes;
    bool closing;
    bool ordered;         /* the wishes are not those of the last turn */
    struct preroll inbox; /* frames as they come, for the thread */
    bool source_lost;
    bool reordered;
    uint64_t dropped; /* frames that the inbox had no room for */

    struct disk disk; /* looks after itself */

    /* The thread's alone. */
    struct intake *intake;
    bool writing;
    struct recording *recording;
    uint64_t stream; /* of the recording */
    uint64_t record_epoch;
    struct preroll memory;
};

static void tell_trouble(struct camera *camera, const char *cause, bool at_once)
{
    if (health_trouble(&camera->health, cause, at_once))
        disk_announce(&camera->disk);
}

/* The mutex is held. */
static void wake(struct camera *camera)
{
    camera->woken = true;
    pthread_cond_signal(&camera->changed);
}

static void on_frame(void *owner, struct frame *frame, bool reordered)
{
    struct camera *camera = owner;

    if (!frame->sound)
        health_received(&camera->health, frame->key);
    pthread_mutex_lock(&camera->mutex);
    camera->reordered = reordered;
    if (!preroll_append(&camera->inbox, frame))
        camera->dropped++;
    pthread_mutex_unlock(&camera->mutex);
    frame_release(frame);
}

static void on_together(void *owner)
{
    struct camera *camera = owner;

    pthread_mutex_lock(&camera->mutex);
    wake(camera);
    pthread_mutex_unlock(&camera->mutex);
}

static void on_source_trouble(void *owner, const char *cause, bool hopeless)
{
    struct camera *camera = owner;

    health_source_lost(&camera->health);
    tell_trouble(camera, cause, hopeless);
    pthread_mutex_lock(&camera->mutex);
    camera->source_lost = true;
    wake(camera);
    pthread_mutex_unlock(&camera->mutex);
}

static void on_source_remark(void *owner, const char *remark)
{
    struct camera *camera = owner;

    fprintf(stderr, "understudy-recorder: camera %s: %s\n", camera->wishes.order.camera_name,
            remark);
}

static void on_grown(void *owner, const struct timeline_entry *entry, size_t bytes)
{
    struct camera *camera = owner;

    health_written(&camera->health, entry, bytes);
}

static void on_disk(void *owner, uint64_t epoch, int64_t from_wall_ms)
{
    struct camera *camera = owner;

    health_on_disk(&camera->health, epoch, from_wall_ms);
}

static void on_segment(void *owner, uint64_t epoch, int64_t from_wall_ms, int64_t to_wall_ms,
                       uint64_t bytes, uint64_t frames)
{
    struct camera *camera = owner;

    health_segment(&camera->health, epoch, from_wall_ms, to_wall_ms, bytes, frames);
}

static void on_disk_trouble(void *owner, const char *cause)
{
    struct camera *camera = owner;

    fprintf(stderr, "understudy-recorder: camera %s: %s\n", camera->wishes.order.camera_name,
            cause);
    tell_trouble(camera, cause, true);
}

static void end_recording(struct camera *camera)
{
    uint64_t lost;

    if (camera->recording == NULL)
        return;
    lost = recording_finish(camera->recording);
    camera->recording = NULL;
    if (lost > 0)
        fprintf(stderr, "understudy-recorder: camera %s: the muxer lost %" PRIu64 " pictures\n",
                camera->wishes.order.camera_name, lost);
}

/* A run that breaks begins anew, at the next keyframe. */
static void record_frame(struct camera *camera, struct frame *frame, bool reordered)
{
    char cause[RECORDER_CAUSE_MAX];

    for (int attempt = 0; attempt < 2; attempt++) {
        if (camera->recording != NULL && camera->stream != frame->stream)
            end_recording(camera);
        if (camera->recording == NULL) {
            camera->recording = recording_open(camera->library, &camera->disk.backlog, frame->media,
                                               reordered, cause);
        }
        camera->stream = frame->stream;
        if (camera->recording != NULL &&
            recording_feed(camera->recording, frame, camera->record_epoch, cause))
            return;
        tell_trouble(camera, cause, false);
        end_recording(camera);
    }
}

static void on_stopped(void *owner, uint64_t epoch)
{
    struct camera *camera = owner;

    health_stopped(&camera->health, epoch);
}

static void start_writing(struct camera *camera, const struct wishes *wishes)
{
    if (camera->writing) {
        volume_choice_set(&camera->disk.choice, &wishes->order);
        return;
    }
    camera->writing = disk_begin(&camera->disk, &wishes->order);
    if (!camera->writing)
        tell_trouble(camera, "the recording cannot begin: memory or threads are out", true);
}

/* The writer answers when all that came before is durable. */
static void stop_writing(struct camera *camera, bool asked)
{
    bool wrote = camera->writing;

    end_recording(camera);
    camera->writing = false;
    if (asked || wrote)
        disk_end(&camera->disk, asked, camera->record_epoch);
}

static void write_memory(struct camera *camera, bool reordered)
{
    struct frame *frame;

    while ((frame = preroll_pop(&camera->memory)) != NULL) {
        record_frame(camera, frame, reordered);
        frame_release(frame);
    }
}

static void open_source(struct camera *camera, const struct wishes *wishes)
{
    struct intake_events events = {.owner = camera,
                                   .frame = on_frame,
                                   .together = on_together,
                                   .trouble = on_source_trouble,
                                   .remark = on_source_remark};

    camera->intake = intake_open(wishes->order.url, wishes->order.credentials, &events);
    if (camera->intake == NULL)
        tell_trouble(camera, "the camera cannot be opened: memory or threads are out", true);
}

static void close_source(struct camera *camera)
{
    intake_close(camera->intake);
    camera->intake = NULL;
    preroll_clear(&camera->memory);
    pthread_mutex_lock(&camera->mutex);
    preroll_clear(&camera->inbox);
    pthread_mutex_unlock(&camera->mutex);
}

/* Brings about what is wished, after all that was received has been dealt with. */
static void follow(struct camera *camera, const struct wishes *wishes, bool reordered)
{
    bool wanted = wishes->armed || wishes->recording;

    if (camera->intake != NULL)
        intake_hurry(camera->intake);
    if (wishes->stop_asked || !wishes->recording)
        stop_writing(camera, wishes->stop_asked);
    if (wanted && camera->intake == NULL)
        open_source(camera, wishes);
    if (wishes->recording) {
        camera->record_epoch = wishes->order.epoch;
        start_writing(camera, wishes);
        if (camera->writing)
            write_memory(camera, reordered);
    }
    if (!wishes->armed)
        preroll_clear(&camera->memory);
    if (!wanted && camera->intake != NULL)
        close_source(camera);
}

static void take_frames(struct camera *camera, struct preroll *frames, bool armed, bool reordered)
{
    struct frame *frame;

    while ((frame = preroll_pop(frames)) != NULL) {
        if (camera->writing)
            record_frame(camera, frame, reordered);
        else if (armed)
            preroll_push(&camera->memory, frame);
        frame_release(frame);
    }
}

struct turn {
    struct wishes wishes;
    struct preroll frames;
    bool ordered, source_lost, reordered, closing;
};

/* Waits until there is something to do, and takes it over. */
static void begin_turn(struct camera *camera, struct turn *turn)
{
    pthread_mutex_lock(&camera->mutex);
    while (!camera->woken)
        pthread_cond_wait(&camera->changed, &camera->mutex);
    camera->woken = false;
    *turn = (struct turn){.wishes = camera->wishes,
                          .frames = camera->inbox,
                          .ordered = camera->ordered,
                          .source_lost = camera->source_lost,
                          .reordered = camera->reordered,
                          .closing = camera->closing};
    camera->wishes.stop_asked = false;
    preroll_init(&camera->inbox, 0, INBOX_BYTES);
    camera->ordered = camera->source_lost = false;
    pthread_mutex_unlock(&camera->mutex);
}

static void *run(void *data)
{
    struct camera *camera = data;
    struct turn turn;

    do {
        begin_turn(camera, &turn);
        take_frames(camera, &turn.frames, turn.wishes.armed, turn.reordered);
        if (turn.source_lost)
            end_recording(camera);
        if (turn.ordered)
            follow(camera, &turn.wishes, turn.reordered);
        if (camera->recording != NULL)
            recording_wake(camera->recording);
    } while (!turn.closing);
    return NULL;
}

static void release(struct camera *camera)
{
    health_free(&camera->health);
    pthread_cond_destroy(&camera->changed);
    pthread_mutex_destroy(&camera->mutex);
    free(camera);
}

struct camera *camera_open(struct vlc_library *library, const struct recorder_order *order,
                           health_report *report, void *owner)
{
    struct camera *camera = calloc(1, sizeof(*camera));
    const struct writer_events events = {.owner = camera,
                                         .grown = on_grown,
                                         .on_disk = on_disk,
                                         .segment = on_segment,
                                         .trouble = on_disk_trouble,
                                         .stopped = on_stopped};

    if (camera == NULL)
        return NULL;
    camera->library = library;
    camera->wishes.order = *order;
    preroll_init(&camera->inbox, 0, INBOX_BYTES);
    preroll_init(&camera->memory, RECORDER_PREROLL_MS, RECORDER_PREROLL_BYTES);
    disk_init(&camera->disk, order, &events);
    pthread_mutex_init(&camera->mutex, NULL);
    pthread_cond_init(&camera->changed, NULL);
    health_init(&camera->health, order->camera, report, owner);
    if (pthread_create(&camera->thread, NULL, run, camera) != 0) {
        disk_close(&camera->disk);
        release(camera);
        return NULL;
    }
    return camera;
}

void camera_order(struct camera *camera, const struct recorder_order *order)
{
    struct wishes *wishes = &camera->wishes;

    pthread_mutex_lock(&camera->mutex);
    switch ((enum recorder_order_kind)order->kind) {
    case ORDER_ARM:
        wishes->armed = true;
        break;
    case ORDER_DISARM:
        wishes->armed = false;
        break;
    case ORDER_RECORD:
        wishes->recording = true;
        wishes->order.epoch = order->epoch;
        wishes->order.volume_count = order->volume_count;
        memcpy(wishes->order.volumes, order->volumes, sizeof(order->volumes));
        break;
    case ORDER_STOP:
        wishes->stop_asked = true;
        wishes->recording = false;
        break;
    case ORDER_KEEP:
    case RECORDER_ORDER_COUNT:
        assert(false);
    }
    health_expect(&camera->health, wishes->armed, wishes->recording, wishes->order.epoch);
    camera->ordered = true;
    wake(camera);
    pthread_mutex_unlock(&camera->mutex);
}

/* A camera that stalls leaves frames behind that were to be dealt with together with the next. */
static void look_for_rest(struct camera *camera)
{
    const struct preroll_entry *first;

    pthread_mutex_lock(&camera->mutex);
    first = camera->inbox.first;
    if (first != NULL && moment_monotonic_us() - first->frame->arrival_us > LEFT_BEHIND_US)
        wake(camera);
    pthread_mutex_unlock(&camera->mutex);
}

void camera_tick(struct camera *camera, bool alive)
{
    char cause[RECORDER_CAUSE_MAX];

    look_for_rest(camera);
    if (disk_watch(&camera->disk, cause))
        tell_trouble(camera, cause, true);
    if (health_tick(&camera->health, alive, backlog_lost(&camera->disk.backlog)))
        disk_announce(&camera->disk);
}

void camera_close(struct camera *camera)
{
    pthread_mutex_lock(&camera->mutex);
    camera->wishes.armed = camera->wishes.recording = false;
    camera->closing = camera->ordered = true;
    health_expect(&camera->health, false, false, camera->wishes.order.epoch);
    wake(camera);
    pthread_mutex_unlock(&camera->mutex);
    pthread_join(camera->thread, NULL);
    preroll_clear(&camera->inbox);
    if (disk_close(&camera->disk))
        release(camera);
}
