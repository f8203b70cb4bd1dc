/* Properties: what must hold after every step, whatever happens. A breach is a fault of Understudy,
 * never of its user, and the report says so. */
#include "runtime/sim/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/engine/trace.h"
#include "runtime/sim/array.h"

#define FAULTS_MAX   20 /* the first ones tell the story */
#define HOLDERS_KEPT 16 /* of the latest epochs: an earlier one is over for good */

void property_fault(struct world *world, const char *format, ...)
{
    if (world->fault_count >= FAULTS_MAX)
        return;
    char *text = array_new(TEXT_BYTES_MAX, 1);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, TEXT_BYTES_MAX, format, arguments);
    va_end(arguments);
    world->faults =
        array_grow(world->faults, world->fault_count, &world->fault_max, sizeof *world->faults);
    world->faults[world->fault_count++] = text;
}

static const char *server_name(const struct world *world, uint32_t server)
{
    return image_text(world->image, image_servers(world->image)[server].name);
}

/* Nothing happens in a state that has no answer to it. */
static void check_legal(struct world *world)
{
    for (uint32_t i = 0; i < world->output.transition_count; i++) {
        const struct engine_transition *transition = &world->output.transitions[i];
        const uint8_t kind = world->deployment->machines[transition->machine].kind;
        if (transition->verdict == VERDICT_ILLEGAL)
            property_fault(
                world, "at %lld ms, %s: the machine %s %s has no answer to %s in the state %s",
                (long long)world->now_ms, server_name(world, transition->server),
                trace_machine_kind(kind), trace_subject(world->deployment, transition),
                trace_event(kind, transition->event), trace_state(kind, transition->from));
    }
}

static bool is_handed_back(const struct engine_transition *transition)
{
    return transition->event == FAILOVER_ALL_BACK && transition->verdict == VERDICT_MOVE;
}

/* What a standby has given back it never takes again: it claims another epoch. */
static void check_claims(struct world *world)
{
    for (uint32_t i = 0; i < world->output.transition_count; i++) {
        const struct engine_transition *transition = &world->output.transitions[i];
        if (world->deployment->machines[transition->machine].kind != MACHINE_FAILOVER)
            continue;
        uint64_t *spent = &world->spent_epochs[transition->subject];
        if (is_handed_back(transition))
            *spent = transition->epoch;
        else if (!engine_state_carries(transition->from) && engine_state_carries(transition->to) &&
                 *spent > 0 && transition->epoch <= *spent)
            property_fault(world,
                           "at %lld ms: %s carries under epoch %llu, which it has given back",
                           (long long)world->now_ms, server_name(world, transition->server),
                           (unsigned long long)transition->epoch);
    }
}

/* Under one epoch only one server ever records a main's objects (R24, R31). Nobody records without
 * one: a standby that never claims would else never be in anybody's way. */
static void check_holder(struct world *world, uint32_t server, const struct engine_action *action)
{
    const uint32_t main = image_cameras(world->image)[action->camera].server;
    struct holders *holders = &world->holders[main];
    if (action->epoch == 0)
        property_fault(world, "at %lld ms: %s records %s without an epoch",
                       (long long)world->now_ms, server_name(world, server),
                       server_name(world, main));
    for (size_t i = holders->count; i-- > 0;) {
        if (holders->items[i].epoch != action->epoch)
            continue;
        if (holders->items[i].server != server)
            property_fault(world, "at %lld ms: %s and %s both record %s under epoch %llu",
                           (long long)world->now_ms, server_name(world, holders->items[i].server),
                           server_name(world, server), server_name(world, main),
                           (unsigned long long)action->epoch);
        return;
    }
    holders->items =
        array_grow(holders->items, holders->count, &holders->max, sizeof *holders->items);
    holders->items[holders->count++] = (struct holder){action->epoch, server};
}

void property_forget(struct world *world)
{
    for (uint32_t s = 0; s < world->image->servers.count; s++) {
        struct holders *holders = &world->holders[s];
        if (holders->count <= HOLDERS_KEPT)
            continue;
        memmove(holders->items, holders->items + holders->count - HOLDERS_KEPT,
                HOLDERS_KEPT * sizeof *holders->items);
        holders->count = HOLDERS_KEPT;
    }
}

/* Whether a manager's host counts failovers of this server, another one than itself; IMAGE_NONE: of
 * any. */
static bool counts_for(const struct image *image, uint32_t manager, uint32_t server)
{
    const uint32_t host = image_managers(image)[manager].host;
    for (uint32_t f = 0; f < image->failovers.count; f++) {
        const struct image_failover *failover = &image_failovers(image)[f];
        if (image_failover_is_limited(failover, manager) && failover->standby != host &&
            (server == IMAGE_NONE || failover->standby == server))
            return true;
    }
    return false;
}

/* More than the limit may run where an operator forces it (R17), where the manager was out of reach
 * (R38), or where its host has started again or lost sight of a carrier, whose slot it then gives
 * to another (R37), and learns afterwards that the carrier goes on. */
static void note_leave(struct world *world, uint32_t server, const struct engine_event *event)
{
    for (uint32_t i = 0; i < world->output.transition_count; i++) {
        const struct engine_transition *transition = &world->output.transitions[i];
        if (world->deployment->machines[transition->machine].kind != MACHINE_FAILOVER)
            continue;
        const struct image_failover *entry = &image_failovers(world->image)[transition->subject];
        const bool forced = transition->event == FAILOVER_FORCE_START;
        if (entry->manager != IMAGE_NONE && (forced || transition->event == FAILOVER_SLOT_ALLOWED))
            world->over_limit_fine[entry->manager] = true;
        if (entry->own_manager != IMAGE_NONE && forced)
            world->over_limit_fine[entry->own_manager] = true;
    }
    if (event->kind != EVENT_BOOT && event->kind != EVENT_PEER_LOST)
        return;
    for (uint32_t m = world->servers[server].first_manager; m != IMAGE_NONE;
         m = world->next_managers[m])
        if (world->now_ms >= 0 &&
            counts_for(world->image, m,
                       event->kind == EVENT_PEER_LOST ? event->server : IMAGE_NONE))
            world->over_limit_fine[m] = true;
}

/* The limit holds (R14), and nobody waits beside a free slot (R15). */
static void check_limits(struct world *world, uint32_t server)
{
    for (uint32_t m = world->servers[server].first_manager; m != IMAGE_NONE;
         m = world->next_managers[m]) {
        const struct image_manager *manager = &image_managers(world->image)[m];
        if (manager->max_running == 0)
            continue;
        const struct engine *host = world->servers[server].engine;
        const uint32_t held = engine_slots_held(host, m);
        if (held > manager->max_running && !world->over_limit_fine[m])
            property_fault(world, "at %lld ms: %u failovers run at once, %s allows %u",
                           (long long)world->now_ms, held, image_text(world->image, manager->name),
                           manager->max_running);
        if (engine_slot_is_wasted(host, m))
            property_fault(world, "at %lld ms: a main waits although %s has a free slot",
                           (long long)world->now_ms, image_text(world->image, manager->name));
    }
}

void property_step(struct world *world, uint32_t server, const struct engine_event *event)
{
    check_legal(world);
    check_claims(world);
    for (uint32_t i = 0; i < world->output.action_count; i++)
        if (world->output.actions[i].kind == ACTION_RECORD)
            check_holder(world, server, &world->output.actions[i]);
    note_leave(world, server, event);
    check_limits(world, server);
}

void property_rest(struct world *world)
{
    for (uint32_t i = 0; i < world->recorder_count; i++) {
        const struct recorder *recorder = &world->recorders[i];
        const bool own = image_cameras(world->image)[recorder->camera].server == recorder->server;
        const bool covers = recorder->open && recorder->recording && recorder->covers_from_ms <= 0;
        if (covers != own)
            property_fault(
                world, "at the start: %s %s %s", server_name(world, recorder->server),
                own ? "does not record its own" : "records",
                image_text(world->image, image_cameras(world->image)[recorder->camera].name));
    }
}
