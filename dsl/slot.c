#include "dsl/slot.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "dsl/text.h"
#include "dsl/units.h"

struct diag_at slot_at(const struct slot *slot, const char *value)
{
    return (struct diag_at){.place = slot->owner->place,
                            .name = slot->owner->name,
                            .field = slot->path,
                            .value = value == NULL ? "" : value};
}

const char *slot_what(const struct slot *slot)
{
    return arena_format(slot->owner->arena, "%s: %s", fields_who(slot->owner), slot->path);
}

/* What a value is, for a message: "a number", the text "alpha". */
static const char *value_noun(const struct value *value)
{
    switch (value->kind) {
    case VALUE_TEXT:
        return "a text";
    case VALUE_NUMBER:
        return value->whole ? "a number" : "a fraction";
    case VALUE_TRUTH:
        return "true or false";
    case VALUE_TABLE:
        return "a table";
    case VALUE_TERM:
        return "a declaration";
    case VALUE_OTHER:
        return value->text;
    case VALUE_INVALID:
        break;
    }
    return "nothing";
}

const char *slot_written(const struct value *value)
{
    return value->kind == VALUE_TEXT || value->kind == VALUE_NUMBER ? value->text : NULL;
}

/* True if it is that text; a NUL in it makes it another one. */
static bool value_is(const struct value *value, const char *text)
{
    return value->kind == VALUE_TEXT && strlen(text) == value->bytes &&
           memcmp(value->text, text, value->bytes) == 0;
}

static const char *kind_noun(enum field_kind kind)
{
    switch (kind) {
    case FIELD_TEXT:
        return "a text";
    case FIELD_NAME:
        return "a name, as a text";
    case FIELD_NAMES:
        return "a list of names, such as { \"a\", \"b\" }";
    case FIELD_TEXTS:
        return "a list of texts, such as { \"a\", \"b\" }";
    case FIELD_PROGRAM:
        return "the path of a program, or a list of it and its arguments";
    case FIELD_CHOICES:
        return "a list of words, as texts";
    case FIELD_OBJECTS:
        return "\"all\", a list of names or range()";
    case FIELD_DURATION:
    case FIELD_SIZE:
    case FIELD_RATE:
        return "a text with a unit";
    case FIELD_INTEGER:
        return "a whole number";
    case FIELD_TRUTH:
        return "true or false";
    case FIELD_CHOICE:
        return "a word, as a text";
    case FIELD_TABLE:
        return "a table of fields";
    }
    return "";
}

#define HINT_TEXT_MAX 63

/* What a text was meant to be, or NULL. */
static const char *meant(const struct slot *slot, const struct value *value)
{
    const enum field_kind kind = slot->field->kind;
    if (value->kind != VALUE_TEXT || value->bytes == 0 || value->bytes > HINT_TEXT_MAX) {
        return NULL;
    }
    if (kind == FIELD_NAMES || kind == FIELD_TEXTS || kind == FIELD_CHOICES) {
        return arena_format(slot->owner->arena, "a list of one is { \"%s\" }", value->text);
    }
    const bool number = strspn(value->text, "0123456789") == value->bytes;
    const bool truth = strcmp(value->text, "true") == 0 || strcmp(value->text, "false") == 0;
    return (kind == FIELD_INTEGER && number) || (kind == FIELD_TRUTH && truth)
               ? arena_format(slot->owner->arena, "without quotes: %s", value->text)
               : NULL;
}

void slot_misfit(const struct slot *slot, const struct value *value)
{
    if (value->kind != VALUE_INVALID) {
        diag_report(slot->owner->diag, DIAG_E112, slot_at(slot, slot_written(value)),
                    meant(slot, value), "%s takes %s, not %s", slot_what(slot),
                    kind_noun(slot->field->kind), value_noun(value));
    }
}

/* ---- texts and names ---- */

static void take_text(const struct slot *slot, const struct value *value, const char **to)
{
    if (value->kind != VALUE_TEXT) {
        slot_misfit(slot, value);
        return;
    }
    const char *fault = text_fault(value->text, value->bytes, slot->field->bytes_max);
    if (fault != NULL) {
        diag_report(slot->owner->diag, DIAG_E118, slot_at(slot, value->text), NULL, "%s %s",
                    slot_what(slot), fault);
        return;
    }
    *to = arena_text(slot->owner->arena, value->text);
}

static void take_name(const struct slot *slot, const struct value *value, const char **to)
{
    if (value->kind != VALUE_TEXT) {
        slot_misfit(slot, value);
        return;
    }
    const char **last = slot->owner->last_name;
    if (last != NULL && *last != NULL && value_is(value, *last)) {
        *to = *last;
    } else if (fields_name(slot->owner, value, slot_at(slot, value->text))) {
        *to = arena_text(slot->owner->arena, value->text);
        if (last != NULL) {
            *last = *to;
        }
    }
}

/* ---- choices ---- */

static bool in_list(const char *list, const char *wanted)
{
    while (list != NULL && *list != '\0') {
        size_t bytes = strcspn(list, " ");
        if (bytes == strlen(wanted) && memcmp(list, wanted, bytes) == 0) {
            return true;
        }
        list += bytes;
        list += strspn(list, " ");
    }
    return false;
}

/* "cold warm" as `"cold" or "warm"`. */
static const char *choices_text(struct arena *arena, const char *list)
{
    const char *text = "";
    while (*list != '\0') {
        size_t bytes = strcspn(list, " ");
        text = arena_format(arena, "%s%s\"%.*s\"", text, *text == '\0' ? "" : " or ", (int)bytes,
                            list);
        list += bytes;
        list += strspn(list, " ");
    }
    return text;
}

static void take_choice(const struct slot *slot, const struct value *value, const char **to)
{
    if (value->kind != VALUE_TEXT) {
        slot_misfit(slot, value);
    } else if (value_is(value, value->text) && in_list(slot->field->choices, value->text)) {
        const char *preset = slot->field->preset; /* saves a copy for each of many cameras */
        bool usual = preset != NULL && strcmp(preset, value->text) == 0;
        *to = usual ? preset : arena_text(slot->owner->arena, value->text);
    } else {
        diag_report(slot->owner->diag, DIAG_E116, slot_at(slot, value->text), NULL,
                    "%s takes %s, not \"%.60s\"", slot_what(slot),
                    choices_text(slot->owner->arena, slot->field->choices), value->text);
    }
}

/* ---- lists ---- */

static void names_add(const struct slot *slot, struct model_names *names, const char *name)
{
    names->names = arena_grow(slot->owner->arena, names->names, names->count, sizeof *names->names);
    names->names[names->count++] = name;
}

/* A list of names, of texts or of words, by the kind of the field. */
static void take_item(const struct slot *slot, const struct value *item, const char **to)
{
    if (slot->field->kind == FIELD_TEXTS || slot->field->kind == FIELD_PROGRAM) {
        take_text(slot, item, to);
    } else if (slot->field->kind == FIELD_CHOICES) {
        take_choice(slot, item, to);
    } else {
        take_name(slot, item, to);
    }
}

static void take_list(const struct slot *slot, const struct value *value, struct model_names *to)
{
    if (value->kind != VALUE_TABLE) {
        slot_misfit(slot, value);
        return;
    }
    for (size_t i = 0; i < value->count; i++) {
        const struct value *item = &value->items[i];
        const char *name = NULL;
        if (item->key != NULL) {
            diag_report(slot->owner->diag, DIAG_E112, slot_at(slot, NULL), NULL,
                        "%s takes %s, without the key \"%s\"", slot_what(slot),
                        kind_noun(slot->field->kind), item->key);
        } else if (item->kind == VALUE_TEXT) {
            take_item(slot, item, &name);
        } else if (item->kind != VALUE_INVALID) {
            diag_report(
                slot->owner->diag, DIAG_E112, slot_at(slot, slot_written(item)),
                slot->field->kind == FIELD_OBJECTS && item->kind == VALUE_TERM
                    ? "range() is a list itself: objects = range(\"gate-\", 1, 6), without { }"
                    : NULL,
                "%s takes %s; element %zu is %s", slot_what(slot), kind_noun(slot->field->kind),
                i + 1, value_noun(item));
        }
        if (name != NULL) {
            names_add(slot, to, name);
        }
    }
}

/* A program without arguments may stand alone. */
static void take_program(const struct slot *slot, const struct value *value, struct model_names *to)
{
    const char *path = NULL;
    if (value->kind != VALUE_TEXT) {
        take_list(slot, value, to);
        return;
    }
    take_text(slot, value, &path);
    if (path != NULL) {
        names_add(slot, to, path);
    }
}

/* range("gate-", 1, 6) */
static void take_range(const struct slot *slot, const struct term *term, struct model_names *to)
{
    const struct value *first = &term->args[1];
    const struct value *last = &term->args[2];
    if (!first->whole || !last->whole || first->integer < 0 || last->integer < first->integer ||
        last->integer - first->integer >= CAMERAS_MAX) {
        diag_report(slot->owner->diag, DIAG_E115, slot_at(slot, NULL), NULL,
                    "%s: a range goes from a whole number up to another, such as range(\"gate-\", "
                    "1, 6)",
                    slot_what(slot));
        return;
    }
    const struct value *prefix = &term->args[0];
    if (strlen(prefix->text) != prefix->bytes) { /* a NUL would hide what comes after it */
        fields_name(slot->owner, prefix, slot_at(slot, NULL));
        return;
    }
    struct value name = {.kind = VALUE_TEXT};
    for (int64_t i = first->integer; i <= last->integer; i++) {
        name.text = arena_format(slot->owner->arena, "%s%lld", prefix->text, (long long)i);
        name.bytes = strlen(name.text);
        if (!fields_name(slot->owner, &name, slot_at(slot, NULL))) {
            return;
        }
        names_add(slot, to, name.text);
    }
}

static void take_objects(const struct slot *slot, const struct value *value,
                         struct model_failover *failover)
{
    if (value_is(value, "all")) {
        return;
    }
    failover->all_objects = value->kind != VALUE_TABLE && value->kind != VALUE_TERM;
    if (value->kind == VALUE_TERM && value->term->word->kind == WORD_RANGE) {
        take_range(slot, value->term, &failover->objects);
    } else {
        take_list(slot, value, &failover->objects);
    }
}

/* ---- numbers and quantities ---- */

static void limit_text(const struct field *field, int64_t limit, char text[static UNITS_TEXT_MAX])
{
    if (field->kind == FIELD_INTEGER) {
        snprintf(text, UNITS_TEXT_MAX, "%lld", (long long)limit);
    } else {
        units_format(fields_family(field->kind), limit, text);
    }
}

static bool within_limits(const struct slot *slot, const struct value *value, int64_t number)
{
    const struct field *field = slot->field;
    char least[UNITS_TEXT_MAX];
    char most[UNITS_TEXT_MAX];
    if (number < field->least || number > field->most) {
        limit_text(field, field->least, least);
        limit_text(field, field->most, most);
        if (field->kind == FIELD_DURATION && field->step == 1000) {
            snprintf(most, sizeof most, "%lld s", (long long)(field->most / 1000));
        }
        diag_report(slot->owner->diag, DIAG_E115, slot_at(slot, value->text), NULL,
                    "%s takes %s to %s, not %.60s", slot_what(slot), least, most, value->text);
        return false;
    }
    if (field->step > 1 && number % field->step != 0) {
        diag_report(slot->owner->diag, DIAG_E115, slot_at(slot, value->text), NULL,
                    "%s takes %s, not %.60s", slot_what(slot), field->step_text, value->text);
        return false;
    }
    return true;
}

static void take_integer(const struct slot *slot, const struct value *value, int64_t *to)
{
    if (value->kind != VALUE_NUMBER || !value->whole) {
        slot_misfit(slot, value);
    } else if (within_limits(slot, value, value->integer)) {
        *to = value->integer;
    }
}

static void take_quantity(const struct slot *slot, const struct value *value, int64_t *to)
{
    int64_t number = 0;
    if (value->kind != VALUE_NUMBER && value->kind != VALUE_TEXT) {
        slot_misfit(slot, value);
    } else if (!fields_quantity(value, slot->field->kind, &number)) {
        fields_report_quantity(slot->owner, value, slot->field->kind, slot_at(slot, value->text),
                               slot_what(slot));
    } else if (within_limits(slot, value, number)) {
        *to = number;
    }
}

/* ---- all kinds ---- */

void slot_take(const struct slot *slot, const struct value *value)
{
    void *to = (char *)slot->record + slot->field->offset;
    switch (slot->field->kind) {
    case FIELD_TEXT:
        take_text(slot, value, to);
        break;
    case FIELD_NAME:
        take_name(slot, value, to);
        break;
    case FIELD_NAMES:
    case FIELD_TEXTS:
    case FIELD_CHOICES:
        take_list(slot, value, to);
        break;
    case FIELD_PROGRAM:
        take_program(slot, value, to);
        break;
    case FIELD_OBJECTS:
        take_objects(slot, value, slot->record);
        break;
    case FIELD_DURATION:
    case FIELD_SIZE:
    case FIELD_RATE:
        take_quantity(slot, value, to);
        break;
    case FIELD_INTEGER:
        take_integer(slot, value, to);
        break;
    case FIELD_TRUTH:
        if (value->kind == VALUE_TRUTH) {
            memcpy(to, &value->truth, sizeof value->truth);
        } else {
            slot_misfit(slot, value);
        }
        break;
    case FIELD_CHOICE:
        take_choice(slot, value, to);
        break;
    case FIELD_TABLE:
        assert(!"a table has fields of its own");
        break;
    }
}
