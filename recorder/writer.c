#include "recorder/writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recorder/backlog.h"
#include "recorder/moment.h"
#include "recorder/pace.h"
#include "recorder/segment.h"
#include "recorder/volume_choice.h"

/* A last picture that has no other to be measured by lasts this long, in microseconds. */
#define USUAL_PICTURE_US 40000

/* A keyframe may come this much before its time and still be the one to cut at, in milliseconds:
 * the camera's clock is not exactly ours. */
#define EARLY_MS 20

struct writer {
    struct writer_events events;
    struct backlog backlog;
    struct volume_choice choice;
    pthread_t thread;
    atomic_bool announce;

    /* From here on the thread's alone. */
    struct segment segment;
    int directory; /* of the segment; -1: none */
    uint64_t epoch;
    struct pace pace;
    int64_t first_wall_us, last_wall_us;
    int64_t hole_us;      /* wall clock: where the pictures cease for a while; INT64_MAX: nowhere */
    int64_t sync_due_us;  /* monotonic; INT64_MAX: all that was written is durable */
    int64_t sync_rest_us; /* monotonic: not before */
    uint64_t announced_epoch;
    uint64_t dropped_told;
};

static void tell_trouble(struct writer *writer, const char *what, int error)
{
    char cause[RECORDER_CAUSE_MAX];

    snprintf(cause, sizeof(cause), "volume %s: %s: %s", writer->choice.chosen_name, what,
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

/* Ends the segment in hand, if there is one, at this wall-clock moment, or at its hole. */
static void end_segment(struct writer *writer, int64_t end_us)
{
    int64_t start_ms = writer->segment.start_ms;
    int64_t end_ms = to_ms(end_us < writer->hole_us ? end_us : writer->hole_us);
    int error;

    if (writer->directory < 0)
        return;
    writer->sync_due_us = INT64_MAX;
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
    volume_choice_failed(&writer->choice);
}

static bool begin_segment(struct writer *writer, const struct timeline_entry *entry)
{
    char cause[RECORDER_CAUSE_MAX];

    writer->directory = volume_choice_begin(&writer->choice, &writer->segment, entry->epoch,
                                            to_ms(entry->wall_us), cause);
    if (writer->directory < 0) {
        if (cause[0] != '\0')
            writer->events.trouble(writer->events.owner, cause);
        return false;
    }
    writer->epoch = entry->epoch;
    writer->first_wall_us = writer->last_wall_us = entry->wall_us;
    writer->hole_us = INT64_MAX;
    return true;
}

static void look_for_hole(struct writer *writer, const struct timeline_entry *entry)
{
    int64_t end_us = end_of_last_picture_us(writer);

    if (pace_note(&writer->pace, entry->wall_us - writer->last_wall_us,
                  end_us - writer->last_wall_us) &&
        writer->hole_us == INT64_MAX)
        writer->hole_us = end_us;
}

/* A segment ends before a keyframe that is of another epoch, comes after a loss or a hole, or is
 * late enough. Pictures between a hole and the keyframe stay in the segment, behind its stated end:
 * what they build upon never came, so they count for nothing, but they are not thrown away. */
static void cut_before(struct writer *writer, const struct backlog_piece *piece)
{
    const struct timeline_entry *entry = &piece->entry;
    bool late = to_ms(entry->wall_us) - writer->segment.start_ms >= RECORDER_SEGMENT_MS - EARLY_MS;

    if (piece->after_loss)
        end_segment(writer, end_of_last_picture_us(writer));
    else if (late || entry->epoch != writer->epoch || writer->hole_us != INT64_MAX)
        end_segment(writer, entry->wall_us);
}

/* Makes durable what is written so far. A volume that cannot is left: what it said to have taken
 * may be gone. */
static bool sync_segment(struct writer *writer)
{
    int64_t began_us = moment_monotonic_us(), ended_us;
    int error = segment_sync(&writer->segment);

    ended_us = moment_monotonic_us();
    writer->sync_due_us = INT64_MAX;
    writer->sync_rest_us = ended_us + (ended_us - began_us) * (WRITER_SYNC_SHARE - 1);
    if (error == 0)
        return true;
    volume_failed(writer, "writing failed", error);
    end_segment(writer, end_of_last_picture_us(writer));
    return false;
}

static void sync_if_due(struct writer *writer)
{
    if (writer->directory >= 0 && moment_monotonic_us() >= writer->sync_due_us)
        sync_segment(writer);
}

static void note_unsynced(struct writer *writer)
{
    int64_t due_us = moment_monotonic_us() + WRITER_SYNC_MS * 1000;

    if (writer->sync_due_us == INT64_MAX)
        writer->sync_due_us = due_us > writer->sync_rest_us ? due_us : writer->sync_rest_us;
}

static void announce(struct writer *writer)
{
    if (writer->announced_epoch == writer->epoch && !atomic_load(&writer->announce))
        return;
    if (!sync_segment(writer))
        return;
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

static void write_piece(struct writer *writer, const struct backlog_piece *piece)
{
    const struct timeline_entry *entry = &piece->entry;
    int error;

    if (writer->directory >= 0)
        look_for_hole(writer, entry);
    if (entry->key && writer->directory >= 0 && is_still_there(writer))
        cut_before(writer, piece);
    if (writer->directory < 0 && (!entry->key || !begin_segment(writer, entry)))
        return;
    error = segment_write(&writer->segment, piece->bytes, piece->size, entry->key);
    if (error != 0) {
        volume_failed(writer, "writing failed", error);
        end_segment(writer, end_of_last_picture_us(writer));
        return;
    }
    if (entry->wall_us > writer->last_wall_us)
        writer->last_wall_us = entry->wall_us;
    note_unsynced(writer);
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

static void tell_dropped(struct writer *writer)
{
    uint64_t dropped = backlog_dropped(&writer->backlog);
    char cause[RECORDER_CAUSE_MAX];

    if (dropped == writer->dropped_told)
        return;
    snprintf(cause, sizeof(cause),
             "volume %s is too slow: %llu pictures could not be kept until it was ready",
             writer->choice.chosen_name, (unsigned long long)(dropped - writer->dropped_told));
    writer->dropped_told = dropped;
    writer->events.trouble(writer->events.owner, cause);
}

static void take_piece(struct writer *writer, struct backlog_piece *piece)
{
    if (piece->is_break)
        end_segment(writer, end_of_last_picture_us(writer));
    else
        write_piece(writer, piece);
    if (piece->after_loss)
        tell_dropped(writer);
    free(piece);
}

static void *run(void *data)
{
    struct writer *writer = data;
    struct backlog_piece *piece;
    enum backlog_answer answer;

    volume_choice_recover(&writer->choice, on_recovered, writer);
    while ((answer = backlog_take(&writer->backlog, writer->sync_due_us, &piece)) != BACKLOG_OVER) {
        if (answer == BACKLOG_PIECE)
            take_piece(writer, piece);
        sync_if_due(writer);
    }
    end_segment(writer, end_of_last_picture_us(writer));
    return NULL;
}

static void release(struct writer *writer)
{
    backlog_free(&writer->backlog);
    volume_choice_free(&writer->choice);
    free(writer);
}

struct writer *writer_open(const struct recorder_order *order, const struct writer_events *events)
{
    struct writer *writer = calloc(1, sizeof(*writer));

    if (writer == NULL)
        return NULL;
    writer->events = *events;
    writer->directory = -1;
    writer->hole_us = writer->sync_due_us = INT64_MAX;
    atomic_init(&writer->announce, true);
    volume_choice_init(&writer->choice, order);
    backlog_init(&writer->backlog);
    if (pthread_create(&writer->thread, NULL, run, writer) != 0) {
        release(writer);
        return NULL;
    }
    return writer;
}

void writer_set_volumes(struct writer *writer, const struct recorder_order *order)
{
    volume_choice_set(&writer->choice, order);
}

void writer_put(struct writer *writer, const struct timeline_entry *entry, const void *bytes,
                size_t size)
{
    backlog_put(&writer->backlog, entry, bytes, size);
}

void writer_break(struct writer *writer)
{
    backlog_break(&writer->backlog);
}

void writer_announce(struct writer *writer)
{
    atomic_store(&writer->announce, true);
}

void writer_close(struct writer *writer)
{
    backlog_close(&writer->backlog);
    pthread_join(writer->thread, NULL);
    release(writer);
}
