/* How a decision of the engine is told to people: in the log, in the journal's listing, in JSON. */
#ifndef RUNTIME_NODE_DECISION_H
#define RUNTIME_NODE_DECISION_H

#include <jansson.h>

#include "runtime/engine/engine.h"

#define DECISION_TEXT_BYTES 1024

/* What gave rise to a decision, where there is more to it than the decision itself says. */
struct decision_origin {
    const char *sender; /* of a message: a server's name; NULL: it was none */
    const char *reason; /* what an operator said, or "" */
};

/* The origin of all that followed from an event; its texts stay those of the arguments. */
struct decision_origin decision_origin(const struct deployment *deployment,
                                       const struct engine_event *event, const char *reason);

/* "failover alpha-to-omega: watching -> suspect on link_lost (R1): ...". Returns text. */
char *decision_text(const struct deployment *deployment, const struct engine_transition *transition,
                    struct decision_origin origin, char text[static DECISION_TEXT_BYTES]);

/* {"machine", "event", "from", "to", "verdict", "rule", "epoch", "why"}; the caller's. */
json_t *decision_json(const struct deployment *deployment,
                      const struct engine_transition *transition);

/* What an event tells by itself, whatever is decided on it, as a sentence; NULL: nothing. Returns
 * text. */
const char *decision_event(const struct image *image, const struct engine_event *event,
                           char text[static DECISION_TEXT_BYTES]);

/* A line in the log for such an event; reason: what was said with it, or "". */
void decision_log_event(const struct image *image, const struct engine_event *event,
                        const char *reason);

/* A line in the log for what changes something, or should not have happened. */
void decision_log(const struct deployment *deployment, const struct engine_transition *transition,
                  struct decision_origin origin);

/* A line in the log for the events START and STOP (R16). */
void decision_publish(const struct deployment *deployment, const struct engine_action *action);

#endif
