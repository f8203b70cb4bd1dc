/* A topology from its file: read, resolved and checked, in one go. */
#ifndef COMPILER_TOPOLOGY_H
#define COMPILER_TOPOLOGY_H

#include <stdbool.h>

#include "compiler/diag.h"
#include "compiler/resolve.h"

struct topology {
    struct arena *arena;
    struct model model;
    struct resolved resolved; /* fit for the emitters if exit_code is 0 */
    struct diag *diag;        /* all that was found */
    bool linked;              /* resolved is filled, perhaps with errors in it */
    int exit_code; /* 0: sound. 1: errors, or warnings if they count as errors. 3: not readable */
};

/* Loads it. Prints nothing. Free it with topology_free. */
void topology_load(struct topology *topology, const char *path, bool strict);

/* Prints what was found to stderr. */
void topology_print_findings(struct topology *topology);

void topology_free(struct topology *topology);

#endif
