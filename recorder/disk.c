#include "recorder/disk.h"

#include <stdio.h>

#include "recorder/moment.h"

void disk_init(struct disk *disk, const struct recorder_order *order,
               const struct writer_events *events)
{
    *disk = (struct disk){.events = *events};
    backlog_init(&disk->backlog, BACKLOG_BYTES);
    volume_choice_init(&disk->choice, order);
    pthread_mutex_init(&disk->mutex, NULL);
}

bool disk_begin(struct disk *disk, const struct recorder_order *order)
{
    bool begun;

    volume_choice_set(&disk->choice, order);
    pthread_mutex_lock(&disk->mutex);
    if (disk->writer == NULL)
        disk->writer = writer_open(&disk->backlog, &disk->choice, &disk->events);
    else
        writer_announce(disk->writer);
    begun = disk->writer != NULL;
    pthread_mutex_unlock(&disk->mutex);
    return begun;
}

void disk_end(struct disk *disk, bool asked, uint64_t epoch)
{
    bool is_written;

    pthread_mutex_lock(&disk->mutex);
    is_written = disk->writer != NULL;
    pthread_mutex_unlock(&disk->mutex);
    if (is_written)
        backlog_end(&disk->backlog, asked ? BACKLOG_STOP : BACKLOG_BREAK, epoch);
    else if (asked)
        disk->events.stopped(disk->events.owner, epoch);
}

void disk_announce(struct disk *disk)
{
    pthread_mutex_lock(&disk->mutex);
    if (disk->writer != NULL)
        writer_announce(disk->writer);
    pthread_mutex_unlock(&disk->mutex);
}

/* The writer's own lock is never taken under ours: its events may come here. */
static void replace(struct disk *disk, struct writer *stuck, const struct volume_chosen *chosen)
{
    struct writer *next;

    volume_choice_failed(&disk->choice, chosen, true);
    next = writer_open(&disk->backlog, &disk->choice, &disk->events);
    if (next == NULL)
        return;
    pthread_mutex_lock(&disk->mutex);
    disk->writer = next;
    pthread_mutex_unlock(&disk->mutex);
    disk->has_stuck_writer = true;
    writer_abandon(stuck);
}

/* How long the writer has waited for a volume while somebody could take the answer. */
static int64_t waited_ms(struct disk *disk, struct writer *writer, struct volume_chosen *chosen)
{
    int64_t waits_ms = writer_waits_ms(writer, chosen), awake_ms;

    if (awake_missed_us(&disk->awake) > 0)
        disk->awake_us = moment_monotonic_us();
    awake_ms = (moment_monotonic_us() - disk->awake_us) / 1000;
    return waits_ms < awake_ms ? waits_ms : awake_ms;
}

/* Without another volume memory holds what comes, up to its bound, unless an end waits. */
bool disk_watch(struct disk *disk, char *cause)
{
    struct writer *writer;
    struct volume_chosen chosen;

    pthread_mutex_lock(&disk->mutex);
    writer = disk->writer;
    pthread_mutex_unlock(&disk->mutex);
    if (writer == NULL || waited_ms(disk, writer, &chosen) < DISK_PATIENCE_MS)
        return false;
    snprintf(cause, RECORDER_CAUSE_MAX, "volume %s does not answer: it hangs", chosen.name);
    if (backlog_stop_age_us(&disk->backlog) > DISK_STOP_PATIENCE_MS * 1000) {
        backlog_give_up(&disk->backlog);
        replace(disk, writer, &chosen);
    } else if (volume_choice_has_other(&disk->choice, &chosen)) {
        replace(disk, writer, &chosen);
    }
    return true;
}

bool disk_close(struct disk *disk)
{
    backlog_close(&disk->backlog);
    if (disk->writer != NULL)
        writer_close(disk->writer);
    if (disk->has_stuck_writer)
        return false;
    pthread_mutex_destroy(&disk->mutex);
    volume_choice_free(&disk->choice);
    backlog_free(&disk->backlog);
    return true;
}
