#include "dsl/fields.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "dsl/slot.h"
#include "dsl/text.h"
#include "dsl/units.h"

const char *fields_who(const struct fields_owner *owner)
{
    return owner->name[0] == '\0'
               ? owner->word->name
               : arena_format(owner->arena, "%s \"%s\"", owner->word->name, owner->name);
}

bool fields_name(const struct fields_owner *owner, const struct value *value, struct diag_at at)
{
    assert(value->kind == VALUE_TEXT);
    if (text_is_name(value->text, value->bytes)) {
        return true;
    }
    diag_report(owner->diag, DIAG_E109, at,
                "a name has 1 to 63 letters, digits, '-', '_' and '.', and begins with a letter or "
                "a digit",
                "\"%.80s\" is not a name", value->text);
    return false;
}

enum unit_family fields_family(enum field_kind kind)
{
    assert(kind == FIELD_DURATION || kind == FIELD_SIZE || kind == FIELD_RATE);
    return kind == FIELD_DURATION ? UNIT_DURATION : kind == FIELD_SIZE ? UNIT_SIZE : UNIT_RATE;
}

bool fields_quantity(const struct value *value, enum field_kind kind, int64_t *number)
{
    return value->kind == VALUE_TEXT && strlen(value->text) == value->bytes &&
           units_parse(fields_family(kind), value->text, number) == NULL;
}

void fields_report_quantity(const struct fields_owner *owner, const struct value *value,
                            enum field_kind kind, struct diag_at at, const char *what)
{
    enum unit_family family = fields_family(kind);
    const char *noun = units_noun(family);
    const char *usual = units_usual(family);
    const char *list = units_list(family);
    if (value->kind == VALUE_NUMBER) {
        const char *hint =
            arena_format(owner->arena, "a bare %s: write \"%s %s\"; units that fit: %s",
                         value->text, value->text, usual, list);
        diag_report(owner->diag, DIAG_E113, at, hint, "%s takes %s with a unit", what, noun);
        return;
    }
    int64_t ignored;
    const char *fault = strlen(value->text) == value->bytes
                            ? units_parse(family, value->text, &ignored)
                            : "holds a control character";
    char suggested[UNITS_TEXT_MAX];
    const char *hint =
        units_suggest(family, value->text, suggested)
            ? arena_format(owner->arena, "write \"%s\"; units that fit: %s", suggested, list)
            : arena_format(owner->arena, "write it like \"20 %s\"; units that fit: %s", usual,
                           list);
    diag_report(owner->diag, DIAG_E114, at, hint, "%s takes %s; \"%.60s\" %s", what, noun,
                value->text, fault == NULL ? "is none" : fault);
}

/* ---- fields ---- */

static uint64_t take_fields(const struct slot *table, const struct field *fields,
                            const struct value *body);

static void take_value(const struct slot *slot, const struct value *value)
{
    if (slot->field->kind != FIELD_TABLE) {
        slot_take(slot, value);
    } else if (value->kind == VALUE_TABLE) {
        take_fields(slot, slot->field->fields, value);
    } else {
        slot_misfit(slot, value);
    }
}

/* Returns the bit of the field that was meant, if one is near: then it is not missing as well. */
static uint64_t report_unknown(const struct slot *slot, const struct field *fields, const char *key)
{
    const struct fields_owner *owner = slot->owner;
    struct diag_nearest nearest = {.wanted = key};
    const char *list = "";
    for (const struct field *field = fields; field->name != NULL; field++) {
        diag_offer(&nearest, field->name);
        list = arena_format(owner->arena, "%s%s%s", list, *list == '\0' ? "" : ", ", field->name);
    }
    const char *hint = diag_suggestion(owner->diag, &nearest);
    if (hint == NULL) {
        hint = *list == '\0' ? "it has no fields" : arena_format(owner->arena, "it has %s", list);
    }
    struct diag_at at = {.place = owner->place, .name = owner->name, .field = slot->path};
    diag_report(owner->diag, DIAG_E110, at, hint, "%s has no field \"%.80s\"", fields_who(owner),
                slot->path);
    return nearest.best == NULL ? 0
                                : UINT64_C(1) << (vocabulary_field(fields, nearest.best) - fields);
}

/* A table within a field has no elements; those of a body are the caller's. */
static void report_nameless(const struct slot *table, const struct value *value, size_t position)
{
    if (table->path != NULL && value->kind != VALUE_INVALID) {
        diag_report(table->owner->diag, DIAG_E112, slot_at(table, slot_written(value)), NULL,
                    "%s: element %zu has no name; fields are written field = value",
                    slot_what(table), position);
    }
}

/* Takes the fields of one table; table->path is the way to it, or NULL. */
static uint64_t take_fields(const struct slot *table, const struct field *fields,
                            const struct value *body)
{
    struct arena *arena = table->owner->arena;
    uint64_t given = 0;
    for (size_t i = 0; i < body->count; i++) {
        const struct value *value = &body->items[i];
        if (value->key == NULL) {
            report_nameless(table, value, i + 1);
            continue;
        }
        struct slot slot = *table;
        slot.field = vocabulary_field(fields, value->key);
        slot.path = table->path == NULL ? value->key
                                        : arena_format(arena, "%s.%s", table->path, value->key);
        if (slot.field == NULL) {
            given |= report_unknown(&slot, fields, value->key);
        } else {
            given |= UINT64_C(1) << (slot.field - fields);
            take_value(&slot, value);
        }
    }
    return given;
}

static void report_missing(const struct fields_owner *owner, uint64_t given)
{
    const struct field *fields = owner->word->fields;
    for (const struct field *field = fields; field->name != NULL; field++) {
        if (field->required && (given & UINT64_C(1) << (field - fields)) == 0) {
            struct diag_at at = {.place = owner->place, .name = owner->name};
            diag_report(owner->diag, DIAG_E117, at, NULL, "%s lacks the field \"%s\"",
                        fields_who(owner), field->name);
        }
    }
}

uint64_t fields_take(const struct fields_owner *owner, const struct value *body, void *record)
{
    assert(body->kind == VALUE_TABLE || body->kind == VALUE_OTHER);
    if (body->kind == VALUE_OTHER) {
        struct diag_at at = {.place = owner->place, .name = owner->name};
        diag_report(owner->diag, DIAG_E119, at, NULL, "%s: the body is %s", fields_who(owner),
                    body->text);
        return 0;
    }
    const struct slot table = {.owner = owner, .record = record};
    uint64_t given = take_fields(&table, owner->word->fields, body);
    report_missing(owner, given);
    return given;
}

/* A default is written as an author would write it; what it means was checked by the tests of the
 * vocabulary. */
static void preset_field(const struct fields_owner *owner, const struct field *field, void *record)
{
    struct value value = {
        .kind = VALUE_TEXT, .text = field->preset, .bytes = strlen(field->preset)};
    if (field->kind == FIELD_INTEGER) {
        value.kind = VALUE_NUMBER;
        value.whole = true;
        value.integer = strtoll(field->preset, NULL, 10);
    } else if (field->kind == FIELD_TRUTH) {
        value.kind = VALUE_TRUTH;
        value.truth = strcmp(field->preset, "true") == 0;
    } else if (field->kind == FIELD_OBJECTS) {
        ((struct model_failover *)record)->all_objects = true;
        return;
    }
    const struct slot slot = {owner, field, field->name, record};
    take_value(&slot, &value);
}

void fields_preset(const struct fields_owner *owner, void *record)
{
    for (const struct field *field = owner->word->fields; field->name != NULL; field++) {
        if (field->preset != NULL) {
            preset_field(owner, field, record);
        }
    }
}
