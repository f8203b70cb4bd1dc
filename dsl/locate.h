/* Places within a source file; dsl_locate of dsl.h is here too. */
#ifndef DSL_LOCATE_H
#define DSL_LOCATE_H

#include <stdbool.h>

#include "compiler/diag.h"
#include "dsl/source.h"

/* The column of the first token with this text in a line (a text's token without its quotes, too),
 * or 0. */
int locate_token(const struct source *source, int line, const char *text);

/* Whether the first token of this text in a line ends a field or an element of a list: a comma or a
 * closing brace follows. */
bool locate_ends_item(const struct source *source, int line, const char *text);

/* Reports every field that stands twice in one table. */
void locate_duplicates(const struct source *source, struct diag *diag);

/* Where an expression is nested so deeply that Lua refuses it: a guess by brackets and operators.
 * Leaves the place as it is where nothing is nested. */
void locate_deepest(const struct source *source, int *line, int *column);

#endif
