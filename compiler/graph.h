/* Graphs of a topology, as text for Graphviz. Errors of the stream are the caller's to find. */
#ifndef COMPILER_GRAPH_H
#define COMPILER_GRAPH_H

#include <stdint.h>
#include <stdio.h>

#include "compiler/resolve.h"

/* From this many servers on, mains of one standby that differ in nothing but their names share one
 * box. */
#define GRAPH_SERVERS_MAX 60

/* The flowchart: servers, volumes and failovers of a topology that was resolved without errors. */
void graph_site(FILE *out, const struct resolved *resolved);

/* The state chart of a failover's machine, with its names and waits in the reasons. */
void graph_machine(FILE *out, const struct resolved *resolved, uint32_t failover);

/* The failover of this name, or IMAGE_NONE. */
uint32_t graph_find_failover(const struct resolved *resolved, const char *name);

#endif
