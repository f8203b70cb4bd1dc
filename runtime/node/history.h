/* A server's past, taken out of its journal once more: the engine is restored from a snapshot, or
 * begins, and steps every later entry as it once did, under the deployment of that time; at a
 * change of deployment the next one takes over what the engine knows (R41).
 */
#ifndef RUNTIME_NODE_HISTORY_H
#define RUNTIME_NODE_HISTORY_H

#include "runtime/node/entry.h"
#include "runtime/node/past.h"

struct history {
    const struct past *past;
    const struct past_part *part; /* under which the engine is */
    struct engine *engine;        /* the caller's to free, also when it fails */
    struct engine_output output;  /* of the last step; likewise, by history_free() */
    struct entry entry;           /* the last, with its transitions as journaled */
    uint64_t number;              /* of the last entry, or of the snapshot just restored */
    uint64_t stepped;             /* entries */
    uint64_t lost;                /* entries that were never written */
    uint64_t snapshots;           /* gone on from */
    int64_t event_ms;             /* the engine's time */
    uint64_t damaged;             /* the number of what cannot be read, or 0 */
    bool damaged_snapshot;        /* that is a snapshot */
    uint64_t adopted_otherwise;   /* HISTORY_WHOLE: the entry after which a new deployment took over
                                     something else than what is found now, or 0 */
};

enum history_start {
    HISTORY_WHOLE, /* from the oldest entry that is kept */
    HISTORY_LATEST /* from the latest snapshot that is sound */
};

/* A history of this past that has not begun; the past stays the caller's. False: out of memory.
 * Free it in any case. */
bool history_make(struct history *history, const struct past *past);

/* Steps the entries in order and calls visit after each, until it returns false. False: error is
 * set. What is damaged ends it; history->damaged says where. In the end the engine is under the
 * last deployment, unless it was ended before. */
typedef bool history_visit(void *context, struct history *history);
bool history_run(struct history *history, enum history_start start, history_visit *visit,
                 void *context, char error[static TEXT_BYTES_MAX]);

/* Frees all but the engine. */
void history_free(struct history *history);

#endif
