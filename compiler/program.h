/* The other programs of Understudy, which lie beside this one. */
#ifndef COMPILER_PROGRAM_H
#define COMPILER_PROGRAM_H

#include <limits.h>
#include <stdbool.h>

/* The path of the program NAME; false if it is not there. */
bool program_path(const char *name, char path[static PATH_MAX]);

/* Becomes the program NAME ("understudy-node") with these arguments; argv[0] is replaced. Returns
 * only on failure, with an exit code, after saying what failed. */
int program_become(const char *name, const char **argv);

/* Runs it and waits; returns its exit code, or EXIT_SYSTEM after saying what failed. */
int program_run(const char *name, const char **argv);

#endif
