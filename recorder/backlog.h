/* The pictures that wait for a disk: a bounded queue between whoever has them and the writer's
 * thread. Putting in never waits; what finds no room is lost up to the next keyframe that does, and
 * counted. */
#ifndef RECORDER_BACKLOG_H
#define RECORDER_BACKLOG_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/recorder.h"
#include "recorder/timeline.h"

/* What may wait at most: all that memory holds of an armed camera, and some seconds more. */
#define BACKLOG_BYTES (RECORDER_PREROLL_BYTES + (24u << 20))

struct backlog_piece {
    struct backlog_piece *next;
    bool is_break;   /* no picture: only the end of what came before */
    bool after_loss; /* pictures between the one before and this one were lost */
    struct timeline_entry entry;
    size_t size;
    uint8_t bytes[];
};

struct backlog {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct backlog_piece *first, **last;
    size_t bytes;
    bool closing;
    bool dropping; /* until a keyframe finds room */
    uint64_t dropped;
};

/* A backlog stays where it is until it is freed, empty by then. */
void backlog_init(struct backlog *backlog);
void backlog_free(struct backlog *backlog);

/* Puts in one picture; the bytes are copied. */
void backlog_put(struct backlog *backlog, const struct timeline_entry *entry, const void *bytes,
                 size_t size);
/* Puts in an end. */
void backlog_break(struct backlog *backlog);
/* Nothing more will be put in. */
void backlog_close(struct backlog *backlog);

enum backlog_answer {
    BACKLOG_PIECE,
    BACKLOG_LATE, /* nothing came in time */
    BACKLOG_OVER  /* it is closed, and empty */
};

/* Takes out the next piece, to be freed with free(); waits for one until a moment of the monotonic
 * clock, in microseconds (INT64_MAX: for ever). */
enum backlog_answer backlog_take(struct backlog *backlog, int64_t until_us,
                                 struct backlog_piece **piece);

/* How many pictures were lost so far. */
uint64_t backlog_dropped(struct backlog *backlog);

#endif
