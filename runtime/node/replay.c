#include "runtime/node/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/deployment.h"
#include "runtime/engine/trace.h"
#include "runtime/node/clock.h"
#include "runtime/node/decision.h"
#include "runtime/node/entry.h"
#include "runtime/node/journal.h"
#include "runtime/node/state.h"

#define EXIT_DIFFERENT 1
#define EXIT_SYSTEM    3

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

struct replay {
    const struct deployment *deployment;
    struct journal *journal;
    struct engine *engine;
    struct engine_output output;
    struct engine_transition *journaled; /* of one entry */
    uint64_t entry_count;                /* replayed, the one that differs included */
    uint64_t transition_count;
    int64_t at_ms;    /* of the last event */
    uint64_t damaged; /* the number of the first entry that cannot be read, or 0 */
    bool differs;     /* the last entry does, and here is how: */
    struct entry entry;
    uint32_t place; /* of the transition in it; one of the two may have none there */
};

/* ---- opening ---- */

static bool make_engine(struct replay *replay, uint32_t server, char error[static TEXT_BYTES_MAX])
{
    const uint32_t max = engine_output_max(replay->deployment, server);
    void *memory = malloc(engine_size(replay->deployment, server));
    if (memory != NULL)
        replay->engine = engine_init(memory, replay->deployment, server);
    replay->journaled = calloc(max, sizeof *replay->journaled);
    replay->output = (struct engine_output){
        .transitions = calloc(max, sizeof *replay->output.transitions),
        .actions = calloc(max, sizeof *replay->output.actions),
        .max = max,
    };
    return (replay->engine != NULL && replay->journaled != NULL &&
            replay->output.transitions != NULL && replay->output.actions != NULL) ||
           FAIL(error, "out of memory");
}

static bool open_replay(struct replay *replay, const char *state, char error[static TEXT_BYTES_MAX])
{
    char folder[STATE_PATH_BYTES], deployment[STATE_PATH_BYTES];
    struct journal_owner owner;
    if (!state_path(folder, state, JOURNAL_FOLDER, error) ||
        !state_path(deployment, state, STATE_DEPLOYMENT, error))
        return false;
    replay->journal = journal_open_to_read(folder, &owner, error);
    if (replay->journal == NULL)
        return false;
    replay->deployment = deployment_open(deployment, error);
    if (replay->deployment == NULL)
        return false;
    const struct image *image = deployment_image(replay->deployment);
    const uint32_t server = image_find_server(image, owner.server);
    if (server == IMAGE_NONE || memcmp(owner.hash, image->hash, sizeof owner.hash) != 0)
        return FAIL(error, "the journal does not belong to the deployment that lies beside it");
    return make_engine(replay, server, error);
}

static void close_replay(struct replay *replay)
{
    journal_close(replay->journal);
    free(replay->engine);
    free(replay->journaled);
    free(replay->output.transitions);
    free(replay->output.actions);
}

/* ---- replaying ---- */

/* A transition has no padding: it can be compared as bytes. */
static bool is_equal(const struct replay *replay, uint32_t place)
{
    return place < replay->entry.transition_count && place < replay->output.transition_count &&
           memcmp(&replay->journaled[place], &replay->output.transitions[place],
                  sizeof *replay->journaled) == 0;
}

/* Whether an entry can stand at this place in a journal. */
static bool is_sound(const struct replay *replay, uint64_t number)
{
    const struct engine_event *event = &replay->entry.event;
    return number == replay->entry_count + 1 &&
           (event->kind == EVENT_BOOT ||
            (replay->entry_count > 0 && event->at_ms >= replay->at_ms));
}

static bool replay_entry(void *context, uint64_t number, const uint8_t *bytes, size_t size)
{
    struct replay *replay = context;
    if (!entry_decode(bytes, size, replay->deployment, replay->journaled, replay->output.max,
                      &replay->entry) ||
        !is_sound(replay, number)) {
        replay->damaged = number;
        return false;
    }
    engine_step(replay->engine, &replay->entry.event, &replay->output);
    replay->at_ms = replay->entry.event.at_ms;
    replay->entry_count++;
    const uint32_t most = replay->entry.transition_count > replay->output.transition_count
                              ? replay->entry.transition_count
                              : replay->output.transition_count;
    for (uint32_t i = 0; i < most && !replay->differs; i++) {
        replay->differs = !is_equal(replay, i);
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
    return replay->place < count ? decision_json(replay->deployment, &transitions[replay->place])
                                 : json_null();
}

/* "peer_lost (alpha)", "message offer (omega)": what the node was told. */
static json_t *event_json(const struct replay *replay)
{
    const struct image *image = replay->deployment->image;
    const struct engine_event *event = &replay->entry.event;
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
    return json_pack(
        "{s:I, s:s, s:o, s:I, s:o, s:o}", "entry", (json_int_t)replay->entry_count, "at",
        clock_text(replay->entry.wall_ms, moment), "event", event_json(replay), "transition",
        (json_int_t)replay->place + 1, "expected",
        side_json(replay, replay->journaled, replay->entry.transition_count), "found",
        side_json(replay, replay->output.transitions, replay->output.transition_count));
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
               replay->entry_count, replay->transition_count);
        return;
    }
    printf("entry %" PRIu64 " of %s, on %s, is decided otherwise than it was:\n",
           replay->entry_count, text_of(difference, "at"), text_of(difference, "event"));
    print_side("expected", json_object_get(difference, "expected"));
    print_side("found   ", json_object_get(difference, "found"));
}

static int tell(const struct replay *replay, bool json)
{
    json_t *difference = replay->differs ? difference_json(replay) : json_null();
    if (json) {
        json_t *object =
            json_pack("{s:I, s:I, s:b, s:O}", "entries", (json_int_t)replay->entry_count,
                      "transitions", (json_int_t)replay->transition_count, "equal",
                      !replay->differs, "first_difference", difference);
        json_dumpf(object, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(object);
    } else {
        print_text(replay, difference);
    }
    json_decref(difference);
    return replay->differs ? EXIT_DIFFERENT : 0;
}

int replay_state(const char *state, bool json)
{
    char error[TEXT_BYTES_MAX];
    struct replay replay = {.entry_count = 0};
    int code = EXIT_SYSTEM;
    if (!open_replay(&replay, state, error) ||
        !journal_walk(replay.journal, 1, replay_entry, &replay, error))
        fprintf(stderr, "understudy: %s\n", error);
    else if (replay.damaged > 0)
        fprintf(stderr, "understudy: entry %" PRIu64 " of the journal is damaged\n",
                replay.damaged);
    else
        code = tell(&replay, json);
    close_replay(&replay);
    return code;
}
