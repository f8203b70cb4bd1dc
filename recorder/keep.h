/* Looks after the footage of one server on one volume (R35): finishes what a kill left, drops what
 * is older than it is to be kept, and the oldest where the volume is full. Never the newest, never
 * another server's, never what a lock covers (lock.h). What was filled in for this server's cameras
 * after a return (fill.h) counts as its own. */
#ifndef RECORDER_KEEP_H
#define RECORDER_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "recorder/archive.h"
#include "recorder/keep_known.h"
#include "recorder/recorder.h"

/* How often all of the volume is looked at, in milliseconds; in between only what is of late. What
 * has become too old may stay as long. */
#define KEEP_WHOLE_MS 300000
/* Footage that ended less than this time ago is the newest and is never dropped, in milliseconds.
 */
#define KEEP_NEWEST_MS 60000

struct keep_rule {
    char main_name[RECORDER_NAME_MAX], camera_name[RECORDER_NAME_MAX];
    int64_t keep_ms;
};

struct keep {
    struct recorder_volume volume;
    char server_name[RECORDER_NAME_MAX];
    struct keep_rule *rules;
    size_t rule_count;
    int64_t newest_ms; /* KEEP_NEWEST_MS */
    int64_t whole_ms;  /* KEEP_WHOLE_MS; 0: in every turn */
    /* Called whenever the volume has answered once more; may be NULL. */
    void (*answered)(void *owner);
    void *owner;
    struct keep_known known;
    int64_t next_whole_ms; /* 0: the first turn */
    int64_t looked_ms;     /* keep_finish is through with what was last changed before; 0: with
                              nothing */
    ino_t *growing; /* but for the directories in which somebody wrote: a volume that hangs keeps a
                       part locked for long */
    size_t growing_count;

    /* What the last turn found and did. */
    uint64_t own_bytes, free_bytes;
    uint64_t dropped, dropped_bytes;
    uint64_t finished; /* segments that were left unfinished */
    bool is_full;      /* and nothing more may be dropped */
    bool is_lost;      /* it cannot be looked after: why stands in the cause */
    char cause[RECORDER_CAUSE_MAX];
};

/* Whether the footage of a writer's directory is looked after. */
bool keep_is_own(const struct keep *keep, const struct archive_writer *writer);

/* Is the volume there, may it be written, how much is free? Waits for it. False: `is_lost`. */
bool keep_look(struct keep *keep);

/* One turn at this moment of the wall clock. Waits for the volume. False: `is_lost`. */
bool keep_turn(struct keep *keep, int64_t now_ms);

/* Finishes what this server was writing when it was killed, in directories in which nobody writes
 * and nothing has changed for `newest_ms`: a standby may never carry that camera again. A part of
 * keep_turn, of the whole volume or of these last days. Never in another server's. */
void keep_finish(struct keep *keep, const struct archive_filter *days, int64_t now_ms);

/* Frees what was noted so far. */
void keep_free(struct keep *keep);

/* Moves this server's footage from the volume to another one, and drops here what has arrived
 * there; what a lock covers stays here as well, for its lock does. What a crash interrupts is gone
 * on with in the next turn. How many segments were moved. */
uint64_t keep_move(struct keep *keep, const struct recorder_volume *target, int64_t now_ms);

#endif
