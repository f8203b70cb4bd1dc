/* What servers send to each other: frames of one fixed size, little-endian.
 *
 *   0 magic  4 version  6 kind  8 hash of the deployment  40 session  48 peer's session
 *   56 sequence  64 ack  72 message: kind, 4 bytes of 0, failover, camera, epoch, elapsed
 */
#ifndef RUNTIME_NODE_WIRE_H
#define RUNTIME_NODE_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/engine/engine.h"

#define WIRE_VERSION     4u
#define WIRE_FRAME_BYTES 112
#define WIRE_HASH_BYTES  32

enum wire_kind {
    WIRE_HEARTBEAT,
    WIRE_MESSAGE,
    WIRE_FAREWELL, /* a heartbeat of one that logs off: it need not be told anything any more */
    WIRE_KIND_COUNT
};

/* What a server says to another one, which may have another deployment: failover and camera are
 * numbers of naming.h, 0 for none. */
struct wire_message {
    uint32_t kind; /* enum engine_message_kind */
    uint32_t reserved;
    uint64_t failover;
    uint64_t camera;
    uint64_t epoch;
    int64_t elapsed_ms;
};

struct wire_frame {
    uint32_t kind; /* enum wire_kind */
    uint8_t hash[WIRE_HASH_BYTES];
    uint64_t session;            /* of the sender; never 0 */
    uint64_t peer_session;       /* of the receiver, as the sender knows it; 0: not yet */
    uint64_t sequence;           /* WIRE_MESSAGE: its number within the session pair, from 1 */
    uint64_t ack;                /* the last message that the sender has received in order */
    struct wire_message message; /* WIRE_MESSAGE */
};

enum wire_verdict {
    WIRE_SOUND,
    WIRE_GARBAGE,       /* no frame of ours */
    WIRE_OTHER_VERSION, /* a frame of another version of Understudy */
};

void wire_encode(const struct wire_frame *frame, uint8_t bytes[static WIRE_FRAME_BYTES]);

/* Reads what came from outside; frame is set if and only if it is sound. */
enum wire_verdict wire_decode(const uint8_t *bytes, size_t size, struct wire_frame *frame);

/* Numbers between nodes: count bytes, the lowest first. */
void wire_put(uint8_t *bytes, uint64_t number, int count);
uint64_t wire_get(const uint8_t *bytes, int count);

#endif
