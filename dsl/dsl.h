/* The language: reads topology and outage files into the model. The one header of this room.
 *
 * Files are run as sandboxed Lua 5.4 in a child process with bounds on memory, instructions and
 * processor time, so that no file can hang or crash the compiler (see host.c). What is wrong is
 * reported to diag, all of it in one run.
 */
#ifndef DSL_DSL_H
#define DSL_DSL_H

#include <stdbool.h>
#include <stdio.h>

#include "compiler/diag.h"
#include "compiler/model.h"

/* Reads a topology. model->arena is set by the caller, everything else in it is overwritten; there
 * is always one site, the defaults if none is declared. The model is filled with what could be
 * read, also when errors were reported. Returns false if the file could not be read at all
 * (reported too, as an error of the system: exit code 3). */
bool dsl_read_topology(const char *path, struct model *model, struct diag *diag);

/* Reads an outage file likewise. Memory comes from arena. */
bool dsl_read_outages(const char *path, struct arena *arena, struct model_outages *outages,
                      struct diag *diag);

/* Reads a duration as the language writes it, "1 h 30 min". Returns NULL, or what is wrong with it:
 * "has no unit". */
const char *dsl_read_duration(const char *text, int64_t *duration_ms);

/* A diag_locate: finds the field, and the value in it, by lexing the source from the declaration's
 * line on. */
bool dsl_locate(const char *file, const struct diag_at *at, int *line, int *column);

/* `understudy words [WORD]`: prints the language reference from the vocabulary. False if there is
 * no such word. */
bool dsl_print_words(FILE *to, const char *word);

/* `understudy words --markdown`: the same as a page. */
void dsl_print_page(FILE *to);

#endif
