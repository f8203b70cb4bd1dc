#include "runtime/sim/timeline.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/sim/array.h"
#include "runtime/sim/label.h"

#define LASTS_MS_MAX (400LL * 366 * 86400 * 1000)

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, "the timeline: " __VA_ARGS__), false)

static char *label_in(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return label_new(text != NULL ? text : "");
}

static bool time_in(const json_t *object, const char *key, int64_t lasts_ms, int64_t *at_ms,
                    char error[static TEXT_BYTES_MAX])
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value))
        return FAIL(error, "%s is missing or is no whole number of milliseconds", key);
    *at_ms = (int64_t)json_integer_value(value);
    return (*at_ms >= 0 && *at_ms <= lasts_ms) || FAIL(error, "%s lies outside of the outage", key);
}

/* ---- servers ---- */

static size_t find_server(const struct timeline *timeline, const char *name)
{
    size_t at = 0;
    while (at < timeline->server_count && strcmp(timeline->servers[at], name) < 0)
        at++;
    return at;
}

/* Takes the name over. */
static void add_server(struct timeline *timeline, char *name)
{
    const size_t at = find_server(timeline, name);
    if (*name == '\0' ||
        (at < timeline->server_count && strcmp(timeline->servers[at], name) == 0)) {
        free(name);
        return;
    }
    timeline->servers = array_grow(timeline->servers, timeline->server_count, &timeline->server_max,
                                   sizeof *timeline->servers);
    memmove(&timeline->servers[at + 1], &timeline->servers[at],
            (timeline->server_count - at) * sizeof *timeline->servers);
    timeline->servers[at] = name;
    timeline->server_count++;
}

static void read_servers(struct timeline *timeline, const json_t *cameras)
{
    for (size_t i = 0; i < json_array_size(cameras); i++) {
        const json_t *camera = json_array_get(cameras, i);
        const json_t *by = json_object_get(camera, "by");
        add_server(timeline, label_in(camera, "main"));
        for (size_t k = 0; k < json_array_size(by); k++)
            add_server(timeline, label_in(json_array_get(by, k), "server"));
    }
}

/* ---- rows ---- */

static bool read_span(const struct timeline *timeline, const json_t *json, bool is_gap,
                      struct timeline_span *span, char error[static TEXT_BYTES_MAX])
{
    if (!time_in(json, "from_ms", timeline->lasts_ms, &span->from_ms, error) ||
        !time_in(json, "to_ms", timeline->lasts_ms, &span->to_ms, error))
        return false;
    if (span->from_ms > span->to_ms)
        return FAIL(error, "a stretch ends before it begins");
    if (is_gap)
        return true;
    char *server = label_in(json, "server");
    const bool named = *server != '\0';
    span->server = find_server(timeline, server);
    free(server);
    return named || FAIL(error, "a stretch of a camera has no server");
}

/* Reads a list of stretches; *spans is the caller's to free also on failure. */
static bool read_spans(const struct timeline *timeline, const json_t *list, bool are_gaps,
                       struct timeline_span **spans, size_t *count,
                       char error[static TEXT_BYTES_MAX])
{
    *spans = array_new(json_array_size(list), sizeof **spans);
    for (*count = 0; *count < json_array_size(list); (*count)++)
        if (!read_span(timeline, json_array_get(list, *count), are_gaps, &(*spans)[*count], error))
            return false;
    return true;
}

static bool read_row(struct timeline *timeline, const json_t *camera,
                     char error[static TEXT_BYTES_MAX])
{
    struct timeline_row *row = &timeline->rows[timeline->row_count++];
    row->camera = label_in(camera, "name");
    row->main = label_in(camera, "main");
    return read_spans(timeline, json_object_get(camera, "by"), false, &row->spans, &row->span_count,
                      error) &&
           read_spans(timeline, json_object_get(camera, "gaps"), true, &row->gaps, &row->gap_count,
                      error);
}

static bool read_rows(struct timeline *timeline, const json_t *cameras,
                      char error[static TEXT_BYTES_MAX])
{
    read_servers(timeline, cameras);
    timeline->rows = array_new(json_array_size(cameras), sizeof *timeline->rows);
    for (size_t i = 0; i < json_array_size(cameras); i++)
        if (!read_row(timeline, json_array_get(cameras, i), error))
            return false;
    return true;
}

/* ---- licences ---- */

static char *describe_left(const json_t *json)
{
    char *left = label_in(json, "left");
    char *end = label_in(json, "left_at_end");
    const size_t size = strlen(left) + strlen(end) + 32;
    char *text = array_new(size, 1);
    snprintf(text, size, "%s left, then %s", left,
             json_is_true(json_object_get(json, "expired")) ? "expired" : end);
    free(left);
    free(end);
    return text;
}

static bool read_licences(struct timeline *timeline, const json_t *list,
                          char error[static TEXT_BYTES_MAX])
{
    timeline->licences = array_new(json_array_size(list), sizeof *timeline->licences);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *json = json_array_get(list, i);
        struct timeline_licence *licence = &timeline->licences[timeline->licence_count++];
        licence->failover = label_in(json, "failover");
        licence->left = describe_left(json);
        if (!time_in(json, "from_ms", timeline->lasts_ms, &licence->from_ms, error) ||
            !time_in(json, "to_ms", timeline->lasts_ms, &licence->to_ms, error))
            return false;
        if (licence->from_ms > licence->to_ms)
            return FAIL(error, "a licence ends before it begins");
    }
    return true;
}

/* ---- marks ---- */

static struct timeline_mark *add_mark(struct timeline *timeline)
{
    timeline->marks = array_grow(timeline->marks, timeline->mark_count, &timeline->mark_max,
                                 sizeof *timeline->marks);
    struct timeline_mark *mark = &timeline->marks[timeline->mark_count++];
    *mark = (struct timeline_mark){0};
    return mark;
}

static bool read_act(struct timeline *timeline, const json_t *json,
                     char error[static TEXT_BYTES_MAX])
{
    int64_t at_ms;
    if (!time_in(json, "at_ms", timeline->lasts_ms, &at_ms, error))
        return false;
    struct timeline_mark *mark = add_mark(timeline);
    mark->at_ms = at_ms;
    mark->act = true;
    mark->what = label_in(json, "act");
    mark->why = label_new("");
    return true;
}

/* "alpha-to-omega: watching to suspect" */
static char *describe_move(const json_t *event, const char *failover)
{
    char *from = label_in(event, "from");
    char *to = label_in(event, "to");
    char *name = label_new(failover);
    const size_t size = strlen(from) + strlen(to) + strlen(name) + 16;
    char *text = array_new(size, 1);
    snprintf(text, size, "%s: %s \xe2\x86\x92 %s", name, from, to);
    free(from);
    free(to);
    free(name);
    return text;
}

static char *describe_why(const json_t *event)
{
    char *why = label_in(event, "why");
    char *rule = label_in(event, "rule");
    const size_t size = strlen(why) + strlen(rule) + 8;
    char *text = array_new(size, 1);
    if (*rule != '\0')
        snprintf(text, size, "%s (%s)", why, rule);
    else
        snprintf(text, size, "%s", why);
    free(why);
    free(rule);
    return text;
}

static bool stays(const json_t *event)
{
    return json_equal(json_object_get(event, "from"), json_object_get(event, "to"));
}

/* Only what moves a failover from one state to another is shown. */
static bool read_event(struct timeline *timeline, const json_t *json,
                       char error[static TEXT_BYTES_MAX])
{
    static const char prefix[] = "failover ";
    const char *machine = json_string_value(json_object_get(json, "machine"));
    if (machine == NULL || strncmp(machine, prefix, sizeof prefix - 1) != 0 || stays(json))
        return true;
    int64_t at_ms;
    if (!time_in(json, "at_ms", timeline->lasts_ms, &at_ms, error))
        return false;
    struct timeline_mark *mark = add_mark(timeline);
    mark->at_ms = at_ms;
    mark->what = describe_move(json, machine + sizeof prefix - 1);
    mark->why = describe_why(json);
    return true;
}

/* By time; an act comes before what it brings about. The sorting keeps the order of equals. */
static void sort_marks(struct timeline *timeline)
{
    struct timeline_mark *marks = timeline->marks;
    for (size_t i = 1; i < timeline->mark_count; i++) {
        const struct timeline_mark mark = marks[i];
        size_t at = i;
        for (; at > 0 && (marks[at - 1].at_ms > mark.at_ms ||
                          (marks[at - 1].at_ms == mark.at_ms && mark.act && !marks[at - 1].act));
             at--)
            marks[at] = marks[at - 1];
        marks[at] = mark;
    }
}

static bool read_marks(struct timeline *timeline, const json_t *outage,
                       char error[static TEXT_BYTES_MAX])
{
    const json_t *acts = json_object_get(outage, "acts");
    const json_t *events = json_object_get(outage, "events");
    for (size_t i = 0; i < json_array_size(acts); i++)
        if (!read_act(timeline, json_array_get(acts, i), error))
            return false;
    for (size_t i = 0; i < json_array_size(events); i++)
        if (!read_event(timeline, json_array_get(events, i), error))
            return false;
    sort_marks(timeline);
    return true;
}

/* ---- whole ---- */

static bool read_outage(struct timeline *timeline, const json_t *outage,
                        char error[static TEXT_BYTES_MAX])
{
    const json_t *cameras = json_object_get(outage, "cameras");
    timeline->title = label_in(outage, "outage");
    if (!json_is_object(outage) || !json_is_array(cameras))
        return FAIL(error, "an outage is an object with a list of cameras");
    if (!time_in(outage, "lasts_ms", LASTS_MS_MAX, &timeline->lasts_ms, error))
        return false;
    if (timeline->lasts_ms == 0)
        return FAIL(error, "the outage has no duration");
    return read_rows(timeline, cameras, error) &&
           read_licences(timeline, json_object_get(outage, "licences"), error) &&
           read_marks(timeline, outage, error);
}

struct timeline *timeline_read(const json_t *json, size_t *count, char error[static TEXT_BYTES_MAX])
{
    const bool many = json_is_array(json);
    *count = many ? json_array_size(json) : 1;
    struct timeline *timelines = array_new(*count, sizeof *timelines);
    for (size_t i = 0; i < *count; i++) {
        if (read_outage(&timelines[i], many ? json_array_get(json, i) : json, error))
            continue;
        timeline_free(timelines, *count);
        return NULL;
    }
    return timelines;
}

void timeline_free(struct timeline *timelines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct timeline *timeline = &timelines[i];
        for (size_t r = 0; r < timeline->row_count; r++) {
            free(timeline->rows[r].camera);
            free(timeline->rows[r].main);
            free(timeline->rows[r].spans);
            free(timeline->rows[r].gaps);
        }
        for (size_t m = 0; m < timeline->mark_count; m++) {
            free(timeline->marks[m].what);
            free(timeline->marks[m].why);
        }
        for (size_t l = 0; l < timeline->licence_count; l++) {
            free(timeline->licences[l].failover);
            free(timeline->licences[l].left);
        }
        for (size_t s = 0; s < timeline->server_count; s++)
            free(timeline->servers[s]);
        free(timeline->rows);
        free(timeline->licences);
        free(timeline->marks);
        free(timeline->servers);
        free(timeline->title);
    }
    free(timelines);
}
