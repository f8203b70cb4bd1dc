/* What a new deployment calls for while its server goes on (R41): what is new begins, what is
 * carried is carried as it is listed now, and every peer is told again what holds, for some of it
 * may be new to one of the two. A peer that has a new deployment is told likewise.
 */
#include "runtime/engine/state.h"

#include <assert.h>

static bool main_is_up(const struct engine *engine, uint32_t local)
{
    return engine_peer_up(engine, engine_failover_entry(engine, local)->monitor);
}

/* Carried while the main is alive: a camera with one session is the main's until that releases it.
 */
static bool carries_beside(uint8_t state)
{
    return state == FAILOVER_FORCED || state == FAILOVER_KEEPING || state == FAILOVER_HOLDING ||
           state == FAILOVER_REPLACING;
}

static void want_objects(struct engine *engine, uint32_t local)
{
    const struct failover *failover = &engine_failovers(engine)[local];
    const uint32_t count = engine_failover_entry(engine, local)->objects.count;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t at = failover->first_camera + i;
        if (!carries_beside(failover->state) || !camera_single(engine, at))
            camera_want(engine, at);
    }
}

/* A wait that runs has armed the warm cameras: those that were added are armed now. Where none
 * runs, one that is no longer hot is armed no more. */
static void arm_objects(struct engine *engine, uint32_t local)
{
    const struct failover *failover = &engine_failovers(engine)[local];
    const uint32_t count = engine_failover_entry(engine, local)->objects.count;
    const bool waits = failover->state == FAILOVER_SUSPECT || failover->state == FAILOVER_QUEUED ||
                       failover->state == FAILOVER_CLAIMING;
    const bool rests = failover->state == FAILOVER_WATCHING || failover->state == FAILOVER_UNSEEN;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t at = failover->first_camera + i;
        const struct camera *camera = &engine_cameras(engine)[at];
        const bool warm = engine_camera_entry(engine, camera->index)->arm == ARM_WARM;
        if (waits && warm && camera->state == CAMERA_IDLE)
            engine_push(engine, MACHINE_CAMERA, at, CAMERA_ARM);
        if (rests && camera->state == CAMERA_ARMED && !camera_stays_armed(engine, at))
            engine_push(engine, MACHINE_CAMERA, at, CAMERA_DISARM);
    }
}

static void renew_failover(struct engine *engine, uint32_t local, struct engine_output *output)
{
    struct failover *failover = &engine_failovers(engine)[local];
    const uint32_t machine = engine_failover_entry(engine, local)->machine;
    const bool licensed =
        (engine->deployment->machines[machine].features & 1u << FEATURE_LICENCE) != 0;
    const uint8_t state = failover->state;
    failover_arm_hot(engine, local);
    if (state == FAILOVER_UNSEEN && failover->deadline_ms == ENGINE_NEVER)
        engine_push(engine, MACHINE_FAILOVER, local, FAILOVER_BOOT);
    else if (state == FAILOVER_DISABLED && !failover->disabled)
        engine_push(engine, MACHINE_FAILOVER, local, FAILOVER_ENABLE);
    else if (state == FAILOVER_CLAIMING)
        arbiter_ask(engine, local, output);
    arm_objects(engine, local);
    if (engine_state_carries(state)) {
        if (licensed)
            licence_start(engine, local);
        if (state != FAILOVER_RETURNING)
            want_objects(engine, local);
        if (state == FAILOVER_CARRYING && main_is_up(engine, local))
            engine_push(engine, MACHINE_FAILOVER, local, FAILOVER_LINK_UP);
    }
    failover_settle(engine, local);
}

/* ---- what holds, said to a peer once more ---- */

static void tell_on_disk(struct engine *engine, uint32_t local, struct engine_output *output)
{
    const uint32_t first = engine_failovers(engine)[local].first_camera;
    const uint32_t count = engine_failover_entry(engine, local)->objects.count;
    for (uint32_t i = 0; i < count; i++)
        if (engine_cameras(engine)[first + i].state == CAMERA_RECORDING)
            camera_tell(engine, first + i, false, output);
}

static void tell_main(struct engine *engine, uint32_t local, struct engine_output *output)
{
    const uint8_t state = engine_failovers(engine)[local].state;
    if (state == FAILOVER_WATCHING || state == FAILOVER_TROUBLED || state == FAILOVER_DISABLED)
        failover_effect(engine, local, EFFECT_ANSWER_FREE, output);
    else if (state == FAILOVER_RETURNING)
        failover_effect(engine, local, EFFECT_OFFER, output);
    else if (state == FAILOVER_KEEPING || state == FAILOVER_HOLDING)
        failover_effect(engine, local, EFFECT_KEEP, output);
    else if (state == FAILOVER_FORCED || state == FAILOVER_REPLACING)
        failover_effect(engine, local, state == FAILOVER_FORCED ? EFFECT_LEND : EFFECT_REPLACE,
                        output);
    if (state == FAILOVER_FORCED || state == FAILOVER_REPLACING)
        tell_on_disk(engine, local, output);
}

void deploy_peer(struct engine *engine, uint32_t server, struct engine_output *output)
{
    if (!engine_peer_up(engine, server))
        return;
    for (uint32_t f = 0; f < engine->failover_count; f++)
        if (engine_failover_entry(engine, f)->monitor == server)
            tell_main(engine, f, output);
    fellow_peer(engine, server, true, output);
    view_peer(engine, server, true, output);
    owner_peer(engine, server, true, output);
    manager_peer(engine, server, true, output);
}

void deploy_begin(struct engine *engine, struct engine_output *output)
{
    for (uint32_t f = 0; f < engine->failover_count; f++)
        renew_failover(engine, f, output);
    manager_deploy(engine, output);
    owner_deploy(engine, output);
    for (uint32_t p = 0; p < engine->peer_count; p++)
        deploy_peer(engine, engine_peers(engine)[p].server, output);
}
