/* The report of a dry run for people. */
#ifndef RUNTIME_SIM_REPORT_H
#define RUNTIME_SIM_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Writes the report of one outage, given as json_of() makes it. Verbose adds what happens to single
 * cameras. */
void report_write(FILE *out, const json_t *outage, bool verbose);

#endif
