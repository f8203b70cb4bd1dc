/* What servers send to each other beside the frames of wire.h: pieces of a deployment that is
 * handed on, and words about it; and the bytes of a tunnel (tunnel.h). A parcel may be lost, or
 * come twice; whoever misses something asks again, or begins anew.
 *
 *   0 magic  4 version  6 kind  8 serial  16 offset  24 the bytes
 */
#ifndef RUNTIME_NODE_PARCEL_H
#define RUNTIME_NODE_PARCEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PARCEL_VERSION    1u
#define PARCEL_HEAD_BYTES 24
#define PARCEL_BYTES_MAX  3584 /* of what it carries */

/* X(SYMBOL, what it carries) */
#define PARCEL_KINDS(X)                                                                            \
    X(PARCEL_ORDER) /* JSON: which deployment is handed on, and to whom */                         \
    X(PARCEL_WANT)  /* nothing: send what lies from the offset on */                               \
    X(PARCEL_PIECE) /* the bytes of the file at the offset */                                      \
    X(PARCEL_TOLD)  /* JSON: how servers are getting on with it */                                 \
    X(PARCEL_FILL)  /* nothing: here is what was recorded of you, by this tunnel (R34) */          \
    X(PARCEL_BYTES) /* those at this offset of the tunnel's */                                     \
    X(PARCEL_TAKEN) /* nothing: so many of them have been passed on */                             \
    X(PARCEL_END)   /* why there is no such tunnel (any more), for people */

#define X(symbol) symbol,
enum parcel_kind { PARCEL_KINDS(X) PARCEL_KIND_COUNT };
#undef X

/* Of a tunnel, and not of a deployment. */
#define PARCEL_IS_OF_TUNNEL(kind) ((kind) >= PARCEL_FILL)

struct parcel {
    uint32_t kind;   /* enum parcel_kind */
    uint64_t serial; /* of the order that the sender knows, 0: none; or the tunnel's number */
    uint64_t offset;
    const uint8_t *bytes; /* the other's */
    size_t size;
};

/* Writes a parcel of PARCEL_HEAD_BYTES + size bytes; returns how many. */
size_t parcel_encode(const struct parcel *parcel,
                     uint8_t bytes[static PARCEL_HEAD_BYTES + PARCEL_BYTES_MAX]);

/* Whether bytes from outside are a parcel of this version; then it is read, its bytes in place. */
bool parcel_decode(const uint8_t *bytes, size_t size, struct parcel *parcel);

#endif
