#include "runtime/node/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/snapshot.h"

/* Room for what any of the parts needs. */
static uint32_t output_max(const struct past *past)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < past->count; i++) {
        const struct past_part *part = &past->parts[i];
        const uint32_t max =
            part->deployment != NULL ? engine_output_max(part->deployment, part->server) : 0;
        most = max > most ? max : most;
    }
    return most;
}

static struct engine *make_engine(const struct past_part *part)
{
    void *memory = malloc(engine_size(part->deployment, part->server));
    return memory != NULL ? engine_init(memory, part->deployment, part->server) : NULL;
}

/* It begins under the oldest deployment that is still there. */
static const struct past_part *first_part(const struct past *past)
{
    uint32_t at = 0;
    while (past->parts[at].deployment == NULL)
        at++;
    return &past->parts[at];
}

bool history_make(struct history *history, const struct past *past)
{
    const uint32_t max = output_max(past);
    *history = (struct history){.past = past, .part = first_part(past)};
    history->engine = make_engine(history->part);
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

/* The engine that a snapshot is of, the caller's; NULL: it is not sound, or its deployment is no
 * longer there. */
static struct engine *decode(const struct history *history, const struct journal_snapshot *found,
                             struct snapshot *snapshot)
{
    const struct past_part *part = past_part(history->past, found->number + 1);
    struct engine *engine = part->deployment != NULL ? make_engine(part) : NULL;
    if (engine != NULL && snapshot_decode(found->bytes, found->size, part->deployment, part->server,
                                          engine, snapshot) != NULL)
        return engine;
    free(engine);
    return NULL;
}

static bool restore(struct history *history, const struct journal_snapshot *found)
{
    struct snapshot snapshot;
    struct engine *engine = decode(history, found, &snapshot);
    if (engine == NULL)
        return false;
    free(history->engine);
    history->engine = engine;
    history->part = past_part(history->past, found->number + 1);
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
        if (!journal_read_snapshot(history->past->journal, at_most, &found, error))
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
    if (!journal_read_snapshot(history->past->journal, number, &found, error))
        return false;
    if (found.bytes == NULL || found.number != number)
        damage(history, history->number + 1, false);
    else if (!restore(history, &found))
        damage(history, number, true);
    free(found.bytes);
    return true;
}

/* ---- changes of deployment ---- */

/* What the node took over then is the snapshot beside the change. */
static bool compare_adopted(struct history *history, char error[static TEXT_BYTES_MAX])
{
    struct journal_snapshot found;
    struct snapshot snapshot;
    if (!journal_read_snapshot(history->past->journal, history->number, &found, error))
        return false;
    struct engine *taken = found.bytes != NULL && found.number == history->number
                               ? decode(history, &found, &snapshot)
                               : NULL;
    if (taken != NULL && history->adopted_otherwise == 0 &&
        memcmp(taken, history->engine,
               engine_size(history->part->deployment, history->part->server)) != 0)
        history->adopted_otherwise = history->number;
    free(taken);
    free(found.bytes);
    return true;
}

/* Takes the engine from part to part, up to the one to which an entry belongs. */
static bool reach_part(struct history *history, uint64_t number, char error[static TEXT_BYTES_MAX])
{
    const struct past_part *goal = past_part(history->past, number);
    if (goal < history->part) /* its deployment is no longer there */
        damage(history, number, false);
    while (history->part < goal) {
        const struct past_part *next = history->part + 1;
        struct engine *engine = next->deployment != NULL ? make_engine(next) : NULL;
        if (engine == NULL) {
            damage(history, next->after + 1, false);
            return true;
        }
        engine_adopt(engine, next->deployment, next->server, history->engine);
        free(history->engine);
        history->engine = engine;
        history->part = next;
        if (!compare_adopted(history, error))
            return false;
    }
    return true;
}

/* ---- entries ---- */

struct walk {
    struct history *history;
    history_visit *visit;
    void *context;
    uint64_t hole;   /* the first entry after one, or 0 */
    uint64_t change; /* the first entry under another deployment, or 0 */
};

static bool step_entry(void *context, uint64_t number, const uint8_t *bytes, size_t size)
{
    struct walk *walk = context;
    struct history *history = walk->history;
    if (number != history->number + 1) {
        walk->hole = number;
        return false;
    }
    if (past_part(history->past, number) != history->part) {
        walk->change = number;
        return false;
    }
    const bool sound =
        entry_decode(bytes, size, history->part->deployment, history->entry.transitions,
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

/* Steps what follows, until it ends, or something else has to be done first. */
static bool step_on(struct walk *walk, char error[static TEXT_BYTES_MAX])
{
    struct history *history = walk->history;
    walk->hole = walk->change = 0;
    return journal_walk(history->past->journal, history->number + 1, step_entry, walk, error) &&
           (walk->hole == 0 || cross_hole(history, walk->hole, error)) &&
           (walk->change == 0 || reach_part(history, walk->change, error));
}

bool history_run(struct history *history, enum history_start start, history_visit *visit,
                 void *context, char error[static TEXT_BYTES_MAX])
{
    if (start == HISTORY_LATEST && !restore_latest(history, error))
        return false;
    struct walk walk = {.history = history, .visit = visit, .context = context};
    do {
        if (!step_on(&walk, error))
            return false;
    } while ((walk.hole > 0 || walk.change > 0) && history->damaged == 0);
    const bool whole =
        history->damaged == 0 && history->number == journal_count(history->past->journal);
    return !whole || reach_part(history, UINT64_MAX, error);
}
