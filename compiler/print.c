/* The topology in its own language. The rows below are the vocabulary seen from the model: a test
 * holds them against the vocabulary itself, field by field. */
#include "compiler/print.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/quantity.h"

#define LINE_COLUMNS 100
#define FIELDS_MAX   16
#define INDENT       "  "

enum field_kind {
    FIELD_END,
    FIELD_TEXT,    /* const char *; NULL or the preset: left out */
    FIELD_NAMES,   /* struct model_names; empty: left out */
    FIELD_OBJECTS, /* struct model_names, of a failover that does not transfer all */
    FIELD_INTEGER, /* int64_t; the preset: left out; so are all that follow */
    FIELD_DURATION,
    FIELD_SIZE,
    FIELD_RATE,
    FIELD_TRUTH, /* bool */
};

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset; /* in the record */
    int64_t preset;
    const char *preset_text;
    const struct field *inside; /* of a table: its fields, which are those of the record too */
};

#define NUMBER(type, name, kind, member, preset)                                                   \
    {                                                                                              \
        name, kind, offsetof(struct model_##type, member), preset, NULL, NULL                      \
    }
#define TEXT(type, name, member, preset)                                                           \
    {                                                                                              \
        name, FIELD_TEXT, offsetof(struct model_##type, member), 0, preset, NULL                   \
    }
#define LIST(type, name, kind, member)                                                             \
    {                                                                                              \
        name, kind, offsetof(struct model_##type, member), 0, NULL, NULL                           \
    }
#define TABLE(name, fields)                                                                        \
    {                                                                                              \
        name, FIELD_END, 0, 0, NULL, fields                                                        \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, FIELD_END, 0, 0, NULL, NULL                                                          \
    }

#define GIB    (INT64_C(1) << 30)
#define DAY_MS INT64_C(86400000)

static const struct field site_fields[] = {
    NUMBER(site, "heartbeat", FIELD_DURATION, heartbeat_ms, 500),
    NUMBER(site, "misses", FIELD_INTEGER, misses, 4),
    NUMBER(site, "start", FIELD_DURATION, start_ms, 1000),
    NUMBER(site, "claim", FIELD_DURATION, claim_ms, 2000),
    NUMBER(site, "lease", FIELD_DURATION, lease_ms, 8000),
    NUMBER(site, "licence_bound", FIELD_TRUTH, licence_bound, false),
    NUMBER(site, "grace", FIELD_DURATION, grace_ms, 60 * DAY_MS),
    NUMBER(site, "repair", FIELD_DURATION, repair_ms, 0),
    TEXT(site, "time_zone", time_zone, "UTC"),
    LIST(site, "on_alarm", FIELD_NAMES, on_alarm),
    END,
};

static const struct field measured_fields[] = {
    NUMBER(volume, "renewal", FIELD_DURATION, measured_renewal_ms, 0),
    NUMBER(volume, "seen", FIELD_DURATION, measured_seen_ms, 0),
    NUMBER(volume, "claim", FIELD_DURATION, measured_claim_ms, 0),
    END,
};

static const struct field volume_fields[] = {
    TEXT(volume, "path", path, NULL),
    TEXT(volume, "nas", nas, NULL),
    NUMBER(volume, "size", FIELD_SIZE, size_bytes, 0),
    NUMBER(volume, "reserve", FIELD_SIZE, reserve_bytes, GIB),
    TABLE("measured", measured_fields),
    END,
};

static const struct field capacity_fields[] = {
    NUMBER(server, "cameras", FIELD_INTEGER, capacity_cameras, 0),
    NUMBER(server, "network", FIELD_RATE, capacity_network_bps, 0),
    NUMBER(server, "write", FIELD_RATE, capacity_write_bps, 0),
    END,
};

static const struct field server_fields[] = {
    TEXT(server, "address", address, NULL),
    LIST(server, "archive", FIELD_NAMES, archive),
    TEXT(server, "fallback", fallback, NULL),
    TABLE("capacity", capacity_fields),
    NUMBER(server, "ask_wait", FIELD_DURATION, ask_wait_ms, 2000),
    NUMBER(server, "priority", FIELD_INTEGER, priority, 0),
    LIST(server, "witness", FIELD_NAMES, witness),
    END,
};

static const struct field camera_fields[] = {
    TEXT(camera, "server", server, NULL),
    TEXT(camera, "url", url, NULL),
    NUMBER(camera, "rate", FIELD_RATE, rate_bps, 0),
    NUMBER(camera, "sessions", FIELD_INTEGER, sessions, 2),
    TEXT(camera, "arm", arm, "warm"),
    NUMBER(camera, "keep", FIELD_DURATION, keep_ms, 0),
    TEXT(camera, "credentials", credentials, NULL),
    END,
};

static const struct field failover_fields[] = {
    TEXT(failover, "standby", standby, NULL),
    TEXT(failover, "monitor", monitor, NULL),
    /* It has no default: -1 is no duration. */
    NUMBER(failover, "expect_reconnection", FIELD_DURATION, expect_reconnection_ms, -1),
    LIST(failover, "objects", FIELD_OBJECTS, objects),
    NUMBER(failover, "priority", FIELD_INTEGER, priority, 0),
    NUMBER(failover, "transfer_if_no_ping", FIELD_TRUTH, transfer_if_no_ping, false),
    TEXT(failover, "failback", failback, "auto"),
    NUMBER(failover, "hold_down", FIELD_DURATION, hold_down_ms, 0),
    LIST(failover, "also_on", FIELD_NAMES, also_on),
    NUMBER(failover, "retry_for", FIELD_DURATION, retry_for_ms, 60000),
    NUMBER(failover, "disabled", FIELD_TRUTH, disabled, false),
    LIST(failover, "on_start", FIELD_NAMES, on_start),
    LIST(failover, "on_stop", FIELD_NAMES, on_stop),
    END,
};

static const struct field manager_fields[] = {
    NUMBER(manager, "max_running", FIELD_INTEGER, max_running, 0),
    TEXT(manager, "standby", standby, NULL),
    TEXT(manager, "on", on, NULL),
    TEXT(manager, "when_unreachable", when_unreachable, "allow"),
    END,
};

static const struct field coordinator_fields[] = {
    LIST(coordinator, "etcd", FIELD_NAMES, etcd),
    TEXT(coordinator, "ca", ca, NULL),
    TEXT(coordinator, "cert", cert, NULL),
    TEXT(coordinator, "key", key, NULL),
    TEXT(coordinator, "credentials", credentials, NULL),
    TEXT(coordinator, "when_unreachable", when_unreachable, "allow"),
    END,
};

static const struct {
    const char *word;
    const struct field *fields;
    size_t array; /* in struct model */
    size_t count;
    size_t record_size;
} words[] = {
#define fields_of_sites        site_fields
#define fields_of_volumes      volume_fields
#define fields_of_servers      server_fields
#define fields_of_cameras      camera_fields
#define fields_of_failovers    failover_fields
#define fields_of_managers     manager_fields
#define fields_of_coordinators coordinator_fields
#define X(array, type, word)                                                                       \
    {word, fields_of_##array, offsetof(struct model, array),                                       \
     offsetof(struct model, array##_count), sizeof(struct type)},
    MODEL_WORDS(X)
#undef X
};

/* All words begin with this. */
struct record {
    MODEL_HEAD;
};

void print_lua_text(FILE *out, const char *text)
{
    putc('"', out);
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte == 0x7f)
            fprintf(out, "\\%03u", byte); /* three digits, so that none that follows joins them */
        else if (byte == '"' || byte == '\\')
            fprintf(out, "\\%c", byte);
        else
            putc(byte, out);
    }
    putc('"', out);
}

/* ---- values ---- */

static int64_t number_of(const struct field *field, const struct record *record)
{
    const char *at = (const char *)record + field->offset;
    return field->kind == FIELD_TRUTH ? *(const bool *)at : *(const int64_t *)(const void *)at;
}

static const char *text_of(const struct field *field, const struct record *record)
{
    return *(const char *const *)(const void *)((const char *)record + field->offset);
}

static const struct model_names *names_of(const struct field *field, const struct record *record)
{
    return (const void *)((const char *)record + field->offset);
}

static bool is_default(const struct field *field, const struct record *record)
{
    switch (field->kind) {
    case FIELD_TEXT: {
        const char *text = text_of(field, record);
        return text == NULL ||
               (field->preset_text != NULL && strcmp(text, field->preset_text) == 0);
    }
    case FIELD_NAMES:
        return names_of(field, record)->count == 0;
    case FIELD_OBJECTS:
        return ((const struct model_failover *)(const void *)record)->all_objects;
    case FIELD_INTEGER:
    case FIELD_DURATION:
    case FIELD_SIZE:
    case FIELD_RATE:
    case FIELD_TRUTH:
        return number_of(field, record) == field->preset;
    case FIELD_END:
        break;
    }
    for (const struct field *part = field->inside; part->name != NULL; part++)
        if (!is_default(part, record))
            return false;
    return true;
}

/* A list goes over several lines where it would be too long for one. */
static void put_names(FILE *out, const struct model_names *names)
{
    size_t column = 4;
    if (names->count == 0) {
        fputs("{}", out);
        return;
    }
    fputs("{ ", out);
    for (size_t i = 0; i < names->count; i++) {
        size_t width = strlen(names->names[i]) + 4;
        if (i > 0)
            fputs(column + width > LINE_COLUMNS - 20 ? ",\n" INDENT INDENT : ", ", out);
        column = column + width > LINE_COLUMNS - 20 ? 4 + width : column + width;
        print_lua_text(out, names->names[i]);
    }
    fputs(" }", out);
}

static void put_quantity(FILE *out, enum quantity_kind kind, int64_t value)
{
    char text[QUANTITY_TEXT_BYTES];
    print_lua_text(out, quantity_text(kind, value, text));
}

static void put_value(FILE *out, const struct field *field, const struct record *record);

static void put_table(FILE *out, const struct field *fields, const struct record *record)
{
    const char *separator = "{ ";
    for (const struct field *field = fields; field->name != NULL; field++) {
        if (is_default(field, record))
            continue;
        fprintf(out, "%s%s = ", separator, field->name);
        put_value(out, field, record);
        separator = ", ";
    }
    fputs(" }", out);
}

static void put_value(FILE *out, const struct field *field, const struct record *record)
{
    switch (field->kind) {
    case FIELD_TEXT:
        print_lua_text(out, text_of(field, record));
        break;
    case FIELD_NAMES:
    case FIELD_OBJECTS:
        put_names(out, names_of(field, record));
        break;
    case FIELD_INTEGER:
        fprintf(out, "%" PRId64, number_of(field, record));
        break;
    case FIELD_DURATION:
        put_quantity(out, QUANTITY_DURATION, number_of(field, record));
        break;
    case FIELD_SIZE:
        put_quantity(out, QUANTITY_SIZE, number_of(field, record));
        break;
    case FIELD_RATE:
        put_quantity(out, QUANTITY_RATE, number_of(field, record));
        break;
    case FIELD_TRUTH:
        fputs(number_of(field, record) != 0 ? "true" : "false", out);
        break;
    case FIELD_END:
        put_table(out, field->inside, record);
        break;
    }
}

/* ---- declarations ---- */

/* The fields of one declaration, written one by one, then laid out. */
struct layout {
    FILE *out; /* writes to `text` */
    char *text;
    size_t bytes;
    size_t ends[FIELDS_MAX]; /* where each field ends in it */
    size_t count;
};

static void layout_fields(struct layout *layout, const struct field *fields,
                          const struct record *record)
{
    layout->count = 0;
    rewind(layout->out);
    for (const struct field *field = fields; field->name != NULL; field++) {
        if (is_default(field, record))
            continue;
        assert(layout->count < FIELDS_MAX);
        fprintf(layout->out, "%s = ", field->name);
        put_value(layout->out, field, record);
        layout->ends[layout->count++] = (size_t)ftell(layout->out);
    }
    fflush(layout->out);
}

static void put_body(FILE *out, const struct layout *layout, size_t head_columns)
{
    size_t bytes = layout->count == 0 ? 0 : layout->ends[layout->count - 1];
    bool folded = head_columns + bytes + 2 * layout->count + 4 > LINE_COLUMNS ||
                  memchr(layout->text, '\n', bytes) != NULL;
    const char *before = folded ? "\n" INDENT : " ";
    size_t start = 0;
    putc('{', out);
    for (size_t i = 0; i < layout->count; i++) {
        fputs(before, out);
        fwrite(layout->text + start, 1, layout->ends[i] - start, out);
        if (folded || i + 1 < layout->count)
            putc(',', out);
        start = layout->ends[i];
    }
    fputs(layout->count == 0 ? "}\n" : folded ? "\n}\n" : " }\n", out);
}

/* Returns whether something was written: a site with nothing but defaults is left out. */
static bool put_record(FILE *out, struct layout *layout, const char *word,
                       const struct field *fields, const struct record *record)
{
    size_t columns = strlen(word) + 1;
    layout_fields(layout, fields, record);
    if (record->name[0] == '\0' && layout->count == 0)
        return false;
    fprintf(out, "%s ", word);
    if (record->name[0] != '\0') {
        print_lua_text(out, record->name);
        putc(' ', out);
        columns += strlen(record->name) + 3;
    }
    put_body(out, layout, columns);
    return true;
}

void print_topology(FILE *out, const struct model *model)
{
    struct layout layout = {.text = NULL};
    layout.out = open_memstream(&layout.text, &layout.bytes);
    assert(layout.out != NULL);
    const char *blank = "";
    for (size_t w = 0; w < sizeof words / sizeof words[0]; w++) {
        const char *records = *(char *const *)(const void *)((const char *)model + words[w].array);
        size_t count = *(const size_t *)(const void *)((const char *)model + words[w].count);
        for (size_t i = 0; i < count; i++) {
            const struct record *record = (const void *)(records + i * words[w].record_size);
            if (i == 0 && words[w].fields != site_fields)
                fputs(blank, out);
            if (put_record(out, &layout, words[w].word, words[w].fields, record))
                blank = "\n";
        }
    }
    fclose(layout.out);
    free(layout.text);
}
