/* One process that copies footage (R34): `understudy-recorder archive fill`, or one of the halves
 * of a copy over the link, `give` and `take`, with a tunnel as its RECORDER_FD. */
#ifndef RUNTIME_NODE_COPIER_H
#define RUNTIME_NODE_COPIER_H

#include <jansson.h>

#include "runtime/node/tunnel.h"

struct copier_plan {
    const char *const *words;     /* of its command line, ending with NULL */
    const struct tunnel_way *way; /* NULL: it needs no tunnel */
    uint32_t peer;
    uint64_t id;
    void *owner;
    /* The process has ended, and the copier is gone. told: what it printed, one JSON object; NULL:
     * nothing. why: the tunnel ended so soon, or "". */
    void (*ended)(void *owner, const json_t *told, const char *why);
};

struct copier;

/* A process that cannot be started ends at once. NULL: out of memory. */
struct copier *copier_start(uv_loop_t *loop, const struct copier_plan *plan);
/* A peer's parcel of some tunnel. True: it was of this copier's. */
bool copier_hear(struct copier *copier, uint32_t peer, const struct parcel *parcel);
/* To be called each heartbeat. */
void copier_tick(struct copier *copier);
/* Kills it; its end follows. */
void copier_end(struct copier *copier);
/* One that a volume holds in the kernel ends when it can; it does not keep the loop. */
void copier_abandon(struct copier *copier);

#endif
