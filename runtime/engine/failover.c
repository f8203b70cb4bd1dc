/* Failovers: what a standby does for a main that it watches. What makes it do so is in
 * failover_event.c. */
#include "runtime/engine/state.h"

#include <assert.h>

bool engine_state_carries(uint8_t state)
{
    return state == FAILOVER_TAKING_OVER || state == FAILOVER_CARRYING ||
           state == FAILOVER_HOLDING || state == FAILOVER_RETURNING || state == FAILOVER_FORCED ||
           state == FAILOVER_KEEPING || state == FAILOVER_REPLACING;
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

/* Keeping, lending, offering and freeing leave the next epoch to the main, which may take it
 * without asking again (R30). */
static void promise_next_epoch(struct engine *engine, uint32_t local)
{
    struct failover *failover = &engine_failovers(engine)[local];
    const uint32_t main = engine_failover_entry(engine, local)->monitor;
    if (failover->epoch > 0)
        failover->known_epoch =
            highest(failover->known_epoch, engine_next_epoch(engine, main, failover->epoch, 0));
}

/* What nobody else can have claimed since is still ours. */
uint64_t failover_next_epoch(const struct engine *engine, uint32_t local)
{
    const struct failover *failover = &engine_failovers_of(engine)[local];
    const uint32_t index = engine_self(engine)->failovers.first + local;
    if (failover->epoch >= failover->known_epoch)
        return failover->epoch;
    return engine_next_epoch(engine, engine_failover_entry(engine, local)->monitor,
                             failover->known_epoch, image_failover_rank(engine->image, index) + 1);
}

static void claim(struct engine *engine, uint32_t local)
{
    struct failover *failover = &engine_failovers(engine)[local];
    failover->epoch = failover_next_epoch(engine, local);
    failover->known_epoch = failover->epoch;
}

/* Says to the main who is to record next. */
static void hand_on(struct engine *engine, uint32_t local, enum engine_message_kind kind,
                    struct engine_output *output)
{
    promise_next_epoch(engine, local);
    say(engine, local, kind, output);
}

static void arm(struct engine *engine, uint32_t local, bool wanted)
{
    const uint32_t first = engine_failovers(engine)[local].first_camera;
    for (uint32_t i = 0; i < object_count(engine, local); i++) {
        const struct camera *camera = &engine_cameras(engine)[first + i];
        const bool warm = engine_camera_entry(engine, camera->index)->arm == ARM_WARM;
        if (wanted && warm && camera->state == CAMERA_IDLE)
            engine_push(engine, MACHINE_CAMERA, first + i, CAMERA_ARM);
        if (!wanted && camera->state == CAMERA_ARMED && !camera_stays_armed(engine, first + i))
            engine_push(engine, MACHINE_CAMERA, first + i, CAMERA_DISARM);
    }
}

void failover_arm_hot(struct engine *engine, uint32_t local)
{
    const uint32_t first = engine_failovers(engine)[local].first_camera;
    const bool wanted = engine_failovers(engine)[local].state != FAILOVER_DISABLED;
    for (uint32_t i = 0; i < object_count(engine, local); i++) {
        const struct camera *camera = &engine_cameras(engine)[first + i];
        if (engine_camera_entry(engine, camera->index)->arm != ARM_HOT)
            continue;
        if (wanted && camera->state == CAMERA_IDLE)
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
        if ((failover->state == FAILOVER_FORCED || failover->state == FAILOVER_REPLACING) &&
            camera_single(engine, at) && !camera_wanted(engine_cameras(engine)[at].state))
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
    const struct failover *failover = &engine_failovers(engine)[local];
    hand_on(engine, local, MESSAGE_OFFER, output);
    for (uint32_t i = 0; i < object_count(engine, local); i++) {
        const uint32_t at = failover->first_camera + i;
        if (camera_single(engine, at))
            camera_release(engine, at, output);
    }
    fellow_tell_main(engine, local, output);
}

/* A main that records as well, after a partition, stops each camera as it hears that it is on disk
 * here. */
static void keep(struct engine *engine, uint32_t local, struct engine_output *output)
{
    const struct failover *failover = &engine_failovers(engine)[local];
    hand_on(engine, local, MESSAGE_KEPT, output);
    for (uint32_t i = 0; i < object_count(engine, local); i++)
        if (engine_cameras(engine)[failover->first_camera + i].state == CAMERA_RECORDING)
            camera_tell(engine, failover->first_camera + i, false, output);
}

static void publish(struct engine *engine, uint32_t local, enum engine_action_kind kind,
                    struct engine_output *output)
{
    struct engine_action *action = engine_act(engine, output, kind);
    action->failover = engine_self(engine)->failovers.first + local;
    action->epoch = engine_failovers(engine)[local].epoch;
}

static void fill(struct engine *engine, uint32_t local, struct engine_output *output)
{
    if (engine_failovers(engine)[local].epoch > 0)
        publish(engine, local, ACTION_FILL, output);
}

static bool timer_effect(struct engine *engine, uint32_t local, enum machine_effect effect)
{
    struct failover *failover = &engine_failovers(engine)[local];
    const struct image_failover *entry = engine_failover_entry(engine, local);
    const uint32_t index = engine_self(engine)->failovers.first + local;
    if (effect == EFFECT_WAIT_START)
        failover->deadline_ms = engine->now_ms + image_failover_wait_ms(engine->image, index);
    else if (effect == EFFECT_WAIT_LAST)
        failover->deadline_ms = engine->now_ms + fellow_wait_ms(engine, local);
    else if (effect == EFFECT_WAIT_CANCEL)
        failover->deadline_ms = ENGINE_NEVER;
    else if (effect == EFFECT_HOLD_START)
        failover->deadline_ms = engine->now_ms + entry->hold_down_ms;
    else if (effect == EFFECT_RETRY_START)
        failover->deadline_ms = engine->now_ms + entry->retry_for_ms;
    else if (effect == EFFECT_VIEW_WAIT)
        failover->deadline_ms = view_end(engine, local);
    else if (effect == EFFECT_CLAIM_WAIT)
        failover->deadline_ms = engine->now_ms + engine->image->site.lease_ms;
    else
        return false;
    return true;
}

static bool fellow_effect(struct engine *engine, uint32_t local, enum machine_effect effect,
                          struct engine_output *output)
{
    if (effect == EFFECT_SAY_CLAIM)
        fellow_say(engine, local, MESSAGE_CLAIM, output);
    else if (effect == EFFECT_SAY_LET_GO)
        fellow_say(engine, local, MESSAGE_LET_GO, output);
    else if (effect == EFFECT_SAY_FORBID)
        fellow_say(engine, local, MESSAGE_FORBID, output);
    else
        return false;
    return true;
}

void failover_effect(struct engine *engine, uint32_t local, enum machine_effect effect,
                     struct engine_output *output)
{
    assert(local < engine->failover_count);
    struct failover *failover = &engine_failovers(engine)[local];
    if (timer_effect(engine, local, effect) || fellow_effect(engine, local, effect, output))
        return;
    if (effect == EFFECT_COUNT_FLAP)
        failover->flaps++;
    else if (effect == EFFECT_ARM || effect == EFFECT_DISARM)
        arm(engine, local, effect == EFFECT_ARM);
    else if (effect == EFFECT_CLAIM)
        claim(engine, local);
    else if (effect == EFFECT_CLAIM_ASK)
        arbiter_ask(engine, local, output);
    else if (effect == EFFECT_LICENCE_START)
        licence_start(engine, local);
    else if (effect == EFFECT_LICENCE_STOP)
        failover->licence_end_ms = ENGINE_NEVER;
    else if (effect == EFFECT_CARRY)
        carry(engine, local);
    else if (effect == EFFECT_DROP)
        drop(engine, local);
    else if (effect == EFFECT_OFFER)
        offer(engine, local, output);
    else if (effect == EFFECT_KEEP)
        keep(engine, local, output);
    else if (effect == EFFECT_LEND)
        hand_on(engine, local, MESSAGE_LEND, output);
    else if (effect == EFFECT_REPLACE)
        hand_on(engine, local, MESSAGE_REPLACE, output);
    else if (effect == EFFECT_ANSWER_FREE)
        hand_on(engine, local, MESSAGE_FREE, output);
    else if (effect == EFFECT_FILL)
        fill(engine, local, output);
    else if (effect == EFFECT_PUBLISH_START)
        publish(engine, local, ACTION_PUBLISH_START, output);
    else if (effect == EFFECT_PUBLISH_STOP)
        publish(engine, local, ACTION_PUBLISH_STOP, output);
    else
        manager_effect(engine, local, effect, output);
}
