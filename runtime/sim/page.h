/* The page of a dry run: one HTML file that asks nobody for anything, with all outages in it.
 *
 * It carries the JSON of the run and a script that draws it: the timeline to zoom and pan,
 * coverage, load, queue, and the reason behind everything on a click. A browser without scripts
 * shows the picture and the text report instead. No text of a user can end the element that it
 * stands in. */
#ifndef RUNTIME_SIM_PAGE_H
#define RUNTIME_SIM_PAGE_H

#include <jansson.h>
#include <stdio.h>

#include "runtime/sim/timeline.h"

/* Writes the page of an array of outages, as json_of() makes them, and of the same outages'
 * timelines. Whether all of it reached the file is the caller's to ask (ferror). */
void page_write(FILE *out, const json_t *outages, const struct timeline *timelines, size_t count);

#endif
