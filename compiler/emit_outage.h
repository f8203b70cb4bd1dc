/* A compiled outage file (runtime/outage.h). */
#ifndef COMPILER_EMIT_OUTAGE_H
#define COMPILER_EMIT_OUTAGE_H

#include <stdio.h>

#include "compiler/resolve.h"

/* Writes the outages, which were resolved against the topology of this image. Memory comes from
 * arena. */
void emit_outages(FILE *out, struct arena *arena, const struct resolved_outages *outages,
                  const struct image *image);

#endif
