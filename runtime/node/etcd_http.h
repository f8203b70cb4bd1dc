/* Requests to the members of an etcd cluster by HTTP(S), several at once, none of which waits for
 * another; the one user of libcurl in this room.
 *
 * Whatever a member does, an exchange ends by its time, takes bounded memory, follows no redirect
 * and no proxy of the environment, and speaks HTTP or HTTPS alone. With https the member's
 * certificate is checked against the ca and the address, and ours is shown.
 */
#ifndef RUNTIME_NODE_ETCD_HTTP_H
#define RUNTIME_NODE_ETCD_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/limits.h"

#define ETCD_BODY_BYTES_MAX (1u << 20) /* of an answer */

/* Where a cluster is and how one gets in. Texts; "" is what is not given. All stay. */
struct etcd_place {
    const char *endpoints[ENDPOINTS_MAX];
    uint32_t count;
    const char *ca;
    const char *cert;
    const char *key;
};

/* How an exchange has ended; valid during the call. */
struct etcd_exchange {
    int status;       /* of HTTP; 0: there was no whole answer, and trouble says why */
    const char *body; /* not ended by a NUL */
    size_t size;
    const char *trouble; /* a sentence without a subject: "it refuses the connection" */
};
typedef void (*etcd_exchange_done)(void *owner, const struct etcd_exchange *exchange);

/* A part of a stream has come. */
typedef void (*etcd_stream_part)(void *owner, const char *bytes, size_t size);

struct etcd_http;

/* NULL: out of memory. */
struct etcd_http *etcd_http_open(const struct etcd_place *place);

/* Posts a JSON text, which is copied, to a member; token may be "". done is called once, later,
 * from etcd_http_turn; never if this returns false: out of memory. */
bool etcd_http_post(struct etcd_http *http, uint32_t member, const char *path, const char *token,
                    const char *body, int64_t timeout_ms, etcd_exchange_done done, void *owner);

/* The same for an answer that does not end: its parts are given on and not kept. */
bool etcd_http_stream(struct etcd_http *http, uint32_t member, const char *path, const char *token,
                      const char *body, etcd_stream_part part, etcd_exchange_done done,
                      void *owner);

/* Waits until something comes from a member or at this descriptor (-1: none), for wait_ms at most,
 * and carries on with all exchanges. */
void etcd_http_turn(struct etcd_http *http, int fd, int wait_ms);

/* Ends all exchanges; nobody hears of it. */
void etcd_http_close(struct etcd_http *http);

#endif
