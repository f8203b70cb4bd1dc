/* The second half of the text report: what the outage came to, for each camera, standby, failover,
 * licence and volume. */
#ifndef RUNTIME_SIM_REPORT_FIGURES_H
#define RUNTIME_SIM_REPORT_FIGURES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* What had nothing to suffer is summed up where there is much of it, unless `verbose`. */
void report_figures(FILE *out, const json_t *outage, bool verbose);

#endif
