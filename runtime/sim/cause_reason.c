#include "runtime/sim/cause_reason.h"

#include <assert.h>

static void consider(struct reason *best, enum cause cause, uint32_t server, uint32_t failover)
{
    if (cause > best->cause)
        *best = (struct reason){cause, server, failover};
}

static enum cause cause_of_state(uint8_t state)
{
    switch ((enum failover_state)state) {
    case FAILOVER_UNSEEN:
        return CAUSE_UNSEEN;
    case FAILOVER_SUSPECT:
        return CAUSE_WAIT;
    case FAILOVER_QUEUED:
        return CAUSE_QUEUE;
    case FAILOVER_STOPPED:
        return CAUSE_STOPPED;
    case FAILOVER_LOGGED_OFF:
        return CAUSE_LOGGED_OFF;
    case FAILOVER_DISABLED:
        return CAUSE_DISABLED;
    case FAILOVER_UNLOADED:
        return CAUSE_UNLOADED;
    case FAILOVER_ISOLATED:
        return CAUSE_ISOLATED;
    case FAILOVER_COVERED:
        return CAUSE_COVERED;
    case FAILOVER_WITHHELD:
        return CAUSE_WITHHELD;
    case FAILOVER_CLAIMING:
        return CAUSE_CLAIM;
    case FAILOVER_WATCHING:
    case FAILOVER_TROUBLED:
    case FAILOVER_HOLDING:
    case FAILOVER_RETURNING:
    case FAILOVER_FORCED:
    case FAILOVER_KEEPING:
        return CAUSE_UNNOTICED; /* it believes that the main is there */
    case FAILOVER_TAKING_OVER:
    case FAILOVER_CARRYING:
    case FAILOVER_REPLACING:
    case FAILOVER_STATE_COUNT:
        break;
    }
    return CAUSE_UNEXPLAINED; /* its recorder has an order, which is nearer */
}

/* Whether the camera could not be opened here before another server, which runs on, let go of it.
 */
static bool is_hand_over(const struct question *question, uint32_t server)
{
    const struct span *before = question->before;
    return image_cameras(question->world->image)[question->camera].sessions == 1 &&
           before != NULL && before->server != server &&
           history_at(&question->world->servers[before->server].powers, before->to_ms) == POWER_ON;
}

/* An armed camera counts if the gap ends with what memory held of it. */
static void consider_recorder(const struct question *question, struct reason *best, uint32_t server,
                              int64_t at_ms)
{
    const struct history *order = &recorder_find(question->world, server, question->camera)->order;
    const int64_t opened_ms = history_since(order, at_ms);
    switch ((enum order)history_at(order, at_ms)) {
    case ORDER_NONE:
        break;
    case ORDER_ARMED:
        if (history_at(order, question->end_ms) == ORDER_ARMED &&
            at_ms < opened_ms + question->world->image->site.start_ms)
            consider(best, CAUSE_ARMED, server, IMAGE_NONE);
        break;
    case ORDER_CUT_OFF:
        consider(best, server == question->main ? CAUSE_CUT_OFF : CAUSE_STANDBY_CUT_OFF, server,
                 IMAGE_NONE);
        break;
    case ORDER_HOMELESS:
        consider(best, server == question->main ? CAUSE_HOMELESS : CAUSE_STANDBY_HOMELESS, server,
                 IMAGE_NONE);
        break;
    case ORDER_WAITING:
        consider(best, CAUSE_READER, server, IMAGE_NONE);
        break;
    case ORDER_GIVEN:
        if (is_hand_over(question, server))
            consider(best, CAUSE_HAND_OVER, server, IMAGE_NONE);
        else
            consider(best, server == question->main ? CAUSE_START_OWN : CAUSE_START, server,
                     IMAGE_NONE);
        break;
    }
}

/* Whether the main, as far as its peers can see, is gone. */
static bool is_gone(const struct question *question, int64_t at_ms)
{
    const struct world *world = question->world;
    const struct recorder *recorder = recorder_find(world, question->main, question->camera);
    return history_at(&world->servers[question->main].powers, at_ms) != POWER_ON ||
           history_at(&recorder->order, at_ms) == ORDER_CUT_OFF;
}

/* Whether the failover is there for what befalls the main: a main that runs without a volume is
 * carried only where that is asked for (R36). */
static bool is_called(const struct question *question, uint32_t failover, int64_t at_ms)
{
    return is_gone(question, at_ms) ||
           image_failovers(question->world->image)[failover].also_on != 0;
}

static void consider_standby(const struct question *question, struct reason *best,
                             uint32_t failover, int64_t at_ms)
{
    const struct world *world = question->world;
    const uint32_t standby = image_failovers(world->image)[failover].standby;
    const uint8_t power = history_at(&world->servers[standby].powers, at_ms);
    if (power != POWER_ON) {
        if (is_called(question, failover, at_ms))
            consider(best, power == POWER_PAUSED ? CAUSE_STANDBY_STILL : CAUSE_NO_STANDBY, standby,
                     failover);
        return;
    }
    consider_recorder(question, best, standby, at_ms);
    if (!is_gone(question, at_ms))
        return;
    const enum cause cause = cause_of_state(history_at(&world->failovers[failover], at_ms));
    const bool both = image_failovers(world->image)[failover].own_manager != IMAGE_NONE;
    consider(best, cause == CAUSE_QUEUE && both ? CAUSE_QUEUE_OF_BOTH : cause, standby, failover);
}

static void consider_main(const struct question *question, struct reason *best, int64_t at_ms)
{
    const struct server *main = &question->world->servers[question->main];
    const uint8_t power = history_at(&main->powers, at_ms);
    if (power == POWER_OFF)
        consider(best, CAUSE_LOGGED_OFF, question->main, IMAGE_NONE);
    else if (power == POWER_FAILED)
        consider(best, CAUSE_UNLISTED, question->main, IMAGE_NONE);
    else if (power == POWER_PAUSED)
        consider(best, CAUSE_STILL, question->main, IMAGE_NONE);
    if (power != POWER_ON)
        return;
    consider_recorder(question, best, question->main, at_ms);
    if (history_at(&main->mains, at_ms) == MAIN_ASKING)
        consider(best, CAUSE_ASK, question->main, IMAGE_NONE);
    else if (history_at(&main->mains, at_ms) == MAIN_YIELDING)
        consider(best, CAUSE_YIELDING, question->main, IMAGE_NONE);
}

/* A main that runs, has asked, and yet has no order for its camera waits for its carrier, and may
 * not know yet that this one is gone. */
static void consider_lent(const struct question *question, struct reason *best, uint32_t failover,
                          int64_t at_ms)
{
    const struct world *world = question->world;
    const struct server *main = &world->servers[question->main];
    const uint32_t standby = image_failovers(world->image)[failover].standby;
    const uint8_t state = history_at(&main->mains, at_ms);
    if (history_at(&main->powers, at_ms) != POWER_ON ||
        (state != MAIN_RECLAIMING && state != MAIN_LENT))
        return;
    const bool there = history_at(&world->servers[standby].powers, at_ms) == POWER_ON;
    consider(best, there ? CAUSE_LENT : CAUSE_LOST, standby, failover);
}

struct reason cause_reason_at(const struct question *question, int64_t at_ms)
{
    const struct image *image = question->world->image;
    const struct image_list watchers = image_servers(image)[question->main].watchers;
    struct reason best = {CAUSE_UNEXPLAINED, question->main, IMAGE_NONE};
    if (recorder_is_stalled(question->world, question->camera, at_ms))
        return (struct reason){CAUSE_STALLED, question->main, IMAGE_NONE};
    consider_main(question, &best, at_ms);
    for (uint32_t w = 0; w < watchers.count; w++) {
        const uint32_t failover = image_numbers(image)[watchers.first + w];
        if (recorder_find(question->world, image_failovers(image)[failover].standby,
                          question->camera) == NULL)
            continue; /* the failover does not list it */
        consider_lent(question, &best, failover, at_ms);
        consider_standby(question, &best, failover, at_ms);
    }
    return best;
}

static int64_t earliest(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

/* The next moment at which a recorder's part in a reason may change. */
static int64_t next_of_recorder(const struct world *world, uint32_t server, uint32_t camera,
                                int64_t at_ms)
{
    const struct recorder *recorder = recorder_find(world, server, camera);
    if (recorder == NULL)
        return INT64_MAX;
    const int64_t change_ms = history_next(&recorder->order, at_ms);
    const int64_t started_ms = history_since(&recorder->order, at_ms) + world->image->site.start_ms;
    return started_ms > at_ms ? earliest(change_ms, started_ms) : change_ms;
}

/* The next moment at which the reason may change. */
int64_t cause_next_change(const struct question *question, int64_t at_ms)
{
    const struct world *world = question->world;
    const struct image_list watchers = image_servers(world->image)[question->main].watchers;
    const struct server *main = &world->servers[question->main];
    int64_t next_ms = next_of_recorder(world, question->main, question->camera, at_ms);
    next_ms = earliest(next_ms, history_next(&world->stalls[question->camera], at_ms));
    next_ms = earliest(next_ms, history_next(&main->powers, at_ms));
    next_ms = earliest(next_ms, history_next(&main->mains, at_ms));
    for (uint32_t w = 0; w < watchers.count; w++) {
        const uint32_t failover = image_numbers(world->image)[watchers.first + w];
        const uint32_t standby = image_failovers(world->image)[failover].standby;
        next_ms = earliest(next_ms, next_of_recorder(world, standby, question->camera, at_ms));
        next_ms = earliest(next_ms, history_next(&world->servers[standby].powers, at_ms));
        next_ms = earliest(next_ms, history_next(&world->failovers[failover], at_ms));
    }
    return earliest(next_ms, question->end_ms);
}
