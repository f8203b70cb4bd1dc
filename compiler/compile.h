/* Compile: a resolved topology becomes a deployment on disk. */
#ifndef COMPILER_COMPILE_H
#define COMPILER_COMPILE_H

#include <stdbool.h>

#include "compiler/resolve.h"
#include "runtime/limits.h"

/* Writes DIR/deployment.so, DIR/gen/ (its sources, to be read) and DIR/report.txt from a topology
 * that was resolved and checked without errors. Everything is made aside, proved and only then put
 * in place, deployment.so last; the same topology gives the same bytes in any folder. On failure
 * returns false, leaves what was in DIR as it was and writes a sentence to error; all failures are
 * the system's (a folder, a tool). */
bool compile_topology(const struct resolved *resolved, const char *directory,
                      char error[static TEXT_BYTES_MAX]);

#endif
