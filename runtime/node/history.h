/* A server's past, taken out of its journal once more: the engine is restored from a snapshot, or
 * begins, and steps every later entry as it once did.
 */
#ifndef RUNTIME_NODE_HISTORY_H
#define RUNTIME_NODE_HISTORY_H

#include "runtime/node/entry.h"
#include "runtime/node/journal.h"

struct history {
    const struct deployment *deployment;
    uint32_t server;
    struct journal *journal;
    struct engine *engine;       /* the caller's to free, also when it fails */
    struct engine_output output; /* of the last step; likewise, by history_free() */
    struct entry entry;          /* the last, with its transitions as journaled */
    uint64_t number;             /* of the last entry, or of the snapshot just restored */
    uint64_t stepped;            /* entries */
    uint64_t lost;               /* entries that were never written */
    uint64_t snapshots;          /* gone on from */
    int64_t event_ms;            /* the engine's time */
    uint64_t damaged;            /* the number of what cannot be read, or 0 */
    bool damaged_snapshot;       /* that is a snapshot */
};

enum history_start {
    HISTORY_WHOLE, /* from the oldest entry that is kept */
    HISTORY_LATEST /* from the latest snapshot that is sound */
};

/* A history of this server that has not begun; the journal stays the caller's. False: out of
 * memory. Free it in any case. */
bool history_make(struct history *history, const struct deployment *deployment, uint32_t server,
                  struct journal *journal);

/* Steps the entries in order and calls visit after each, until it returns false. False: error is
 * set. What is damaged ends it; history->damaged says where. */
typedef bool history_visit(void *context, struct history *history);
bool history_run(struct history *history, enum history_start start, history_visit *visit,
                 void *context, char error[static TEXT_BYTES_MAX]);

/* Frees all but the engine. */
void history_free(struct history *history);

#endif
