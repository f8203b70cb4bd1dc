/* Causes: why nobody recorded a camera, moment by moment, from the states that everything was in.
 */
#include "runtime/sim/result.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/engine/trace.h"
#include "runtime/sim/array.h"

/* X(SYMBOL, rule, "text after a duration"): of two that hold at once, the later one is nearer to a
 * recording and is given. {server} {main} {failover} {manager} {own_manager} are filled
 * in. */
#define CAUSES(X)                                                                                  \
    X(CAUSE_UNEXPLAINED, 42, "for no reason that could be found")                                  \
    X(CAUSE_UNLISTED, 3, "without any failover that lists it")                                     \
    X(CAUSE_STILL, 1, "in which {main} stood still")                                               \
    X(CAUSE_CUT_OFF, 30, "in which {server} had no network")                                       \
    X(CAUSE_HOMELESS, 35, "in which {server} had no volume left to write to")                      \
    X(CAUSE_NO_STANDBY, 25, "with the standby {server} down as well")                              \
    X(CAUSE_STANDBY_STILL, 23, "in which the standby {server} stood still")                        \
    X(CAUSE_STANDBY_CUT_OFF, 29, "in which {server} had no network")                               \
    X(CAUSE_LOGGED_OFF, 13, "in which {main} was logged off in good order, which is no failure")   \
    X(CAUSE_UNSEEN, 19, "in which {server} had not seen {main} alive since its own start")         \
    X(CAUSE_STOPPED, 18, "in which an operator's order forbade {server} to take over")             \
    X(CAUSE_DISABLED, 20, "in which {failover} was disabled")                                      \
    X(CAUSE_UNLOADED, 11, "after {server} had unloaded it, for the licence's grace had run out")   \
    X(CAUSE_ISOLATED, 29, "in which {server} reached nothing at all and judged nobody")            \
    X(CAUSE_COVERED, 24, "in which {server} took another standby to carry it")                     \
    X(CAUSE_STANDBY_HOMELESS, 35, "in which {server} had no volume left to write to")              \
    X(CAUSE_UNNOTICED, 1, "before {server} could notice it")                                       \
    X(CAUSE_WAIT, 1, "that {main} had to come back ({failover})")                                  \
    X(CAUSE_WITHHELD, 45, "until a second view of {main} had lapsed as well ({failover})")         \
    X(CAUSE_CLAIM, 38,                                                                             \
      "in which {server} could not ask who holds {main}, and takes nothing over "                  \
      "without that")                                                                              \
    X(CAUSE_QUEUE, 15, "in the queue of {manager}")                                                \
    X(CAUSE_QUEUE_OF_BOTH, 15, "in the queue of {manager} and {own_manager}, for a slot of each")  \
    X(CAUSE_ASK, 22, "in which {main}, started again, asked its standbys")                         \
    X(CAUSE_YIELDING, 30, "until the claim had lapsed of a standby that {main} could not hear")    \
    X(CAUSE_LENT, 27, "in which {main} waited to get it back from {server}")                       \
    X(CAUSE_LOST, 30, "before {main} could notice that {server}, which carried it, was gone")      \
    X(CAUSE_READER, 27, "until {server} could open it, for it accepts no further reader")          \
    X(CAUSE_ARMED, 2, "until {server} had it in memory")                                           \
    X(CAUSE_START, 2, "until {server} had it on disk")                                             \
    X(CAUSE_START_OWN, 22, "until {server} had it on disk")                                        \
    X(CAUSE_HAND_OVER, 27, "until {server} had it on disk, for it accepts one reader at a time")   \
    X(CAUSE_STALLED, 42, "in which the camera itself delivered nothing")

#define X(symbol, rule, text) symbol,
enum cause { CAUSES(X) CAUSE_COUNT };
#undef X
#define X(symbol, rule, text) rule,
static const uint8_t cause_rules[] = {CAUSES(X)};
#undef X
#define X(symbol, rule, text) text,
static const char *const cause_texts[] = {CAUSES(X)};
#undef X

/* What is to be explained. */
struct question {
    const struct world *world;
    uint32_t camera;
    uint32_t main;
    const struct span *before; /* the recording that ended where the gap begins, or NULL */
    int64_t end_ms;            /* of the gap */
};

struct reason {
    enum cause cause;
    uint32_t server;
    uint32_t failover; /* or IMAGE_NONE */
};

/* ---- what held at a moment ---- */

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

static struct reason reason_at(const struct question *question, int64_t at_ms)
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
static int64_t next_change(const struct question *question, int64_t at_ms)
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

/* ---- sentences ---- */

/* A text of its own, as snprintf would write it. */
__attribute__((format(printf, 1, 2))) static char *format_new(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(length >= 0);
    char *text = array_new((size_t)length + 1, 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

static const char *server_name(const struct world *world, uint32_t server)
{
    return image_text(world->image, image_servers(world->image)[server].name);
}

static const char *meaning_of(const struct question *question, const struct reason *reason,
                              const char *word)
{
    const struct image *image = question->world->image;
    if (strncmp(word, "{server}", 8) == 0)
        return server_name(question->world, reason->server);
    if (strncmp(word, "{main}", 6) == 0)
        return server_name(question->world, question->main);
    assert(reason->failover != IMAGE_NONE);
    const struct image_failover *failover = &image_failovers(image)[reason->failover];
    if (strncmp(word, "{failover}", 10) == 0)
        return image_text(image, failover->name);
    const bool own = strncmp(word, "{own_manager}", 13) == 0;
    const uint32_t manager = own ? failover->own_manager : failover->manager;
    assert((own || strncmp(word, "{manager}", 9) == 0) && manager != IMAGE_NONE);
    return image_text(image, image_managers(image)[manager].name);
}

static char *reason_text(const struct question *question, const struct reason *reason)
{
    char *text = format_new("%s", "");
    const char *rest = cause_texts[reason->cause];
    while (*rest != '\0') {
        const int plain = (int)strcspn(rest, "{");
        const bool named = rest[plain] == '{';
        const char *name = named ? meaning_of(question, reason, rest + plain) : "";
        char *longer = format_new("%s%.*s%s", text, plain, rest, name);
        free(text);
        text = longer;
        rest += plain + (named ? (int)strcspn(rest + plain, "}") + 1 : 0);
    }
    return text;
}

/* What ended the recording before the gap. */
static char *lead_text(const struct question *question)
{
    const struct world *world = question->world;
    const struct span *before = question->before; /* none: it ended at the very start */
    const uint32_t server = before != NULL ? before->server : question->main;
    const int64_t end_ms = before != NULL ? before->to_ms : 0;
    const struct history *powers = &world->servers[server].powers;
    const uint8_t power = history_at(powers, end_ms);
    const struct history *order = &recorder_find(world, server, question->camera)->order;
    const bool at_once = history_since(order, end_ms) == end_ms;
    const char *what = "stopped recording it";
    if (recorder_is_stalled(world, question->camera, end_ms))
        return format_new("%s had nothing to record", server_name(world, server));
    if (history_since(powers, end_ms) == end_ms && power != POWER_ON)
        what = power == POWER_FAILED ? "failed" : power == POWER_OFF ? "logged off" : "stood still";
    else if (at_once && history_at(order, end_ms) == ORDER_CUT_OFF)
        what = "lost its network";
    else if (at_once && history_at(order, end_ms) == ORDER_HOMELESS)
        what = "lost its last volume";
    if (server == question->main)
        return format_new("%s %s", server_name(world, server), what);
    return format_new("%s, which carried %s, %s", server_name(world, server),
                      server_name(world, question->main), what);
}

static void join_cause(struct gap *gap)
{
    gap->cause = format_new("%s", gap->lead);
    for (size_t i = 0; i < gap->part_count; i++) {
        const struct gap_part *part = &gap->parts[i];
        char duration[64];
        trace_duration(part->to_ms - part->from_ms, duration, sizeof duration);
        char *longer = format_new("%s%s %s %s (R%u)", gap->cause, i == 0 ? ":" : ",", duration,
                                  part->text, part->rule);
        free(gap->cause);
        gap->cause = longer;
    }
}

static bool same_reason(const struct reason *a, const struct reason *b)
{
    return a->cause == b->cause && a->server == b->server && a->failover == b->failover;
}

static struct question question_of(const struct world *world, uint32_t camera,
                                   const struct span *before, int64_t end_ms)
{
    return (struct question){.world = world,
                             .camera = camera,
                             .main = image_cameras(world->image)[camera].server,
                             .before = before,
                             .end_ms = end_ms};
}

static void note_unexplained(struct world *world, uint32_t camera, int64_t from_ms, int64_t to_ms)
{
    property_fault(world, "nobody records %s from %lld ms to %lld ms, and nothing says why",
                   image_text(world->image, image_cameras(world->image)[camera].name),
                   (long long)from_ms, (long long)to_ms);
}

void cause_explain(struct world *world, uint32_t camera, const struct span *before, struct gap *gap)
{
    const struct question question = question_of(world, camera, before, gap->to_ms);
    struct reason last = {CAUSE_COUNT, 0, 0};
    gap->lead = lead_text(&question);
    for (int64_t at_ms = gap->from_ms, next_ms; at_ms < gap->to_ms; at_ms = next_ms) {
        const struct reason reason = reason_at(&question, at_ms);
        next_ms = next_change(&question, at_ms);
        if (reason.cause == CAUSE_UNEXPLAINED)
            note_unexplained(world, camera, at_ms, next_ms);
        if (same_reason(&reason, &last)) {
            gap->parts[gap->part_count - 1].to_ms = next_ms;
            continue;
        }
        last = reason;
        gap->parts = array_grow(gap->parts, gap->part_count, &gap->part_max, sizeof *gap->parts);
        gap->parts[gap->part_count++] = (struct gap_part){.from_ms = at_ms,
                                                          .to_ms = next_ms,
                                                          .rule = cause_rules[reason.cause],
                                                          .text = reason_text(&question, &reason)};
    }
    join_cause(gap);
}

/* ---- without texts ---- */

static enum loss loss_of(enum cause cause)
{
    switch (cause) {
    case CAUSE_UNLISTED:
        return LOSS_UNPROTECTED;
    case CAUSE_NO_STANDBY:
        return LOSS_NO_STANDBY;
    case CAUSE_LOGGED_OFF:
    case CAUSE_STOPPED:
    case CAUSE_DISABLED:
        return LOSS_OPERATOR;
    case CAUSE_UNLOADED:
        return LOSS_LICENCE;
    case CAUSE_ISOLATED:
        return LOSS_ISOLATED;
    case CAUSE_UNSEEN:
        return LOSS_UNSEEN;
    case CAUSE_UNNOTICED:
    case CAUSE_LOST:
    case CAUSE_COVERED:
        return LOSS_DETECTION;
    case CAUSE_WAIT:
    case CAUSE_WITHHELD:
    case CAUSE_CLAIM:
    case CAUSE_YIELDING:
        return LOSS_WAIT;
    case CAUSE_QUEUE:
    case CAUSE_QUEUE_OF_BOTH:
        return LOSS_QUEUE;
    case CAUSE_ASK:
    case CAUSE_START_OWN:
        return LOSS_BOOT;
    case CAUSE_ARMED:
    case CAUSE_START:
        return LOSS_START;
    case CAUSE_LENT:
    case CAUSE_READER:
    case CAUSE_HAND_OVER:
        return LOSS_HAND_BACK;
    case CAUSE_HOMELESS:
    case CAUSE_STANDBY_HOMELESS:
        return LOSS_STORAGE;
    case CAUSE_CUT_OFF:
    case CAUSE_STANDBY_CUT_OFF:
        return LOSS_NETWORK;
    case CAUSE_STILL:
    case CAUSE_STANDBY_STILL:
        return LOSS_STANDSTILL;
    case CAUSE_STALLED:
        return LOSS_CAMERA;
    case CAUSE_UNEXPLAINED:
    case CAUSE_COUNT:
        break;
    }
    return LOSS_UNEXPLAINED;
}

void cause_sort(struct world *world, uint32_t camera, const struct span *before, int64_t from_ms,
                int64_t to_ms, cause_taker *take, void *context)
{
    const struct question question = question_of(world, camera, before, to_ms);
    for (int64_t at_ms = from_ms, next_ms; at_ms < to_ms; at_ms = next_ms) {
        const enum loss loss = loss_of(reason_at(&question, at_ms).cause);
        next_ms = next_change(&question, at_ms);
        if (loss == LOSS_UNEXPLAINED)
            note_unexplained(world, camera, at_ms, next_ms);
        take(context, loss, at_ms, next_ms);
    }
}
