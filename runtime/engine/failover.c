/* Failovers: what a standby does for a main that it watches. */
#include "runtime/engine/state.h"

#include <assert.h>

bool failover_holds_slot(uint8_t state)
{
    return state == FAILOVER_TAKING_OVER || state == FAILOVER_CARRYING ||
           state == FAILOVER_HOLDING || state == FAILOVER_RETURNING || state == FAILOVER_FORCED ||
           state == FAILOVER_KEEPING;
}

static uint64_t highest(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint32_t object_count(const struct engine *engine, uint32_t local)
{
    return engine_failover_entry(engine, local)->objects.count;
}

static void say(struct engine *engine, uint32_t local, enum engine_message_kind kind,
                struct engine_output *output)
{
    const struct image_failover *entry = engine_failover_entry(engine, local);
    engine_send(engine, output, entry->monitor,
                (struct engine_message){.kind = kind,
                                        .failover = engine_self(engine)->failovers.first + local,
                                        .camera = IMAGE_NONE,
                                        .epoch = engine_failovers(engine)[local].epoch});
}

/* Keeping, lending, offering and freeing promise the next epoch to the main, which may take it
 * without asking again (R30): so no epoch is ever claimed twice. */
static void promise_next_epoch(struct failover *failover)
{
    failover->known_epoch = highest(failover->known_epoch, failover->epoch + 1);
}

static void claim(struct failover *failover)
{
    failover->epoch = highest(failover->known_epoch, failover->epoch) + 1;
    failover->known_epoch = failover->epoch;
}

static void arm(struct engine *engine, uint32_t local, bool wanted)
{
    const uint32_t first = engine_failovers(engine)[local].first_camera;
    for (uint32_t i = 0; i < object_count(engine, local); i++) {
        const struct camera *camera = &engine_cameras(engine)[first + i];
        const bool warm = engine_camera_entry(engine, camera->index)->arm == ARM_WARM;
        if (wanted && warm && camera->state == CAMERA_IDLE)
            engine_push(engine, MACHINE_CAMERA, first + i, CAMERA_ARM);
        if (!wanted && camera->state == CAMERA_ARMED)
            engine_push(engine, MACHINE_CAMERA, first + i, CAMERA_DISARM);
    }
}

/* A camera with one session is still the main's where the main is alive: it comes when the main
 * releases it (R27). */
static void carry(struct engine *engine, uint32_t local)
{
    const struct failover *failover = &engine_failovers(engine)[local];
    for (uint32_t i = 0; i < object_count(engine, local); i++) {
        const uint32_t at = failover->first_camera + i;
        if (failover->state == FAILOVER_FORCED && camera_single(engine, at) &&
            !camera_wanted(engine_cameras(engine)[at].state))
            continue;
        camera_want(engine, at);
    }
}

static void drop(struct engine *engine, uint32_t local)
{
    const uint32_t first = engine_failovers(engine)[local].first_camera;
    for (uint32_t i = 0; i < object_count(engine, local); i++)
        camera_drop(engine, first + i);
}

static void offer(struct engine *engine, uint32_t local, struct engine_output *output)
{
    struct failover *failover = &engine_failovers(engine)[local];
    promise_next_epoch(failover);
    say(engine, local, MESSAGE_OFFER, output);
    for (uint32_t i = 0; i < object_count(engine, local); i++) {
        const uint32_t at = failover->first_camera + i;
        if (camera_single(engine, at))
            camera_release(engine, at, output);
    }
}

/* A main that records as well, after a partition, stops each camera as it hears that it is on disk
 * here. */
static void keep(struct engine *engine, uint32_t local, struct engine_output *output)
{
    struct failover *failover = &engine_failovers(engine)[local];
    promise_next_epoch(failover);
    say(engine, local, MESSAGE_KEPT, output);
    for (uint32_t i = 0; i < object_count(engine, local); i++)
        if (engine_cameras(engine)[failover->first_camera + i].state == CAMERA_RECORDING)
            camera_tell(engine, failover->first_camera + i, false, output);
}

static void lend(struct engine *engine, uint32_t local, struct engine_output *output)
{
    promise_next_epoch(&engine_failovers(engine)[local]);
    say(engine, local, MESSAGE_LEND, output);
}

/* The right goes back to the main, whether or not it was offered: under the next epoch, if there
 * was one here. */
static void answer_free(struct engine *engine, uint32_t local, struct engine_output *output)
{
    struct failover *failover = &engine_failovers(engine)[local];
    if (failover->epoch > 0)
        promise_next_epoch(failover);
    say(engine, local, MESSAGE_FREE, output);
}

static void publish(struct engine *engine, uint32_t local, enum engine_action_kind kind,
                    struct engine_output *output)
{
    struct engine_action *action = engine_act(engine, output, kind);
    action->failover = engine_self(engine)->failovers.first + local;
    action->epoch = engine_failovers(engine)[local].epoch;
}

void failover_effect(struct engine *engine, uint32_t local, enum machine_effect effect,
                     struct engine_output *output)
{
    assert(local < engine->failover_count);
    struct failover *failover = &engine_failovers(engine)[local];
    const struct image_failover *entry = engine_failover_entry(engine, local);
    if (effect == EFFECT_WAIT_START)
        failover->deadline_ms = engine->now_ms + entry->wait_ms;
    else if (effect == EFFECT_HOLD_START)
        failover->deadline_ms = engine->now_ms + entry->hold_down_ms;
    else if (effect == EFFECT_WAIT_CANCEL || effect == EFFECT_HOLD_CANCEL)
        failover->deadline_ms = ENGINE_NEVER;
    else if (effect == EFFECT_COUNT_FLAP)
        failover->flaps++;
    else if (effect == EFFECT_ARM || effect == EFFECT_DISARM)
        arm(engine, local, effect == EFFECT_ARM);
    else if (effect == EFFECT_CLAIM)
        claim(failover);
    else if (effect == EFFECT_CARRY)
        carry(engine, local);
    else if (effect == EFFECT_DROP)
        drop(engine, local);
    else if (effect == EFFECT_OFFER)
        offer(engine, local, output);
    else if (effect == EFFECT_KEEP)
        keep(engine, local, output);
    else if (effect == EFFECT_LEND)
        lend(engine, local, output);
    else if (effect == EFFECT_ANSWER_FREE)
        answer_free(engine, local, output);
    else if (effect == EFFECT_PUBLISH_START)
        publish(engine, local, ACTION_PUBLISH_START, output);
    else if (effect == EFFECT_PUBLISH_STOP)
        publish(engine, local, ACTION_PUBLISH_STOP, output);
    else
        manager_effect(engine, local, effect, output);
}

void failover_peer(struct engine *engine, uint32_t server, bool up)
{
    for (uint32_t f = 0; f < engine->failover_count; f++)
        if (engine_failover_entry(engine, f)->monitor == server)
            engine_push(engine, MACHINE_FAILOVER, f, up ? FAILOVER_LINK_UP : FAILOVER_LINK_LOST);
}

void failover_time(struct engine *engine)
{
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        struct failover *failover = &engine_failovers(engine)[f];
        if (failover->deadline_ms > engine->now_ms)
            continue;
        failover->deadline_ms = ENGINE_NEVER;
        engine_push(engine, MACHINE_FAILOVER, f,
                    failover->state == FAILOVER_HOLDING ? FAILOVER_HOLD_ELAPSED
                                                        : FAILOVER_WAIT_ELAPSED);
    }
}

/* The main says that a camera is on disk there, or is ours to open. */
static void camera_message(struct engine *engine, uint32_t local,
                           const struct engine_message *message)
{
    const uint32_t at = engine_local_camera(engine, message->camera);
    if (at == IMAGE_NONE || engine_cameras(engine)[at].failover != local)
        return;
    const struct failover *failover = &engine_failovers(engine)[local];
    const uint8_t state = failover->state;
    if (message->kind == MESSAGE_ON_DISK && state == FAILOVER_RETURNING &&
        message->epoch > failover->epoch) /* not a late word of an earlier return */
        camera_drop(engine, at);
    if (message->kind == MESSAGE_RELEASED &&
        (state == FAILOVER_FORCED || state == FAILOVER_KEEPING || state == FAILOVER_HOLDING))
        camera_want(engine, at);
}

void failover_message(struct engine *engine, uint32_t sender, const struct engine_message *message)
{
    const uint32_t local = engine_local_failover(engine, message->failover);
    if (local == IMAGE_NONE || engine_failover_entry(engine, local)->monitor != sender)
        return;
    struct failover *failover = &engine_failovers(engine)[local];
    if (message->kind == MESSAGE_ALIVE)
        failover->known_epoch = highest(failover->known_epoch, message->epoch);
    else if (message->kind == MESSAGE_LEFT)
        engine_push(engine, MACHINE_FAILOVER, local, FAILOVER_MAIN_LEFT);
    else if (message->kind == MESSAGE_ON_DISK || message->kind == MESSAGE_RELEASED)
        camera_message(engine, local, message);
}

bool failover_all_back(struct engine *engine)
{
    bool any = false;
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        const struct failover *failover = &engine_failovers(engine)[f];
        if (failover->state != FAILOVER_RETURNING || failover->active > 0)
            continue;
        engine_push(engine, MACHINE_FAILOVER, f, FAILOVER_ALL_BACK);
        any = true;
    }
    return any;
}
