/* The volumes that a lookout's process tends, each in a thread of its own, so that one that hangs
 * stops no other: renews the signs of life on them, reads those of the mains that are watched over
 * (R45), has the claims on them decided (R30), and knows whether any of them takes what is written
 * (R36). There is one of it in a process.
 */
#ifndef RUNTIME_NODE_VIGIL_H
#define RUNTIME_NODE_VIGIL_H

#include "runtime/node/lookout.h"

/* What is found out is told by this, within vigil_tell. False: out of memory or threads. */
bool vigil_begin(const struct image *image, uint32_t server,
                 void (*tell)(const struct lookout_word *word));

/* The node's loop turns, or there is something to do at once: each volume takes a turn. */
void vigil_beat(void);

/* LOOKOUT_ASK or LOOKOUT_HOLD. */
void vigil_wish(const struct lookout_word *word);

/* Says what has changed: to be called often. */
void vigil_tell(void);

uint32_t vigil_count(void);
/* Whether a volume on the network took a sign that was begun at this moment or after it. */
bool vigil_renewed_since(int64_t begun_ms);

#endif
