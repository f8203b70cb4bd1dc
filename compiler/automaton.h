/* What Ragel made of a chart, read from its XML (`ragel -x`). The one user of expat. */
#ifndef COMPILER_AUTOMATON_H
#define COMPILER_AUTOMATON_H

#include <stddef.h>

#include "runtime/limits.h"

/* Bounds: a chart of ours stays far below them; what is above is a chart gone wrong. */
#define AUTOMATON_STATES_MAX  64
#define AUTOMATON_ACTIONS_MAX 128
#define AUTOMATON_TABLES_MAX  512
#define AUTOMATON_LIST_MAX    16
#define AUTOMATON_NAME_BYTES  48

struct automaton_table {
    int count;
    int actions[AUTOMATON_LIST_MAX]; /* in the order in which they run */
};

struct automaton_state {
    int to_actions;   /* a table, or -1 */
    int targets[256]; /* by symbol */
    int tables[256];  /* of the actions on the way, or -1 */
};

struct automaton {
    int start_state;
    int error_state;
    int state_count;
    int action_count;
    int table_count;
    char actions[AUTOMATON_ACTIONS_MAX][AUTOMATON_NAME_BYTES];
    struct automaton_table tables[AUTOMATON_TABLES_MAX];
    struct automaton_state states[AUTOMATON_STATES_MAX];
};

/* Reads the XML. Every number in the result is within its bounds. Returns NULL and writes a
 * sentence to error if it is not what Ragel 6 writes. The caller frees the result. */
struct automaton *automaton_read(const char *xml, size_t size, char error[static TEXT_BYTES_MAX]);

void automaton_free(struct automaton *automaton);

#endif
