/* The main's half of a back-fill over a link (R34): a standby that cannot reach this server's
 * volumes says so, and `understudy-recorder archive take` asks it for what they lack. One standby
 * at a time; another is told to come again. */
#ifndef RUNTIME_NODE_TAKING_H
#define RUNTIME_NODE_TAKING_H

#include <uv.h>

#include "runtime/image.h"
#include "runtime/node/tunnel.h"
#include "runtime/node/worker.h"

struct taking;

/* Everything must stay. NULL: no memory. */
struct taking *taking_open(uv_loop_t *loop, const struct image *image, uint32_t server,
                           const struct worker_program *program, const struct tunnel_way *way);

/* A peer's parcel of some tunnel. */
void taking_hear(struct taking *taking, uint32_t peer, const struct parcel *parcel);
/* To be called each heartbeat. */
void taking_tick(struct taking *taking);

/* As with filling.h. */
void taking_close(struct taking *taking);
void taking_abandon(struct taking *taking);
void taking_free(struct taking *taking);

#endif
