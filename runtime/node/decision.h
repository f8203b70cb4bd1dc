/* How a decision of the engine is told to people: in the log, in the journal's listing, in JSON. */
#ifndef RUNTIME_NODE_DECISION_H
#define RUNTIME_NODE_DECISION_H

#include <jansson.h>

#include "runtime/engine/engine.h"

#define DECISION_TEXT_BYTES 1024

/* "failover alpha-to-omega: watching -> suspect on link_lost (R1): ..."; reason, if not empty, is
 * what an operator said. Returns text. */
char *decision_text(const struct deployment *deployment, const struct engine_transition *transition,
                    const char *reason, char text[static DECISION_TEXT_BYTES]);

/* {"machine", "event", "from", "to", "verdict", "rule", "epoch", "why"}; the caller's. */
json_t *decision_json(const struct deployment *deployment,
                      const struct engine_transition *transition);

/* A line in the log for what changes something, or should not have happened. */
void decision_log(const struct deployment *deployment, const struct engine_transition *transition,
                  const char *reason);

/* A line in the log for the events START and STOP (R16). */
void decision_publish(const struct deployment *deployment, const struct engine_action *action);

#endif
