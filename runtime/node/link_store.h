/* What the parts of the links share among themselves: the peers and the transport. Nobody else
 * includes it.
 */
#ifndef RUNTIME_NODE_LINK_STORE_H
#define RUNTIME_NODE_LINK_STORE_H

#include "runtime/node/channel.h"
#include "runtime/node/curve.h"
#include "runtime/node/link.h"
#include "runtime/node/log.h"
#include "runtime/node/naming.h"

struct peer {
    uint32_t server;
    const char *name;
    struct channel channel;
    int64_t heard_ms;    /* last frame that was current; -1: never */
    int64_t misheard_ms; /* since when it has spoken, but not to us as we are now */
    bool answer_due;
    bool other_version; /* of Understudy, or no Understudy at all: nothing is understood */
    uint8_t hash[WIRE_HASH_BYTES]; /* of its deployment, as it said last; all 0: never */
    struct log_limit foreign_limit;
    struct log_limit trouble_limits[CURVE_TROUBLE_COUNT];
    char trouble[TEXT_BYTES_MAX];
};

/* What libuv holds until it lets go of it. */
struct link_polls {
    uv_poll_t *polls;
    uint32_t count;
    struct link_polls *former;
};

struct links {
    uv_loop_t *loop;
    const struct image *image;
    uint32_t server;
    const char *keys;
    struct inbox *inbox;
    struct curve *curve; /* NULL: there are no peers, or it has to be opened again */
    struct naming *naming;
    int64_t patience_ms; /* heartbeat x misses */
    bool leaving;        /* every heartbeat is a farewell */
    struct log_limit port_limits[CURVE_TROUBLE_COUNT];
    struct link_polls *watched;
    uv_idle_t more;
    bool more_is_open;
    struct log_limit open_limit;
    links_parcel *take_parcel; /* NULL: nobody takes any */
    void *parcel_owner;
    uint32_t count;
    struct peer *peers;
};

/* What a transport tells, and when something can be read from it. */
struct curve_handler link_handler(struct links *links);
void link_readable(uv_poll_t *poll, int status, int events);

/* Opens the transport to the peers that are set. False: error is set; it can be tried again. */
bool link_connect(struct links *links, char error[static TEXT_BYTES_MAX]);

#endif
