/* Queries: what a status or a dry run shows of an engine. */
#include "runtime/engine/state.h"

#include <assert.h>

static const struct failover *failover_shown(const struct engine *engine, uint32_t failover)
{
    const uint32_t local = engine_local_failover(engine, failover);
    assert(local != IMAGE_NONE);
    return &engine_failovers_of(engine)[local];
}

uint8_t engine_failover_state(const struct engine *engine, uint32_t failover)
{
    return failover_shown(engine, failover)->state;
}

bool engine_failover_disabled(const struct engine *engine, uint32_t failover)
{
    return failover_shown(engine, failover)->disabled != 0;
}

uint64_t engine_failover_epoch(const struct engine *engine, uint32_t failover)
{
    return failover_shown(engine, failover)->epoch;
}

uint32_t engine_failover_flaps(const struct engine *engine, uint32_t failover)
{
    return failover_shown(engine, failover)->flaps;
}

int64_t engine_failover_deadline(const struct engine *engine, uint32_t failover)
{
    return failover_shown(engine, failover)->deadline_ms;
}

int64_t engine_licence_left(const struct engine *engine, uint32_t failover)
{
    const int64_t end_ms = failover_shown(engine, failover)->licence_end_ms;
    return end_ms == ENGINE_NEVER ? ENGINE_NEVER : end_ms - engine->now_ms;
}

bool engine_isolated(const struct engine *engine)
{
    return engine->network.isolated != 0;
}

uint8_t engine_main_state(const struct engine *engine)
{
    return engine->owner.state;
}

uint64_t engine_main_epoch(const struct engine *engine)
{
    return engine->owner.epoch;
}

bool engine_knows_camera(const struct engine *engine, uint32_t camera)
{
    return engine_local_camera(engine, camera) != IMAGE_NONE;
}

static const struct camera *camera_shown(const struct engine *engine, uint32_t camera)
{
    const uint32_t at = engine_local_camera(engine, camera);
    assert(at != IMAGE_NONE);
    return &engine_cameras_of(engine)[at];
}

uint8_t engine_camera_state(const struct engine *engine, uint32_t camera)
{
    return camera_shown(engine, camera)->state;
}

uint64_t engine_camera_epoch(const struct engine *engine, uint32_t camera)
{
    return camera_shown(engine, camera)->epoch;
}

bool engine_peer_up(const struct engine *engine, uint32_t server)
{
    const uint32_t peer = engine_local_peer(engine, server);
    return peer != IMAGE_NONE && engine_peers_of(engine)[peer].up;
}

/* A standby's own manager limits what is under it alone. */
static uint32_t count_slots_in(const struct engine *engine, uint32_t manager, enum slot slot)
{
    const struct image_failover *failovers = image_failovers(engine->image);
    const uint32_t standby = image_managers(engine->image)[manager].standby;
    const struct managed *managed = engine_managed_of(engine);
    uint32_t first = 0;
    uint32_t end = engine->managed_count;
    if (standby != IMAGE_NONE) {
        const struct image_list under = image_servers(engine->image)[standby].failovers;
        first = under.count > 0 ? engine_local_managed(engine, under.first) : IMAGE_NONE;
        if (first == IMAGE_NONE)
            return 0;
        end = first + under.count;
    }
    assert(end <= engine->managed_count);
    uint32_t count = 0;
    for (uint32_t i = first; i < end; i++) {
        count += managed[i].slot == slot &&
                 image_failover_is_limited(&failovers[managed[i].failover], manager);
    }
    return count;
}

uint32_t engine_slots_held(const struct engine *engine, uint32_t manager)
{
    return count_slots_in(engine, manager, SLOT_HELD);
}

uint32_t engine_slots_waiting(const struct engine *engine, uint32_t manager)
{
    return count_slots_in(engine, manager, SLOT_WAITING);
}

static bool is_full(const struct engine *engine, uint32_t manager)
{
    if (manager == IMAGE_NONE)
        return false;
    const uint32_t max = image_managers(engine->image)[manager].max_running;
    return max > 0 && engine_slots_held(engine, manager) >= max;
}

bool engine_slot_is_wasted(const struct engine *engine, uint32_t manager)
{
    const struct managed *managed = engine_managed_of(engine);
    if (is_full(engine, manager))
        return false;
    for (uint32_t i = 0; i < engine->managed_count; i++) {
        const struct image_failover *entry = &image_failovers(engine->image)[managed[i].failover];
        if (managed[i].slot == SLOT_WAITING && entry->manager == manager &&
            !is_full(engine, entry->own_manager))
            return true;
    }
    return false;
}
