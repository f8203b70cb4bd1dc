/* A stream of bytes, both ways, between a process of this node and one of a peer's node, over the
 * link between them. It is whole and in order, or it ends: parcels may be lost, and then it does.
 *
 * What is on its way is bounded by a window that is small, so that a slow link is not late with
 * heartbeats for its sake. */
#ifndef RUNTIME_NODE_TUNNEL_H
#define RUNTIME_NODE_TUNNEL_H

#include <stdbool.h>
#include <uv.h>

#include "runtime/node/parcel.h"

#define TUNNEL_WINDOW     (8 * PARCEL_BYTES_MAX)
#define TUNNEL_SILENCE_MS 30000 /* of the peer, after which it ends */
#define TUNNEL_WHY_BYTES  200

/* How parcels reach a peer. False: it is not up, and the parcel is dropped. */
struct tunnel_way {
    void *owner;
    bool (*send)(void *owner, uint32_t server, const struct parcel *parcel);
};

struct tunnel {
    uv_pipe_t stream; /* to our process; its `data` is the owner's for the close */
    const struct tunnel_way *way;
    uint32_t peer;
    uint64_t id;               /* both ends know it by this number; not 0 */
    uint64_t sent, taken;      /* bytes of our process: sent, and passed on by the peer */
    uint64_t received, passed; /* bytes of the peer's: here, and passed on to our process */
    int64_t heard_ms, told_ms;
    bool over; /* nothing goes through any more; what has come is still passed on */
    uv_close_cb closed;
    char why[TUNNEL_WHY_BYTES]; /* it ended so soon, or "" */
    uint8_t room[PARCEL_BYTES_MAX];
};

/* Makes the stream, for uv_spawn. The way must stay. closed: the stream is closed; by itself, or by
 * tunnel_close. */
void tunnel_init(struct tunnel *tunnel, uv_loop_t *loop, const struct tunnel_way *way,
                 uint32_t peer, uint64_t id, uv_close_cb closed);
/* The process has the other end now. */
void tunnel_start(struct tunnel *tunnel);
/* A parcel of the peer's; one of another tunnel is passed over. */
void tunnel_hear(struct tunnel *tunnel, uint32_t peer, const struct parcel *parcel);
/* To be called each heartbeat. */
void tunnel_tick(struct tunnel *tunnel);
/* Ends it at once, and tells the peer. Twice is once. */
void tunnel_close(struct tunnel *tunnel);

/* Tells a peer that there is no such tunnel here, and why (for people). */
void tunnel_refuse(const struct tunnel_way *way, uint32_t peer, uint64_t id, const char *why);

#endif
