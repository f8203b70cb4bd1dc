#include "runtime/node/timeline.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/deployment.h"
#include "runtime/deployment.h"
#include "runtime/engine/trace.h"
#include "runtime/node/clock.h"
#include "runtime/node/decision.h"

#define LOOK_BACK 2000 /* entries of the journal that a start looks through */

/* A decision; or, without a transition, an event that tells something by itself. */
struct moment {
    int64_t wall_ms;
    bool has_transition;
    struct engine_event event;
    struct engine_transition transition;
    char reason[ENTRY_REASON_BYTES];
};

struct counts {
    uint64_t starts, stops;
};

struct timeline {
    const struct deployment *deployment;
    const struct image *image;
    struct image_list failovers; /* under this server */
    struct counts *counts;       /* of each of them */
    uint64_t unexpected;
    uint64_t taken;                      /* moments, all that ever were */
    struct moment moments[TIMELINE_MAX]; /* a ring */
};

/* ---- taking ---- */

static void put(struct timeline *timeline, const struct entry *entry,
                const struct engine_transition *transition)
{
    struct moment *moment = &timeline->moments[timeline->taken++ % TIMELINE_MAX];
    *moment = (struct moment){
        .wall_ms = entry->wall_ms, .has_transition = transition != NULL, .event = entry->event};
    if (transition != NULL)
        moment->transition = *transition;
    memcpy(moment->reason, entry->reason, sizeof moment->reason);
}

static void count(struct timeline *timeline, const struct engine_transition *transition)
{
    const uint32_t kind = timeline->deployment->machines[transition->machine].kind;
    timeline->unexpected += transition->verdict == VERDICT_ILLEGAL;
    if (kind != MACHINE_FAILOVER || transition->verdict != VERDICT_MOVE)
        return;
    struct counts *counts = &timeline->counts[transition->subject - timeline->failovers.first];
    const bool before = engine_state_carries(transition->from);
    const bool after = engine_state_carries(transition->to);
    counts->starts += after && !before;
    counts->stops += before && !after;
}

/* Only what changes something, or should not have happened, is shown: as in the log. */
static bool is_news(const struct timeline *timeline, const struct engine_transition *transition)
{
    const uint32_t kind = timeline->deployment->machines[transition->machine].kind;
    const bool still_camera = kind == MACHINE_CAMERA && transition->from == transition->to;
    return transition->verdict == VERDICT_ILLEGAL ||
           (transition->verdict == VERDICT_MOVE && !still_camera);
}

static void show(struct timeline *timeline, const struct entry *entry)
{
    char text[DECISION_TEXT_BYTES];
    if (decision_event(timeline->image, &entry->event, text) != NULL)
        put(timeline, entry, NULL);
    for (uint32_t i = 0; i < entry->transition_count; i++)
        if (is_news(timeline, &entry->transitions[i]))
            put(timeline, entry, &entry->transitions[i]);
}

void timeline_take(struct timeline *timeline, const struct entry *entry)
{
    show(timeline, entry);
    for (uint32_t i = 0; i < entry->transition_count; i++)
        count(timeline, &entry->transitions[i]);
}

uint64_t timeline_count(const struct timeline *timeline)
{
    return timeline->taken;
}

/* ---- showing ---- */

static json_t *moment_json(const struct timeline *timeline, const struct moment *moment)
{
    char at[CLOCK_TEXT_BYTES], text[DECISION_TEXT_BYTES];
    const struct decision_origin origin =
        decision_origin(timeline->deployment, &moment->event, moment->reason);
    json_t *object = moment->has_transition
                         ? decision_json(timeline->deployment, &moment->transition)
                         : json_pack("{s:s, s:s?}", "event", trace_event_kind(moment->event.kind),
                                     "why", decision_event(timeline->image, &moment->event, text));
    json_object_set_new(object, "at", json_string(clock_text(moment->wall_ms, at)));
    json_object_set_new(object, "sender",
                        origin.sender != NULL ? json_string(origin.sender) : json_null());
    json_object_set_new(object, "reason", json_string(moment->reason));
    return object;
}

json_t *timeline_json(const struct timeline *timeline)
{
    json_t *list = json_array();
    const uint64_t kept = timeline->taken < TIMELINE_MAX ? timeline->taken : TIMELINE_MAX;
    for (uint64_t i = 1; i <= kept; i++)
        json_array_append_new(
            list, moment_json(timeline, &timeline->moments[(timeline->taken - i) % TIMELINE_MAX]));
    return list;
}

static const struct counts *counts_of(const struct timeline *timeline, uint32_t failover)
{
    assert(failover - timeline->failovers.first < timeline->failovers.count);
    return &timeline->counts[failover - timeline->failovers.first];
}

uint64_t timeline_starts(const struct timeline *timeline, uint32_t failover)
{
    return counts_of(timeline, failover)->starts;
}

uint64_t timeline_stops(const struct timeline *timeline, uint32_t failover)
{
    return counts_of(timeline, failover)->stops;
}

uint64_t timeline_unexpected(const struct timeline *timeline)
{
    return timeline->unexpected;
}

/* ---- opening ---- */

struct reading {
    struct timeline *timeline;
    struct engine_transition *transitions;
    uint32_t max;
};

static bool read_entry(void *context, uint64_t number, const uint8_t *bytes, size_t size)
{
    struct reading *reading = context;
    struct entry entry;
    (void)number;
    if (!entry_decode(bytes, size, reading->timeline->deployment, reading->transitions,
                      reading->max, &entry))
        return false;
    show(reading->timeline, &entry);
    return true;
}

/* The first entry to look at: not too far back, and none that another deployment decided (R41). */
static uint64_t first_entry(struct journal *journal)
{
    char error[TEXT_BYTES_MAX];
    struct journal_change *changes = NULL;
    uint32_t count = 0;
    const uint64_t last = journal_count(journal);
    uint64_t first = last > LOOK_BACK ? last - LOOK_BACK : 1;
    if (!journal_read_changes(journal, &changes, &count, error))
        first = last + 1;
    else if (count > 0 && changes[count - 1].after >= first)
        first = changes[count - 1].after + 1;
    free(changes);
    return first;
}

struct timeline *timeline_open(const struct deployment *deployment, uint32_t server,
                               struct journal *journal)
{
    char error[TEXT_BYTES_MAX];
    const struct image *image = deployment_image(deployment);
    const struct image_list own = image_servers(image)[server].failovers;
    struct timeline *timeline = calloc(1, sizeof *timeline);
    struct reading reading = {.timeline = timeline, .max = engine_output_max(deployment, server)};
    reading.transitions = calloc(reading.max, sizeof *reading.transitions);
    struct counts *counts = calloc(own.count + 1, sizeof *counts);
    if (timeline == NULL || reading.transitions == NULL || counts == NULL) {
        free(timeline);
        free(reading.transitions);
        free(counts);
        return NULL;
    }
    *timeline = (struct timeline){
        .deployment = deployment, .image = image, .failovers = own, .counts = counts};
    journal_walk(journal, first_entry(journal), read_entry, &reading, error);
    free(reading.transitions);
    return timeline;
}

void timeline_free(struct timeline *timeline)
{
    if (timeline == NULL)
        return;
    free(timeline->counts);
    free(timeline);
}
