/* The disk's side of a camera: a thread that takes pictures from a bounded backlog and makes
 * segments of them. Whoever puts pictures in never waits for a disk. What finds no room is counted,
 * and said.
 *
 * A segment ends before a keyframe that is late enough, of another epoch, or comes after a hole in
 * the stream that the archive does not tolerate; so a hole is always one between two segments. */
#ifndef RECORDER_WRITER_H
#define RECORDER_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/recorder.h"
#include "recorder/timeline.h"

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
};

struct writer;

/* Starts the thread; it first finishes what an earlier life left. The names and volumes are copied
 * from the order, and were checked. NULL: no memory or no thread. */
struct writer *writer_open(const struct recorder_order *order, const struct writer_events *events);

/* Other volumes, from the next segment on. */
void writer_set_volumes(struct writer *writer, const struct recorder_order *order);

/* Puts in one picture in transport stream packets; a keyframe's begin with the tables. The bytes
 * are copied. */
void writer_put(struct writer *writer, const struct timeline_entry *entry, const void *bytes,
                size_t size);
/* What was put in so far ends here: the segment is finished, what follows begins a new one. */
void writer_break(struct writer *writer);
/* The next keyframe that is durable is told of again. */
void writer_announce(struct writer *writer);

/* Writes all that was put in, finishes the segment, ends the thread and frees the writer. */
void writer_close(struct writer *writer);

#endif
