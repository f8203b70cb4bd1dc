/* The encrypted and authenticated transport between servers: ZeroMQ with CURVE. The files of this
 * name (curve, curve_pair, curve_socket, curve_admission) alone know zmq.h.
 *
 * A server listens on its address and keeps one connection to each peer, to send; what it receives
 * is known by the key that the sender has proved to hold, never by what it says. A key that is not
 * a peer's is refused in the handshake.
 */
#ifndef RUNTIME_NODE_CURVE_H
#define RUNTIME_NODE_CURVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/limits.h"
#include "runtime/node/curve_pair.h"

struct curve_peer {
    const char *name;    /* stays the caller's */
    const char *address; /* "host:port"; stays the caller's */
    char public_key[CURVE_KEY_BYTES];
    char next_key[CURVE_KEY_BYTES]; /* the one that it is about to have, and may have already; "" */
};

/* Kinds of sentences, so that one kind in plenty does not hide another. */
enum curve_trouble {
    CURVE_REFUSED,  /* a key that is not a peer's */
    CURVE_MISMATCH, /* a key that does not fit */
    CURVE_GARBAGE,  /* no Understudy server at all */
    CURVE_TROUBLE_COUNT
};

/* What a transport tells: a peer (by its number) can be sent to; a frame of a peer; a sentence for
 * the log about a peer (or UINT32_MAX: about the listening address). */
struct curve_handler {
    void *owner;
    void (*connected)(void *owner, uint32_t peer);
    void (*frame)(void *owner, uint32_t peer, const uint8_t *bytes, size_t size);
    void (*notice)(void *owner, uint32_t peer, enum curve_trouble trouble, const char *text);
};

struct curve;

/* Listens on `address` and begins to connect to the peers; a connection that is silent for
 * silence_ms is given up and made again. NULL: error is set. */
struct curve *curve_open(const char *address, const struct curve_pair *own,
                         const struct curve_peer *peers, uint32_t peer_count, int silence_ms,
                         struct curve_handler handler, char error[static TEXT_BYTES_MAX]);

/* Sends a frame if the peer is connected and can take it; a frame is lost otherwise. */
void curve_send(struct curve *curve, uint32_t peer, const uint8_t *bytes, size_t size);

/* Handles what has come, up to some hundred frames; true if there may be more. To be called
 * whenever one of the descriptors becomes readable, for they say so only once. */
bool curve_read(struct curve *curve);

/* To be called each heartbeat: tries again where a peer has refused the connection. */
void curve_tend(struct curve *curve);

/* The descriptors to watch for reading: count of them, and each. They stay the transport's. */
uint32_t curve_descriptor_count(const struct curve *curve);
int curve_descriptor(const struct curve *curve, uint32_t n);

void curve_close(struct curve *curve);

#endif
