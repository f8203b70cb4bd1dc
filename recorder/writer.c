#include "recorder/writer.h"

#include <stdlib.h>
#include <string.h>

#include "recorder/moment.h"
#include "recorder/writer_segment.h"

/* How long an end may wait for volumes that take nothing, in microseconds. */
#define STOP_PATIENCE_US 5000000
/* The pictures of a recording that goes on steadily come several at a time: after the first there
 * is a wait for the others, so that they are one write and one waking. In microseconds. */
#define GATHER_US 20000

/* From here to the next call the volume is waited for; whoever looks on may lose patience. */
static void begin_wait(struct writer *writer)
{
    atomic_store(&writer->waits_us, moment_monotonic_us());
}

static void end_wait(struct writer *writer)
{
    atomic_store(&writer->waits_us, 0);
}

/* ---- pictures ---- */

/* No volume takes anything for the moment: what waits, waits. But an end does not wait for ever. */
static void rest(struct writer *writer)
{
    if (backlog_stop_age_us(writer->backlog) > STOP_PATIENCE_US)
        backlog_give_up(writer->backlog);
    backlog_rewind(writer->backlog, writer->reader);
    backlog_pause(writer->backlog, writer->reader,
                  moment_monotonic_us() + VOLUME_CHOICE_RETRY_MS * 1000);
}

static void write_picture(struct writer *writer, const struct backlog_piece *piece)
{
    const struct timeline_entry *entry = &piece->entry;
    size_t skip;
    int error;

    if (writer->directory >= 0)
        writer_look_for_hole(writer, entry);
    if (entry->key && !(writer_flush(writer) && writer_segment_is_there(writer)))
        return;
    if (entry->key && writer->directory >= 0 && !writer_cut_before(writer, entry))
        return;
    if (writer->directory < 0 && !entry->key)
        return;
    if (writer->directory < 0 && !writer_begin_segment(writer, entry)) {
        rest(writer);
        return;
    }
    skip = writer->segment.row.bytes > 0 ? entry->head_size : 0;
    error = segment_add(&writer->segment, piece->bytes + skip, piece->size - skip, entry->key);
    if (error != 0) {
        writer_not_written(writer, error);
        return;
    }
    if (entry->wall_us > writer->last_wall_us)
        writer->last_wall_us = entry->wall_us;
    if (entry->key)
        writer->key_wall_us = entry->wall_us;
    writer_note_unsynced(writer);
    TELL(writer, grown, entry, piece->size);
    if (entry->key)
        writer_announce_keyframe(writer);
}

static void take_loss(struct writer *writer, const struct backlog_item *item)
{
    if (item->lost == 0)
        return;
    if (writer->loss.frames == 0)
        writer->loss.from_ms = to_ms(item->lost_from_us);
    writer->loss.frames += item->lost;
    writer->loss.to_ms = to_ms(item->piece != NULL ? item->piece->entry.wall_us : moment_wall_us());
}

/* False: the volume failed, and what is held comes again, the end with it. */
static bool take_end(struct writer *writer, enum backlog_kind kind)
{
    if (writer->directory >= 0 && !writer_sync(writer))
        return false;
    writer_end_segment(writer, writer_last_end_us(writer));
    backlog_settle(writer->backlog, writer->reader, true);
    if (kind == BACKLOG_STOP)
        writer_note_loss(writer);
    return true;
}

static void take_item(struct writer *writer, struct backlog_item *item)
{
    bool stopped = false;

    begin_wait(writer);
    take_loss(writer, item);
    if (item->kind == BACKLOG_PICTURE)
        write_picture(writer, item->piece);
    else
        stopped = take_end(writer, item->kind) && item->kind == BACKLOG_STOP;
    end_wait(writer);
    if (stopped)
        TELL(writer, stopped, item->epoch);
    backlog_release(item);
}

/* ---- the thread ---- */

/* Owner and thread each let go once; the last frees. */
static void release(struct writer *writer)
{
    if (atomic_fetch_sub(&writer->users, 1) > 1)
        return;
    pthread_mutex_destroy(&writer->mutex);
    free(writer);
}

static void flush(struct writer *writer)
{
    begin_wait(writer);
    writer_flush(writer);
    end_wait(writer);
}

/* What is there already is written together, before there is any wait for more. */
static enum backlog_answer next_item(struct writer *writer, struct backlog_item *item)
{
    enum backlog_answer answer;
    int64_t now_us;

    while ((answer = backlog_take(writer->backlog, writer->reader, BACKLOG_NOW, item)) !=
               BACKLOG_ITEM &&
           writer_holds_back(writer))
        flush(writer);
    if (answer != BACKLOG_LATE)
        return answer;
    answer = backlog_take(writer->backlog, writer->reader, writer->sync_due_us, item);
    now_us = moment_monotonic_us();
    if (answer == BACKLOG_ITEM && now_us > writer->prompt_us)
        backlog_gather(writer->backlog, writer->reader, now_us + GATHER_US);
    return answer;
}

static void *run(void *data)
{
    struct writer *writer = data;
    struct backlog_item item;
    enum backlog_answer answer;

    while ((answer = next_item(writer, &item)) != BACKLOG_OVER) {
        if (answer == BACKLOG_ITEM)
            take_item(writer, &item);
        begin_wait(writer);
        writer_sync_if_due(writer);
        end_wait(writer);
    }
    /* Where another has taken its place, the volume answers again, and the segment ends where that
     * one began. */
    volume_choice_answers(writer->choice, &writer->chosen);
    begin_wait(writer);
    writer_end_segment(writer, writer_last_end_us(writer));
    backlog_settle(writer->backlog, writer->reader, true);
    end_wait(writer);
    release(writer);
    return NULL;
}

struct writer *writer_open(struct backlog *backlog, struct volume_choice *choice,
                           const struct writer_events *events)
{
    struct writer *writer = calloc(1, sizeof(*writer));

    if (writer == NULL)
        return NULL;
    writer->events = *events;
    writer->backlog = backlog;
    writer->choice = choice;
    writer->directory = -1;
    writer->hole_us = writer->sync_due_us = INT64_MAX;
    atomic_init(&writer->announce, true);
    pthread_mutex_init(&writer->mutex, NULL);
    atomic_init(&writer->users, 2);
    writer->reader = backlog_join(backlog);
    if (pthread_create(&writer->thread, NULL, run, writer) != 0) {
        pthread_mutex_destroy(&writer->mutex);
        free(writer);
        return NULL;
    }
    return writer;
}

void writer_announce(struct writer *writer)
{
    atomic_store(&writer->announce, true);
}

int64_t writer_waits_ms(struct writer *writer, struct volume_chosen *chosen)
{
    int64_t since_us = atomic_load(&writer->waits_us);

    pthread_mutex_lock(&writer->mutex);
    *chosen = writer->chosen;
    pthread_mutex_unlock(&writer->mutex);
    return since_us == 0 ? 0 : (moment_monotonic_us() - since_us) / 1000;
}

void writer_abandon(struct writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    writer->abandoned = true;
    pthread_mutex_unlock(&writer->mutex);
    pthread_detach(writer->thread);
    release(writer);
}

void writer_close(struct writer *writer)
{
    pthread_join(writer->thread, NULL);
    release(writer);
}
