/* The disk's side of a camera: a thread that takes pictures from a backlog and makes
 * segments of them. Whoever puts pictures in never waits for a disk.
 *
 * A segment ends before a keyframe that is late enough, of another epoch, or comes after a
 * hole in the stream that the archive does not tolerate; so a hole is always one between
 * two segments.
 *
 * Where a volume fails, the pictures that it may not have kept are written again on the next one,
 * from their keyframe on (backlog.h). A writer whose volume hangs can be abandoned: another one
 * takes its place at once, and the thread ends when the volume answers. */
#ifndef RECORDER_WRITER_H
#define RECORDER_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/backlog.h"
#include "recorder/recorder.h"
#include "recorder/volume_choice.h"

/* How long a picture may be written without being durable, in milliseconds: what a power loss costs
 * of the segment in hand, for a segment lasts ten times as long. */
#define WRITER_SYNC_MS 1000
/* Where the disk is slow, making durable takes at most one part in this many of the time, and a
 * power loss costs more: the pictures to come are worth more than the safety of the last. */
#define WRITER_SYNC_SHARE 4

/* What the writer tells its owner, from the writer's thread. */
struct writer_events {
    void *owner;
    /* A picture was written. */
    void (*grown)(void *owner, const struct timeline_entry *entry, size_t bytes);
    /* The first keyframe under an epoch, or since writer_announce, is durable. */
    void (*on_disk)(void *owner, uint64_t epoch, int64_t from_wall_ms);
    /* A segment is complete, durable and in the index. */
    void (*segment)(void *owner, uint64_t epoch, int64_t from_wall_ms, int64_t to_wall_ms,
                    uint64_t bytes, uint64_t frames);
    /* Nothing can be written: a sentence. */
    void (*trouble)(void *owner, const char *cause);
    /* A BACKLOG_STOP was reached, and what came before it is durable or given up. */
    void (*stopped)(void *owner, uint64_t epoch);
};

struct writer;

/* Starts the thread. The backlog and the choice must live as long as the process, or until
 * writer_close has ended all their writers. NULL: no memory or no thread. */
struct writer *writer_open(struct backlog *backlog, struct volume_choice *choice,
                           const struct writer_events *events);

/* The next keyframe that is durable is told of again. */
void writer_announce(struct writer *writer);

/* How long the volume has not answered, in milliseconds (0: it is not waited for), and its name
 * (RECORDER_NAME_MAX bytes; may be empty). */
int64_t writer_waits_ms(struct writer *writer, struct volume_chosen *chosen);

/* Leaves the thread to itself; nothing is told of it any more. Another writer must have joined the
 * backlog. It frees itself when its volume answers. */
void writer_abandon(struct writer *writer);

/* After backlog_close: writes all that was put in, finishes the segment, ends the thread and frees
 * the writer. */
void writer_close(struct writer *writer);

#endif
