#include "runtime/node/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runtime/deployment.h"
#include "runtime/engine/trace.h"
#include "runtime/node/clock.h"
#include "runtime/node/decision.h"
#include "runtime/node/show_reader.h"
#include "runtime/node/zone.h"

#define WHY_LAST 12 /* findings that `why` prints */

struct finding {
    int64_t wall_ms;
    const struct deployment *deployment;
    struct engine_event event;
    bool has_transition; /* else the event says all: a drill */
    struct engine_transition transition;
    char reason[ENTRY_REASON_BYTES];
};

/* What was asked about, and the last transitions that say something about it (a ring). */
struct question {
    struct reader *reader;
    const char *name;
    const struct past_part *part; /* for which the numbers below are */
    uint32_t camera;              /* or IMAGE_NONE; each */
    uint32_t server;
    uint32_t failover;
    bool all;         /* also what was ignored */
    int64_t until_ms; /* nothing later is of interest */
    uint64_t found;
    uint64_t damaged;
    struct finding last[WHY_LAST];
};

static bool lists_camera(const struct image *image, uint32_t failover, uint32_t camera)
{
    const struct image_list objects = image_failovers(image)[failover].objects;
    for (uint32_t i = 0; i < objects.count; i++)
        if (image_numbers(image)[objects.first + i] == camera)
            return true;
    return false;
}

static bool is_of_failover(const struct question *question, uint32_t failover)
{
    const struct image *image = question->reader->image;
    return failover == question->failover ||
           image_failovers(image)[failover].monitor == question->server ||
           (question->camera != IMAGE_NONE && lists_camera(image, failover, question->camera));
}

/* A camera is explained by its own machine, by the failovers that carry it and by its main; a
 * server by its main machine and by the failovers that watch it. */
static bool explains(const struct question *question, const struct engine_transition *transition)
{
    const struct image *image = question->reader->image;
    const uint32_t subject = transition->subject;
    if (transition->verdict == VERDICT_IGNORE && !question->all)
        return false;
    switch ((enum machine_kind)question->reader->deployment->machines[transition->machine].kind) {
    case MACHINE_FAILOVER:
        return is_of_failover(question, subject);
    case MACHINE_MAIN:
        return subject == question->server ||
               (question->camera != IMAGE_NONE &&
                image_cameras(image)[question->camera].server == subject);
    case MACHINE_CAMERA:
        return subject == question->camera;
    case MACHINE_KIND_COUNT:
        break;
    }
    return false;
}

/* A name has another number in every deployment. False: no deployment has it so far. */
static bool find_name(struct question *question, const struct past_part *part)
{
    const struct image *image = deployment_image(part->deployment);
    question->part = part;
    question->camera = image_find_camera(image, question->name);
    question->server = image_find_server(image, question->name);
    question->failover = image_find_failover(image, question->name);
    return question->camera != IMAGE_NONE || question->server != IMAGE_NONE ||
           question->failover != IMAGE_NONE;
}

static bool is_known(struct question *question)
{
    bool known = false;
    for (uint32_t i = 0; i < question->reader->past.count; i++)
        known |= find_name(question, &question->reader->past.parts[i]);
    return known;
}

static void keep(struct question *question, const struct entry *entry,
                 const struct engine_transition *transition)
{
    struct finding *finding = &question->last[question->found++ % WHY_LAST];
    *finding = (struct finding){.wall_ms = entry->wall_ms,
                                .deployment = question->reader->deployment,
                                .event = entry->event,
                                .has_transition = transition != NULL};
    if (transition != NULL)
        finding->transition = *transition;
    memcpy(finding->reason, entry->reason, sizeof finding->reason);
}

static bool search_entry(void *context, uint64_t number, const uint8_t *bytes, size_t size)
{
    struct question *question = context;
    struct reader *reader = question->reader;
    struct entry entry;
    if (!reader_entry(reader, number, bytes, size, &entry)) {
        question->damaged = number;
        return false;
    }
    if (question->part != past_part(&reader->past, number))
        find_name(question, past_part(&reader->past, number));
    if (entry.wall_ms > question->until_ms)
        return true;
    const bool drill = entry.event.kind == EVENT_DRILL_BEGIN || entry.event.kind == EVENT_DRILL_END;
    if (drill && is_of_failover(question, entry.event.failover))
        keep(question, &entry, NULL);
    for (uint32_t i = 0; i < entry.transition_count; i++)
        if (explains(question, &entry.transitions[i]))
            keep(question, &entry, &entry.transitions[i]);
    return true;
}

static void print_finding(const struct finding *finding)
{
    char moment[CLOCK_TEXT_BYTES], text[DECISION_TEXT_BYTES];
    const struct decision_origin origin =
        decision_origin(finding->deployment, &finding->event, finding->reason);
    if (finding->has_transition)
        printf("%s epoch %" PRIu64 " %s\n", zone_text(finding->wall_ms, moment),
               finding->transition.epoch,
               decision_text(finding->deployment, &finding->transition, origin, text));
    else
        reader_print_event(
            finding->wall_ms,
            decision_event(deployment_image(finding->deployment), &finding->event, text),
            finding->reason);
}

static json_t *finding_json(const struct finding *finding)
{
    char moment[CLOCK_TEXT_BYTES], text[DECISION_TEXT_BYTES];
    const struct decision_origin origin =
        decision_origin(finding->deployment, &finding->event, finding->reason);
    json_t *decision = finding->has_transition
                           ? decision_json(finding->deployment, &finding->transition)
                           : json_pack("{s:s, s:s, s:s}", "event",
                                       trace_event_kind(finding->event.kind), "rule", "R42", "why",
                                       decision_event(deployment_image(finding->deployment),
                                                      &finding->event, text));
    json_object_set_new(decision, "at", json_string(clock_text(finding->wall_ms, moment)));
    json_object_set_new(decision, "sender",
                        origin.sender != NULL ? json_string(origin.sender) : json_null());
    json_object_set_new(decision, "reason", json_string(origin.reason));
    return decision;
}

static void print_findings(const struct question *question, json_t *reasons)
{
    const uint64_t first = question->found > WHY_LAST ? question->found - WHY_LAST : 0;
    for (uint64_t i = first; i < question->found; i++)
        if (reasons == NULL)
            print_finding(&question->last[i % WHY_LAST]);
        else
            json_array_append_new(reasons, finding_json(&question->last[i % WHY_LAST]));
}

static int answer(struct question *question, bool json)
{
    const char *name = question->name;
    char error[TEXT_BYTES_MAX];
    if (!journal_walk(question->reader->past.journal, 1, search_entry, question, error))
        return reader_complain(error);
    json_t *reasons = json ? json_array() : NULL;
    print_findings(question, reasons);
    if (json) {
        json_t *object = json_pack("{s:s, s:o}", "name", name, "transitions", reasons);
        json_dumpf(object, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(object);
    } else if (question->found == 0) {
        printf("nothing has been decided about %s here %s\n", name,
               question->until_ms == INT64_MAX ? "yet" : "by then");
    }
    if (question->damaged == 0)
        return 0;
    fprintf(stderr, "understudy: entry %" PRIu64 " of the journal is damaged\n", question->damaged);
    return 3;
}

int show_why(const char *state, const char *name, struct show_style style, const char *at)
{
    char error[TEXT_BYTES_MAX];
    struct reader reader;
    int code;
    if (reader_open(&reader, state, error)) {
        struct question question = {
            .reader = &reader, .name = name, .all = style.all, .until_ms = INT64_MAX};
        if (at != NULL && !zone_read(at, clock_wall_ms(), &question.until_ms)) {
            fprintf(stderr,
                    "understudy why: --at takes a time like \"2026-11-23 20:45\" or "
                    "\"20:45\", not \"%s\"\n",
                    at);
            code = 2;
        } else if (!is_known(&question)) {
            fprintf(stderr, "understudy: there is no camera, server or failover \"%s\"\n", name);
            code = 1;
        } else {
            code = answer(&question, style.json);
        }
    } else {
        code = reader_complain(error);
    }
    reader_close(&reader);
    return code;
}
