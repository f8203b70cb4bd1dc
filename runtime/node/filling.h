/* Back-fill (R34): after a return, what this server recorded of a main on volumes that the main
 * does not have is copied to the main's archive, by `understudy-recorder archive fill` in the
 * background: one copy at a time, at a limited rate and at low priority. What it copies from stays,
 * so the footage can be seen all the while. Where no volume of the main's is in reach here (R32),
 * the main takes it over the link (taking.h).
 *
 * A copy is idempotent. So one that fails is begun again, ever more slowly, and at the node's start
 * each main that was carried once is looked at again: that resumes what a crash interrupted.
 */
#ifndef RUNTIME_NODE_FILLING_H
#define RUNTIME_NODE_FILLING_H

#include <stdbool.h>
#include <uv.h>

#include "recorder/recorder.h"
#include "runtime/image.h"
#include "runtime/node/tunnel.h"
#include "runtime/node/worker.h"

enum filling_state { FILLING_NONE, FILLING_WAITING, FILLING_COPYING, FILLING_DONE };

/* The copy that a failover's return has ordered. */
struct filling_view {
    enum filling_state state;
    uint64_t copied; /* segments, since the node's start */
    uint64_t bytes;
    const char *cause; /* why it waits after it failed, or "" */
};

struct filling;

/* Everything must stay. NULL: no memory. */
struct filling *filling_open(uv_loop_t *loop, const struct image *image, uint32_t server,
                             const struct worker_program *program, const struct tunnel_way *way);

/* Orders a copy to the main of a failover of this server. Twice is once; where this server has no
 * volume but the main's it is nothing. */
void filling_want(struct filling *filling, uint32_t failover);
/* To be called each heartbeat: starts what is due. */
void filling_tick(struct filling *filling);

/* A peer's parcel of some tunnel. */
void filling_hear(struct filling *filling, uint32_t peer, const struct parcel *parcel);

struct filling_view filling_view(const struct filling *filling, uint32_t failover);
/* "none", "waiting", "copying" or "done". */
const char *filling_state_name(enum filling_state state);

/* Ends a copy at once; what it has not finished is begun again at the next start. One that a volume
 * holds in the kernel ends when it can: abandoned, it does not keep the loop. filling_free once the
 * loop has run dry. */
void filling_close(struct filling *filling);
void filling_abandon(struct filling *filling);
void filling_free(struct filling *filling);

#endif
