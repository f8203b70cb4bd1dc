/* The pictures that wait for a disk: a bounded queue between whoever has them and the writer's
 * thread. Putting in never waits; what finds no room is lost up to the next keyframe that does, and
 * counted.
 *
 * What was taken out stays held, from a keyframe on, until the writer says that it is durable. So a
 * writer whose volume fails, or another that takes the place of one that hangs, begins again at
 * that keyframe and loses nothing. */
#ifndef RECORDER_BACKLOG_H
#define RECORDER_BACKLOG_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/recorder.h"
#include "recorder/timeline.h"

/* One picture, as its container has it. Shared by counting its users. */
struct backlog_piece {
    atomic_uint users;
    struct timeline_entry entry;
    size_t size;
    uint8_t bytes[];
};

enum backlog_kind {
    BACKLOG_PICTURE,
    BACKLOG_BREAK, /* the end of what came before */
    BACKLOG_STOP   /* likewise, and the writer answers it */
};

struct backlog_item {
    enum backlog_kind kind;
    uint64_t epoch;              /* of an end */
    struct backlog_piece *piece; /* BACKLOG_PICTURE; taken out, it has one user more */
    uint64_t lost;               /* pictures that found no room just before this one; told once */
    int64_t lost_from_us;        /* wall clock of the first of them */
};

struct backlog_entry {
    struct backlog_entry *next;
    struct backlog_item item;
};

struct backlog {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct backlog_entry *first, **last;
    struct backlog_entry **next; /* the place of the one to be taken out next */
    size_t bytes, bytes_max;
    unsigned reader; /* who may take out: the latest of backlog_join */
    bool closing;
    bool gathering; /* the reader lets pictures come together */
    uint64_t lost;  /* not told of with an item yet */
    int64_t lost_from_us;
    uint64_t lost_ever;
    int64_t stop_us; /* monotonic: when the oldest end that waits was put in; INT64_MAX: none */
};

/* What may wait at most: all that memory holds of an armed camera, and some seconds more. Half a
 * minute of a camera of 16 Mbit/s, two of one of 4. */
#define BACKLOG_BYTES (RECORDER_PREROLL_BYTES + (24u << 20))

/* A backlog stays where it is until it is freed. */
void backlog_init(struct backlog *backlog, size_t bytes_max);
void backlog_free(struct backlog *backlog);

/* Puts in one picture; the bytes are copied. */
void backlog_put(struct backlog *backlog, const struct timeline_entry *entry, const void *bytes,
                 size_t size);
/* Puts in an end. */
void backlog_end(struct backlog *backlog, enum backlog_kind kind, uint64_t epoch);
/* Nothing more will be put in. */
void backlog_close(struct backlog *backlog);

/* Becomes the one reader; whoever was it before finds the backlog to be over. What is held comes
 * out again first. */
unsigned backlog_join(struct backlog *backlog);

enum backlog_answer {
    BACKLOG_ITEM,
    BACKLOG_LATE, /* nothing came in time */
    BACKLOG_OVER  /* it is closed and empty, or another reads it */
};

/* Takes out the next item; waits for one until a moment of the monotonic clock, in microseconds
 * (INT64_MAX: for ever; BACKLOG_NOW: not at all). */
#define BACKLOG_NOW 0
enum backlog_answer backlog_take(struct backlog *backlog, unsigned reader, int64_t until_us,
                                 struct backlog_item *item);
/* Lets pictures come together until that moment: they do not wake the reader. Whatever else comes,
 * or that memory runs short, does. */
void backlog_gather(struct backlog *backlog, unsigned reader, int64_t until_us);
/* Whether so much waits or is held that there should be less soon. */
bool backlog_is_short(struct backlog *backlog);
/* Gives back the user that an item came with. */
void backlog_release(struct backlog_item *item);
/* Waits until that moment, or until the backlog is over for this reader. False: it is. */
bool backlog_pause(struct backlog *backlog, unsigned reader, int64_t until_us);

/* What was taken out is durable: it is forgotten, but for the last group of pictures, or (`all`)
 * with it. */
void backlog_settle(struct backlog *backlog, unsigned reader, bool all);
/* What is held is taken out again. */
void backlog_rewind(struct backlog *backlog, unsigned reader);
/* Gives up what waits before the oldest end that waits; it counts as lost. */
void backlog_give_up(struct backlog *backlog);

/* How many pictures found no room or were given up so far, how many bytes are in memory, and how
 * long an end has waited, in microseconds (0: none waits). */
uint64_t backlog_lost(struct backlog *backlog);
size_t backlog_bytes(struct backlog *backlog);
int64_t backlog_stop_age_us(struct backlog *backlog);

#endif
