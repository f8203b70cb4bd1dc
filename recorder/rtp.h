/* RTP packets that carry an MPEG-TS (RFC 3550, RFC 2250): taken apart, and brought back into their
 * order. */
#ifndef RECORDER_RTP_H
#define RECORDER_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTP_WINDOW      32 /* packets that wait for an earlier one */
#define RTP_PAYLOAD_MAX 2048

struct rtp_packet {
    uint16_t sequence;
    const uint8_t *payload;
    size_t payload_size;
};

/* Any bytes may come. False: it is no RTP packet with an MPEG-TS of a proper size in it. */
bool rtp_parse(const uint8_t *bytes, size_t size, struct rtp_packet *packet);

struct rtp_order {
    bool begun;
    uint16_t next; /* the sequence number that is due */
    unsigned waiting;
    size_t
        sizes[RTP_WINDOW]; /* 0: the place is empty; a packet's is its number modulo RTP_WINDOW */
    uint8_t payloads[RTP_WINDOW][RTP_PAYLOAD_MAX];
};

/* Puts a packet in; one that is late or comes twice is dropped. */
void rtp_order_put(struct rtp_order *order, const struct rtp_packet *packet);

/* The next payload in order, valid until the next call on the order; one that did not come while
 * half a window did is passed over. NULL: more must come first. */
const uint8_t *rtp_order_take(struct rtp_order *order, size_t *size);

#endif
