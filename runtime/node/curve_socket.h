/* The ZeroMQ sockets of a transport, with every option that makes them encrypted, authenticated and
 * bounded: one that listens, and one to each peer. Each has a monitor, on which ZeroMQ tells what
 * happens to its connections.
 */
#ifndef RUNTIME_NODE_CURVE_SOCKET_H
#define RUNTIME_NODE_CURVE_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/node/curve.h"

#define CURVE_SOCKET_ENDPOINT_BYTES 320 /* "tcp://" and an address */

struct curve_socket {
    void *socket;  /* ZeroMQ's; NULL: none */
    void *monitor; /* likewise */
};

/* Each fills in an empty struct; what was made until a failure is closed by curve_socket_close.
 * False: error is set. */

/* A ROUTER that listens on "host:port" and lets in whom curve_admission.h lets in. */
bool curve_socket_listen(struct curve_socket *listener, void *context, const char *address,
                         const struct curve_pair *own, char error[static TEXT_BYTES_MAX]);

/* A DEALER that begins to connect to the peer, who must hold the secret key to its public one.
 * number: of the peer, different for each. A connection silent for silence_ms is made again. */
bool curve_socket_connect(struct curve_socket *dealer, void *context, uint32_t number,
                          const struct curve_peer *peer, const struct curve_pair *own,
                          int silence_ms, char error[static TEXT_BYTES_MAX]);

/* Begins to connect once more, where ZeroMQ has given up. False: it has to be tried again. */
bool curve_socket_connect_again(const struct curve_socket *dealer, const char *address,
                                const char *key);

void curve_socket_close(struct curve_socket *socket);

#endif
