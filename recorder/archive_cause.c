#include "recorder/archive_cause.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/moment.h"

/* What explains a gap begins when the last picture was due, before that by as much as clocks
 * differ. */
#define BEFORE_MS   1000
#define CAUSES_MAX  16
#define OBJECTS_MAX 1000
#define MACHINE_MAX 128

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

static int64_t time_of(const json_t *decision)
{
    return json_integer_value(json_object_get(decision, "at_ms"));
}

static void add_entry(json_t *decisions, const char *server, const json_t *entry)
{
    json_t *transition;
    int64_t at_ms;
    size_t i;

    if (!moment_parse(text_of(entry, "at"), &at_ms))
        return;
    json_array_foreach(json_object_get(entry, "transitions"), i, transition)
    {
        if (strcmp(text_of(transition, "verdict"), "ignore") == 0)
            continue;
        json_array_append_new(
            decisions,
            json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "at_ms",
                      (json_int_t)at_ms, "at", text_of(entry, "at"), "server", server, "about",
                      text_of(entry, "server"), "camera", text_of(entry, "camera"), "machine",
                      text_of(transition, "machine"), "from", text_of(transition, "from"), "to",
                      text_of(transition, "to"), "rule", text_of(transition, "rule"), "why",
                      text_of(transition, "why")));
    }
}

static int by_time(const void *left, const void *right)
{
    int64_t a = time_of(*(json_t *const *)left), b = time_of(*(json_t *const *)right);

    return (a > b) - (a < b);
}

/* The same decisions in the order of time. NULL: memory is out. */
static json_t *sorted(json_t *decisions)
{
    size_t count = json_array_size(decisions), i;
    json_t **items = calloc(count + 1, sizeof(json_t *)), *item, *result = json_array();

    if (items == NULL || result == NULL) {
        free(items);
        json_decref(result);
        return NULL;
    }
    json_array_foreach(decisions, i, item) items[i] = item;
    qsort(items, count, sizeof(json_t *), by_time);
    for (i = 0; i < count; i++)
        json_array_append(result, items[i]);
    free(items);
    json_decref(decisions);
    return result;
}

static bool at_end(FILE *file)
{
    int c;

    while ((c = fgetc(file)) == ' ' || c == '\n' || c == '\r' || c == '\t')
        continue;
    if (c != EOF)
        ungetc(c, file);
    return c == EOF;
}

static bool read_objects(FILE *file, json_t *decisions)
{
    json_error_t error;

    for (int count = 0; !at_end(file) && count < OBJECTS_MAX; count++) {
        json_t *object = json_loadf(file, JSON_DISABLE_EOF_CHECK, &error), *entry;
        size_t i;

        if (object == NULL)
            return false;
        json_array_foreach(json_object_get(object, "entries"), i, entry)
            add_entry(decisions, text_of(object, "server"), entry);
        json_decref(object);
    }
    return true;
}

json_t *archive_cause_load(const char *path)
{
    bool is_input = strcmp(path, "-") == 0;
    FILE *file = is_input ? stdin : fopen(path, "re");
    json_t *decisions = json_array();

    if (file == NULL)
        fprintf(stderr, "understudy-recorder: archive: %s cannot be read: %s\n", path,
                strerror(errno));
    else if (!read_objects(file, decisions))
        fprintf(stderr,
                "understudy-recorder: archive: %s is not what `understudy journal show --json` "
                "prints\n",
                path);
    else
        return is_input || fclose(file) == 0 ? sorted(decisions) : NULL;
    if (file != NULL && !is_input)
        fclose(file);
    json_decref(decisions);
    return NULL;
}

/* A failover's name does not tell whom it watches, but what has happened to it does. */
static bool watches(const json_t *decisions, const char *machine, const char *main_name)
{
    json_t *decision;
    size_t i;

    json_array_foreach(decisions, i, decision)
    {
        if (strcmp(text_of(decision, "machine"), machine) == 0 &&
            strcmp(text_of(decision, "about"), main_name) == 0)
            return true;
    }
    return false;
}

static bool concerns(const json_t *decisions, const json_t *decision, const char *main_name,
                     const char *camera_name)
{
    const char *machine = text_of(decision, "machine"), *camera = text_of(decision, "camera");
    char own[MACHINE_MAX];

    snprintf(own, sizeof(own), "camera %s", camera_name);
    if (strncmp(machine, "camera ", strlen("camera ")) == 0)
        return strcmp(machine, own) == 0;
    snprintf(own, sizeof(own), "main %s", main_name);
    if (camera[0] != '\0' && strcmp(camera, camera_name) != 0)
        return false;
    return strcmp(machine, own) == 0 || watches(decisions, machine, main_name);
}

json_t *archive_cause_find(const json_t *decisions, const char *main_name, const char *camera_name,
                           int64_t from_ms, int64_t to_ms)
{
    json_t *found = json_array(), *decision;
    size_t i;

    json_array_foreach(decisions, i, decision)
    {
        if (time_of(decision) >= from_ms - BEFORE_MS && time_of(decision) <= to_ms &&
            json_array_size(found) < CAUSES_MAX &&
            concerns(decisions, decision, main_name, camera_name))
            json_array_append(found, decision);
    }
    return found;
}
