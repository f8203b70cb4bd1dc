/* The language reference, printed from the vocabulary: for a terminal and as a page. */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "dsl/dsl.h"
#include "dsl/units.h"
#include "dsl/vocabulary.h"

#define DOC_INDENT  25
#define INCLUDE_DOC "Another file in the topology's folder, read once."

/* ---- what a field takes ---- */

static const char *words_takes(const struct field *field)
{
    switch (field->kind) {
    case FIELD_TEXT:
        return "a text";
    case FIELD_NAME:
        return "the name of a";
    case FIELD_NAMES:
        return "a list of names of a";
    case FIELD_TEXTS:
        return "a list of texts";
    case FIELD_PROGRAM:
        return "a program";
    case FIELD_CHOICES:
        return "a list of";
    case FIELD_OBJECTS:
        return "\"all\", a list of names or range()";
    case FIELD_DURATION:
        return "a duration";
    case FIELD_SIZE:
        return "a size";
    case FIELD_RATE:
        return "a rate";
    case FIELD_INTEGER:
        return "a whole number";
    case FIELD_TRUTH:
        return "true or false";
    case FIELD_CHOICE:
        return "one of";
    case FIELD_TABLE:
        return "a table";
    }
    return "";
}

static bool words_family(const struct field *field, enum unit_family *family)
{
    *family = field->kind == FIELD_SIZE   ? UNIT_SIZE
              : field->kind == FIELD_RATE ? UNIT_RATE
                                          : UNIT_DURATION;
    return field->kind == FIELD_DURATION || field->kind == FIELD_SIZE || field->kind == FIELD_RATE;
}

static void words_limit(FILE *to, const struct field *field, int64_t limit)
{
    char text[UNITS_TEXT_MAX];
    enum unit_family family;
    if (words_family(field, &family)) {
        units_format(family, limit, text);
        fputs(text, to);
    } else {
        fprintf(to, "%" PRId64, limit);
    }
}

/* ", 50 ms to 1 min" */
static void words_limits(FILE *to, const struct field *field)
{
    enum unit_family family;
    bool number = words_family(field, &family) || field->kind == FIELD_INTEGER;
    if (number && field->most > 0) {
        fputs(", ", to);
        words_limit(to, field, field->least);
        fputs(" to ", to);
        if (field->step == 1000) {
            fprintf(to, "%" PRId64 " s", field->most / 1000);
        } else {
            words_limit(to, field, field->most);
        }
    }
    if (field->step_text != NULL) {
        fprintf(to, ", %s", field->step_text);
    }
}

static void words_kind(FILE *to, const struct field *field)
{
    fputs(words_takes(field), to);
    if (field->choices != NULL) {
        fprintf(to, ": %s", field->choices);
    } else if (field->refers != NULL && field->kind != FIELD_OBJECTS) {
        fprintf(to, " %s", field->refers);
    }
    words_limits(to, field);
}

static bool words_default(FILE *to, const struct field *field)
{
    if (field->preset != NULL) {
        bool bare = field->kind == FIELD_INTEGER || field->kind == FIELD_TRUTH;
        fprintf(to, bare ? "%s" : "\"%s\"", field->preset);
    }
    return field->preset != NULL;
}

/* ---- for a terminal ---- */

static void words_field(FILE *to, const struct field *field, int indent)
{
    fprintf(to, "%*s%-*s ", indent, "", DOC_INDENT - 1 - indent, field->name);
    words_kind(to, field);
    if (field->required) {
        fprintf(to, "; required");
    } else if (field->preset != NULL) {
        fprintf(to, "; default ");
        words_default(to, field);
    }
    fprintf(to, "\n%*s%s\n", DOC_INDENT, "", field->doc);
}

static void words_fields(FILE *to, const struct field *fields, int indent)
{
    for (const struct field *field = fields; field->name != NULL; field++) {
        words_field(to, field, indent);
        if (field->kind == FIELD_TABLE) {
            words_fields(to, field->fields, indent + 2);
        }
    }
}

static void words_word(FILE *to, const struct word *word)
{
    fprintf(to, "%s\n  %s\n", word->form, word->doc);
    words_fields(to, word->fields, 2);
    putc('\n', to);
}

static void words_units(FILE *to)
{
    fprintf(to, "Quantities are texts with a unit:\n");
    for (int family = 0; family < UNIT_FAMILY_COUNT; family++) {
        fprintf(to, "  %-12s %s\n", units_noun((enum unit_family)family),
                units_list((enum unit_family)family));
    }
}

static void words_file(FILE *to, enum word_file file)
{
    for (const struct word *word = vocabulary; word->name != NULL; word++) {
        if (word->file == file) {
            words_word(to, word);
        }
    }
}

/* It is a function of the host and no word with fields. */
static void words_include(FILE *to)
{
    fprintf(to, "include \"FILE\"\n  " INCLUDE_DOC "\n\n");
}

/* Whoever knows a field only finds it where it belongs. */
static bool words_with_field(FILE *to, const char *name)
{
    bool found = false;
    for (const struct word *word = vocabulary; word->name != NULL; word++) {
        const struct field *field =
            word->fields == NULL ? NULL : vocabulary_field(word->fields, name);
        if (field != NULL) {
            fprintf(to, "%s is a field of %s:\n\n", name, word->name);
            words_word(to, word);
            found = true;
        }
    }
    return found;
}

bool dsl_print_words(FILE *to, const char *name)
{
    assert(to != NULL);
    if (name != NULL && strcmp(name, "include") == 0) {
        words_include(to);
        return true;
    }
    if (name != NULL) {
        const struct word *word = vocabulary_find(FILE_TOPOLOGY, name);
        word = word == NULL ? vocabulary_find(FILE_OUTAGE, name) : word;
        if (word != NULL) {
            words_word(to, word);
        }
        return word != NULL || words_with_field(to, name);
    }
    fprintf(to, "In a topology file:\n\n");
    words_file(to, FILE_TOPOLOGY);
    words_include(to);
    fprintf(to, "In an outage file:\n\n");
    words_file(to, FILE_OUTAGE);
    words_units(to);
    return true;
}

/* ---- as a page ---- */

/* table: the field that it is in, or NULL. */
static void page_field(FILE *to, const struct field *table, const struct field *field)
{
    const char *before = table == NULL ? "" : table->name;
    fprintf(to, "| `%s%s%s` | ", before, table == NULL ? "" : ".", field->name);
    words_kind(to, field);
    fprintf(to, " | ");
    if (!words_default(to, field)) {
        fputs(field->required ? "required" : "", to);
    }
    fputs(" | ", to);
    fputs(field->doc, to);
    fputs(" |\n", to);
}

static void page_word(FILE *to, const struct word *word)
{
    fprintf(to, "\n### `%s`\n\n`%s`\n\n%s\n", word->name, word->form, word->doc);
    if (word->fields[0].name == NULL) {
        return;
    }
    fprintf(to, "\n| field | takes | default | |\n|---|---|---|---|\n");
    for (const struct field *field = word->fields; field->name != NULL; field++) {
        page_field(to, NULL, field);
        for (const struct field *inner = field->fields; inner != NULL && inner->name != NULL;
             inner++) {
            page_field(to, field, inner);
        }
    }
}

static void page_acts(FILE *to)
{
    fprintf(to, "\n### Acts\n\n| act | |\n|---|---|\n");
    for (const struct word *word = vocabulary; word->name != NULL; word++) {
        if (word->kind == WORD_ACT) {
            fprintf(to, "| `%s` | %s |\n", word->form, word->doc);
        }
    }
}

static void page_file(FILE *to, enum word_file file)
{
    for (const struct word *word = vocabulary; word->name != NULL; word++) {
        if (word->file == file && word->kind != WORD_ACT) {
            page_word(to, word);
        }
    }
}

static void page_units(FILE *to)
{
    fprintf(to, "\n## Quantities\n\nThey are texts with a unit, such as \"20 s\" or \"1 h 30 "
                "min\".\n\n| quantity | units |\n|---|---|\n");
    for (int family = 0; family < UNIT_FAMILY_COUNT; family++) {
        fprintf(to, "| %s | %s |\n", units_noun((enum unit_family)family),
                units_list((enum unit_family)family));
    }
}

void dsl_print_page(FILE *to)
{
    assert(to != NULL);
    fprintf(to, "# The language of topologies and outages\n\n"
                "Made by `understudy words --markdown` from the vocabulary of the compiler. Do not "
                "edit it by hand.\n\n"
                "A file is Lua 5.4 in a sandbox. Every declaration is `word \"name\" { field = "
                "value, ... }`, in any order;\nlocals, loops and functions may be used to write "
                "them.\n\n## Topology files\n");
    page_file(to, FILE_TOPOLOGY);
    fprintf(to, "\n### `include`\n\n`include \"FILE\"`\n\n" INCLUDE_DOC "\n\n## Outage files\n");
    page_file(to, FILE_OUTAGE);
    page_acts(to);
    page_units(to);
}
