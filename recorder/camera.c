#include "recorder/camera.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/intake.h"
#include "recorder/moment.h"
#include "recorder/preroll.h"
#include "recorder/recording.h"
#include "recorder/url.h"
#include "recorder/volume.h"

/* Frames that wait while the camera's thread is busy ending a run, in bytes. */
#define INBOX_BYTES (32u << 20)
/* What happened within this time happens still, for the choice of a cause; microseconds. */
#define RECENT_US 1000000

struct wishes {
    bool armed, recording;
    bool stop_asked; /* to be answered with REPORT_STOPPED */
    struct recorder_order order;
};

struct camera {
    struct vlc_library *library;
    camera_report *report;
    void *owner;
    uint32_t number;
    pthread_t thread;

    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct wishes wishes;
    bool woken, closing;
    bool ordered;         /* the wishes are not those of the last turn */
    struct preroll inbox; /* frames as they come, for the thread */
    bool source_lost;
    bool reordered;
    bool silent; /* reported, and not on the disk again since */
    bool announce;
    char cause[RECORDER_CAUSE_MAX]; /* the last trouble; empty: none */
    int64_t received_us;            /* monotonic: when a picture came last */
    bool key_came;                  /* since the source was opened */
    int64_t grown_us;              /* monotonic: when the newest picture that is written had come */
    int64_t written_us, key_us;    /* monotonic: when a picture, a keyframe was written last */
    uint64_t epoch, bytes, frames; /* written under this epoch */
    uint64_t dropped;              /* frames that the inbox had no room for */

    /* The thread's alone. */
    struct intake *intake;
    struct writer *writer;
    struct recording *recording;
    uint64_t stream; /* of the recording */
    uint64_t record_epoch;
    struct preroll memory;
};

bool camera_accepts(const struct recorder_order *order, char *cause)
{
    if (!volume_is_name(order->camera_name) || !volume_is_name(order->main_name) ||
        !volume_is_name(order->server_name)) {
        snprintf(cause, RECORDER_CAUSE_MAX,
                 "the order is refused: the name of its camera, main or server cannot be a "
                 "directory's name");
        return false;
    }
    for (uint32_t i = 0; i < order->volume_count; i++)
        if (!volume_is_name(order->volumes[i].name) || order->volumes[i].path[0] != '/') {
            snprintf(
                cause, RECORDER_CAUSE_MAX,
                "the order is refused: a volume's name cannot be one, or its path is not absolute");
            return false;
        }
    return url_accept(order->url, cause);
}

/* Fills in what all reports of a camera have in common. The mutex is held. */
static struct recorder_report begin_report(const struct camera *camera,
                                           enum recorder_report_kind kind)
{
    return (struct recorder_report){.abi = RECORDER_ABI,
                                    .kind = kind,
                                    .camera = camera->number,
                                    .epoch = camera->wishes.order.epoch,
                                    .bytes = camera->bytes,
                                    .frames = camera->frames};
}

/* The mutex is held. Says the trouble once; again only if it is another. */
static void report_silent(struct camera *camera)
{
    struct recorder_report report = begin_report(camera, REPORT_SILENT);

    camera->silent = true;
    camera->announce = true;
    camera->woken = true;
    pthread_cond_signal(&camera->changed);
    snprintf(report.cause, sizeof(report.cause), "%s", camera->cause);
    camera->report(camera->owner, &report);
}

/* A trouble is told at once if the camera is silent already or if it will not pass by itself. The
 * mutex is held. */
static void note_trouble(struct camera *camera, const char *cause, bool at_once)
{
    bool other = strcmp(camera->cause, cause) != 0;

    if (other)
        snprintf(camera->cause, sizeof(camera->cause), "%s", cause);
    if (camera->wishes.recording && (camera->silent ? other : at_once))
        report_silent(camera);
}

static void on_frame(void *owner, struct frame *frame, bool reordered)
{
    struct camera *camera = owner;

    pthread_mutex_lock(&camera->mutex);
    camera->reordered = reordered;
    camera->received_us = moment_monotonic_us();
    camera->key_came = camera->key_came || frame->key;
    camera->woken = true;
    if (!preroll_append(&camera->inbox, frame))
        camera->dropped++;
    pthread_cond_signal(&camera->changed);
    pthread_mutex_unlock(&camera->mutex);
    frame_release(frame);
}

static void on_source_trouble(void *owner, const char *cause, bool hopeless)
{
    struct camera *camera = owner;

    pthread_mutex_lock(&camera->mutex);
    camera->source_lost = true;
    camera->key_came = false;
    camera->woken = true;
    note_trouble(camera, cause, hopeless);
    pthread_cond_signal(&camera->changed);
    pthread_mutex_unlock(&camera->mutex);
}

static void on_grown(void *owner, const struct timeline_entry *entry, size_t bytes)
{
    struct camera *camera = owner;

    pthread_mutex_lock(&camera->mutex);
    if (camera->epoch != entry->epoch) {
        camera->epoch = entry->epoch;
        camera->bytes = camera->frames = 0;
    }
    camera->bytes += bytes;
    camera->frames++;
    camera->written_us = moment_monotonic_us();
    if (entry->arrival_us > camera->grown_us)
        camera->grown_us = entry->arrival_us;
    if (entry->key)
        camera->key_us = camera->written_us;
    if (entry->key && !camera->silent)
        camera->cause[0] = '\0';
    pthread_mutex_unlock(&camera->mutex);
}

static void on_disk(void *owner, uint64_t epoch, int64_t from_wall_ms)
{
    struct camera *camera = owner;
    struct recorder_report report;

    pthread_mutex_lock(&camera->mutex);
    camera->silent = false;
    camera->cause[0] = '\0';
    report = begin_report(camera, REPORT_ON_DISK);
    report.epoch = epoch;
    report.from_wall_ms = from_wall_ms;
    camera->report(camera->owner, &report);
    pthread_mutex_unlock(&camera->mutex);
}

static void on_segment(void *owner, uint64_t epoch, int64_t from_wall_ms, int64_t to_wall_ms,
                       uint64_t bytes, uint64_t frames)
{
    struct camera *camera = owner;
    struct recorder_report report;

    pthread_mutex_lock(&camera->mutex);
    report = begin_report(camera, REPORT_SEGMENT);
    report.epoch = epoch;
    report.from_wall_ms = from_wall_ms;
    report.to_wall_ms = to_wall_ms;
    report.bytes = bytes;
    report.frames = frames;
    camera->report(camera->owner, &report);
    pthread_mutex_unlock(&camera->mutex);
}

static void on_disk_trouble(void *owner, const char *cause)
{
    struct camera *camera = owner;

    fprintf(stderr, "understudy-recorder: camera %s: %s\n", camera->wishes.order.camera_name,
            cause);
    pthread_mutex_lock(&camera->mutex);
    note_trouble(camera, cause, true);
    pthread_mutex_unlock(&camera->mutex);
}

static void tell_trouble(struct camera *camera, const char *cause, bool at_once)
{
    pthread_mutex_lock(&camera->mutex);
    note_trouble(camera, cause, at_once);
    pthread_mutex_unlock(&camera->mutex);
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
        if (camera->recording == NULL)
            camera->recording = recording_open(camera->library, camera->writer, reordered, cause);
        camera->stream = frame->stream;
        if (camera->recording != NULL &&
            recording_feed(camera->recording, frame, camera->record_epoch, cause))
            return;
        tell_trouble(camera, cause, false);
        end_recording(camera);
    }
}

static void start_writing(struct camera *camera, const struct wishes *wishes)
{
    struct writer_events events = {.owner = camera,
                                   .grown = on_grown,
                                   .on_disk = on_disk,
                                   .segment = on_segment,
                                   .trouble = on_disk_trouble};

    camera->writer = writer_open(&wishes->order, &events);
    if (camera->writer == NULL)
        tell_trouble(camera, "the recording cannot begin: memory or threads are out", true);
}

static void stop_writing(struct camera *camera)
{
    end_recording(camera);
    if (camera->writer != NULL)
        writer_close(camera->writer);
    camera->writer = NULL;
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
    struct intake_events events = {
        .owner = camera, .frame = on_frame, .trouble = on_source_trouble};

    camera->intake = intake_open(wishes->order.url, &events);
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

static void answer_stop(struct camera *camera)
{
    struct recorder_report report;

    pthread_mutex_lock(&camera->mutex);
    report = begin_report(camera, REPORT_STOPPED);
    report.epoch = camera->record_epoch;
    camera->report(camera->owner, &report);
    pthread_mutex_unlock(&camera->mutex);
}

/* Brings about what is wished, after all that was received has been dealt with. */
static void follow(struct camera *camera, const struct wishes *wishes, bool reordered)
{
    bool wanted = wishes->armed || wishes->recording;

    if (wishes->stop_asked || !wishes->recording)
        stop_writing(camera);
    if (wishes->stop_asked)
        answer_stop(camera);
    if (wanted && camera->intake == NULL)
        open_source(camera, wishes);
    if (wishes->recording) {
        camera->record_epoch = wishes->order.epoch;
        if (camera->writer == NULL)
            start_writing(camera, wishes);
        else
            writer_set_volumes(camera->writer, &wishes->order);
        if (camera->writer != NULL)
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
        if (camera->writer != NULL)
            record_frame(camera, frame, reordered);
        else if (armed)
            preroll_push(&camera->memory, frame);
        frame_release(frame);
    }
}

struct turn {
    struct wishes wishes;
    struct preroll frames;
    bool ordered, source_lost, reordered, announce, closing;
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
                          .announce = camera->announce,
                          .closing = camera->closing};
    camera->wishes.stop_asked = false;
    preroll_init(&camera->inbox, 0, INBOX_BYTES);
    camera->ordered = camera->source_lost = camera->announce = false;
    pthread_mutex_unlock(&camera->mutex);
}

static void *run(void *data)
{
    struct camera *camera = data;
    struct turn turn;

    do {
        begin_turn(camera, &turn);
        if (turn.announce && camera->writer != NULL)
            writer_announce(camera->writer);
        take_frames(camera, &turn.frames, turn.wishes.armed, turn.reordered);
        if (turn.source_lost)
            end_recording(camera);
        if (turn.ordered)
            follow(camera, &turn.wishes, turn.reordered);
    } while (!turn.closing);
    return NULL;
}

struct camera *camera_open(struct vlc_library *library, const struct recorder_order *order,
                           camera_report *report, void *owner)
{
    struct camera *camera = calloc(1, sizeof(*camera));

    if (camera == NULL)
        return NULL;
    camera->library = library;
    camera->report = report;
    camera->owner = owner;
    camera->number = order->camera;
    camera->wishes.order = *order;
    preroll_init(&camera->inbox, 0, INBOX_BYTES);
    preroll_init(&camera->memory, RECORDER_PREROLL_MS, RECORDER_PREROLL_BYTES);
    pthread_mutex_init(&camera->mutex, NULL);
    pthread_cond_init(&camera->changed, NULL);
    if (pthread_create(&camera->thread, NULL, run, camera) != 0) {
        pthread_cond_destroy(&camera->changed);
        pthread_mutex_destroy(&camera->mutex);
        free(camera);
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
        if (!wishes->recording)
            camera->grown_us = moment_monotonic_us();
        camera->silent = camera->silent && wishes->recording;
        wishes->recording = true;
        wishes->order.epoch = order->epoch;
        wishes->order.volume_count = order->volume_count;
        memcpy(wishes->order.volumes, order->volumes, sizeof(order->volumes));
        break;
    case ORDER_STOP:
        wishes->stop_asked = true;
        wishes->recording = false;
        break;
    case RECORDER_ORDER_COUNT:
        assert(false);
    }
    camera->ordered = camera->woken = true;
    pthread_cond_signal(&camera->changed);
    pthread_mutex_unlock(&camera->mutex);
}

/* Without a trouble that was reported: is it the disk that is late, or the camera? The mutex is
 * held. */
static void guess_cause(struct camera *camera, int64_t now_us)
{
    bool comes = now_us - camera->received_us < RECENT_US;
    bool goes = now_us - camera->written_us < RECENT_US;

    snprintf(camera->cause, sizeof(camera->cause), "nothing new was recorded for %d s: %s",
             (int)((now_us - camera->grown_us) / 1000000),
             goes               ? "the volume is too slow"
             : !comes           ? "the camera sends nothing"
             : camera->key_came ? "the camera sends, but the volume does not take it: it hangs"
                                : "the camera sends, but no keyframe came yet");
}

void camera_tick(struct camera *camera, bool alive)
{
    int64_t now_us = moment_monotonic_us();
    struct recorder_report report;

    pthread_mutex_lock(&camera->mutex);
    if (camera->wishes.recording && !camera->silent &&
        now_us - camera->grown_us > RECORDER_SILENCE_MS * 1000) {
        if (camera->cause[0] == '\0')
            guess_cause(camera, now_us);
        report_silent(camera);
    }
    if (alive && (camera->wishes.armed || camera->wishes.recording)) {
        report = begin_report(camera, REPORT_ALIVE);
        report.epoch = camera->epoch != 0 ? camera->epoch : report.epoch;
        report.keyframe_age_ms =
            camera->key_us == 0 ? UINT32_MAX : (uint32_t)((now_us - camera->key_us) / 1000);
        camera->report(camera->owner, &report);
    }
    pthread_mutex_unlock(&camera->mutex);
}

void camera_close(struct camera *camera)
{
    pthread_mutex_lock(&camera->mutex);
    camera->wishes.armed = camera->wishes.recording = false;
    camera->closing = camera->ordered = camera->woken = true;
    pthread_cond_signal(&camera->changed);
    pthread_mutex_unlock(&camera->mutex);
    pthread_join(camera->thread, NULL);
    preroll_clear(&camera->inbox);
    pthread_cond_destroy(&camera->changed);
    pthread_mutex_destroy(&camera->mutex);
    free(camera);
}
