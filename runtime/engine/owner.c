/* The owner: what a server does for its own cameras, and with the standbys that watch it. */
#include "runtime/engine/state.h"

#include <assert.h>

static const struct image_failover *watcher_entry(struct engine *engine, uint32_t watcher)
{
    assert(watcher < engine->watcher_count);
    return &image_failovers(engine->image)[engine_watchers(engine)[watcher].failover];
}

static uint32_t count_answers(struct engine *engine, enum answer answer)
{
    uint32_t count = 0;
    for (uint32_t w = 0; w < engine->watcher_count; w++)
        count += engine_watchers(engine)[w].answer == answer;
    return count;
}

bool owner_carried_by(const struct engine *engine, uint32_t watcher)
{
    const uint8_t answer = engine_watchers_of(engine)[watcher].answer;
    return answer == ANSWER_OFFERS || answer == ANSWER_KEEPS;
}

static bool is_carried(struct engine *engine)
{
    return count_answers(engine, ANSWER_OFFERS) + count_answers(engine, ANSWER_KEEPS) > 0;
}

/* Of several carriers, after a partition, one has gone: what is left decides (R30). */
static void look_again(struct engine *engine)
{
    const uint8_t state = engine->owner.state;
    const bool kept = count_answers(engine, ANSWER_KEEPS) > 0;
    if (kept && state == MAIN_RECLAIMING && count_answers(engine, ANSWER_OFFERS) == 0)
        engine_push(engine, MACHINE_MAIN, 0, MAIN_KEPT);
    else if (!kept && (state == MAIN_LENT || state == MAIN_REPLACED))
        engine_push(engine, MACHINE_MAIN, 0, MAIN_OFFERED);
}

static bool has_carrier(struct engine *engine, uint32_t watcher, uint32_t camera)
{
    return owner_carried_by(engine, watcher) &&
           engine_lists(engine, engine_watchers(engine)[watcher].failover, camera);
}

static bool listed_by_watcher(struct engine *engine, uint32_t camera)
{
    for (uint32_t w = 0; w < engine->watcher_count; w++)
        if (engine_lists(engine, engine_watchers(engine)[w].failover, camera))
            return true;
    return false;
}

static bool listed_by_holder(struct engine *engine, uint32_t camera)
{
    return engine->owner.holder != IMAGE_NONE &&
           engine_lists(engine, engine_watchers(engine)[engine->owner.holder].failover, camera);
}

static void say(struct engine *engine, uint32_t watcher, enum engine_message_kind kind,
                struct engine_output *output)
{
    engine_send(engine, output, watcher_entry(engine, watcher)->standby,
                (struct engine_message){.kind = kind,
                                        .failover = engine_watchers(engine)[watcher].failover,
                                        .camera = IMAGE_NONE,
                                        .epoch = engine->owner.epoch});
}

/* Of several carriers of a camera the one with the highest epoch; IMAGE_NONE: its readers leave
 * room for us. With one session it is released in any case. */
static uint32_t find_crowd(struct engine *engine, uint32_t camera)
{
    const uint32_t sessions = image_cameras(engine->image)[camera].sessions;
    uint32_t carriers = 0;
    uint32_t latest = IMAGE_NONE;
    for (uint32_t w = 0; w < engine->watcher_count; w++) {
        if (!has_carrier(engine, w, camera))
            continue;
        carriers++;
        if (latest == IMAGE_NONE ||
            engine_watchers(engine)[w].epoch > engine_watchers(engine)[latest].epoch)
            latest = w;
    }
    return carriers > 1 && sessions > 1 && sessions <= carriers ? latest : IMAGE_NONE;
}

/* Standbys that do not see each other hand one camera back, and it accepts no further reader: those
 * of lower epochs let go of it before we have it, as if they had heard of the latest one, which has
 * it on disk (R24, R27). */
static void make_room(struct engine *engine, uint32_t at, struct engine_output *output)
{
    const struct camera *camera = &engine_cameras(engine)[at];
    if (engine->owner.state != MAIN_RECLAIMING || camera->state == CAMERA_RECORDING)
        return;
    const uint32_t latest = find_crowd(engine, camera->index);
    if (latest == IMAGE_NONE || !engine_watchers(engine)[latest].whole)
        return;
    for (uint32_t w = 0; w < engine->watcher_count; w++)
        if (w != latest && has_carrier(engine, w, camera->index) &&
            engine_watchers(engine)[w].answer == ANSWER_OFFERS)
            camera_spare(engine, at, w, output);
}

static void set_answer(struct engine *engine, uint32_t watcher, enum answer answer, uint64_t epoch)
{
    struct watcher *entry = &engine_watchers(engine)[watcher];
    entry->whole = entry->whole && answer == ANSWER_OFFERS && entry->epoch == epoch;
    entry->answer = (uint8_t)answer;
    entry->epoch = epoch;
}

/* In a hand-back a camera with one session waits until the carrier releases it; one that is on disk
 * already under the epoch in force is reported at once. */
static void record_own(struct engine *engine, struct engine_output *output)
{
    const bool reclaiming = engine->owner.state == MAIN_RECLAIMING;
    for (uint32_t c = 0; c < engine->own_count; c++) {
        const struct camera *camera = &engine_cameras(engine)[c];
        if (reclaiming && camera_single(engine, c) && !camera_wanted(camera->state) &&
            listed_by_holder(engine, camera->index))
            continue;
        camera_want(engine, c);
        if (camera->state == CAMERA_RECORDING && camera->epoch == engine->owner.epoch)
            camera_tell(engine, c, false, output);
        else
            make_room(engine, c, output);
    }
}

static void record_unlent(struct engine *engine)
{
    for (uint32_t c = 0; c < engine->own_count; c++)
        if (!listed_by_watcher(engine, engine_cameras(engine)[c].index))
            camera_want(engine, c);
}

static bool listed_by_carrier(struct engine *engine, uint32_t camera)
{
    for (uint32_t w = 0; w < engine->watcher_count; w++)
        if (has_carrier(engine, w, camera))
            return true;
    return false;
}

static void record_rest(struct engine *engine)
{
    for (uint32_t c = 0; c < engine->own_count; c++)
        if (!listed_by_carrier(engine, engine_cameras(engine)[c].index))
            camera_want(engine, c);
}

static void release_single(struct engine *engine, struct engine_output *output)
{
    for (uint32_t c = 0; c < engine->own_count; c++)
        if (camera_single(engine, c) && listed_by_holder(engine, engine_cameras(engine)[c].index))
            camera_release(engine, c, output);
}

/* Late words of an earlier carrying do not lower it. */
static void hear_epoch(struct engine *engine, uint64_t epoch)
{
    if (engine->owner.holder_epoch < epoch)
        engine->owner.holder_epoch = epoch;
}

static uint64_t next_epoch(const struct engine *engine, uint64_t after)
{
    const uint64_t epoch = engine->owner.epoch;
    return epoch > after ? epoch : engine_next_epoch(engine, engine->server, after, 0);
}

uint64_t owner_next_epoch(const struct engine *engine)
{
    const struct owner *owner = &engine->owner;
    return next_epoch(engine, owner->holder_epoch > owner->denied_epoch ? owner->holder_epoch
                                                                        : owner->denied_epoch);
}

void owner_hear_denied(struct engine *engine)
{
    hear_epoch(engine, engine->owner.denied_epoch);
}

/* Whoever may claim the objects next must know of it; the carrier knows that its own next one is
 * higher. */
static void reclaim(struct engine *engine, struct engine_output *output)
{
    struct owner *owner = &engine->owner;
    const uint64_t epoch = next_epoch(engine, owner->holder_epoch);
    if (owner->epoch == epoch)
        return;
    owner->epoch = epoch;
    for (uint32_t w = 0; w < engine->watcher_count; w++)
        if (w != owner->holder)
            say(engine, w, MESSAGE_ALIVE, output);
}

/* Nobody records while the claim of a dead carrier lapses: it is asked for as often as a peer's
 * loss is noticed. */
static void wait_for_claim(struct engine *engine)
{
    const struct image_site *site = &engine->image->site;
    engine->owner.deadline_ms = engine->now_ms + (int64_t)site->heartbeat_ms * site->misses;
}

void owner_effect(struct engine *engine, enum machine_effect effect, struct engine_output *output)
{
    struct owner *owner = &engine->owner;
    if (effect == EFFECT_ASK) { /* every standby answers by itself when the link is up (R22) */
        owner->deadline_ms = engine->now_ms + engine_self(engine)->ask_wait_ms;
    } else if (effect == EFFECT_CLAIM_ASK) {
        arbiter_ask_own(engine, output);
    } else if (effect == EFFECT_CLAIM_WAIT) {
        wait_for_claim(engine);
    } else if (effect == EFFECT_ASK_CANCEL) {
        owner->deadline_ms = ENGINE_NEVER;
    } else if (effect == EFFECT_RECLAIM) {
        reclaim(engine, output);
    } else if (effect == EFFECT_RECORD_OWN) {
        record_own(engine, output);
    } else if (effect == EFFECT_RECORD_UNLENT) {
        record_unlent(engine);
    } else if (effect == EFFECT_RECORD_REST) {
        record_rest(engine);
    } else if (effect == EFFECT_RELEASE_SINGLE) {
        release_single(engine, output);
    } else if (effect == EFFECT_STOP_OWN) {
        for (uint32_t c = 0; c < engine->own_count; c++)
            camera_drop(engine, c);
    } else if (effect == EFFECT_SAY_LEFT) {
        for (uint32_t w = 0; w < engine->watcher_count; w++)
            say(engine, w, MESSAGE_LEFT, output);
    } else {
        assert(!"an effect that is not a main's");
    }
}

/* The holder stays named until the next one, so that the reason of what follows can name it. */
void owner_peer(struct engine *engine, uint32_t server, bool up, struct engine_output *output)
{
    for (uint32_t w = 0; w < engine->watcher_count; w++) {
        if (watcher_entry(engine, w)->standby != server)
            continue;
        if (up && engine->owner.state != MAIN_OFF) {
            say(engine, w, MESSAGE_ALIVE, output);
            trouble_tell(engine, w, output);
        } else if (!up) {
            const bool carried = owner_carried_by(engine, w);
            set_answer(engine, w, ANSWER_UNKNOWN, 0);
            if (carried && !is_carried(engine))
                engine_push(engine, MACHINE_MAIN, 0, MAIN_HOLDER_LOST);
            else if (carried)
                look_again(engine);
        }
    }
}

/* Who yields asks the arbiter again. */
void owner_time(struct engine *engine, struct engine_output *output)
{
    struct owner *owner = &engine->owner;
    if (owner->deadline_ms > engine->now_ms)
        return;
    owner->deadline_ms = ENGINE_NEVER;
    if (owner->state == MAIN_YIELDING) {
        wait_for_claim(engine);
        arbiter_ask_own(engine, output);
    } else if (owner->claim == ARBITER_GRANTED) {
        owner_hear_denied(engine);
        engine_push(engine, MACHINE_MAIN, 0, MAIN_CLAIM_GRANTED);
    } else {
        engine_push(engine, MACHINE_MAIN, 0,
                    owner->claim == ARBITER_DENIED ? MAIN_CLAIM_DENIED : MAIN_ASK_ELAPSED);
    }
}

/* While asking or yielding, every standby must have answered; later it is enough that none carries
 * us. */
static void hear_free(struct engine *engine, uint32_t watcher, uint64_t epoch)
{
    set_answer(engine, watcher, ANSWER_FREE, 0);
    hear_epoch(engine, epoch);
    if (is_carried(engine)) {
        look_again(engine);
        return;
    }
    const uint8_t state = engine->owner.state;
    if ((state == MAIN_ASKING || state == MAIN_YIELDING) &&
        count_answers(engine, ANSWER_UNKNOWN) > 0)
        return;
    engine_push(engine, MACHINE_MAIN, 0, MAIN_ALL_FREE);
}

/* Where another one offers, what one keeps is recorded twice for a while: a double is better than a
 * gap. Likewise what one was to have before the other one had it: its word was late. */
static void hear_carrier(struct engine *engine, uint32_t watcher,
                         const struct engine_message *message, enum main_event event)
{
    const bool late = event == MAIN_LEND && message->epoch < engine->owner.holder_epoch;
    set_answer(engine, watcher, event == MAIN_OFFERED ? ANSWER_OFFERS : ANSWER_KEEPS,
               message->epoch);
    engine->owner.holder = watcher;
    hear_epoch(engine, message->epoch);
    if ((event != MAIN_KEPT && !late) || engine->owner.state != MAIN_RECLAIMING)
        engine_push(engine, MACHINE_MAIN, 0, (uint8_t)event);
    else
        look_again(engine);
}

/* The carrier says that a camera is on disk there, or is ours to open. */
static void camera_message(struct engine *engine, uint32_t watcher,
                           const struct engine_message *message, struct engine_output *output)
{
    const uint32_t at = engine_local_camera(engine, message->camera);
    if (at == IMAGE_NONE || at >= engine->own_count || !owner_carried_by(engine, watcher) ||
        !engine_lists(engine, message->failover, message->camera))
        return;
    if (message->kind == MESSAGE_ON_DISK && engine->owner.state == MAIN_LENT &&
        message->epoch == engine->owner.holder_epoch) { /* not a late word of an earlier lending */
        camera_drop(engine, at);
        camera_tell(engine, at, false, output); /* another one that hands back may stop, too */
    }
    if (message->kind == MESSAGE_RELEASED && engine->owner.state == MAIN_RECLAIMING)
        camera_want(engine, at);
}

static void hear_whole(struct engine *engine, uint32_t watcher, uint64_t epoch,
                       struct engine_output *output)
{
    struct watcher *entry = &engine_watchers(engine)[watcher];
    if (entry->answer != ANSWER_OFFERS || entry->epoch != epoch)
        return;
    entry->whole = 1;
    for (uint32_t c = 0; c < engine->own_count; c++)
        make_room(engine, c, output);
}

void owner_message(struct engine *engine, uint32_t sender, const struct engine_message *message,
                   struct engine_output *output)
{
    const uint32_t watcher = engine_local_watcher(engine, message->failover);
    if (watcher == IMAGE_NONE || watcher_entry(engine, watcher)->standby != sender)
        return;
    if (message->kind == MESSAGE_FREE)
        hear_free(engine, watcher, message->epoch);
    else if (message->kind == MESSAGE_KEPT)
        hear_carrier(engine, watcher, message, MAIN_KEPT);
    else if (message->kind == MESSAGE_OFFER)
        hear_carrier(engine, watcher, message, MAIN_OFFERED);
    else if (message->kind == MESSAGE_LEND)
        hear_carrier(engine, watcher, message, MAIN_LEND);
    else if (message->kind == MESSAGE_REPLACE && watcher_entry(engine, watcher)->also_on != 0)
        hear_carrier(engine, watcher, message, MAIN_REPLACE);
    else if (message->kind == MESSAGE_CARRY)
        hear_whole(engine, watcher, message->epoch, output);
    else if (message->kind == MESSAGE_ON_DISK || message->kind == MESSAGE_RELEASED)
        camera_message(engine, watcher, message, output);
}

/* Cameras that were added are recorded as the state calls for. A carrier that this deployment no
 * longer knows is as one that is lost. */
void owner_deploy(struct engine *engine, struct engine_output *output)
{
    switch ((enum main_state)engine->owner.state) {
    case MAIN_OFF:
        break;
    case MAIN_ASKING:
    case MAIN_YIELDING:
        record_unlent(engine);
        break;
    case MAIN_LENT:
        if (is_carried(engine))
            record_rest(engine);
        else
            engine_push(engine, MACHINE_MAIN, 0, MAIN_HOLDER_LOST);
        break;
    case MAIN_RECLAIMING:
    case MAIN_REPLACED:
        if (!is_carried(engine))
            engine_push(engine, MACHINE_MAIN, 0, MAIN_HOLDER_LOST);
        else
            record_own(engine, output);
        break;
    case MAIN_RECORDING:
        record_own(engine, output);
        break;
    case MAIN_STATE_COUNT:
        assert(!"a state that no main has");
        break;
    }
}
