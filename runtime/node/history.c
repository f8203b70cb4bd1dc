#include "runtime/node/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/snapshot.h"

bool history_make(struct history *history, const struct deployment *deployment, uint32_t server,
                  struct journal *journal)
{
    const uint32_t max = engine_output_max(deployment, server);
    *history = (struct history){.deployment = deployment, .server = server, .journal = journal};
    void *memory = malloc(engine_size(deployment, server));
    if (memory != NULL)
        history->engine = engine_init(memory, deployment, server);
    history->entry.transitions = calloc(max, sizeof *history->entry.transitions);
    history->output =
        (struct engine_output){.transitions = calloc(max, sizeof *history->output.transitions),
                               .actions = calloc(max, sizeof *history->output.actions),
                               .max = max};
    return history->engine != NULL && history->entry.transitions != NULL &&
           history->output.transitions != NULL && history->output.actions != NULL;
}

void history_free(struct history *history)
{
    free(history->entry.transitions);
    free(history->output.transitions);
    free(history->output.actions);
}

static void damage(struct history *history, uint64_t number, bool is_snapshot)
{
    history->damaged = number;
    history->damaged_snapshot = is_snapshot;
}

/* ---- snapshots ---- */

/* Makes the engine go on from a snapshot; false if it is not sound. */
static bool restore(struct history *history, const struct journal_snapshot *found)
{
    struct snapshot snapshot;
    const bool sound = snapshot_decode(found->bytes, found->size, history->deployment,
                                       history->server, history->engine, &snapshot) != NULL;
    if (!sound) {
        engine_init(history->engine, history->deployment, history->server);
        return false;
    }
    history->event_ms = snapshot.event_ms;
    history->number = found->number;
    history->snapshots++;
    return true;
}

/* Goes back from one snapshot to the one before until one is sound. Without any, the engine begins
 * anew, and the entries must too. */
static bool restore_latest(struct history *history, char error[static TEXT_BYTES_MAX])
{
    uint64_t at_most = UINT64_MAX;
    for (;;) {
        struct journal_snapshot found;
        if (!journal_read_snapshot(history->journal, at_most, &found, error))
            return false;
        if (found.bytes == NULL)
            return true;
        const bool restored = restore(history, &found);
        free(found.bytes);
        if (restored || found.number == 0)
            return true;
        at_most = found.number - 1;
    }
}

/* Goes on from the snapshot with exactly this number, before the entries that follow it. */
static bool restore_exactly(struct history *history, uint64_t number,
                            char error[static TEXT_BYTES_MAX])
{
    struct journal_snapshot found;
    if (!journal_read_snapshot(history->journal, number, &found, error))
        return false;
    if (found.bytes == NULL || found.number != number)
        damage(history, history->number + 1, false);
    else if (!restore(history, &found))
        damage(history, number, true);
    free(found.bytes);
    return true;
}

/* ---- entries ---- */

struct walk {
    struct history *history;
    history_visit *visit;
    void *context;
    uint64_t hole; /* the first entry after one, or 0 */
};

static bool step_entry(void *context, uint64_t number, const uint8_t *bytes, size_t size)
{
    struct walk *walk = context;
    struct history *history = walk->history;
    if (number != history->number + 1) {
        walk->hole = number;
        return false;
    }
    const bool sound = entry_decode(bytes, size, history->deployment, history->entry.transitions,
                                    history->output.max, &history->entry);
    const struct engine_event *event = &history->entry.event;
    if (!sound ||
        (event->kind != EVENT_BOOT && (history->number == 0 || event->at_ms < history->event_ms))) {
        damage(history, number, false);
        return false;
    }
    engine_step(history->engine, event, &history->output);
    history->event_ms = event->at_ms;
    history->number = number;
    history->stepped++;
    return walk->visit(walk->context, history);
}

/* Entries are missing before this one: they were never written, or are given up. */
static bool cross_hole(struct history *history, uint64_t next, char error[static TEXT_BYTES_MAX])
{
    const uint64_t before = history->number;
    const bool is_start = history->stepped == 0 && history->snapshots == 0;
    if (!restore_exactly(history, next - 1, error))
        return false;
    if (history->damaged == 0 && !is_start)
        history->lost += next - 1 - before;
    return true;
}

bool history_run(struct history *history, enum history_start start, history_visit *visit,
                 void *context, char error[static TEXT_BYTES_MAX])
{
    if (start == HISTORY_LATEST && !restore_latest(history, error))
        return false;
    struct walk walk = {.history = history, .visit = visit, .context = context};
    do {
        walk.hole = 0;
        if (!journal_walk(history->journal, history->number + 1, step_entry, &walk, error) ||
            (walk.hole > 0 && !cross_hole(history, walk.hole, error)))
            return false;
    } while (walk.hole > 0 && history->damaged == 0);
    return true;
}
