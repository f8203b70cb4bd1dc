/* What a drill found, in JSON and in words. */
#ifndef RUNTIME_NODE_DRILL_REPORT_H
#define RUNTIME_NODE_DRILL_REPORT_H

#include <jansson.h>

#include "runtime/machine.h"
#include "runtime/node/drill.h"

#define DRILL_SUMMARY_BYTES 240

/* {"failover", "main", "running", "opens", "dead", "end", "how", "state", "after_ms", "left_ms",
 * "steps": [...], "cameras": [...], "troubles": [text], "notes": [text]}; the caller's. after_ms:
 * how long it has run. Whoever knows more adds to the last two, and "well". */
json_t *drill_report(const struct drill *drill, const struct deployment *deployment,
                     int64_t now_ms);

void drill_report_add(json_t *report, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What the journal keeps of a finished report. Returns text. */
char *drill_report_summary(const json_t *report, char text[static DRILL_SUMMARY_BYTES]);

#endif
