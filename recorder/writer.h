/* The disk's side of a camera: a thread that takes pictures from a bounded queue and makes segments
 * of them. Whoever puts pictures in never waits for a disk. What finds no room is counted, and
 * said. */
#ifndef RECORDER_WRITER_H
#define RECORDER_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/recorder.h"
#include "recorder/timeline.h"

/* What may wait for the disk at most: all that memory holds of an armed camera, and some seconds
 * more. */
#define WRITER_QUEUE_BYTES (RECORDER_PREROLL_BYTES + (24u << 20))
/* How long a volume that failed is not tried again while there is another, in milliseconds. */
#define WRITER_REST_MS 10000
/* How long nothing is tried after no volume could be written, in milliseconds. */
#define WRITER_RETRY_MS 1000

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
