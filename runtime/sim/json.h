/* The JSON of a dry run, as the language reference shows it. The text report and the picture are
 * made from it, so that all three agree. All texts in it are fit to be shown (label.h).
 *
 * A standby has its declared capacities, null where none is declared, and its "load": the mains it
 * carries, the cameras it records and their network rate, each from "at_ms" until the next entry;
 * nothing before the first one. */
#ifndef RUNTIME_SIM_JSON_H
#define RUNTIME_SIM_JSON_H

#include <jansson.h>

#include "runtime/sim/result.h"

/* The object of one outage; json_decref() it. */
json_t *json_of(const struct result *result);

#endif
