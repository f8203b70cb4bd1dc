#include "runtime/node/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/deployment.h"
#include "runtime/engine/trace.h"
#include "runtime/node/clock.h"
#include "runtime/node/decision.h"
#include "runtime/node/history.h"
#include "runtime/node/past.h"

#define EXIT_DIFFERENT 1
#define EXIT_SYSTEM    3

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

struct replay {
    struct past past;
    struct history history;
    uint64_t transition_count;
    bool differs;   /* the last entry does, at this transition in it; one of the two may have */
    uint32_t place; /* none there */
};

/* ---- opening ---- */

static bool open_replay(struct replay *replay, const char *state, char error[static TEXT_BYTES_MAX])
{
    return past_open(state, &replay->past, error) &&
           (history_make(&replay->history, &replay->past) || FAIL(error, "out of memory"));
}

static void close_replay(struct replay *replay)
{
    past_close(&replay->past);
    free(replay->history.engine);
    history_free(&replay->history);
}

/* ---- replaying ---- */

/* A transition has no padding: it can be compared as bytes. */
static bool is_equal(const struct history *history, uint32_t place)
{
    return place < history->entry.transition_count && place < history->output.transition_count &&
           memcmp(&history->entry.transitions[place], &history->output.transitions[place],
                  sizeof *history->entry.transitions) == 0;
}

static bool compare(void *context, struct history *history)
{
    struct replay *replay = context;
    const uint32_t most = history->entry.transition_count > history->output.transition_count
                              ? history->entry.transition_count
                              : history->output.transition_count;
    for (uint32_t i = 0; i < most && !replay->differs; i++) {
        replay->differs = !is_equal(history, i);
        replay->place = i;
        replay->transition_count += !replay->differs;
    }
    return !replay->differs;
}

/* ---- telling ---- */

/* The transition that was journaled, or the one found now; null if there is none at this place. */
static json_t *side_json(const struct replay *replay, const struct engine_transition *transitions,
                         uint32_t count)
{
    return replay->place < count
               ? decision_json(replay->history.part->deployment, &transitions[replay->place])
               : json_null();
}

/* "peer_lost (alpha)", "message offer (omega)": what the node was told. */
static json_t *event_json(const struct replay *replay)
{
    const struct image *image = deployment_image(replay->history.part->deployment);
    const struct engine_event *event = &replay->history.entry.event;
    const uint32_t server = event->server;
    const bool message = event->kind == EVENT_MESSAGE;
    const bool named = server < image->servers.count;
    return json_sprintf("%s%s%s%s%s%s", trace_event_kind(event->kind), message ? " " : "",
                        message ? trace_message_kind(event->message.kind) : "", named ? " (" : "",
                        named ? image_text(image, image_servers(image)[server].name) : "",
                        named ? ")" : "");
}

static json_t *difference_json(const struct replay *replay)
{
    char moment[CLOCK_TEXT_BYTES];
    return json_pack("{s:I, s:s, s:o, s:I, s:o, s:o}", "entry", (json_int_t)replay->history.number,
                     "at", clock_text(replay->history.entry.wall_ms, moment), "event",
                     event_json(replay), "transition", (json_int_t)replay->place + 1, "expected",
                     side_json(replay, replay->history.entry.transitions,
                               replay->history.entry.transition_count),
                     "found",
                     side_json(replay, replay->history.output.transitions,
                               replay->history.output.transition_count));
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "?";
}

static void print_side(const char *label, const json_t *side)
{
    if (json_is_null(side))
        printf("  %s nothing\n", label);
    else
        printf("  %s %s: %s -> %s on %s, %s, %s, epoch %" JSON_INTEGER_FORMAT ": %s\n", label,
               text_of(side, "machine"), text_of(side, "from"), text_of(side, "to"),
               text_of(side, "event"), text_of(side, "verdict"), text_of(side, "rule"),
               json_integer_value(json_object_get(side, "epoch")), text_of(side, "why"));
}

static void print_text(const struct replay *replay, const json_t *difference)
{
    if (!replay->differs) {
        printf("%" PRIu64 " entries with %" PRIu64 " transitions are decided as they were\n",
               replay->history.stepped, replay->transition_count);
        if (replay->history.adopted_otherwise > 0)
            printf("but what the deployment after entry %" PRIu64
                   " began with is not what this version takes over\n",
                   replay->history.adopted_otherwise);
        return;
    }
    printf("entry %" PRIu64 " of %s, on %s, is decided otherwise than it was:\n",
           replay->history.number, text_of(difference, "at"), text_of(difference, "event"));
    print_side("expected", json_object_get(difference, "expected"));
    print_side("found   ", json_object_get(difference, "found"));
}

static bool is_equal_past(const struct replay *replay)
{
    return !replay->differs && replay->history.adopted_otherwise == 0;
}

static int tell(const struct replay *replay, bool json)
{
    json_t *difference = replay->differs ? difference_json(replay) : json_null();
    if (json) {
        json_t *object =
            json_pack("{s:I, s:I, s:I, s:b, s:O}", "entries", (json_int_t)replay->history.stepped,
                      "transitions", (json_int_t)replay->transition_count, "deployments",
                      (json_int_t)replay->past.count, "equal", is_equal_past(replay),
                      "first_difference", difference);
        json_dumpf(object, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(object);
    } else {
        print_text(replay, difference);
    }
    json_decref(difference);
    return is_equal_past(replay) ? 0 : EXIT_DIFFERENT;
}

int replay_state(const char *state, bool json)
{
    char error[TEXT_BYTES_MAX];
    struct replay replay = {.transition_count = 0};
    int code = EXIT_SYSTEM;
    if (!open_replay(&replay, state, error) ||
        !history_run(&replay.history, HISTORY_WHOLE, compare, &replay, error))
        fprintf(stderr, "understudy: %s\n", error);
    else if (replay.history.damaged > 0)
        fprintf(stderr, "understudy: entry %" PRIu64 " of the journal is damaged\n",
                replay.history.damaged);
    else
        code = tell(&replay, json);
    close_replay(&replay);
    return code;
}
