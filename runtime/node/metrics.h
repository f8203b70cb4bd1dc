/* A status as metrics in Prometheus' text format, version 0.0.4. Counters count since the node's
 * start; times are in seconds. */
#ifndef RUNTIME_NODE_METRICS_H
#define RUNTIME_NODE_METRICS_H

#include <jansson.h>

/* The metrics of a status that is age_ms old, as a text that is the caller's; NULL without memory.
 */
char *metrics_text(const json_t *status, int64_t age_ms);

#endif
