/* The links of a server to its peers: heartbeats, who is up, and messages that arrive once and in
 * order. Raises EVENT_PEER_UP, EVENT_PEER_LOST and EVENT_MESSAGE as the engine expects them.
 */
#ifndef RUNTIME_NODE_LINK_H
#define RUNTIME_NODE_LINK_H

#include <uv.h>

#include "runtime/node/inbox.h"
#include "runtime/node/parcel.h"

struct links;

/* Listens and begins to connect, with the keys in a folder. A server without peers needs neither
 * address nor keys. NULL: error is set. The inbox and the image must stay. */
struct links *links_open(uv_loop_t *loop, const struct image *image, uint32_t server,
                         const char *keys, struct inbox *inbox, char error[static TEXT_BYTES_MAX]);

/* Another deployment counts (R41). links_can_renew finds beforehand what would be missing (keys). A
 * peer that both deployments have stays up; one that is gone is forgotten without a word. False:
 * error is set, nothing has changed. */
bool links_can_renew(const struct links *links, const struct image *image, uint32_t server,
                     char error[static TEXT_BYTES_MAX]);
bool links_renew(struct links *links, const struct image *image, uint32_t server,
                 char error[static TEXT_BYTES_MAX]);

/* Opens the transport anew with what now lies in the folder of keys; peers stay up if they hear of
 * it within the detection time. False: a key cannot be read, error is set, nothing has changed. */
bool links_rekey(struct links *links, char error[static TEXT_BYTES_MAX]);

/* To be called each heartbeat: sends heartbeats and what is not acknowledged yet, and gives up
 * peers that were silent for too long. stalled: this server itself stood still; then nobody is
 * given up, and everybody's silence counts from now (R29). */
void links_tick(struct links *links, bool stalled);

/* Sends a message to a peer that is up; to another it is lost. */
void links_say(struct links *links, uint32_t server, const struct engine_message *message);

/* Sends a parcel to a peer; it may be lost. False: the server is not up, or no peer (any more). */
bool links_carry(struct links *links, uint32_t server, const struct parcel *parcel);

/* Whom parcels of peers go to. */
typedef void links_parcel(void *owner, uint32_t server, const struct parcel *parcel);
void links_take_parcels(struct links *links, links_parcel *take, void *owner);

/* This server logs off: says so to all peers, so that none of them waits for its acknowledgement
 * when it logs off too. */
void links_leave(struct links *links);

/* Whether every peer that is up and does not log off itself has all messages. */
bool links_quiet(const struct links *links);

/* What a status shows of a peer. */
struct link_view {
    uint32_t server;
    bool up;
    bool other_version;    /* it answers, but runs another version of Understudy */
    bool other_deployment; /* it is up, and runs another deployment (R41) */
    int64_t heard_ms_ago;  /* -1: never */
    const char *trouble;   /* the last thing that went wrong with its connection, or "" */
};
uint32_t links_count(const struct links *links);
struct link_view links_view(const struct links *links, uint32_t n);

/* Begins to close; the memory is freed by links_free once the loop has run dry. */
void links_close(struct links *links);
void links_free(struct links *links);

#endif
