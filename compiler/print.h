/* Print: a topology as it was understood, in its own language. */
#ifndef COMPILER_PRINT_H
#define COMPILER_PRINT_H

#include <stdio.h>

#include "compiler/model.h"

/* Writes every declaration, each kind in order of declaration, with the fields that differ from
 * their defaults. What comes out compiles to the same deployment, and printed again it is the same
 * text. The model must have been read without errors. Errors of the stream are the caller's to
 * find. */
void print_topology(FILE *out, const struct model *model);

/* A text as a string of Lua with its quotes, whatever bytes are in it. */
void print_lua_text(FILE *out, const char *text);

#endif
