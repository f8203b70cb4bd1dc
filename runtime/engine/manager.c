/* Failover managers: how many failovers may run at once (R14), who waits (R15) and who is next
 * (R37). The count is kept by the manager's host; a standby asks it, by message where the host is
 * another server.
 *
 * Where the site's manager and one of the standby both limit a failover, the host of the site's
 * decides by both limits: it counts all failovers, those of that standby among them. The standby
 * counts its own as well, so that its own limit holds while that host is out of reach (R38).
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
    const uint32_t at = engine_local_managed(engine, failover);
    return at == IMAGE_NONE ? NULL : &engine_managed(engine)[at];
}

static bool has_room(const struct engine *engine, uint32_t manager)
{
    const uint32_t max = image_managers(engine->image)[manager].max_running;
    return max == 0 || engine_slots_held(engine, manager) < max;
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

/* Whether this server is the manager's host. */
static bool decides(const struct engine *engine, uint32_t manager)
{
    return image_managers(engine->image)[manager].host == engine->server;
}

/* Whether the host, being out of reach, is done without (R38): a coordinator may count instead. */
static bool may_go_alone(const struct engine *engine, uint32_t local)
{
    const struct image_manager *manager =
        &image_managers(engine->image)[engine_failover_entry(engine, local)->manager];
    return !engine_peer_up(engine, manager->host) &&
           (manager->allow || arbiter_counts(engine, local));
}

/* Whether one that waits may have its slots now, of both limits at once or of none (R14). The host
 * of its manager decides; where that is out of reach, its standby, by its own limit alone. */
static bool may_run(const struct engine *engine, const struct managed *managed)
{
    const struct image_failover *entry = &image_failovers(engine->image)[managed->failover];
    return (decides(engine, entry->manager) ||
            may_go_alone(engine, engine_local_failover(engine, managed->failover))) &&
           (entry->own_manager == IMAGE_NONE || has_room(engine, entry->own_manager));
}

static struct managed *next_waiting(struct engine *engine, uint32_t manager)
{
    struct managed *best = NULL;
    if (decides(engine, manager) && !has_room(engine, manager))
        return NULL;
    for (uint32_t i = 0; i < engine->managed_count; i++) {
        struct managed *managed = &engine_managed(engine)[i];
        if (managed->slot == SLOT_WAITING &&
            image_failovers(engine->image)[managed->failover].manager == manager &&
            (best == NULL || served_before(engine, managed, best)) && may_run(engine, managed))
            best = managed;
    }
    return best;
}

static void grant(struct engine *engine, struct managed *managed, struct engine_output *output)
{
    managed->slot = SLOT_HELD;
    const struct image_failover *entry = &image_failovers(engine->image)[managed->failover];
    if (entry->standby == engine->server)
        engine_push(engine, MACHINE_FAILOVER, engine_local_failover(engine, managed->failover),
                    decides(engine, entry->manager) ? FAILOVER_SLOT_GRANTED
                                                    : FAILOVER_SLOT_ALLOWED);
    else
        engine_send(engine, output, entry->standby,
                    (struct engine_message){.kind = MESSAGE_SLOT_GRANTED,
                                            .failover = managed->failover,
                                            .camera = IMAGE_NONE});
}

/* Gives free slots to those who wait. */
static void serve(struct engine *engine, uint32_t manager, struct engine_output *output)
{
    struct managed *next = next_waiting(engine, manager);
    while (next != NULL) {
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

/* What a standby counts under its own manager while another server keeps the count of the site:
 * what it holds and what it has asked for. */
static void note_own(struct engine *engine, struct managed *managed, enum engine_message_kind kind)
{
    if (kind == MESSAGE_SLOT_FREE)
        managed->slot = SLOT_NONE;
    else if (kind == MESSAGE_SLOT_TAKE)
        managed->slot = SLOT_HELD;
    else if (kind == MESSAGE_SLOT_YIELD || managed->slot == SLOT_NONE)
        queue(engine, managed, kind == MESSAGE_SLOT_YIELD);
}

static void send_host(struct engine *engine, uint32_t failover, enum engine_message_kind kind,
                      struct engine_output *output)
{
    engine_send(engine, output, manager_entry(engine, failover)->host,
                (struct engine_message){.kind = kind, .failover = failover, .camera = IMAGE_NONE});
}

static void request(struct engine *engine, uint32_t local, enum engine_message_kind kind,
                    struct engine_output *output)
{
    const uint32_t failover = engine_self(engine)->failovers.first + local;
    const struct image_failover *entry = engine_failover_entry(engine, local);
    const struct image_manager *manager = manager_entry(engine, failover);
    if (manager->host == engine->server) {
        host_request(engine, failover, kind, output);
        return;
    }
    const bool limits_itself = entry->own_manager != IMAGE_NONE;
    if (limits_itself)
        note_own(engine, find_managed(engine, failover), kind);
    if (engine_peer_up(engine, manager->host))
        send_host(engine, failover, kind, output);
    else if (limits_itself)
        serve(engine, entry->manager, output);
    else if ((kind == MESSAGE_SLOT_ASK || kind == MESSAGE_SLOT_YIELD) &&
             may_go_alone(engine, local))
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

static bool is_counted_by(const struct engine *engine, uint32_t local, uint32_t host)
{
    const uint32_t manager = engine_failover_entry(engine, local)->manager;
    return manager != IMAGE_NONE &&
           (host == IMAGE_NONE || image_managers(engine->image)[manager].host == host);
}

static bool holds_slot(const struct failover *failover)
{
    return engine_state_carries(failover->state) || failover->state == FAILOVER_CLAIMING;
}

/* Says again what we hold, then what we want: whoever counts gives nothing away before it knows. */
static void say_again(struct engine *engine, uint32_t host, bool up, struct engine_output *output)
{
    for (uint32_t f = 0; up && f < engine->failover_count; f++)
        if (is_counted_by(engine, f, host) && holds_slot(&engine_failovers(engine)[f]))
            request(engine, f, MESSAGE_SLOT_TAKE, output);
    for (uint32_t f = 0; f < engine->failover_count; f++)
        if (is_counted_by(engine, f, host) && waits_for_slot(&engine_failovers(engine)[f]))
            request(engine, f, MESSAGE_SLOT_ASK, output);
}

void manager_peer(struct engine *engine, uint32_t server, bool up, struct engine_output *output)
{
    for (uint32_t f = 0; f < engine->failover_count; f++)
        if (is_counted_by(engine, f, server))
            failover_settle(engine, f); /* what its arbiter allows may hang on the host (R38) */
    say_again(engine, server, up, output);
    if (up)
        return;
    /* The host's side: the death of a carrier frees its slots (R37). */
    for (uint32_t i = 0; i < engine->managed_count; i++) {
        const uint32_t failover = engine_managed(engine)[i].failover;
        if (image_failovers(engine->image)[failover].standby == server)
            host_request(engine, failover, MESSAGE_SLOT_FREE, output);
    }
}

/* An order of an operator, or what ran while the host was out of reach, may have used up our own
 * limit meanwhile: then the slot goes back, and is asked for again (R14). */
static void hear_granted(struct engine *engine, uint32_t local, struct engine_output *output)
{
    const struct image_failover *entry = engine_failover_entry(engine, local);
    const uint32_t failover = engine_self(engine)->failovers.first + local;
    if (entry->own_manager != IMAGE_NONE) {
        struct managed *managed = find_managed(engine, failover);
        if (managed->slot == SLOT_WAITING && !has_room(engine, entry->own_manager)) {
            send_host(engine, failover, MESSAGE_SLOT_FREE, output);
            send_host(engine, failover, MESSAGE_SLOT_ASK, output);
            return;
        }
        if (managed->slot == SLOT_WAITING)
            managed->slot = SLOT_HELD;
    }
    engine_push(engine, MACHINE_FAILOVER, local, FAILOVER_SLOT_GRANTED);
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
        hear_granted(engine, local, output);
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

/* Its state may have become another one than that in which it held a slot. */
static void forget_own(struct engine *engine, uint32_t local)
{
    struct managed *managed = find_managed(engine, engine_self(engine)->failovers.first + local);
    if (managed->slot == SLOT_HELD)
        managed->slot = SLOT_NONE;
}

/* Whoever keeps the count now is told what we hold or want; a limit that was raised is used at
 * once. */
void manager_deploy(struct engine *engine, struct engine_output *output)
{
    for (uint32_t f = 0; f < engine->failover_count; f++)
        if (engine_failover_entry(engine, f)->own_manager != IMAGE_NONE &&
            !holds_slot(&engine_failovers(engine)[f]))
            forget_own(engine, f);
    say_again(engine, IMAGE_NONE, true, output);
    for (uint32_t m = 0; m < engine->image->managers.count; m++)
        if (image_managers(engine->image)[m].host == engine->server)
            serve(engine, m, output);
}
