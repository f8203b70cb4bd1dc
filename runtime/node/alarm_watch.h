/* What an alarm is about: looks at every part of a node, once a second. */
#ifndef RUNTIME_NODE_ALARM_WATCH_H
#define RUNTIME_NODE_ALARM_WATCH_H

#include <stdint.h>

#include "runtime/engine/engine.h"

struct node;

#define ALARM_LOOK_MS 1000

/* What an alarm needs to remember between two looks. */
struct alarm_memory {
    uint64_t lost; /* journal entries, as told */
    uint64_t shortened;
    uint8_t *failed; /* by failover under this server: a take-over was given up, none since */
};

/* A transition that a look could miss. */
void alarm_note(struct node *node, const struct engine_transition *transition);

/* Begins to look, and to tell systemd that the loop turns and how the node is; ends both, and the
 * alarms with them. */
void alarm_watch_start(struct node *node);
void alarm_watch_stop(struct node *node);

#endif
