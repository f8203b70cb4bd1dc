/* What the parts of a rollout share among themselves. Nobody else includes it. */
#ifndef RUNTIME_NODE_ROLLOUT_STORE_H
#define RUNTIME_NODE_ROLLOUT_STORE_H

#include "runtime/node/node.h"
#include "runtime/node/rollout_order.h"

struct rollout {
    struct node *node;
    struct rollout_order order;
    bool has;                      /* the file is in the state folder */
    const struct deployment *next; /* loaded from it, and about to count here */
    int64_t loaded_ms;
    char refusal[256]; /* why this server does not go on under it, or "" */
    int file;          /* what has been fetched so far; -1: nothing */
    uint64_t fetched;
    uint64_t fetched_before; /* at the last heartbeat */
    uint32_t source;         /* the link that is asked */
    json_t *known;           /* links' serials, by the names of the servers */
    json_t *told;            /* by name: {"serial", "at", "state", "deployment", "text"} */
    uint32_t ticks;
    size_t next_told;
};

const char *rollout_own_name(const struct rollout *rollout);
const char *rollout_peer_name(const struct rollout *rollout, uint32_t server);

/* This server does not go on under the deployment, and says why. */
void rollout_refuse(struct rollout *rollout, const char *why);

void rollout_send(struct rollout *rollout, uint32_t server, const struct parcel *parcel);

/* The file: whether the state folder has it; from a peer that has it, at each heartbeat and as its
 * pieces come; and to a peer that wants it. */
void rollout_find_file(struct rollout *rollout);
void rollout_fetch(struct rollout *rollout);
void rollout_hear_piece(struct rollout *rollout, uint32_t server, const struct parcel *parcel);
void rollout_send_pieces(struct rollout *rollout, uint32_t server, uint64_t offset);
void rollout_drop_fetched(struct rollout *rollout);

/* What each server makes of the order: noted of this one, told to the peers, heard of others. */
void rollout_note_own(struct rollout *rollout);
void rollout_tell_peers(struct rollout *rollout);
void rollout_hear_told(struct rollout *rollout, const struct parcel *parcel);

#endif
