#include "compiler/automaton.h"

#include <errno.h>
#include <expat.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 256 /* of one element: a line of numbers */

struct reader {
    XML_Parser parser;
    struct automaton *automaton;
    char *error;
    int machines;
    int table;        /* that is being read, or -1 */
    int table_length; /* as announced */
    int state;        /* that is being read, or -1 */
    bool failed;
    char text[TEXT_MAX];
    size_t text_length;
};

static void fail(struct reader *reader, const char *what)
{
    if (!reader->failed)
        snprintf(reader->error, TEXT_BYTES_MAX, "Ragel's description of a machine %s", what);
    reader->failed = true;
    XML_StopParser(reader->parser, XML_FALSE);
}

static const char *attribute(const char **attributes, const char *name)
{
    for (; attributes[0] != NULL; attributes += 2)
        if (strcmp(attributes[0], name) == 0)
            return attributes[1];
    return "";
}

/* Reads the next number below limit; "x" is -1, which Ragel writes for "none". Fails the reading on
 * anything else. */
static int next_number(struct reader *reader, const char **at, int limit)
{
    const char *from = *at + strspn(*at, " \n\t");
    if (*from == 'x') {
        *at = from + 1;
        return -1;
    }
    char *end;
    errno = 0;
    long value = strtol(from, &end, 10);
    *at = end;
    if (end == from || errno != 0 || value < 0 || value >= limit) {
        fail(reader, "holds a number out of bounds: the chart is not deterministic, or too large");
        return -1;
    }
    return (int)value;
}

/* A number that must be there. */
static int number_of(struct reader *reader, const char *text, int limit)
{
    int number = next_number(reader, &text, limit);
    if (number < 0)
        fail(reader, "lacks a number");
    return number < 0 ? 0 : number;
}

static void begin_action(struct reader *reader, const char **attributes)
{
    struct automaton *automaton = reader->automaton;
    int id = number_of(reader, attribute(attributes, "id"), AUTOMATON_ACTIONS_MAX);
    const char *name = attribute(attributes, "name");
    if (id != automaton->action_count || strlen(name) >= AUTOMATON_NAME_BYTES) {
        fail(reader, "lists its actions in a way that is not known here");
        return;
    }
    memcpy(automaton->actions[id], name, strlen(name) + 1);
    automaton->action_count++;
}

static void begin_table(struct reader *reader, const char **attributes)
{
    int id = number_of(reader, attribute(attributes, "id"), AUTOMATON_TABLES_MAX);
    reader->table = id;
    reader->table_length =
        number_of(reader, attribute(attributes, "length"), AUTOMATON_LIST_MAX + 1);
    if (id != reader->automaton->table_count)
        fail(reader, "lists its tables in a way that is not known here");
    else
        reader->automaton->table_count++;
}

static void begin_state(struct reader *reader, const char **attributes)
{
    struct automaton *automaton = reader->automaton;
    int id = number_of(reader, attribute(attributes, "id"), AUTOMATON_STATES_MAX);
    if (id != automaton->state_count) {
        fail(reader, "lists its states in a way that is not known here");
        return;
    }
    automaton->state_count++;
    reader->state = id;
    automaton->states[id].to_actions = -1;
    for (int symbol = 0; symbol < 256; symbol++) {
        automaton->states[id].targets[symbol] = automaton->error_state;
        automaton->states[id].tables[symbol] = -1;
    }
}

static void on_begin(void *context, const char *element, const char **attributes)
{
    struct reader *reader = context;
    reader->text_length = 0;
    if (reader->failed)
        return;
    if (strcmp(element, "ragel_def") == 0 && ++reader->machines > 1)
        fail(reader, "holds more than one machine");
    else if (strcmp(element, "action") == 0)
        begin_action(reader, attributes);
    else if (strcmp(element, "action_table") == 0)
        begin_table(reader, attributes);
    else if (strcmp(element, "state") == 0)
        begin_state(reader, attributes);
}

static void on_text(void *context, const char *text, int length)
{
    struct reader *reader = context;
    for (int i = 0; i < length && reader->text_length < TEXT_MAX - 1; i++)
        reader->text[reader->text_length++] = text[i];
}

static void end_table(struct reader *reader)
{
    if (reader->table < 0) {
        fail(reader, "has a list outside any table");
        return;
    }
    struct automaton_table *table = &reader->automaton->tables[reader->table];
    const char *at = reader->text;
    while (table->count < reader->table_length && !reader->failed) {
        int action = next_number(reader, &at, reader->automaton->action_count);
        if (action < 0)
            fail(reader, "lacks an action");
        else
            table->actions[table->count++] = action;
    }
}

static void end_state_actions(struct reader *reader)
{
    const char *at = reader->text;
    if (reader->state < 0) {
        fail(reader, "has actions outside any state");
        return;
    }
    int to_actions = next_number(reader, &at, reader->automaton->table_count);
    int from_actions = next_number(reader, &at, reader->automaton->table_count);
    if (from_actions >= 0)
        fail(reader, "has from-state actions, which no chart of ours uses");
    reader->automaton->states[reader->state].to_actions = to_actions;
}

static void end_transition(struct reader *reader)
{
    struct automaton *automaton = reader->automaton;
    const char *at = reader->text;
    int low = next_number(reader, &at, 256);
    int high = next_number(reader, &at, 256);
    int target = next_number(reader, &at, AUTOMATON_STATES_MAX);
    int table = next_number(reader, &at, automaton->table_count);
    if (reader->state < 0 || low < 0 || high < low) {
        fail(reader, "has a transition without symbols");
        return;
    }
    for (int symbol = low; symbol <= high; symbol++) {
        automaton->states[reader->state].targets[symbol] =
            target < 0 ? automaton->error_state : target;
        automaton->states[reader->state].tables[symbol] = table;
    }
}

static void on_end(void *context, const char *element)
{
    struct reader *reader = context;
    reader->text[reader->text_length] = '\0';
    if (reader->failed)
        return;
    if (strcmp(element, "action_table") == 0)
        end_table(reader);
    else if (strcmp(element, "start_state") == 0)
        reader->automaton->start_state = number_of(reader, reader->text, AUTOMATON_STATES_MAX);
    else if (strcmp(element, "error_state") == 0)
        reader->automaton->error_state = number_of(reader, reader->text, AUTOMATON_STATES_MAX);
    else if (strcmp(element, "state_actions") == 0)
        end_state_actions(reader);
    else if (strcmp(element, "t") == 0)
        end_transition(reader);
    reader->text_length = 0;
}

/* What could only be checked when all states were read. */
static void check_targets(struct reader *reader)
{
    const struct automaton *automaton = reader->automaton;
    bool fine = automaton->start_state < automaton->state_count &&
                automaton->error_state < automaton->state_count && reader->machines == 1;
    for (int state = 0; state < automaton->state_count; state++)
        for (int symbol = 0; symbol < 256; symbol++)
            fine = fine && automaton->states[state].targets[symbol] < automaton->state_count;
    if (!fine)
        fail(reader, "names a state that it does not have");
}

struct automaton *automaton_read(const char *xml, size_t size, char error[static TEXT_BYTES_MAX])
{
    struct reader reader = {.error = error, .table = -1, .state = -1};
    reader.automaton = calloc(1, sizeof *reader.automaton);
    reader.parser = XML_ParserCreate("UTF-8");
    if (reader.automaton == NULL || reader.parser == NULL || size > INT_MAX) {
        snprintf(error, TEXT_BYTES_MAX, "there is not enough memory to read a machine");
        reader.failed = true;
    } else {
        XML_SetUserData(reader.parser, &reader);
        XML_SetElementHandler(reader.parser, on_begin, on_end);
        XML_SetCharacterDataHandler(reader.parser, on_text);
        if (XML_Parse(reader.parser, xml, (int)size, XML_TRUE) != XML_STATUS_OK)
            fail(&reader, "is not complete");
        else
            check_targets(&reader);
    }
    if (reader.parser != NULL)
        XML_ParserFree(reader.parser);
    if (!reader.failed)
        return reader.automaton;
    free(reader.automaton);
    return NULL;
}

void automaton_free(struct automaton *automaton)
{
    free(automaton);
}
