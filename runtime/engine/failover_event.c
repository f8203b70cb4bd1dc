/* What a failover is told: levels, timers, orders and words, each as an event of its machine. */
#include "runtime/engine/state.h"

#include <assert.h>

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

/* Whether a main that does not record keeps a return from its end: not where the standby is to be
 * rid of it in any case (R11, R20). */
static bool breaks_return(const struct engine *engine, uint32_t local)
{
    const struct failover *failover = &engine_failovers_of(engine)[local];
    const bool expired =
        engine->image->site.licence_bound && failover->licence_end_ms == ENGINE_NEVER;
    return trouble_counts(engine, local) && !failover->disabled && !expired;
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
    else if (state == FAILOVER_RETURNING && failover->deadline_ms == ENGINE_NEVER &&
             breaks_return(engine, local))
        push(engine, local, FAILOVER_TROUBLE);
    else if (state == FAILOVER_RETURNING && failover->deadline_ms != ENGINE_NEVER &&
             !trouble_counts(engine, local))
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
        else if (failover->state != FAILOVER_RETURNING || breaks_return(engine, f))
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
            ((state == FAILOVER_UNSEEN || state == FAILOVER_RETURNING) &&
             failover->deadline_ms != ENGINE_NEVER))
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
        failover->known_epoch =
            message->epoch > failover->known_epoch ? message->epoch : failover->known_epoch;
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
