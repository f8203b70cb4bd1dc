/* One peer's side of a link: which of its lives we talk to, and messages that arrive once and in
 * order over frames that may be lost, repeated or late. Pure: no socket, no clock.
 *
 * Each side has a session, a random number that it draws at its start and again whenever it gives
 * the peer up. A link is up while both know each other's present session; so both see every loss,
 * even if only one of them missed something. A side that hears the other but is not heard draws a
 * new session after a while: late frames of several earlier lives may have made the present one
 * look like one of the past. Messages are numbered within a pair of sessions, kept until they are
 * acknowledged, and dropped with the pair.
 */
#ifndef RUNTIME_NODE_CHANNEL_H
#define RUNTIME_NODE_CHANNEL_H

#include <stdbool.h>

#include "runtime/node/wire.h"

#define CHANNEL_RETIRED     8   /* earlier sessions of a peer whose late frames are known as such */
#define CHANNEL_WINDOW      256 /* messages on their way at once */
#define CHANNEL_WAITING_MAX 65536 /* messages kept for a peer */

struct channel {
    uint64_t session;
    uint64_t peer_session; /* 0: unknown */
    uint64_t acked;        /* our last message that the peer has */
    uint64_t received;     /* the last message that we have */
    uint64_t retired[CHANNEL_RETIRED];
    uint32_t next_retired;
    bool up;
    bool misheard;                /* the peer speaks, but not to us as we are now */
    bool peer_leaves;             /* the peer has said that it logs off */
    struct wire_message *waiting; /* ring: those after `acked` */
    uint32_t first;
    uint32_t count;
    uint32_t capacity;
};

/* What a frame means, in the order in which it is to be told. */
struct channel_arrival {
    bool lost;    /* the peer has restarted or given us up: what was up is lost */
    bool up;      /* the link is up from now on */
    bool current; /* the peer is alive and speaks to us as we are now */
    bool message; /* the frame's message is new and the next in order */
    bool answer;  /* a heartbeat should go back at once */
};

/* session: random, not 0. */
void channel_init(struct channel *channel, uint64_t session);
void channel_free(struct channel *channel);

/* Keeps a message for an up peer until it has it. False if too many wait: the peer is to be given
 * up. */
bool channel_put(struct channel *channel, const struct wire_message *message);

struct channel_arrival channel_take(struct channel *channel, const struct wire_frame *frame);

/* Whether nothing is left that the peer must have: all is acknowledged, or nobody is there to
 * acknowledge it. */
bool channel_is_quiet(const struct channel *channel);

/* The peer has been silent, or has misheard us, for too long: begins anew, under a new session. */
void channel_lose(struct channel *channel, uint64_t session);

/* Fills in the channel's part of a heartbeat, or of the nth message on its way; false if there is
 * no nth in the window. */
void channel_heartbeat(const struct channel *channel, struct wire_frame *frame);
bool channel_message(const struct channel *channel, uint32_t n, struct wire_frame *frame);

#endif
