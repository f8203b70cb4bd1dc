#include "recorder/writer.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recorder/moment.h"
#include "recorder/recover.h"
#include "recorder/segment.h"
#include "recorder/volume.h"

/* A last picture that has no other to be measured by lasts this long, in microseconds. */
#define USUAL_PICTURE_US 40000

/* A keyframe may come this much before its time and still be the one to cut at, in milliseconds:
 * the camera's clock is not exactly ours. */
#define EARLY_MS 20

struct piece {
    struct piece *next;
    bool is_break; /* only the end of what came before */
    bool after_loss;
    struct timeline_entry entry;
    size_t size;
    uint8_t bytes[];
};

struct writer {
    struct writer_events events;
    struct recorder_order order; /* its names never change, its volumes under the mutex */
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct piece *first, **last;
    size_t queued_bytes;
    bool closing;
    bool dropping; /* until a keyframe finds room */
    uint64_t dropped;
    atomic_bool announce;

    /* From here on the thread's alone. */
    struct segment segment;
    int directory; /* of the segment; -1: none */
    uint64_t epoch;
    unsigned volume; /* of the segment, and its name */
    char volume_name[RECORDER_NAME_MAX];
    int64_t first_wall_us, last_wall_us;
    int64_t retry_us;                      /* monotonic: nothing is tried before */
    int64_t rest_us[RECORDER_VOLUMES_MAX]; /* monotonic: this volume failed lately */
    uint64_t announced_epoch;
    uint64_t dropped_told;
};

static void tell_trouble(struct writer *writer, const char *what, int error)
{
    char cause[RECORDER_CAUSE_MAX];

    snprintf(cause, sizeof(cause), "volume %s: %s: %s", writer->volume_name, what,
             error == ENOENT ? "it was removed" : strerror(error));
    writer->events.trouble(writer->events.owner, cause);
}

static int64_t end_of_last_picture_us(const struct writer *writer)
{
    int64_t frames = (int64_t)writer->segment.row.frames;

    return writer->last_wall_us +
           (frames > 1 ? (writer->last_wall_us - writer->first_wall_us) / (frames - 1)
                       : USUAL_PICTURE_US);
}

static int64_t to_ms(int64_t us)
{
    return (us + 500) / 1000;
}

/* Ends the segment in hand, if there is one, at this wall-clock moment. */
static void end_segment(struct writer *writer, int64_t end_us)
{
    int64_t start_ms = writer->segment.start_ms, end_ms = to_ms(end_us);
    int error;

    if (writer->directory < 0)
        return;
    error = segment_finish(&writer->segment, end_ms);
    if (error != 0)
        tell_trouble(writer, "a segment could not be completed", error);
    else if (writer->segment.row.bytes > 0)
        writer->events.segment(writer->events.owner, writer->epoch, start_ms, end_ms,
                               writer->segment.row.bytes, writer->segment.row.frames);
    close(writer->directory);
    writer->directory = -1;
}

static void volume_failed(struct writer *writer, const char *what, int error)
{
    tell_trouble(writer, what, error);
    writer->rest_us[writer->volume] = moment_monotonic_us() + WRITER_REST_MS * 1000;
}

static struct segment_place place_of(const struct writer *writer, uint64_t epoch)
{
    return (struct segment_place){.main_name = writer->order.main_name,
                                  .camera_name = writer->order.camera_name,
                                  .server_name = writer->order.server_name,
                                  .epoch = epoch};
}

/* Opens the writer's directory on one volume. -1 with the reason in `cause`. */
static int open_directory(const struct writer *writer, const struct recorder_volume *volume,
                          uint64_t epoch, char *cause)
{
    struct segment_place place = place_of(writer, epoch);
    int root = volume_open(volume->path, volume->name, cause), camera, directory;

    if (root < 0)
        return -1;
    camera = segment_open_camera(root, &place, true);
    directory = camera < 0 ? -1 : segment_open_writer(camera, &place, true);
    if (directory < 0)
        snprintf(cause, RECORDER_CAUSE_MAX,
                 "volume %s: the camera's directory cannot be opened: %s", volume->name,
                 strerror(errno));
    if (camera >= 0)
        close(camera);
    close(root);
    return directory;
}

static void copy_volumes(struct writer *writer, struct recorder_order *copy)
{
    pthread_mutex_lock(&writer->mutex);
    *copy = writer->order;
    pthread_mutex_unlock(&writer->mutex);
}

/* What does not fit is left out. */
static void add_cause(char *causes, const char *cause)
{
    if (causes[0] != '\0')
        strncat(causes, "; ", RECORDER_CAUSE_MAX - 1 - strlen(causes));
    strncat(causes, cause, RECORDER_CAUSE_MAX - 1 - strlen(causes));
}

/* Begins a segment on the first volume of the list that can be written; one that failed lately
 * comes last. */
static bool begin_segment(struct writer *writer, const struct timeline_entry *entry)
{
    char causes[RECORDER_CAUSE_MAX] = "", cause[RECORDER_CAUSE_MAX];
    struct recorder_order order;

    if (moment_monotonic_us() < writer->retry_us)
        return false;
    copy_volumes(writer, &order);
    for (unsigned try = 0; try < 2 * order.volume_count; try++) {
        unsigned i = try % order.volume_count;
        bool rests = moment_monotonic_us() < writer->rest_us[i];
        int error;

        if (rests != (try >= order.volume_count))
            continue;
        writer->volume = i;
        strcpy(writer->volume_name, order.volumes[i].name);
        writer->directory = open_directory(writer, &order.volumes[i], entry->epoch, cause);
        if (writer->directory >= 0) {
            error = segment_begin(&writer->segment, writer->directory, to_ms(entry->wall_us));
            if (error == 0)
                return true;
            snprintf(cause, sizeof(cause), "volume %s: no file can be made: %s",
                     order.volumes[i].name, strerror(error));
            close(writer->directory);
            writer->directory = -1;
        }
        add_cause(causes, cause);
    }
    writer->retry_us = moment_monotonic_us() + WRITER_RETRY_MS * 1000;
    writer->events.trouble(writer->events.owner,
                           causes[0] != '\0' ? causes : "no volume is given to write on");
    return false;
}

/* A segment ends before a keyframe that is of another epoch, comes after a loss, or is late enough.
 */
static void cut_before(struct writer *writer, const struct piece *piece)
{
    const struct timeline_entry *entry = &piece->entry;
    bool late = to_ms(entry->wall_us) - writer->segment.start_ms >= RECORDER_SEGMENT_MS - EARLY_MS;

    if (piece->after_loss)
        end_segment(writer, end_of_last_picture_us(writer));
    else if (late || entry->epoch != writer->epoch)
        end_segment(writer, entry->wall_us);
}

static void announce(struct writer *writer)
{
    int error;

    if (writer->announced_epoch == writer->epoch && !atomic_load(&writer->announce))
        return;
    error = segment_sync(&writer->segment);
    if (error != 0) {
        volume_failed(writer, "writing failed", error);
        return;
    }
    writer->announced_epoch = writer->epoch;
    atomic_store(&writer->announce, false);
    writer->events.on_disk(writer->events.owner, writer->epoch, to_ms(writer->last_wall_us));
}

/* A directory that was removed takes what is written without a word: a look at every keyframe. */
static bool is_still_there(struct writer *writer)
{
    int error = segment_linked(&writer->segment);

    if (error == 0)
        return true;
    volume_failed(writer, "the file being written", error);
    end_segment(writer, end_of_last_picture_us(writer));
    return false;
}

static void write_piece(struct writer *writer, const struct piece *piece)
{
    const struct timeline_entry *entry = &piece->entry;
    int error;

    if (entry->key && writer->directory >= 0 && is_still_there(writer))
        cut_before(writer, piece);
    if (writer->directory < 0) {
        if (!entry->key || !begin_segment(writer, entry))
            return;
        writer->epoch = entry->epoch;
        writer->first_wall_us = writer->last_wall_us = entry->wall_us;
    }
    error = segment_write(&writer->segment, piece->bytes, piece->size, entry->key);
    if (error != 0) {
        volume_failed(writer, "writing failed", error);
        end_segment(writer, end_of_last_picture_us(writer));
        return;
    }
    if (entry->wall_us > writer->last_wall_us)
        writer->last_wall_us = entry->wall_us;
    writer->events.grown(writer->events.owner, entry, piece->size);
    if (entry->key)
        announce(writer);
}

static void on_recovered(void *data, uint64_t epoch, int64_t start_ms, int64_t length_ms,
                         const struct index_row *row)
{
    struct writer *writer = data;

    writer->events.segment(writer->events.owner, epoch, start_ms, start_ms + length_ms, row->bytes,
                           row->frames);
}

static void recover(struct writer *writer)
{
    struct segment_place place = place_of(writer, 0);
    char unused[RECORDER_CAUSE_MAX];
    struct recorder_order order;

    copy_volumes(writer, &order);
    for (unsigned i = 0; i < order.volume_count; i++) {
        int volume = volume_open(order.volumes[i].path, order.volumes[i].name, unused);

        if (volume < 0)
            continue;
        recover_camera(volume, &place, on_recovered, writer);
        close(volume);
    }
}

static struct piece *take(struct writer *writer)
{
    struct piece *piece;

    pthread_mutex_lock(&writer->mutex);
    while (writer->first == NULL && !writer->closing)
        pthread_cond_wait(&writer->changed, &writer->mutex);
    piece = writer->first;
    if (piece != NULL) {
        writer->first = piece->next;
        if (writer->first == NULL)
            writer->last = &writer->first;
        writer->queued_bytes -= piece->size;
    }
    pthread_mutex_unlock(&writer->mutex);
    return piece;
}

static void tell_dropped(struct writer *writer)
{
    char cause[RECORDER_CAUSE_MAX];
    uint64_t dropped;

    pthread_mutex_lock(&writer->mutex);
    dropped = writer->dropped;
    pthread_mutex_unlock(&writer->mutex);
    if (dropped == writer->dropped_told)
        return;
    snprintf(cause, sizeof(cause),
             "volume %s is too slow: %llu pictures could not be kept until it was ready",
             writer->volume_name, (unsigned long long)(dropped - writer->dropped_told));
    writer->dropped_told = dropped;
    writer->events.trouble(writer->events.owner, cause);
}

static void *run(void *data)
{
    struct writer *writer = data;
    struct piece *piece;

    recover(writer);
    while ((piece = take(writer)) != NULL) {
        if (piece->is_break)
            end_segment(writer, end_of_last_picture_us(writer));
        else
            write_piece(writer, piece);
        if (piece->after_loss)
            tell_dropped(writer);
        free(piece);
    }
    end_segment(writer, end_of_last_picture_us(writer));
    return NULL;
}

struct writer *writer_open(const struct recorder_order *order, const struct writer_events *events)
{
    struct writer *writer = calloc(1, sizeof(*writer));

    if (writer == NULL)
        return NULL;
    writer->order = *order;
    writer->events = *events;
    writer->last = &writer->first;
    writer->directory = -1;
    atomic_init(&writer->announce, true);
    pthread_mutex_init(&writer->mutex, NULL);
    pthread_cond_init(&writer->changed, NULL);
    if (pthread_create(&writer->thread, NULL, run, writer) != 0) {
        pthread_cond_destroy(&writer->changed);
        pthread_mutex_destroy(&writer->mutex);
        free(writer);
        return NULL;
    }
    return writer;
}

void writer_set_volumes(struct writer *writer, const struct recorder_order *order)
{
    pthread_mutex_lock(&writer->mutex);
    writer->order.volume_count = order->volume_count;
    memcpy(writer->order.volumes, order->volumes, sizeof(order->volumes));
    pthread_mutex_unlock(&writer->mutex);
}

static void put(struct writer *writer, struct piece *piece)
{
    piece->next = NULL;
    *writer->last = piece;
    writer->last = &piece->next;
    writer->queued_bytes += piece->size;
    pthread_cond_signal(&writer->changed);
}

void writer_put(struct writer *writer, const struct timeline_entry *entry, const void *bytes,
                size_t size)
{
    struct piece *piece = malloc(sizeof(*piece) + size);
    bool takes;

    pthread_mutex_lock(&writer->mutex);
    takes = piece != NULL && writer->queued_bytes + size <= WRITER_QUEUE_BYTES &&
            (!writer->dropping || entry->key);
    if (takes) {
        *piece = (struct piece){.entry = *entry, .size = size, .after_loss = writer->dropping};
        memcpy(piece->bytes, bytes, size);
        put(writer, piece);
    } else {
        writer->dropped++;
        free(piece);
    }
    writer->dropping = !takes;
    pthread_mutex_unlock(&writer->mutex);
}

void writer_break(struct writer *writer)
{
    struct piece *piece = calloc(1, sizeof(*piece));

    assert(piece != NULL);
    piece->is_break = true;
    pthread_mutex_lock(&writer->mutex);
    put(writer, piece);
    pthread_mutex_unlock(&writer->mutex);
}

void writer_announce(struct writer *writer)
{
    atomic_store(&writer->announce, true);
}

void writer_close(struct writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    writer->closing = true;
    pthread_cond_signal(&writer->changed);
    pthread_mutex_unlock(&writer->mutex);
    pthread_join(writer->thread, NULL);
    pthread_cond_destroy(&writer->changed);
    pthread_mutex_destroy(&writer->mutex);
    free(writer);
}
