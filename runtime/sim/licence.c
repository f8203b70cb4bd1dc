/* Licences: when the grace of a failover ran, and what was left of it (R9-R12). It goes on while
 * its standby is down; what was left is told anew where it is not what time alone has made of it.
 */
#include "runtime/sim/world.h"

#include "runtime/sim/array.h"

static void close_licence(struct world *world, uint32_t failover, int64_t at_ms, bool expired)
{
    struct licence *open = &world->open_licences[failover];
    if (open->left_ms == ENGINE_NEVER)
        return;
    open->to_ms = at_ms;
    open->expired = expired;
    world->licences = array_grow(world->licences, world->licence_count, &world->licence_max,
                                 sizeof *world->licences);
    world->licences[world->licence_count++] = *open;
    open->left_ms = ENGINE_NEVER;
}

static bool has_expired(const struct world *world, uint32_t failover)
{
    for (uint32_t i = 0; i < world->output.transition_count; i++) {
        const struct engine_transition *transition = &world->output.transitions[i];
        if (world->deployment->machines[transition->machine].kind == MACHINE_FAILOVER &&
            transition->subject == failover && transition->event == FAILOVER_LICENCE_EXPIRED)
            return true;
    }
    return false;
}

void licence_init(struct world *world)
{
    const uint32_t count = world->image->failovers.count;
    world->open_licences = array_new(count, sizeof *world->open_licences);
    for (uint32_t f = 0; f < count; f++)
        world->open_licences[f].left_ms = ENGINE_NEVER;
}

void licence_step(struct world *world, uint32_t server)
{
    const struct image_list own = image_servers(world->image)[server].failovers;
    if (!world->image->site.licence_bound)
        return;
    for (uint32_t f = own.first; f < own.first + own.count; f++) {
        struct licence *open = &world->open_licences[f];
        const int64_t left_ms = engine_licence_left(world->servers[server].engine, f);
        const bool runs = open->left_ms != ENGINE_NEVER;
        if (runs && left_ms == open->left_ms - (world->now_ms - open->from_ms))
            continue;
        close_licence(world, f, world->now_ms, has_expired(world, f));
        *open = (struct licence){.failover = f, .from_ms = world->now_ms, .left_ms = left_ms};
    }
}

/* A standby that is down at the end judges its grace when it starts again: what it would find then
 * is not told. */
void licence_finish(struct world *world)
{
    for (uint32_t f = 0; f < world->image->failovers.count; f++) {
        const uint32_t standby = image_failovers(world->image)[f].standby;
        const struct history *powers = &world->servers[standby].powers;
        close_licence(world, f,
                      world_is_on(world, standby) ? world->now_ms
                                                  : history_since(powers, world->now_ms),
                      false);
    }
}
