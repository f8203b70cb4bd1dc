/* The events that wait for the engine, in the order in which they came. Whoever learns something
 * puts it here; the node alone takes it out.
 */
#ifndef RUNTIME_NODE_INBOX_H
#define RUNTIME_NODE_INBOX_H

#include <stdbool.h>

#include "runtime/engine/engine.h"
#include "runtime/node/entry.h"

struct inbox_item {
    struct engine_event event;
    char reason[ENTRY_REASON_BYTES]; /* of an operator's order; else empty */
};

struct inbox {
    struct inbox_item *items; /* ring */
    uint32_t first;
    uint32_t count;
    uint32_t capacity;
};

/* An event of this kind that speaks of nothing yet. */
struct engine_event inbox_event(enum engine_event_kind kind);

/* Adds an event; reason may be NULL. Ends the process if there is no memory: an event must not be
 * lost while the node goes on. */
void inbox_put(struct inbox *inbox, const struct engine_event *event, const char *reason);

/* The same, before all that waits. */
void inbox_put_first(struct inbox *inbox, const struct engine_event *event);

/* Takes the first; false if there is none. */
bool inbox_take(struct inbox *inbox, struct inbox_item *item);

void inbox_free(struct inbox *inbox);

#endif
