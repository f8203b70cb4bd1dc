/* What follows from the links of a resolved topology: who watches a main, which limit holds for a
 * failover, and between whom there are connections. */
#ifndef COMPILER_RESOLVE_RELATIONS_H
#define COMPILER_RESOLVE_RELATIONS_H

#include "compiler/arena.h"
#include "compiler/resolve.h"

/* A part of resolve_topology; the lists lie in the arena. */
void resolve_relations(struct resolved *resolved, struct arena *arena);

#endif
