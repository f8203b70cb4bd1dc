#include "tests/engine/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "runtime/engine/trace.h"

void world_fail(const struct world *world, const char *what)
{
    for (uint32_t f = 0; f < world->image->failovers.count; f++) {
        const struct image_failover *entry = &image_failovers(world->image)[f];
        const uint8_t state = engine_failover_state(world->engines[entry->standby], f);
        print_message("%s: %s, its main: %s\n", image_text(world->image, entry->name),
                      trace_state(MACHINE_FAILOVER, state),
                      trace_state(MACHINE_MAIN, engine_main_state(world->engines[entry->monitor])));
    }
    fail_msg("seed %llu, step %u: %s", (unsigned long long)world->seed, world->step, what);
}

void world_check_claim(struct world *world, uint32_t main, uint64_t epoch, uint32_t server)
{
    for (uint32_t i = 0; i < world->claim_count; i++) {
        const struct claim *claim = &world->claims[i];
        if (claim->main == main && claim->epoch == epoch) {
            if (claim->server != server)
                world_fail(world, "an epoch has two holders");
            return;
        }
    }
    assert_true(world->claim_count < CLAIMS);
    world->claims[world->claim_count++] =
        (struct claim){.main = main, .epoch = epoch, .server = server};
}

void world_check_transitions(struct world *world, uint32_t server)
{
    const struct engine_output *output = &world->outputs[server];
    for (uint32_t i = 0; i < output->transition_count; i++) {
        const struct engine_transition *transition = &output->transitions[i];
        const uint8_t kind = world->deployment->machines[transition->machine].kind;
        if (transition->verdict == VERDICT_ILLEGAL) {
            char text[TEXT_BYTES_MAX];
            snprintf(text, sizeof text, "illegal: %s %s in %s got %s", trace_machine_kind(kind),
                     trace_subject(world->deployment, transition),
                     trace_state(kind, transition->from), trace_event(kind, transition->event));
            world_fail(world, text);
        }
        world_made[kind][transition->from][transition->event] = true;
        if (kind == MACHINE_FAILOVER && transition->event == FAILOVER_FORCE_START)
            world->forced[server] = true;
    }
}

/* The limit of a standby is kept by itself: nothing but an operator's order exceeds it (R14, R17).
 */
static void check_own_limit(struct world *world, const struct image_manager *manager)
{
    const uint32_t standby = manager->standby;
    const struct image_list under = image_servers(world->image)[standby].failovers;
    uint32_t running = 0;
    for (uint32_t f = under.first; f < under.first + under.count; f++)
        running += engine_state_carries(engine_failover_state(world->engines[standby], f));
    if (running <= manager->max_running)
        world->forced[standby] = false;
    else if (!world->forced[standby])
        world_fail(world, "more run on a standby than its manager allows");
}

void world_check_limits(struct world *world)
{
    for (uint32_t m = 0; m < world->image->managers.count; m++) {
        const struct image_manager *manager = &image_managers(world->image)[m];
        const struct engine *host = world->engines[manager->host];
        if (!world->alive[manager->host] || manager->max_running == 0)
            continue;
        if (manager->standby != IMAGE_NONE)
            check_own_limit(world, manager);
        if (engine_slot_is_wasted(host, m))
            world_fail(world, "somebody is queued beside a free slot");
    }
}

/* A hand-back without a gap (R27): the standby stops a camera that it has on disk only when the
 * main has it on disk. Where a main has several standbys, one may also stop for another (R24). */
void world_check_hand_back(const struct world *world, uint32_t server, uint32_t camera)
{
    const struct image_camera *entry = &image_cameras(world->image)[camera];
    const struct image_list under = image_servers(world->image)[server].failovers;
    if (entry->server == server || entry->sessions == 1 || !world->alive[entry->server] ||
        engine_main_state(world->engines[entry->server]) == MAIN_OFF ||
        !world->tasks[server][camera].reported ||
        image_servers(world->image)[entry->server].watchers.count > 1)
        return;
    for (uint32_t f = under.first; f < under.first + under.count; f++) {
        const uint8_t state = engine_failover_state(world->engines[server], f);
        if (image_failovers(world->image)[f].monitor == entry->server &&
            (state == FAILOVER_RETURNING || state == FAILOVER_WATCHING) &&
            !world->tasks[entry->server][camera].once)
            world_fail(world, "a camera is given back before its main has it on disk");
    }
}
