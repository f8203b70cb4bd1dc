#include "runtime/node/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/deployment.h"
#include "runtime/engine/trace.h"
#include "runtime/node/clock.h"
#include "runtime/node/decision.h"
#include "runtime/node/entry.h"
#include "runtime/node/past.h"
#include "runtime/node/zone.h"

#define WHY_LAST 12 /* transitions that `why` prints */

/* A journal opened to read, with what its entries are read with. */
struct reader {
    struct past past;
    const struct deployment *deployment; /* of the entry that was read last */
    const struct image *image;           /* likewise */
    struct engine_transition *transitions;
    uint32_t max;
};

static int complain(const char *error)
{
    fprintf(stderr, "understudy: %s\n", error);
    return 3;
}

/* ---- opening ---- */

static void use_part(struct reader *reader, const struct past_part *part)
{
    reader->deployment = part->deployment;
    reader->image = deployment_image(part->deployment);
}

static bool open_reader(struct reader *reader, const char *state, char error[static TEXT_BYTES_MAX])
{
    *reader = (struct reader){0};
    if (!past_open(state, &reader->past, error))
        return false;
    use_part(reader, past_last(&reader->past));
    for (uint32_t i = 0; i < reader->past.count; i++) {
        const struct past_part *part = &reader->past.parts[i];
        const uint32_t max = engine_output_max(part->deployment, part->server);
        reader->max = max > reader->max ? max : reader->max;
    }
    zone_use(image_text(reader->image, reader->image->site.time_zone));
    reader->transitions = calloc(reader->max, sizeof *reader->transitions);
    if (reader->transitions == NULL)
        snprintf(error, TEXT_BYTES_MAX, "out of memory");
    return reader->transitions != NULL;
}

static void close_reader(struct reader *reader)
{
    past_close(&reader->past);
    free(reader->transitions);
}

/* Reads an entry, under the deployment of its time. */
static bool read_entry(struct reader *reader, uint64_t number, const uint8_t *bytes, size_t size,
                       struct entry *entry)
{
    use_part(reader, past_part(&reader->past, number));
    return entry_decode(bytes, size, reader->deployment, reader->transitions, reader->max, entry);
}

/* ---- journal show ---- */

struct listing {
    struct reader *reader;
    bool all;                     /* also what was ignored */
    json_t *entries;              /* NULL: print text */
    const struct past_part *part; /* of the last entry */
    uint64_t damaged;
};

static json_t *entry_json(const struct reader *reader, uint64_t number, const struct entry *entry)
{
    const struct image *image = reader->image;
    const struct engine_event *event = &entry->event;
    char moment[CLOCK_TEXT_BYTES];
    json_t *transitions = json_array();
    for (uint32_t i = 0; i < entry->transition_count; i++)
        json_array_append_new(transitions,
                              decision_json(reader->deployment, &entry->transitions[i]));
    json_t *server = event->server < image->servers.count
                         ? json_string(image_text(image, image_servers(image)[event->server].name))
                         : json_null();
    json_t *camera = event->camera < image->cameras.count
                         ? json_string(image_text(image, image_cameras(image)[event->camera].name))
                         : json_null();
    const char *message =
        event->kind == EVENT_MESSAGE ? trace_message_kind(event->message.kind) : NULL;
    char hash[13];
    image_short_hash(image, hash);
    return json_pack("{s:I, s:s, s:s, s:s, s:o, s:o, s:s?, s:s, s:o}", "number", (json_int_t)number,
                     "at", clock_text(entry->wall_ms, moment), "deployment", hash, "event",
                     trace_event_kind(event->kind), "server", server, "camera", camera, "message",
                     message, "reason", entry->reason, "transitions", transitions);
}

static void print_entry(const struct reader *reader, const struct entry *entry, bool all)
{
    char moment[CLOCK_TEXT_BYTES], text[DECISION_TEXT_BYTES];
    const struct decision_origin origin =
        decision_origin(reader->deployment, &entry->event, entry->reason);
    if (decision_event(reader->image, &entry->event, text) != NULL)
        printf("%s %s\n", zone_text(entry->wall_ms, moment), text);
    for (uint32_t i = 0; i < entry->transition_count; i++)
        if (all || entry->transitions[i].verdict != VERDICT_IGNORE)
            printf("%s %s\n", zone_text(entry->wall_ms, moment),
                   decision_text(reader->deployment, &entry->transitions[i], origin, text));
}

static void print_change(const struct past_part *part, int64_t wall_ms)
{
    char moment[CLOCK_TEXT_BYTES], hash[13];
    image_short_hash(deployment_image(part->deployment), hash);
    printf("%s from here on under deployment %s; what both know by name stays as it is (R41)\n",
           zone_text(wall_ms, moment), hash);
}

static bool list_entry(void *context, uint64_t number, const uint8_t *bytes, size_t size)
{
    struct listing *listing = context;
    struct reader *reader = listing->reader;
    struct entry entry;
    if (!read_entry(reader, number, bytes, size, &entry)) {
        listing->damaged = number;
        return false;
    }
    const struct past_part *part = past_part(&reader->past, number);
    if (listing->entries == NULL && listing->part != NULL && listing->part != part)
        print_change(part, entry.wall_ms);
    listing->part = part;
    if (listing->entries != NULL)
        json_array_append_new(listing->entries, entry_json(reader, number, &entry));
    else
        print_entry(reader, &entry, listing->all);
    return true;
}

static int list(struct listing *listing, uint64_t last)
{
    char error[TEXT_BYTES_MAX];
    const uint64_t count = journal_count(listing->reader->past.journal);
    const uint64_t from = last > 0 && last < count ? count - last + 1 : 1;
    if (!journal_walk(listing->reader->past.journal, from, list_entry, listing, error))
        return complain(error);
    if (listing->damaged == 0)
        return 0;
    fprintf(stderr, "understudy: entry %" PRIu64 " of the journal is damaged\n", listing->damaged);
    return 3;
}

static int show_listing(struct reader *reader, struct show_style style, uint64_t last)
{
    char hash[13];
    struct listing listing = {
        .reader = reader, .all = style.all, .entries = style.json ? json_array() : NULL};
    const int code = list(&listing, last);
    if (!style.json)
        return code;
    use_part(reader, past_last(&reader->past));
    image_short_hash(reader->image, hash);
    const struct image_server *server =
        &image_servers(reader->image)[past_last(&reader->past)->server];
    json_t *object = json_pack("{s:s, s:s, s:o}", "server", image_text(reader->image, server->name),
                               "deployment", hash, "entries", listing.entries);
    json_dumpf(object, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(object);
    return code;
}

int show_journal(const char *state, struct show_style style, uint64_t last)
{
    char error[TEXT_BYTES_MAX];
    struct reader reader;
    const int code =
        open_reader(&reader, state, error) ? show_listing(&reader, style, last) : complain(error);
    close_reader(&reader);
    return code;
}

/* ---- why ---- */

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
    struct {
        int64_t wall_ms;
        const struct deployment *deployment;
        struct engine_event event;
        struct engine_transition transition;
        char reason[ENTRY_REASON_BYTES];
    } last[WHY_LAST];
};

static bool lists_camera(const struct image *image, uint32_t failover, uint32_t camera)
{
    const struct image_list objects = image_failovers(image)[failover].objects;
    for (uint32_t i = 0; i < objects.count; i++)
        if (image_numbers(image)[objects.first + i] == camera)
            return true;
    return false;
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
        return subject == question->failover ||
               image_failovers(image)[subject].monitor == question->server ||
               (question->camera != IMAGE_NONE && lists_camera(image, subject, question->camera));
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

static bool search_entry(void *context, uint64_t number, const uint8_t *bytes, size_t size)
{
    struct question *question = context;
    struct reader *reader = question->reader;
    struct entry entry;
    if (!read_entry(reader, number, bytes, size, &entry)) {
        question->damaged = number;
        return false;
    }
    if (question->part != past_part(&reader->past, number))
        find_name(question, past_part(&reader->past, number));
    if (entry.wall_ms > question->until_ms)
        return true;
    for (uint32_t i = 0; i < entry.transition_count; i++) {
        if (!explains(question, &entry.transitions[i]))
            continue;
        const uint64_t at = question->found++ % WHY_LAST;
        question->last[at].wall_ms = entry.wall_ms;
        question->last[at].deployment = reader->deployment;
        question->last[at].event = entry.event;
        question->last[at].transition = entry.transitions[i];
        memcpy(question->last[at].reason, entry.reason, sizeof entry.reason);
    }
    return true;
}

static void print_reasons(const struct question *question, json_t *reasons)
{
    const uint64_t first = question->found > WHY_LAST ? question->found - WHY_LAST : 0;
    for (uint64_t i = first; i < question->found; i++) {
        const struct engine_transition *transition = &question->last[i % WHY_LAST].transition;
        const struct deployment *deployment = question->last[i % WHY_LAST].deployment;
        const struct decision_origin origin = decision_origin(
            deployment, &question->last[i % WHY_LAST].event, question->last[i % WHY_LAST].reason);
        char moment[CLOCK_TEXT_BYTES], text[DECISION_TEXT_BYTES];
        const int64_t wall_ms = question->last[i % WHY_LAST].wall_ms;
        if (reasons == NULL) {
            printf("%s epoch %" PRIu64 " %s\n", zone_text(wall_ms, moment), transition->epoch,
                   decision_text(deployment, transition, origin, text));
            continue;
        }
        json_t *decision = decision_json(deployment, transition);
        json_object_set_new(decision, "at", json_string(clock_text(wall_ms, moment)));
        json_object_set_new(decision, "sender",
                            origin.sender != NULL ? json_string(origin.sender) : json_null());
        json_object_set_new(decision, "reason", json_string(origin.reason));
        json_array_append_new(reasons, decision);
    }
}

static int answer(struct question *question, bool json)
{
    const char *name = question->name;
    char error[TEXT_BYTES_MAX];
    if (!journal_walk(question->reader->past.journal, 1, search_entry, question, error))
        return complain(error);
    json_t *reasons = json ? json_array() : NULL;
    print_reasons(question, reasons);
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
    if (open_reader(&reader, state, error)) {
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
        code = complain(error);
    }
    close_reader(&reader);
    return code;
}
