#include "recorder/camera.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/camera_frames.h"
#include "recorder/disk.h"
#include "recorder/intake.h"
#include "recorder/moment.h"
#include "recorder/preroll.h"

/* Frames that wait while the camera's thread is busy ending a run, in bytes. */
#define INBOX_BYTES (32u << 20)

/* Frames that were not dealt with so long after they came are not waited with any longer. */
#define LEFT_BEHIND_US 600000

struct wishes {
    bool armed, recording;
    bool stop_asked; /* to be answered with REPORT_STOPPED */
    struct recorder_order order;
};

struct camera {
    struct health health;
    pthread_t thread;

    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool woken; /* there is something for the thread to do */
    bool busy;  /* somebody has the frames in hand: the thread, or the intake's */
    struct wishes wishes;
    bool closing;
    bool ordered;         /* the wishes are not those of the last turn */
    struct preroll inbox; /* frames as they come, for the thread */
    bool source_lost;
    bool reordered;
    uint64_t dropped; /* frames that the inbox had no room for */

    struct disk disk; /* looks after itself */

    struct intake *intake;       /* the thread's alone */
    struct camera_frames frames; /* whoever is busy has them alone */
};

static void tell_trouble(void *owner, const char *cause, bool at_once)
{
    struct camera *camera = owner;

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

struct turn {
    struct wishes wishes;
    struct preroll frames;
    bool ordered, source_lost, reordered, closing;
};

/* What there is to do is taken over; the mutex is held. */
static void begin_turn(struct camera *camera, struct turn *turn)
{
    *turn = (struct turn){.wishes = camera->wishes,
                          .frames = camera->inbox,
                          .ordered = camera->ordered,
                          .source_lost = camera->source_lost,
                          .reordered = camera->reordered,
                          .closing = camera->closing};
    camera->busy = true;
    camera->woken = false;
    camera->wishes.stop_asked = false;
    preroll_init(&camera->inbox, 0, INBOX_BYTES);
    camera->ordered = camera->source_lost = false;
}

static void take_frames(struct camera *camera, struct turn *turn)
{
    camera_frames_take(&camera->frames, &turn->frames, turn->wishes.armed, turn->reordered);
}

static void end_turn(struct camera *camera)
{
    pthread_mutex_lock(&camera->mutex);
    camera->busy = false;
    if (camera->woken)
        pthread_cond_signal(&camera->changed);
    pthread_mutex_unlock(&camera->mutex);
}

/* Frames that only go where those before them went are dealt with here, on the intake's thread: it
 * is awake already. All else may take its time, while the source must be read. */
static void on_together(void *owner)
{
    struct camera *camera = owner;
    struct turn turn;
    bool steady;

    pthread_mutex_lock(&camera->mutex);
    steady = !camera->busy && !camera->woken && !camera->ordered && !camera->source_lost &&
             camera_frames_go_on(&camera->frames, &camera->inbox);
    if (steady)
        begin_turn(camera, &turn);
    else
        wake(camera);
    pthread_mutex_unlock(&camera->mutex);
    if (!steady)
        return;
    take_frames(camera, &turn);
    camera_frames_wake(&camera->frames);
    end_turn(camera);
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

static void on_stopped(void *owner, uint64_t epoch)
{
    struct camera *camera = owner;

    health_stopped(&camera->health, epoch);
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
    camera_frames_forget(&camera->frames);
    pthread_mutex_lock(&camera->mutex);
    preroll_clear(&camera->inbox);
    pthread_mutex_unlock(&camera->mutex);
}

/* What the camera has sent before an end is recorded: whoever records it from now on counts on that
 * (R27). */
static void catch_up(struct camera *camera, struct turn *turn)
{
    intake_catch_up(camera->intake);
    pthread_mutex_lock(&camera->mutex);
    turn->frames = camera->inbox;
    turn->reordered = camera->reordered;
    preroll_init(&camera->inbox, 0, INBOX_BYTES);
    pthread_mutex_unlock(&camera->mutex);
    take_frames(camera, turn);
}

/* Brings about what is wished, after all that was received has been dealt with. */
static void follow(struct camera *camera, struct turn *turn)
{
    const struct wishes *wishes = &turn->wishes;
    bool wanted = wishes->armed || wishes->recording;
    bool ends = wishes->stop_asked || !wishes->recording;

    if (camera->intake != NULL && ends)
        catch_up(camera, turn);
    else if (camera->intake != NULL)
        intake_hurry(camera->intake);
    if (ends)
        camera_frames_stop(&camera->frames, wishes->stop_asked);
    if (wanted && camera->intake == NULL)
        open_source(camera, wishes);
    if (wishes->recording)
        camera_frames_record(&camera->frames, &wishes->order, turn->reordered);
    if (!wishes->armed)
        camera_frames_forget(&camera->frames);
    if (!wanted && camera->intake != NULL)
        close_source(camera);
}

static void *run(void *data)
{
    struct camera *camera = data;
    struct turn turn;

    do {
        pthread_mutex_lock(&camera->mutex);
        while (!camera->woken || camera->busy)
            pthread_cond_wait(&camera->changed, &camera->mutex);
        begin_turn(camera, &turn);
        pthread_mutex_unlock(&camera->mutex);
        take_frames(camera, &turn);
        if (turn.source_lost)
            camera_frames_break(&camera->frames);
        if (turn.ordered)
            follow(camera, &turn);
        camera_frames_wake(&camera->frames);
        end_turn(camera);
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
    camera->wishes.order = *order;
    preroll_init(&camera->inbox, 0, INBOX_BYTES);
    camera->frames = (struct camera_frames){.library = library,
                                            .disk = &camera->disk,
                                            .camera_name = camera->wishes.order.camera_name,
                                            .trouble = tell_trouble,
                                            .owner = camera};
    camera_frames_init(&camera->frames);
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
