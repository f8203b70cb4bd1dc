/* Causes: why nobody recorded a camera, moment by moment, from the states that everything was in.
 */
#include "runtime/sim/cause_reason.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/engine/trace.h"
#include "runtime/sim/array.h"

#define X(symbol, rule, text) rule,
static const uint8_t cause_rules[] = {CAUSES(X)};
#undef X
#define X(symbol, rule, text) text,
static const char *const cause_texts[] = {CAUSES(X)};
#undef X

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
        const struct reason reason = cause_reason_at(&question, at_ms);
        next_ms = cause_next_change(&question, at_ms);
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
        const enum loss loss = loss_of(cause_reason_at(&question, at_ms).cause);
        next_ms = cause_next_change(&question, at_ms);
        if (loss == LOSS_UNEXPLAINED)
            note_unexplained(world, camera, at_ms, next_ms);
        take(context, loss, at_ms, next_ms);
    }
}
