#include "runtime/node/show.h"

#include <inttypes.h>
#include <stdio.h>

#include "runtime/deployment.h"
#include "runtime/engine/trace.h"
#include "runtime/node/clock.h"
#include "runtime/node/decision.h"
#include "runtime/node/show_reader.h"
#include "runtime/node/zone.h"

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
        reader_print_event(entry->wall_ms, text, entry->reason);
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
    if (!reader_entry(reader, number, bytes, size, &entry)) {
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
        return reader_complain(error);
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
    reader_use(reader, past_last(&reader->past));
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
    const int code = reader_open(&reader, state, error) ? show_listing(&reader, style, last)
                                                        : reader_complain(error);
    reader_close(&reader);
    return code;
}
