/* The arbiter: a third party, a coordinator or a volume that a main and all its standbys share,
 * that keeps the claim of a main and decides who holds it (R30). A standby asks before it takes
 * over, a main that starts asks beside its standbys (R22). Out of reach it changes nothing: who
 * holds goes on, and a standby judges by what it sees itself, where that is allowed (R38).
 */
#include "runtime/engine/state.h"

#include <assert.h>

static uint32_t arbiter_of(const struct engine *engine, uint32_t main)
{
    return image_servers(engine->image)[main].arbiter;
}

static uint32_t main_of(const struct engine *engine, uint32_t local)
{
    return engine_failover_entry(engine, local)->monitor;
}

/* Whoever starts takes it to be in reach until it hears otherwise. */
void arbiter_boot(struct engine *engine)
{
    engine->owner.arbiter_lost = 0;
    engine->owner.claim = ARBITER_SILENT;
    engine->owner.denied_epoch = 0;
    for (uint32_t f = 0; f < engine->failover_count; f++)
        engine_failovers(engine)[f].arbiter_lost = 0;
}

static const struct image_manager *manager_of(const struct engine *engine, uint32_t local)
{
    const uint32_t manager = engine_failover_entry(engine, local)->manager;
    return manager == IMAGE_NONE ? NULL : &image_managers(engine->image)[manager];
}

bool arbiter_counts(const struct engine *engine, uint32_t local)
{
    return engine_failovers_of(engine)[local].state == FAILOVER_QUEUED &&
           image_failover_counter(engine->image, engine_self(engine)->failovers.first + local) !=
               IMAGE_NONE;
}

/* A volume only breaks ties; a coordinator is declared, and its topology says what is allowed
 * without it. Where it stands in for a manager out of reach, that one must allow it as well. */
bool arbiter_allows(const struct engine *engine, uint32_t local)
{
    const struct image_manager *manager = manager_of(engine, local);
    if (!engine_failovers_of(engine)[local].arbiter_lost)
        return false;
    if (arbiter_of(engine, main_of(engine, local)) == IMAGE_COORDINATOR &&
        !image_coordinators(engine->image)[0].allow)
        return false;
    return manager == NULL || manager->allow || manager->host == engine->server ||
           engine_peer_up(engine, manager->host);
}

static void ask(struct engine *engine, uint32_t main, uint32_t failover, uint64_t epoch,
                struct engine_output *output)
{
    struct engine_action *action = engine_act(engine, output, ACTION_CLAIM);
    action->server = main;
    action->failover = failover;
    action->epoch = epoch;
}

/* What cannot be asked is not granted: a level says whether that matters (failover_levels). */
void arbiter_ask(struct engine *engine, uint32_t local, struct engine_output *output)
{
    if (!engine_failovers(engine)[local].arbiter_lost)
        ask(engine, main_of(engine, local), engine_self(engine)->failovers.first + local,
            failover_next_epoch(engine, local), output);
    else if (!arbiter_allows(engine, local))
        engine_push(engine, MACHINE_FAILOVER, local, FAILOVER_CLAIM_HELD);
}

void arbiter_ask_own(struct engine *engine, struct engine_output *output)
{
    engine->owner.claim = ARBITER_SILENT;
    if (!engine->owner.arbiter_lost)
        ask(engine, engine->server, IMAGE_NONE, owner_next_epoch(engine), output);
}

/* An epoch has one writer: the highest granted one may be our own, of an answer that we did not
 * live to hear, and is then asked for again. */
static uint64_t before(uint64_t epoch)
{
    return epoch > 0 ? epoch - 1 : 0;
}

/* Who asked under an epoch that was granted before asks again at once: it knows better now. */
static void hear_denied(struct engine *engine, uint32_t local, uint64_t epoch,
                        enum failover_event event, struct engine_output *output)
{
    struct failover *failover = &engine_failovers(engine)[local];
    const uint64_t asked = failover_next_epoch(engine, local);
    if (failover->known_epoch < before(epoch))
        failover->known_epoch = before(epoch);
    if (failover->state != FAILOVER_CLAIMING)
        return;
    if (failover_next_epoch(engine, local) != asked)
        arbiter_ask(engine, local, output);
    else
        engine_push(engine, MACHINE_FAILOVER, local, (uint8_t)event);
}

static void hear_granted(struct engine *engine, uint32_t local, uint64_t epoch,
                         struct engine_output *output)
{
    if (engine_failovers(engine)[local].state != FAILOVER_CLAIMING)
        return;
    if (epoch == failover_next_epoch(engine, local))
        engine_push(engine, MACHINE_FAILOVER, local, FAILOVER_CLAIM_GRANTED);
    else /* meanwhile a higher one was heard of */
        arbiter_ask(engine, local, output);
}

static void standby_event(struct engine *engine, uint32_t local, const struct engine_event *event,
                          struct engine_output *output)
{
    struct failover *failover = &engine_failovers(engine)[local];
    failover->arbiter_lost = event->kind == EVENT_ARBITER_LOST;
    const bool full = event->kind == EVENT_CLAIM_FULL && manager_of(engine, local) != NULL;
    if (event->kind == EVENT_CLAIM_DENIED || event->kind == EVENT_CLAIM_FULL)
        hear_denied(engine, local, event->epoch, full ? FAILOVER_CLAIM_FULL : FAILOVER_CLAIM_DENIED,
                    output);
    else if (event->kind == EVENT_CLAIM_GRANTED)
        hear_granted(engine, local, event->epoch, output);
    else if (failover->state == FAILOVER_CLAIMING)
        arbiter_ask(engine, local, output);
    failover_settle(engine, local);
}

/* A main decides when it has asked its standbys too: meanwhile it keeps the answer in mind. */
static void own_event(struct engine *engine, const struct engine_event *event,
                      struct engine_output *output)
{
    struct owner *owner = &engine->owner;
    const bool yields = owner->state == MAIN_YIELDING;
    const bool asks = yields || owner->state == MAIN_ASKING;
    owner->arbiter_lost = event->kind == EVENT_ARBITER_LOST;
    if (event->kind == EVENT_CLAIM_DENIED && asks) {
        const uint64_t asked = owner_next_epoch(engine);
        owner->denied_epoch = before(event->epoch);
        if (owner_next_epoch(engine) != asked)
            arbiter_ask_own(engine, output);
        else
            owner->claim = ARBITER_DENIED;
    } else if (event->kind == EVENT_CLAIM_GRANTED && asks) {
        owner->claim = ARBITER_GRANTED;
        if (yields)
            owner_hear_denied(engine);
        if (yields)
            engine_push(engine, MACHINE_MAIN, 0, MAIN_CLAIM_GRANTED);
    } else if (event->kind == EVENT_ARBITER_LOST) {
        owner->claim = ARBITER_SILENT;
        if (yields)
            engine_push(engine, MACHINE_MAIN, 0, MAIN_ARBITER_LOST);
    }
}

void arbiter_event(struct engine *engine, const struct engine_event *event,
                   struct engine_output *output)
{
    if (event->server >= engine->image->servers.count ||
        arbiter_of(engine, event->server) == IMAGE_NONE)
        return;
    for (uint32_t f = 0; f < engine->failover_count; f++)
        if (main_of(engine, f) == event->server)
            standby_event(engine, f, event, output);
    if (event->server == engine->server)
        own_event(engine, event, output);
}

/* ---- what is held ---- */

static bool grows(const struct engine *engine, uint32_t first, uint32_t count)
{
    for (uint32_t c = first; c < first + count; c++)
        if (engine_cameras_of(engine)[c].state == CAMERA_RECORDING)
            return true;
    return false;
}

struct engine_claim engine_claim(const struct engine *engine, uint32_t main)
{
    struct engine_claim claim = {.failover = IMAGE_NONE};
    assert(main < engine->image->servers.count);
    if (arbiter_of(engine, main) == IMAGE_NONE)
        return claim;
    const uint8_t state = engine->owner.state;
    if (main == engine->server && (state == MAIN_RECORDING || state == MAIN_RECLAIMING)) {
        claim.epoch = engine->owner.epoch;
        claim.grows = grows(engine, 0, engine->own_count);
    }
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        const struct failover *failover = &engine_failovers_of(engine)[f];
        if (main_of(engine, f) != main || !engine_state_carries(failover->state))
            continue;
        claim.epoch = failover->epoch;
        claim.failover = engine_self(engine)->failovers.first + f;
        claim.forced = failover->state == FAILOVER_FORCED;
        claim.grows =
            grows(engine, failover->first_camera, engine_failover_entry(engine, f)->objects.count);
    }
    return claim;
}

bool engine_arbiter_lost(const struct engine *engine, uint32_t main)
{
    for (uint32_t f = 0; f < engine->failover_count; f++)
        if (main_of(engine, f) == main)
            return engine_failovers_of(engine)[f].arbiter_lost != 0;
    return main == engine->server && engine->owner.arbiter_lost != 0;
}
