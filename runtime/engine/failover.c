/* Failovers: what a standby does for a main that it watches. */
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

/* ---- levels ---- */

static void push(struct engine *engine, uint32_t local, enum failover_event event)
{
    engine_push(engine, MACHINE_FAILOVER, local, (uint8_t)event);
}

/* Whether another standby's carrying of the main concerns this state. */
static bool may_be_covered(uint8_t state)
{
    return state == FAILOVER_UNSEEN || state == FAILOVER_SUSPECT || state == FAILOVER_QUEUED ||
           state == FAILOVER_WITHHELD || state == FAILOVER_CLAIMING;
}

void failover_settle(struct engine *engine, uint32_t local)
{
    assert(local < engine->failover_count);
    engine_failovers(engine)[local].unsettled = 1;
}

static void raise_levels(struct engine *engine, uint32_t local)
{
    const struct failover *failover = &engine_failovers(engine)[local];
    const uint8_t state = failover->state;
    const bool main_up = engine_peer_up(engine, engine_failover_entry(engine, local)->monitor);
    if (failover->disabled && state != FAILOVER_DISABLED && state != FAILOVER_RETURNING)
        push(engine, local, FAILOVER_DISABLE);
    else if (state == FAILOVER_UNSEEN && main_up)
        push(engine, local, FAILOVER_LINK_UP);
    else if (state == FAILOVER_WATCHING && !main_up)
        push(engine, local, FAILOVER_LINK_LOST);
    else if (may_be_covered(state) && fellow_covers(engine, local))
        push(engine, local, FAILOVER_COVER);
    else if (state == FAILOVER_COVERED && !fellow_covers(engine, local))
        push(engine, local, FAILOVER_UNCOVER);
    else if (engine_state_carries(state) && fellow_outbids(engine, local))
        push(engine, local, FAILOVER_OUTBID);
    else if ((state == FAILOVER_QUEUED || state == FAILOVER_CLAIMING) && view_alive(engine, local))
        push(engine, local, FAILOVER_SEEN_ELSEWHERE);
    else if (state == FAILOVER_CLAIMING && arbiter_allows(engine, local))
        push(engine, local, FAILOVER_CLAIM_ALLOWED);
    else if (state == FAILOVER_WATCHING && trouble_counts(engine, local) &&
             !fellow_covers(engine, local))
        push(engine, local, FAILOVER_TROUBLE);
    else if (state == FAILOVER_TROUBLED &&
             (!trouble_counts(engine, local) || fellow_covers(engine, local)))
        push(engine, local, FAILOVER_WELL);
    else if (state == FAILOVER_REPLACING && !trouble_counts(engine, local))
        push(engine, local, FAILOVER_WELL);
}

/* What a main said of its troubles ends with the connection. */
void failover_peer(struct engine *engine, uint32_t server, bool up)
{
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        if (engine_failover_entry(engine, f)->monitor != server)
            continue;
        if (!up)
            trouble_forget(engine, f);
        push(engine, f, up ? FAILOVER_LINK_UP : FAILOVER_LINK_LOST);
    }
}

void failover_enter(struct engine *engine, uint32_t local, uint8_t from)
{
    if (from == FAILOVER_DISABLED || engine_failovers(engine)[local].state == FAILOVER_DISABLED)
        failover_arm_hot(engine, local);
    failover_settle(engine, local);
}

/* What a timer means is told by the state that it belongs to. Where the time to judge a main has
 * come, its second views are asked (R45). */
static enum failover_event elapsed(const struct engine *engine, uint32_t local)
{
    const uint8_t state = engine_failovers_of(engine)[local].state;
    if (state == FAILOVER_HOLDING)
        return FAILOVER_HOLD_ELAPSED;
    if (state == FAILOVER_TAKING_OVER)
        return fellow_wait_ms(engine, local) > 0 ? FAILOVER_GIVE_UP : FAILOVER_RETRY_ELAPSED;
    if (state == FAILOVER_WITHHELD)
        return FAILOVER_GONE_ELSEWHERE;
    const bool judged = state == FAILOVER_UNSEEN || state == FAILOVER_SUSPECT;
    return judged && view_end(engine, local) > engine->now_ms ? FAILOVER_SEEN_ELSEWHERE
                                                              : FAILOVER_WAIT_ELAPSED;
}

/* Without a limit and without another standby there is nobody to make room for. */
static bool is_limited(const struct engine *engine, uint32_t local)
{
    return engine_failover_entry(engine, local)->manager != IMAGE_NONE;
}

void failover_time(struct engine *engine)
{
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        struct failover *failover = &engine_failovers(engine)[f];
        if (licence_ends(engine, f) || network_asked(engine) ||
            failover->deadline_ms > engine->now_ms)
            continue;
        const enum failover_event event = elapsed(engine, f);
        failover->deadline_ms = ENGINE_NEVER;
        if (event == FAILOVER_RETRY_ELAPSED && !is_limited(engine, f))
            failover->deadline_ms = engine->now_ms + engine_failover_entry(engine, f)->retry_for_ms;
        else
            push(engine, f, event);
    }
}

/* Whoever stood still judges by what comes from now on (R29). */
void failover_late(struct engine *engine)
{
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        const struct failover *failover = &engine_failovers(engine)[f];
        const uint8_t state = failover->state;
        if (state == FAILOVER_SUSPECT || state == FAILOVER_WITHHELD || state == FAILOVER_TROUBLED ||
            state == FAILOVER_CLAIMING ||
            (state == FAILOVER_UNSEEN && failover->deadline_ms != ENGINE_NEVER))
            push(engine, f, FAILOVER_LATE);
    }
}

void failover_order(struct engine *engine, uint32_t failover, enum failover_event event)
{
    const uint32_t local = engine_local_failover(engine, failover);
    if (local == IMAGE_NONE)
        return;
    if (event == FAILOVER_DISABLE || event == FAILOVER_ENABLE)
        engine_failovers(engine)[local].disabled = event == FAILOVER_DISABLE;
    push(engine, local, event);
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
        message->epoch == failover->epoch) /* not a late word of an earlier return */
        camera_drop(engine, at);
    if (message->kind == MESSAGE_RELEASED &&
        (state == FAILOVER_FORCED || state == FAILOVER_KEEPING || state == FAILOVER_HOLDING ||
         state == FAILOVER_REPLACING))
        camera_want(engine, at);
}

void failover_message(struct engine *engine, uint32_t sender, const struct engine_message *message,
                      struct engine_output *output)
{
    const uint32_t local = engine_local_failover(engine, message->failover);
    if (local == IMAGE_NONE || engine_failover_entry(engine, local)->monitor != sender)
        return;
    struct failover *failover = &engine_failovers(engine)[local];
    if (message->kind == MESSAGE_ALIVE)
        failover->known_epoch = highest(failover->known_epoch, message->epoch);
    else if (message->kind == MESSAGE_LEFT)
        push(engine, local, FAILOVER_MAIN_LEFT);
    else if (message->kind == MESSAGE_ON_DISK || message->kind == MESSAGE_RELEASED)
        camera_message(engine, local, message);
    else
        trouble_message(engine, local, message, output);
}

bool failover_levels(struct engine *engine)
{
    assert(engine->queue_count == 0);
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        struct failover *failover = &engine_failovers(engine)[f];
        if (failover->unsettled)
            raise_levels(engine, f);
        failover->unsettled = 0;
    }
    return engine->queue_count > 0;
}

bool failover_all_back(struct engine *engine)
{
    bool any = false;
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        const struct failover *failover = &engine_failovers(engine)[f];
        if (failover->state != FAILOVER_RETURNING || failover->active > 0)
            continue;
        push(engine, f, FAILOVER_ALL_BACK);
        any = true;
    }
    return any;
}
