/* Reading: one file, from its path to what a child process has made of it. Shared by topologies and
 * outage files. */
#ifndef DSL_READING_H
#define DSL_READING_H

#include <stdbool.h>

#include "dsl/fields.h"
#include "dsl/host.h"

/* Runs a file in a child process, which calls declare for every declaration. What declare makes is
 * to lie in the arena. partial: the file was not read to its end. False: it could not be read at
 * all. Everything is reported. */
bool reading_run(const char *path, enum word_file file, struct arena *arena, struct diag *diag,
                 void (*declare)(void *reader, const struct term *term), void *reader,
                 bool *partial);

#endif
