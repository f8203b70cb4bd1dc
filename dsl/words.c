/* The language reference, printed from the vocabulary. */
#include <assert.h>
#include <string.h>

#include "dsl/dsl.h"
#include "dsl/units.h"
#include "dsl/vocabulary.h"

static const char *words_takes(const struct field *field)
{
    switch (field->kind) {
    case FIELD_TEXT:
        return "a text";
    case FIELD_NAME:
    case FIELD_NAMES:
        return field->kind == FIELD_NAME ? "the name of a" : "a list of names of a";
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

static bool words_has_unit(const struct field *field)
{
    return field->kind == FIELD_DURATION || field->kind == FIELD_SIZE || field->kind == FIELD_RATE;
}

static void words_field(FILE *to, const struct field *field, int indent)
{
    fprintf(to, "%*s%-*s %s", indent, "", 24 - indent, field->name, words_takes(field));
    if (field->kind == FIELD_CHOICE) {
        fprintf(to, ": %s", field->choices);
    } else if (field->refers != NULL && field->kind != FIELD_OBJECTS) {
        fprintf(to, " %s", field->refers);
    }
    if (field->required) {
        fprintf(to, "; required");
    } else if (field->preset != NULL) {
        bool quoted =
            words_has_unit(field) || field->kind == FIELD_CHOICE || field->kind == FIELD_OBJECTS;
        fprintf(to, quoted ? "; default \"%s\"" : "; default %s", field->preset);
    }
    fprintf(to, "\n%*s%s\n", 25, "", field->doc);
}

static void words_fields(FILE *to, const struct field *fields, int indent)
{
    for (const struct field *field = fields; field->name != NULL; field++) {
        if (!field->later) {
            words_field(to, field, indent);
            if (field->kind == FIELD_TABLE) {
                words_fields(to, field->fields, indent + 2);
            }
        }
    }
}

/* Those that this version refuses. */
static void words_later_fields(FILE *to, const struct field *fields)
{
    const char *before = "  not in this version:   ";
    for (const struct field *field = fields; field->name != NULL; field++) {
        if (field->later) {
            fprintf(to, "%s%s", before, field->name);
            before = ", ";
        }
    }
    if (before[0] == ',') {
        putc('\n', to);
    }
}

static void words_word(FILE *to, const struct word *word)
{
    fprintf(to, "%s\n  %s%s\n", word->form, word->doc, word->later ? " Not in this version." : "");
    if (!word->later) {
        words_fields(to, word->fields, 2);
        words_later_fields(to, word->fields);
    }
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

bool dsl_print_words(FILE *to, const char *name)
{
    assert(to != NULL);
    if (name != NULL) {
        const struct word *word = vocabulary_find(FILE_TOPOLOGY, name);
        word = word == NULL ? vocabulary_find(FILE_OUTAGE, name) : word;
        if (word != NULL) {
            words_word(to, word);
        }
        return word != NULL;
    }
    fprintf(to, "In a topology file:\n\n");
    words_file(to, FILE_TOPOLOGY);
    fprintf(to, "include \"FILE\"\n  Another file in the topology's folder, read once.\n\n");
    fprintf(to, "In an outage file:\n\n");
    words_file(to, FILE_OUTAGE);
    words_units(to);
    return true;
}
