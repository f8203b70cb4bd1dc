/* What is not as it should be, gathered while a status is put together. */
#ifndef RUNTIME_NODE_TROUBLE_H
#define RUNTIME_NODE_TROUBLE_H

#include <jansson.h>

/* An alarm: footage or decisions that should be kept here are being lost. A notice: anything else
 * that an operator should know of, a failover that does its work included. */
enum trouble_level { TROUBLE_NOTICE, TROUBLE_ALARM, TROUBLE_LEVEL_COUNT };

struct troubles {
    json_t *lists[TROUBLE_LEVEL_COUNT]; /* of {"level", "text"} */
    size_t counts[TROUBLE_LEVEL_COUNT]; /* those that were left out included */
};

void trouble_begin(struct troubles *troubles);

/* Adds a sentence; of hundreds of one level the first are kept and the rest is counted. */
void trouble_add(struct troubles *troubles, enum trouble_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* {"ok", "level": "well" | "attention" | "alarm", "text", "troubles": [...]}, alarms first; the
 * caller's. Ends the gathering. */
json_t *trouble_verdict(struct troubles *troubles);

#endif
