/* The tools that the compiler runs: Ragel, the C compiler, and Graphviz for pictures. They are
 * started directly, never through a shell, in a given folder, with file names that we made
 * ourselves. */
#ifndef COMPILER_TOOLCHAIN_H
#define COMPILER_TOOLCHAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/limits.h"

/* Ragel's view of machine_NAME.rl as XML, into machine_NAME.xml. On failure returns false and
 * writes a sentence with the cause to error; so do all of these. */
bool toolchain_ragel_xml(const char *folder, const char *name, char error[static TEXT_BYTES_MAX]);

/* The table-driven C of machine_NAME.rl, into machine_NAME.c. */
bool toolchain_ragel_c(const char *folder, const char *name, char error[static TEXT_BYTES_MAX]);

/* Compiles the C sources, count names, into the shared object `output` in the same folder, with
 * image.bin in it, where image.ld places it. */
bool toolchain_cc(const char *folder, const char *const *sources, size_t count, const char *output,
                  char error[static TEXT_BYTES_MAX]);

/* Lays out the graph in TOOLCHAIN_DOT_SOURCE as an SVG in TOOLCHAIN_DOT_PICTURE. A layout may take
 * TOOLCHAIN_DOT_TIME_S of processor time. */
#define TOOLCHAIN_DOT_SOURCE  "graph.dot"
#define TOOLCHAIN_DOT_PICTURE "graph.svg"
#define TOOLCHAIN_DOT_TIME_S  60
bool toolchain_dot(const char *folder, char error[static TEXT_BYTES_MAX]);

#endif
