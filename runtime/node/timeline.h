/* What a node has decided lately, for its status: the last decisions with rule and why, and counts
 * since its start. The journal keeps all of them; this is what a page or a screen shows.
 */
#ifndef RUNTIME_NODE_TIMELINE_H
#define RUNTIME_NODE_TIMELINE_H

#include <jansson.h>

#include "runtime/node/entry.h"
#include "runtime/node/journal.h"

#define TIMELINE_MAX 100 /* decisions that are kept */

struct timeline;

/* Begins with the last decisions in the journal; one that cannot be read leaves it empty. NULL: out
 * of memory. The deployment must stay; the journal is used during the call alone. */
struct timeline *timeline_open(const struct deployment *deployment, uint32_t server,
                               struct journal *journal);

/* Takes what an entry of the journal decided. */
void timeline_take(struct timeline *timeline, const struct entry *entry);

/* Grows whenever something was decided that is shown. */
uint64_t timeline_count(const struct timeline *timeline);

/* The last decisions, the latest first: {"at", "machine", "event", "from", "to", "verdict", "rule",
 * "epoch", "why", "sender", "reason"}; what an event tells by itself has "at", "event" and
 * "why" alone. The caller's; NULL without memory. */
json_t *timeline_json(const struct timeline *timeline);

/* How often a failover under this server has begun and ceased to carry since the node's start, and
 * how often anything was decided that should not have come up. */
uint64_t timeline_starts(const struct timeline *timeline, uint32_t failover);
uint64_t timeline_stops(const struct timeline *timeline, uint32_t failover);
uint64_t timeline_unexpected(const struct timeline *timeline);

void timeline_free(struct timeline *timeline);

#endif
