/* A new deployment (R41): an engine under another image that knows what the old one knew. Whatever
 * both deployments have is found by its name; what only the new one has begins, what only the old
 * one had is forgotten.
 */
#include "runtime/engine/state.h"

#include <assert.h>
#include <string.h>

struct adoption {
    const struct engine *old;
    struct engine *engine;
};

/* ---- what is the same in both ---- */

static bool same_text(const struct adoption *adoption, uint32_t old, uint32_t new)
{
    return strcmp(image_text(adoption->old->image, old),
                  image_text(adoption->engine->image, new)) == 0;
}

static bool same_server(const struct adoption *adoption, uint32_t old, uint32_t new)
{
    return same_text(adoption, image_servers(adoption->old->image)[old].name,
                     image_servers(adoption->engine->image)[new].name);
}

/* Of the same name, between the same servers. */
static bool same_failover(const struct adoption *adoption, uint32_t old, uint32_t new)
{
    const struct image_failover *a = &image_failovers(adoption->old->image)[old];
    const struct image_failover *b = &image_failovers(adoption->engine->image)[new];
    return same_text(adoption, a->name, b->name) && same_server(adoption, a->standby, b->standby) &&
           same_server(adoption, a->monitor, b->monitor);
}

static bool same_camera(const struct adoption *adoption, uint32_t old, uint32_t new)
{
    const struct image_camera *a = &image_cameras(adoption->old->image)[old];
    const struct image_camera *b = &image_cameras(adoption->engine->image)[new];
    return same_text(adoption, a->name, b->name) && same_server(adoption, a->server, b->server);
}

/* Whether a failover of the old deployment has become one of the new: of another name, between the
 * same servers, and the old name is gone. */
static bool is_renamed(const struct adoption *adoption, uint32_t old, uint32_t new)
{
    const struct image_failover *a = &image_failovers(adoption->old->image)[old];
    const struct image_failover *b = &image_failovers(adoption->engine->image)[new];
    const struct image_list under = image_servers(adoption->engine->image)[b->standby].failovers;
    if (!same_server(adoption, a->standby, b->standby) ||
        !same_server(adoption, a->monitor, b->monitor))
        return false;
    for (uint32_t f = under.first; f < under.first + under.count; f++)
        if (same_failover(adoption, old, f))
            return false;
    return true;
}

/* The local number that a failover under this server had, or IMAGE_NONE. */
static uint32_t old_failover(const struct adoption *adoption, uint32_t local)
{
    const struct engine *old = adoption->old;
    const uint32_t first = engine_self(old)->failovers.first;
    const uint32_t new = engine_self(adoption->engine)->failovers.first + local;
    uint32_t renamed = IMAGE_NONE;
    for (uint32_t f = 0; f < old->failover_count; f++) {
        if (same_failover(adoption, first + f, new))
            return f;
        if (renamed == IMAGE_NONE && is_renamed(adoption, first + f, new))
            renamed = f;
    }
    return renamed;
}

static uint32_t old_watcher(const struct adoption *adoption, uint32_t watcher)
{
    const struct engine *old = adoption->old;
    const uint32_t new = engine_watchers_of(adoption->engine)[watcher].failover;
    uint32_t renamed = IMAGE_NONE;
    for (uint32_t w = 0; w < old->watcher_count; w++) {
        if (same_failover(adoption, engine_watchers_of(old)[w].failover, new))
            return w;
        if (renamed == IMAGE_NONE && is_renamed(adoption, engine_watchers_of(old)[w].failover, new))
            renamed = w;
    }
    return renamed;
}

/* ---- states that the new shape may not have ---- */

static bool shape_has(const struct engine *engine, uint32_t machine, uint8_t state, uint8_t boot)
{
    const struct machine *shape = &engine->deployment->machines[machine];
    return state < shape->state_count &&
           shape->cells[state * shape->event_count + boot].verdict != VERDICT_ABSENT;
}

/* Where a failover stands that can no longer stand where it stood. What was carried stays carried;
 * a main that was judged lost has had its wait, unless another one carried it or its grace had run
 * out: then it is given one more. */
static void fit_state(struct engine *engine, uint32_t local)
{
    struct failover *failover = &engine_failovers(engine)[local];
    const uint32_t index = engine_self(engine)->failovers.first + local;
    const uint8_t state = failover->state;
    if (shape_has(engine, engine_failover_entry(engine, local)->machine, state, FAILOVER_BOOT))
        return;
    failover->deadline_ms = ENGINE_NEVER;
    if (engine_state_carries(state)) {
        failover->state = FAILOVER_CARRYING;
    } else if (state == FAILOVER_TROUBLED) {
        failover->state = FAILOVER_WATCHING;
    } else {
        const bool waits =
            state == FAILOVER_COVERED || state == FAILOVER_UNLOADED || state == FAILOVER_ISOLATED;
        failover->state = FAILOVER_SUSPECT;
        failover->deadline_ms =
            engine->now_ms + (waits ? image_failover_wait_ms(engine->image, index) : 0);
    }
}

/* ---- the parts ---- */

/* What an operator has set stands, unless the topology now says otherwise than it did. */
static uint8_t disabled_now(const struct adoption *adoption, uint32_t old, uint32_t local)
{
    const bool before = engine_failover_entry(adoption->old, old)->disabled != 0;
    const bool now = engine_failover_entry(adoption->engine, local)->disabled != 0;
    return before != now ? now : engine_failovers_of(adoption->old)[old].disabled;
}

/* Its cameras are found in the order in which they were: each search begins where the last ended.
 */
static void adopt_objects(const struct adoption *adoption, uint32_t old, uint32_t local)
{
    const struct failover *from = &engine_failovers_of(adoption->old)[old];
    struct failover *to = &engine_failovers(adoption->engine)[local];
    const uint32_t had = engine_failover_entry(adoption->old, old)->objects.count;
    const uint32_t has = engine_failover_entry(adoption->engine, local)->objects.count;
    uint32_t next = 0;
    for (uint32_t i = 0; i < has; i++) {
        struct camera *camera = &engine_cameras(adoption->engine)[to->first_camera + i];
        for (uint32_t n = 0; n < had; n++) {
            const struct camera *known =
                &engine_cameras_of(adoption->old)[from->first_camera + (next + n) % had];
            if (!same_camera(adoption, known->index, camera->index))
                continue;
            camera->epoch = known->epoch;
            camera->state = known->state;
            camera->silent = known->silent;
            camera->reached = known->reached;
            next = (next + n + 1) % had;
            break;
        }
        to->active += camera_active(camera->state);
        to->troubled += camera->silent && camera->reached;
    }
}

static void adopt_fellows(const struct adoption *adoption, uint32_t old, uint32_t local)
{
    const struct failover *from = &engine_failovers_of(adoption->old)[old];
    const struct failover *to = &engine_failovers_of(adoption->engine)[local];
    for (uint32_t i = 0; i < to->fellow_count; i++) {
        struct fellow *fellow = &engine_fellows(adoption->engine)[to->first_fellow + i];
        for (uint32_t n = 0; n < from->fellow_count; n++) {
            const struct fellow *known = &engine_fellows_of(adoption->old)[from->first_fellow + n];
            if (!same_failover(adoption, known->failover, fellow->failover))
                continue;
            fellow->epoch = known->epoch;
            fellow->elapsed_ms = known->elapsed_ms;
            fellow->said_ms = known->said_ms;
            fellow->claim = known->claim;
        }
    }
}

static void adopt_views(const struct adoption *adoption, uint32_t old, uint32_t local)
{
    const struct failover *from = &engine_failovers_of(adoption->old)[old];
    const struct failover *to = &engine_failovers_of(adoption->engine)[local];
    for (uint32_t i = 0; i < to->view_count; i++) {
        struct view *view = &engine_views(adoption->engine)[to->first_view + i];
        for (uint32_t n = 0; n < from->view_count; n++) {
            const struct view *known = &engine_views_of(adoption->old)[from->first_view + n];
            const bool same =
                view->server >= IMAGE_COORDINATOR || known->server >= IMAGE_COORDINATOR
                    ? view->server == known->server
                    : same_server(adoption, known->server, view->server);
            if (!same)
                continue;
            view->state = known->state;
            view->silent_from_ms = known->silent_from_ms;
        }
    }
}

static void adopt_failover(const struct adoption *adoption, uint32_t local)
{
    const uint32_t old = old_failover(adoption, local);
    struct failover *to = &engine_failovers(adoption->engine)[local];
    if (old == IMAGE_NONE)
        return;
    const struct failover *from = &engine_failovers_of(adoption->old)[old];
    const uint32_t machine = engine_failover_entry(adoption->engine, local)->machine;
    const uint32_t features = adoption->engine->deployment->machines[machine].features;
    to->deadline_ms = from->deadline_ms;
    to->epoch = from->epoch;
    to->known_epoch = from->known_epoch;
    to->flaps = from->flaps;
    to->state = from->state;
    to->storage_lost = from->storage_lost;
    to->disabled = disabled_now(adoption, old, local);
    if ((features & 1u << FEATURE_LICENCE) != 0)
        to->licence_end_ms = from->licence_end_ms;
    adopt_objects(adoption, old, local);
    adopt_fellows(adoption, old, local);
    adopt_views(adoption, old, local);
    fit_state(adoption->engine, local);
}

static void adopt_own_cameras(const struct adoption *adoption)
{
    const struct engine *old = adoption->old;
    uint32_t next = 0;
    for (uint32_t c = 0; c < adoption->engine->own_count; c++) {
        struct camera *camera = &engine_cameras(adoption->engine)[c];
        for (uint32_t n = 0; n < old->own_count; n++) {
            const uint32_t at = (next + n) % old->own_count;
            const struct camera *known = &engine_cameras_of(old)[at];
            if (!same_camera(adoption, known->index, camera->index))
                continue;
            camera->epoch = known->epoch;
            camera->state = known->state;
            next = (at + 1) % old->own_count;
            break;
        }
    }
}

static void adopt_owner(const struct adoption *adoption)
{
    struct engine *engine = adoption->engine;
    const uint32_t held_by = adoption->old->owner.holder;
    engine->owner = adoption->old->owner;
    engine->owner.holder = IMAGE_NONE;
    engine->owner.arbiter_lost = 0; /* it may be another one, and is taken to be there */
    engine->owner.claim = ARBITER_SILENT;
    engine->owner.denied_epoch = 0;
    for (uint32_t w = 0; w < engine->watcher_count; w++) {
        const uint32_t old = old_watcher(adoption, w);
        if (old == IMAGE_NONE)
            continue;
        engine_watchers(engine)[w].answer = engine_watchers_of(adoption->old)[old].answer;
        engine_watchers(engine)[w].epoch = engine_watchers_of(adoption->old)[old].epoch;
        if (old == held_by)
            engine->owner.holder = w;
    }
    if (!shape_has(engine, engine_self(engine)->machine, engine->owner.state, MAIN_BOOT)) {
        engine->owner.state = MAIN_RECORDING;
        engine->owner.deadline_ms = ENGINE_NEVER;
    }
}

static void adopt_peers(const struct adoption *adoption)
{
    const struct engine *old = adoption->old;
    for (uint32_t p = 0; p < adoption->engine->peer_count; p++) {
        struct peer *peer = &engine_peers(adoption->engine)[p];
        for (uint32_t n = 0; n < old->peer_count; n++)
            if (same_server(adoption, engine_peers_of(old)[n].server, peer->server)) {
                peer->lost_ms = engine_peers_of(old)[n].lost_ms;
                peer->up = engine_peers_of(old)[n].up;
            }
    }
}

/* Who holds a slot and who waits, where this server has kept that count before. */
static void adopt_managed(const struct adoption *adoption)
{
    const struct engine *old = adoption->old;
    for (uint32_t i = 0; i < adoption->engine->managed_count; i++) {
        struct managed *managed = &engine_managed(adoption->engine)[i];
        for (uint32_t n = 0; n < old->managed_count; n++) {
            const struct managed *known = &engine_managed_of(old)[n];
            if (!same_failover(adoption, known->failover, managed->failover))
                continue;
            managed->since_ms = known->since_ms;
            managed->slot = known->slot;
            managed->yielded = known->yielded;
        }
    }
}

static void adopt_onlookers(const struct adoption *adoption)
{
    const struct engine *old = adoption->old;
    for (uint32_t i = 0; i < adoption->engine->onlooker_count; i++) {
        struct onlooker *onlooker = &engine_onlookers(adoption->engine)[i];
        for (uint32_t n = 0; n < old->onlooker_count; n++)
            if (same_failover(adoption, engine_onlookers_of(old)[n].failover, onlooker->failover))
                onlooker->seen = engine_onlookers_of(old)[n].seen;
    }
}

struct engine *engine_adopt(void *memory, const struct deployment *deployment, uint32_t server,
                            const struct engine *old)
{
    struct engine *engine = engine_init(memory, deployment, server);
    const struct adoption adoption = {.old = old, .engine = engine};
    assert(old->queue_count == 0);
    assert(same_server(&adoption, old->server, server));
    engine->now_ms = old->now_ms;
    engine->boot_wall_ms = old->boot_wall_ms;
    engine->network = old->network;
    adopt_peers(&adoption);
    adopt_owner(&adoption);
    adopt_own_cameras(&adoption);
    for (uint32_t f = 0; f < engine->failover_count; f++)
        adopt_failover(&adoption, f);
    adopt_managed(&adoption);
    adopt_onlookers(&adoption);
    return engine;
}
