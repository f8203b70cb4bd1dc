#include "runtime/engine/abstract.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "runtime/engine/state.h"

static int64_t time_left(const struct engine *engine, int64_t deadline_ms)
{
    return deadline_ms == ENGINE_NEVER ? ENGINE_NEVER : deadline_ms - engine->now_ms;
}

/* The order in which mains wait matters, not since when (R37): times become -1, -2... from the
 * latest to the earliest. A rank is never below the time that it stands for, so what has got its
 * rank is not found again. */
static void abstract_queue(struct engine *engine)
{
    struct managed *managed = engine_managed(engine);
    for (uint32_t i = 0; i < engine->managed_count; i++)
        managed[i].since_ms =
            managed[i].slot == SLOT_WAITING ? managed[i].since_ms - engine->now_ms : 0;
    int64_t latest = 0;
    for (int64_t rank = -1;; rank--) {
        int64_t next = INT64_MIN;
        for (uint32_t i = 0; i < engine->managed_count; i++)
            if (managed[i].since_ms < latest && managed[i].since_ms > next)
                next = managed[i].since_ms;
        if (next == INT64_MIN)
            return;
        for (uint32_t i = 0; i < engine->managed_count; i++)
            if (managed[i].since_ms == next)
                managed[i].since_ms = rank;
        latest = next;
    }
}

/* A loss is looked at for a detection time, by a standby that has lost every peer (R29). */
static void abstract_peers(struct engine *engine)
{
    const int64_t detect_ms =
        (int64_t)engine->image->site.heartbeat_ms * engine->image->site.misses;
    const bool asks = engine->failover_count > 0 && engine->peer_count > 1;
    for (uint32_t p = 0; p < engine->peer_count; p++) {
        struct peer *peer = &engine_peers(engine)[p];
        if (peer->lost_ms == ENGINE_NEVER)
            continue;
        peer->lost_ms -= engine->now_ms;
        if (!asks || peer->up || peer->lost_ms < -detect_ms)
            peer->lost_ms = ENGINE_NEVER;
    }
}

/* Of a fellow that claims nothing no epoch is read; the grace that it has used up counts where
 * licences are bound. */
static void abstract_fellows(struct engine *engine)
{
    for (uint32_t i = 0; i < engine->fellow_count; i++) {
        struct fellow *fellow = &engine_fellows(engine)[i];
        if (fellow->claim == CLAIM_NONE)
            fellow->epoch = 0;
        if (!engine->image->site.licence_bound)
            fellow->elapsed_ms = 0;
        const bool counts = fellow->elapsed_ms >= 0 && engine->image->site.licence_bound;
        fellow->said_ms = counts ? fellow->said_ms - engine->now_ms : 0;
    }
}

static void abstract_views(struct engine *engine)
{
    for (uint32_t v = 0; v < engine->view_count; v++) {
        struct view *view = &engine_views(engine)[v];
        const int64_t left_ms = view->silent_from_ms - engine->now_ms;
        view->silent_from_ms = view->state == VIEW_SILENT && left_ms > 0 ? left_ms : 0;
    }
}

/* What the arbiter has denied matters until we record. */
static void abstract_denial(struct engine *engine)
{
    struct owner *owner = &engine->owner;
    if (owner->state == MAIN_ASKING || owner->state == MAIN_YIELDING)
        return;
    owner->claim = ARBITER_SILENT;
    owner->denied_epoch = 0;
}

void engine_abstract(struct engine *engine)
{
    assert(engine->queue_count == 0);
    abstract_queue(engine);
    engine->owner.deadline_ms = time_left(engine, engine->owner.deadline_ms);
    engine->network.probe_end_ms = time_left(engine, engine->network.probe_end_ms);
    engine->boot_wall_ms = 0;
    abstract_denial(engine);
    abstract_peers(engine);
    abstract_fellows(engine);
    abstract_views(engine);
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        struct failover *failover = &engine_failovers(engine)[f];
        failover->deadline_ms = time_left(engine, failover->deadline_ms);
        failover->licence_end_ms = time_left(engine, failover->licence_end_ms);
        failover->flaps = 0;
    }
    for (uint32_t c = 0; c < engine->camera_count; c++)
        if (!camera_wanted(engine_cameras(engine)[c].state))
            engine_cameras(engine)[c].epoch = 0;
    engine->now_ms = 0;
    engine->queue_first = 0;
    memset((char *)engine + engine->at_queue, 0, engine->queue_max * sizeof(struct pending));
}

void engine_visit_epochs(struct engine *engine, engine_epoch_visit *visit, void *context)
{
    visit(context, engine->server, &engine->owner.epoch);
    visit(context, engine->server, &engine->owner.holder_epoch);
    visit(context, engine->server, &engine->owner.denied_epoch);
    for (uint32_t w = 0; w < engine->watcher_count; w++)
        visit(context, engine->server, &engine_watchers(engine)[w].epoch);
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        const uint32_t main = engine_failover_entry(engine, f)->monitor;
        visit(context, main, &engine_failovers(engine)[f].epoch);
        visit(context, main, &engine_failovers(engine)[f].known_epoch);
        for (uint32_t i = 0; i < engine_failovers(engine)[f].fellow_count; i++)
            visit(context, main,
                  &engine_fellows(engine)[engine_failovers(engine)[f].first_fellow + i].epoch);
    }
    for (uint32_t c = 0; c < engine->camera_count; c++) {
        struct camera *camera = &engine_cameras(engine)[c];
        visit(context, engine_camera_entry(engine, camera->index)->server, &camera->epoch);
    }
}

/* ---- servers that are alike ---- */

static uint32_t word_of(size_t offset)
{
    return (uint32_t)(offset / sizeof(uint32_t));
}

/* Size bytes at one place stand for as many at another. */
static void match(uint32_t *words, size_t from, size_t to, size_t size)
{
    for (size_t at = 0; at < size; at += sizeof(uint32_t))
        words[word_of(from + at)] = word_of(to + at);
}

/* A word never changes: it says what lies where. */
static void fix(uint32_t *words, size_t at)
{
    words[word_of(at)] = IMAGE_NONE;
}

/* ---- the arrays of a failover ---- */

static uint32_t local_failover_of(const struct engine *from, const struct engine *to,
                                  const struct engine_renaming *renaming, uint32_t local)
{
    const uint32_t other =
        engine_local_failover(to, renaming->failovers[engine_self(from)->failovers.first + local]);
    assert(other != IMAGE_NONE);
    return other;
}

static void match_fellows(const struct engine *from, const struct engine *to,
                          const struct engine_renaming *renaming, const struct failover *failover,
                          const struct failover *other, uint32_t *words)
{
    const size_t size = sizeof(struct fellow);
    assert(failover->fellow_count == other->fellow_count);
    for (uint32_t i = 0; i < failover->fellow_count; i++) {
        const uint32_t at = failover->first_fellow + i;
        const uint32_t name = renaming->failovers[engine_fellows_of(from)[at].failover];
        uint32_t place = other->first_fellow;
        while (engine_fellows_of(to)[place].failover != name) {
            place++;
            assert(place < other->first_fellow + other->fellow_count);
        }
        assert(engine_fellows_of(from)[at].includes == engine_fellows_of(to)[place].includes);
        match(words, from->at_fellows + at * size, to->at_fellows + place * size, size);
        fix(words, from->at_fellows + at * size + offsetof(struct fellow, failover));
    }
}

static void match_views(const struct engine *from, const struct engine *to,
                        const struct engine_renaming *renaming, const struct failover *failover,
                        const struct failover *other, uint32_t *words)
{
    const size_t size = sizeof(struct view);
    assert(failover->view_count == other->view_count);
    for (uint32_t i = 0; i < failover->view_count; i++) {
        const uint32_t at = failover->first_view + i;
        const uint32_t server = engine_views_of(from)[at].server;
        const uint32_t name = server >= IMAGE_COORDINATOR ? server : renaming->servers[server];
        uint32_t place = other->first_view;
        while (engine_views_of(to)[place].server != name) {
            place++;
            assert(place < other->first_view + other->view_count);
        }
        match(words, from->at_views + at * size, to->at_views + place * size, size);
        fix(words, from->at_views + at * size + offsetof(struct view, server));
    }
}

static void match_failovers(const struct engine *from, const struct engine *to,
                            const struct engine_renaming *renaming, uint32_t *words)
{
    static const size_t fixed[] = {
        offsetof(struct failover, first_camera), offsetof(struct failover, first_fellow),
        offsetof(struct failover, fellow_count), offsetof(struct failover, first_view),
        offsetof(struct failover, view_count)};
    const size_t size = sizeof(struct failover);
    for (uint32_t f = 0; f < from->failover_count; f++) {
        const uint32_t other = local_failover_of(from, to, renaming, f);
        const struct failover *entry = &engine_failovers_of(from)[f];
        const struct failover *other_entry = &engine_failovers_of(to)[other];
        match(words, from->at_failovers + f * size, to->at_failovers + other * size, size);
        for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
            fix(words, from->at_failovers + f * size + fixed[i]);
        match_fellows(from, to, renaming, entry, other_entry, words);
        match_views(from, to, renaming, entry, other_entry, words);
    }
}

/* ---- the other arrays ---- */

static void match_onlookers(const struct engine *from, const struct engine *to,
                            const struct engine_renaming *renaming, uint32_t *words)
{
    const size_t size = sizeof(struct onlooker);
    for (uint32_t o = 0; o < from->onlooker_count; o++) {
        const uint32_t name = renaming->failovers[engine_onlookers_of(from)[o].failover];
        uint32_t other = 0;
        while (engine_onlookers_of(to)[other].failover != name) {
            other++;
            assert(other < to->onlooker_count);
        }
        match(words, from->at_onlookers + o * size, to->at_onlookers + other * size, size);
        fix(words, from->at_onlookers + o * size + offsetof(struct onlooker, failover));
    }
}

static void match_cameras(const struct engine *from, const struct engine *to,
                          const struct engine_renaming *renaming, uint32_t *words)
{
    const size_t size = sizeof(struct camera);
    for (uint32_t c = 0; c < from->camera_count; c++) {
        const uint32_t camera = renaming->cameras[engine_cameras_of(from)[c].index];
        const size_t at = from->at_cameras + c * size;
        const uint32_t other = engine_local_camera(to, camera);
        assert(other != IMAGE_NONE);
        match(words, at, to->at_cameras + other * size, size);
        fix(words, at + offsetof(struct camera, index));
        fix(words, at + offsetof(struct camera, failover));
    }
}

static void match_watchers(const struct engine *from, const struct engine *to, uint32_t *words)
{
    const size_t size = sizeof(struct watcher);
    match(words, from->at_watchers, to->at_watchers, from->watcher_count * size);
    for (uint32_t w = 0; w < from->watcher_count; w++)
        fix(words, from->at_watchers + w * size + offsetof(struct watcher, failover));
}

static void match_managed(const struct engine *from, const struct engine *to,
                          const struct engine_renaming *renaming, uint32_t *words)
{
    const size_t size = sizeof(struct managed);
    for (uint32_t i = 0; i < from->managed_count; i++) {
        uint32_t other = 0;
        while (engine_managed_of(to)[other].failover !=
               renaming->failovers[engine_managed_of(from)[i].failover])
            other++;
        assert(other < to->managed_count);
        match(words, from->at_managed + i * size, to->at_managed + other * size, size);
        fix(words, from->at_managed + i * size + offsetof(struct managed, failover));
    }
}

static void match_peers(const struct engine *from, const struct engine *to,
                        const struct engine_renaming *renaming, uint32_t *words)
{
    const size_t size = sizeof(struct peer);
    for (uint32_t p = 0; p < from->peer_count; p++) {
        const uint32_t other =
            engine_local_peer(to, renaming->servers[engine_peers_of(from)[p].server]);
        assert(other != IMAGE_NONE);
        match(words, from->at_peers + p * size, to->at_peers + other * size, size);
        fix(words, from->at_peers + p * size + offsetof(struct peer, server));
    }
}

static bool have_equal_counts(const struct engine *a, const struct engine *b)
{
    return a->own_count == b->own_count && a->camera_count == b->camera_count &&
           a->failover_count == b->failover_count && a->watcher_count == b->watcher_count &&
           a->managed_count == b->managed_count && a->peer_count == b->peer_count &&
           a->fellow_count == b->fellow_count && a->view_count == b->view_count &&
           a->onlooker_count == b->onlooker_count && a->queue_max == b->queue_max;
}

void engine_match(const struct engine *from, const struct engine *to,
                  const struct engine_renaming *renaming, uint32_t *words)
{
    assert(from->queue_count == 0 && to->queue_count == 0 && have_equal_counts(from, to));
    match(words, 0, 0, from->at_queue + from->queue_max * sizeof(struct pending));
    for (size_t at = 0; at < sizeof *from; at += sizeof *words)
        fix(words, at);
    match(words, offsetof(struct engine, network), offsetof(struct engine, network),
          sizeof from->network);
    match(words, offsetof(struct engine, owner), offsetof(struct engine, owner),
          sizeof from->owner);
    match_failovers(from, to, renaming, words);
    match_cameras(from, to, renaming, words);
    match_watchers(from, to, words);
    match_managed(from, to, renaming, words);
    match_peers(from, to, renaming, words);
    match_onlookers(from, to, renaming, words);
}
