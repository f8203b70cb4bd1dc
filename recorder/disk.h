/* A camera's way to the disk: its backlog, its choice of volumes, and the writer between them.
 * Watches over the writer: a volume that does not answer is left to its thread, and another writer
 * goes on with the next volume (R35). Nothing here waits for a volume but disk_close. */
#ifndef RECORDER_DISK_H
#define RECORDER_DISK_H

#include <pthread.h>

#include "recorder/awake.h"
#include "recorder/backlog.h"
#include "recorder/volume_choice.h"
#include "recorder/writer.h"

/* How long a volume may leave a call unanswered before it counts as hanging, and an end that waits
 * for it before it is given up, in milliseconds. */
#define DISK_PATIENCE_MS      4000
#define DISK_STOP_PATIENCE_MS 5000

struct disk {
    struct writer_events events;
    struct backlog backlog;
    struct volume_choice choice;
    pthread_mutex_t mutex;
    struct writer *writer; /* NULL: nothing was recorded yet */
    bool has_stuck_writer; /* a thread may come back: nothing is ever freed */
    struct awake awake;
    int64_t awake_us; /* monotonic: the process has run since */
};

/* A disk stays where it is until it is freed. The names and volumes are copied from the order, and
 * were checked. */
void disk_init(struct disk *disk, const struct recorder_order *order,
               const struct writer_events *events);

/* Records on the order's volumes from now on. False: memory or threads are out. */
bool disk_begin(struct disk *disk, const struct recorder_order *order);
/* What was put into the backlog so far ends; `asked`: that is answered by events.stopped, which
 * disk_end does itself where nothing was ever recorded. */
void disk_end(struct disk *disk, bool asked, uint64_t epoch);
/* The next keyframe that is durable is told of again. */
void disk_announce(struct disk *disk);

/* To be called about four times a second, by one thread. True: the volume does not answer, as
 * `cause` (RECORDER_CAUSE_MAX bytes) says. */
bool disk_watch(struct disk *disk, char *cause);

/* Writes what was put in, ends the writer. False: a thread is stuck on a volume, and the disk and
 * what its events speak to must stay. */
bool disk_close(struct disk *disk);

#endif
