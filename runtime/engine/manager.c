/* Failover managers: how many failovers may run at once (R14), who waits (R15) and who is next
 * (R37). The count is kept by the manager's host; a standby asks it, by message where the host is
 * another server.
 */
#include "runtime/engine/state.h"

#include <assert.h>

static const struct image_manager *manager_entry(const struct engine *engine, uint32_t failover)
{
    const uint32_t manager = image_failovers(engine->image)[failover].manager;
    assert(manager < engine->image->managers.count);
    return &image_managers(engine->image)[manager];
}

static struct managed *find_managed(struct engine *engine, uint32_t failover)
{
    for (uint32_t i = 0; i < engine->managed_count; i++)
        if (engine_managed(engine)[i].failover == failover)
            return &engine_managed(engine)[i];
    return NULL;
}

/* Whether a is served before b: who has had a turn in vain is last (R40); then by the priority of
 * its main, then by the time that it waits, then by declaration (R37). */
static bool served_before(const struct engine *engine, const struct managed *a,
                          const struct managed *b)
{
    const struct image_failover *failovers = image_failovers(engine->image);
    const struct image_server *servers = image_servers(engine->image);
    const int32_t priority_a = servers[failovers[a->failover].monitor].priority;
    const int32_t priority_b = servers[failovers[b->failover].monitor].priority;
    if (a->yielded != b->yielded)
        return b->yielded;
    if (priority_a != priority_b)
        return priority_a > priority_b;
    if (a->since_ms != b->since_ms)
        return a->since_ms < b->since_ms;
    return a->failover < b->failover;
}

static struct managed *next_waiting(struct engine *engine, uint32_t manager)
{
    struct managed *best = NULL;
    for (uint32_t i = 0; i < engine->managed_count; i++) {
        struct managed *managed = &engine_managed(engine)[i];
        if (managed->slot == SLOT_WAITING &&
            image_failovers(engine->image)[managed->failover].manager == manager &&
            (best == NULL || served_before(engine, managed, best)))
            best = managed;
    }
    return best;
}

static void grant(struct engine *engine, struct managed *managed, struct engine_output *output)
{
    managed->slot = SLOT_HELD;
    const uint32_t standby = image_failovers(engine->image)[managed->failover].standby;
    if (standby == engine->server)
        engine_push(engine, MACHINE_FAILOVER, engine_local_failover(engine, managed->failover),
                    FAILOVER_SLOT_GRANTED);
    else
        engine_send(engine, output, standby,
                    (struct engine_message){.kind = MESSAGE_SLOT_GRANTED,
                                            .failover = managed->failover,
                                            .camera = IMAGE_NONE});
}

/* Gives free slots to those who wait. */
static void serve(struct engine *engine, uint32_t manager, struct engine_output *output)
{
    const uint32_t max = image_managers(engine->image)[manager].max_running;
    struct managed *next = next_waiting(engine, manager);
    while (next != NULL && (max == 0 || engine_slots_held(engine, manager) < max)) {
        grant(engine, next, output);
        next = next_waiting(engine, manager);
    }
}

static void queue(struct engine *engine, struct managed *managed, bool yielded)
{
    managed->slot = SLOT_WAITING;
    managed->since_ms = engine->now_ms;
    managed->yielded = yielded;
}

/* Asking again for what is held or asked for changes nothing; what is held is granted again. */
static void host_request(struct engine *engine, uint32_t failover, enum engine_message_kind kind,
                         struct engine_output *output)
{
    struct managed *managed = find_managed(engine, failover);
    if (managed == NULL)
        return;
    if (kind == MESSAGE_SLOT_FREE) {
        managed->slot = SLOT_NONE;
    } else if (kind == MESSAGE_SLOT_YIELD) {
        queue(engine, managed, true);
    } else if (kind == MESSAGE_SLOT_TAKE) {
        managed->slot = SLOT_HELD;
    } else if (managed->slot == SLOT_HELD) {
        grant(engine, managed, output);
    } else if (managed->slot == SLOT_NONE) {
        queue(engine, managed, false);
    }
    serve(engine, image_failovers(engine->image)[failover].manager, output);
}

static void request(struct engine *engine, uint32_t local, enum engine_message_kind kind,
                    struct engine_output *output)
{
    const uint32_t failover = engine_self(engine)->failovers.first + local;
    const struct image_manager *manager = manager_entry(engine, failover);
    if (manager->host == engine->server)
        host_request(engine, failover, kind, output);
    else if (engine_peer_up(engine, manager->host))
        engine_send(
            engine, output, manager->host,
            (struct engine_message){.kind = kind, .failover = failover, .camera = IMAGE_NONE});
    else if ((kind == MESSAGE_SLOT_ASK || kind == MESSAGE_SLOT_YIELD) &&
             (manager->allow || arbiter_counts(engine, local)))
        engine_push(engine, MACHINE_FAILOVER, local, FAILOVER_SLOT_ALLOWED);
}

void manager_effect(struct engine *engine, uint32_t local, enum machine_effect effect,
                    struct engine_output *output)
{
    if (effect == EFFECT_SLOT_ASK)
        request(engine, local, MESSAGE_SLOT_ASK, output);
    else if (effect == EFFECT_SLOT_TAKE)
        request(engine, local, MESSAGE_SLOT_TAKE, output);
    else if (effect == EFFECT_SLOT_FREE)
        request(engine, local, MESSAGE_SLOT_FREE, output);
    else if (effect == EFFECT_SLOT_YIELD)
        request(engine, local, MESSAGE_SLOT_YIELD, output);
    else
        assert(!"an effect that is not a failover's");
}

/* Queued, or troubled and waiting for no time but for a slot. */
static bool waits_for_slot(const struct failover *failover)
{
    return failover->state == FAILOVER_QUEUED ||
           (failover->state == FAILOVER_TROUBLED && failover->deadline_ms == ENGINE_NEVER);
}

/* The standby's side: a host that is back is told again what we hold or want; one that is lost
 * cannot answer (R38). */
static void manager_of_mine(struct engine *engine, uint32_t server, bool up,
                            struct engine_output *output)
{
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        const struct image_failover *entry = engine_failover_entry(engine, f);
        if (entry->manager == IMAGE_NONE ||
            image_managers(engine->image)[entry->manager].host != server)
            continue;
        const struct failover *failover = &engine_failovers(engine)[f];
        failover_settle(engine, f); /* what its arbiter allows may hang on the host (R38) */
        if (up && (engine_state_carries(failover->state) || failover->state == FAILOVER_CLAIMING))
            request(engine, f, MESSAGE_SLOT_TAKE, output);
        else if (waits_for_slot(failover))
            request(engine, f, MESSAGE_SLOT_ASK, output);
    }
}

void manager_peer(struct engine *engine, uint32_t server, bool up, struct engine_output *output)
{
    manager_of_mine(engine, server, up, output);
    if (up)
        return;
    /* The host's side: the death of a carrier frees its slots (R37). */
    for (uint32_t i = 0; i < engine->managed_count; i++) {
        const uint32_t failover = engine_managed(engine)[i].failover;
        if (image_failovers(engine->image)[failover].standby == server)
            host_request(engine, failover, MESSAGE_SLOT_FREE, output);
    }
}

void manager_message(struct engine *engine, uint32_t sender, const struct engine_message *message,
                     struct engine_output *output)
{
    const struct image_failover *entry = &image_failovers(engine->image)[message->failover];
    if (entry->manager == IMAGE_NONE)
        return;
    const uint32_t host = manager_entry(engine, message->failover)->host;
    const uint32_t local = engine_local_failover(engine, message->failover);
    if (message->kind == MESSAGE_SLOT_GRANTED && local != IMAGE_NONE && sender == host)
        engine_push(engine, MACHINE_FAILOVER, local, FAILOVER_SLOT_GRANTED);
    else if (host == engine->server && sender == entry->standby &&
             (message->kind == MESSAGE_SLOT_ASK || message->kind == MESSAGE_SLOT_TAKE ||
              message->kind == MESSAGE_SLOT_FREE || message->kind == MESSAGE_SLOT_YIELD))
        host_request(engine, message->failover, message->kind, output);
}

/* What others hold they say again when they connect; what we hold ourselves our own failovers take
 * again. */
void manager_boot(struct engine *engine)
{
    for (uint32_t i = 0; i < engine->managed_count; i++)
        engine_managed(engine)[i].slot = SLOT_NONE;
}

/* Whoever keeps the count now is told what we hold or want; a limit that was raised is used at
 * once. */
void manager_deploy(struct engine *engine, struct engine_output *output)
{
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        if (engine_failover_entry(engine, f)->manager == IMAGE_NONE)
            continue;
        const struct failover *failover = &engine_failovers(engine)[f];
        if (engine_state_carries(failover->state))
            request(engine, f, MESSAGE_SLOT_TAKE, output);
        else if (waits_for_slot(failover))
            request(engine, f, MESSAGE_SLOT_ASK, output);
    }
    for (uint32_t m = 0; m < engine->image->managers.count; m++)
        if (image_managers(engine->image)[m].host == engine->server)
            serve(engine, m, output);
}
