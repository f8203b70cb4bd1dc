/* The picture of a timeline: a row for each camera, coloured by who records it; gaps hatched in
 * red, with their length; two servers at once as two half bars; what happened as numbered lines,
 * told in a list beneath. */
#ifndef RUNTIME_SIM_SVG_H
#define RUNTIME_SIM_SVG_H

#include <stdio.h>

#include "runtime/sim/timeline.h"

/* Writes one SVG document with the pictures of all timelines, one beneath the other. */
void svg_write(FILE *out, const struct timeline *timelines, size_t count);

#endif
