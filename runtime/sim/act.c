/* What the script does to the world. */
#include "runtime/sim/world.h"

#include <assert.h>

#define WALL_MS INT64_C(1767225600000) /* the wall clock at 0: 2026-01-01 */

static void set_power(struct world *world, uint32_t server, enum power power)
{
    world->servers[server].power = (uint8_t)power;
    history_set(&world->servers[server].powers, world->now_ms, (uint8_t)power);
}

void act_start(struct world *world, uint32_t server)
{
    set_power(world, server, POWER_ON);
    world->servers[server].wake_ms = ENGINE_NEVER;
    struct engine_event boot = world_event(EVENT_BOOT, IMAGE_NONE);
    boot.wall_ms = WALL_MS + world->servers[server].clock_ms + world->now_ms;
    world_step(world, server, boot);
    if (world->servers[server].volume == IMAGE_NONE)
        world_step(world, server, world_event(EVENT_STORAGE_LOST, IMAGE_NONE));
    view_forget(world, server);
    view_update_server(world, server);
    claim_forget(world, server);
    claim_update_server(world, server);
}

static void server_end(struct world *world, uint32_t server, enum power power)
{
    recorder_end(world, server);
    set_power(world, server, power);
    link_update_server(world, server);
    view_update_server(world, server);
    claim_update_server(world, server);
}

/* The server stands still as it is. Its cameras and its peers drop it. */
static void server_pause(struct world *world, uint32_t server)
{
    set_power(world, server, POWER_PAUSED);
    recorder_update_server(world, server);
    link_update_server(world, server);
    view_update_server(world, server);
    claim_update_server(world, server);
}

/* It goes on. Deadlines that have passed meanwhile are due now, but it does not judge by them
 * (R29). */
static void server_wake(struct world *world, uint32_t server)
{
    set_power(world, server, POWER_ON);
    world_step(world, server, world_event(EVENT_LATE, IMAGE_NONE));
    recorder_update_server(world, server);
    view_update_server(world, server);
    claim_update_server(world, server);
    link_update_server(world, server);
    link_wake(world, server);
    world->servers[server].wake_ms = ENGINE_NEVER;
    world_plan_wake(world, server);
}

static void isolate_or_rejoin(struct world *world, uint32_t server, bool isolated)
{
    world->servers[server].isolated = isolated;
    volume_update_server(world, server);
    recorder_update_server(world, server);
    view_update_server(world, server);
    claim_update_server(world, server);
    link_update_server(world, server);
}

static void jump(struct world *world, const struct outage_act *act)
{
    struct engine_event event = world_event(EVENT_CLOCK_JUMP, IMAGE_NONE);
    event.wall_ms = act->jump_ms;
    world->servers[act->a].clock_ms += act->jump_ms;
    world_step(world, act->a, event);
}

static void stall_or_resume(struct world *world, uint32_t camera, bool stalled)
{
    if (world->stalls[camera].count == 0)
        history_set(&world->stalls[camera], -1, 0);
    history_set(&world->stalls[camera], world->now_ms, stalled);
    recorder_update_camera(world, camera);
}

static void cut_or_heal_link(struct world *world, const struct outage_act *act)
{
    const uint32_t link = link_find(world, act->a, act->b);
    assert(link != IMAGE_NONE);
    world->links[link].cut = act->kind == ACT_CUT;
    link_update(world, link);
}

static void cut_or_heal(struct world *world, const struct outage_act *act)
{
    if (act->end == END_SERVER) {
        cut_or_heal_link(world, act);
        return;
    }
    if (act->end == END_VOLUME)
        volume_cut(world, act);
    else
        world->servers[act->a].cut_off = act->kind == ACT_CUT;
    view_update(world);
    claim_update(world);
}

/* An operator's order on a failover. */
static void order(struct world *world, uint32_t failover, enum engine_event_kind kind)
{
    world_step(world, image_failovers(world->image)[failover].standby, world_event(kind, failover));
}

void act_perform(struct world *world, const struct outage_act *act)
{
    switch ((enum outage_act_kind)act->kind) {
    case ACT_FAIL:
        server_end(world, act->a, POWER_FAILED);
        break;
    case ACT_RESTORE:
    case ACT_LOG_ON:
        act_start(world, act->a);
        link_update_server(world, act->a);
        break;
    case ACT_LOG_OFF:
        world_step(world, act->a, world_event(EVENT_LOG_OFF, IMAGE_NONE));
        server_end(world, act->a, POWER_OFF);
        break;
    case ACT_CUT:
    case ACT_HEAL:
        cut_or_heal(world, act);
        break;
    case ACT_FORCE_START:
        order(world, act->a, EVENT_FORCE_START);
        break;
    case ACT_FORCE_STOP:
        order(world, act->a, EVENT_FORCE_STOP);
        break;
    case ACT_DISABLE:
        order(world, act->a, EVENT_DISABLE);
        break;
    case ACT_ENABLE:
        order(world, act->a, EVENT_ENABLE);
        break;
    case ACT_PAUSE:
        server_pause(world, act->a);
        break;
    case ACT_WAKE:
        server_wake(world, act->a);
        break;
    case ACT_ISOLATE:
    case ACT_REJOIN:
        isolate_or_rejoin(world, act->a, act->kind == ACT_ISOLATE);
        break;
    case ACT_LOSE:
    case ACT_REGAIN:
    case ACT_FILL:
    case ACT_EMPTY:
        if (act->a == IMAGE_NONE)
            world->coordinator_lost = act->kind == ACT_LOSE;
        else
            volume_change(world, act);
        view_update(world);
        claim_update(world);
        break;
    case ACT_STALL:
    case ACT_RESUME:
        stall_or_resume(world, act->a, act->kind == ACT_STALL);
        break;
    case ACT_JUMP:
        jump(world, act);
        break;
    case ACT_COUNT:
        assert(!"an act of no kind");
        break;
    }
}
