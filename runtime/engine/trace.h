/* Names and sentences for people: what logs, journals, dry runs and reasons print. */
#ifndef RUNTIME_ENGINE_TRACE_H
#define RUNTIME_ENGINE_TRACE_H

#include "runtime/engine/engine.h"

/* Names of codes, as in machine.h and engine.h; "?" for a code that does not exist. */
const char *trace_event_kind(uint32_t kind);
const char *trace_message_kind(uint32_t kind);
const char *trace_action_kind(uint32_t kind);
const char *trace_machine_kind(uint32_t kind);
const char *trace_state(uint32_t machine_kind, uint32_t state);
const char *trace_event(uint32_t machine_kind, uint32_t event);

/* What the transition is about: the name of its failover, server or camera. */
const char *trace_subject(const struct deployment *deployment,
                          const struct engine_transition *transition);

/* The reason of a transition as a sentence with names and figures filled in; cut at size, always
 * ended. Returns text. */
char *trace_why(const struct deployment *deployment, const struct engine_transition *transition,
                char *text, size_t size);

/* Which event the transition published (R16): ACTION_PUBLISH_START, ACTION_PUBLISH_STOP, or
 * ENGINE_ACTION_COUNT: none. */
enum engine_action_kind trace_published(const struct deployment *deployment,
                                        const struct engine_transition *transition);

/* A duration as people write it: "20 s", "1 min 30 s", "500 ms", "60 d". Returns text. */
char *trace_duration(int64_t duration_ms, char *text, size_t size);

/* What is left of a licence's grace as R10 wants it shown: in days, under a day in hours, under an
 * hour in minutes, under a minute in seconds; never more than is left. Returns text. */
char *trace_time_left(int64_t left_ms, char *text, size_t size);

#endif
