#include "runtime/node/curve.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <zmq.h>

#define ZAP_ADDRESS       "inproc://zeromq.zap.01"
#define MESSAGE_BYTES_MAX 1024 /* on the wire; ZeroMQ's own handshake needs some 400 */
#define ZAP_DOMAIN        "understudy"
#define ZAP_PARTS         7 /* of a request; the last is the key */
#define RAW_KEY_BYTES     32
#define ENDPOINT_BYTES    320
#define READ_AT_ONCE      256  /* frames, so that the loop gets its turn */
#define QUEUE_FRAMES      1024 /* kept by ZeroMQ for one connection */
#define HANDSHAKE_MS      3000
#define RECONNECT_MS      100
#define RECONNECT_MAX_MS  1000
#define PING_MS           1000 /* a dead connection is found and made again */
#define PING_PATIENCE_MS  4000
#define FAILURES_TOLD     3 /* one or two happen when a peer is just ending */
#define MONITORED                                                                                  \
    (ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |                 \
     ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |                  \
     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

struct connection {
    const char *name;
    const char *address;
    uint8_t key[RAW_KEY_BYTES];
    void *dealer;
    void *monitor;
    uint32_t failures; /* handshakes in a row */
    bool given_up;     /* by ZeroMQ, which does not come back to one who refused it */
};

struct curve {
    struct curve_handler handler;
    void *context;
    void *zap;
    void *router;
    void *router_monitor;
    int visitor_descriptor; /* of the connection accepted last, while it has said nothing; or -1 */
    char visitor[INET6_ADDRSTRLEN]; /* the address that connected last */
    uint32_t count;
    struct connection connections[];
};

/* ---- keys ---- */

bool curve_make_pair(struct curve_pair *pair, char error[static TEXT_BYTES_MAX])
{
    return zmq_curve_keypair(pair->public_key, pair->secret_key) == 0 ||
           FAIL(error, "keys cannot be made: %s", zmq_strerror(zmq_errno()));
}

bool curve_is_key(const char *text)
{
    uint8_t raw[RAW_KEY_BYTES];
    const bool is_key = strlen(text) == CURVE_KEY_BYTES - 1 && zmq_z85_decode(raw, text) != NULL;
    explicit_bzero(raw, sizeof raw);
    return is_key;
}

bool curve_belongs(const struct curve_pair *pair)
{
    char derived[CURVE_KEY_BYTES];
    return zmq_curve_public(derived, pair->secret_key) == 0 &&
           strcmp(derived, pair->public_key) == 0;
}

/* ---- opening ---- */

static bool set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool set_text(void *socket, int option, const char *text)
{
    return zmq_setsockopt(socket, option, text, strlen(text)) == 0;
}

/* What both kinds of socket have in common. */
static bool set_bounds(void *socket)
{
    const int64_t message_bytes = MESSAGE_BYTES_MAX;
    return zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &message_bytes, sizeof message_bytes) == 0 &&
           set_int(socket, ZMQ_LINGER, 0) && set_int(socket, ZMQ_IPV6, 1) &&
           set_int(socket, ZMQ_SNDHWM, QUEUE_FRAMES) && set_int(socket, ZMQ_RCVHWM, QUEUE_FRAMES) &&
           set_int(socket, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS) &&
           set_int(socket, ZMQ_TCP_KEEPALIVE, 1) && set_int(socket, ZMQ_TCP_KEEPALIVE_IDLE, 10) &&
           set_int(socket, ZMQ_TCP_KEEPALIVE_INTVL, 5) && set_int(socket, ZMQ_TCP_KEEPALIVE_CNT, 3);
}

static void *open_monitor(struct curve *curve, void *socket, uint32_t number)
{
    char endpoint[ENDPOINT_BYTES];
    snprintf(endpoint, sizeof endpoint, "inproc://monitor.%u", number);
    void *monitor = zmq_socket(curve->context, ZMQ_PAIR);
    if (monitor != NULL && set_int(monitor, ZMQ_LINGER, 0) &&
        zmq_socket_monitor(socket, endpoint, MONITORED) == 0 && zmq_connect(monitor, endpoint) == 0)
        return monitor;
    if (monitor != NULL)
        zmq_close(monitor);
    return NULL;
}

static bool fail_bind(int code, const char *address, char error[static TEXT_BYTES_MAX])
{
    const char *colon = strrchr(address, ':');
    const char *port = colon != NULL ? colon + 1 : "?";
    const int host_chars = colon != NULL ? (int)(colon - address) : (int)strlen(address);
    if (code == EADDRINUSE)
        return FAIL(error, "port %.20s is in use by another program", port);
    if (code == EADDRNOTAVAIL || code == ENODEV)
        return FAIL(error,
                    "%.*s is not an address of this machine: is this the right server, and the "
                    "right address in the topology?",
                    host_chars < 300 ? host_chars : 300, address);
    if (code == EACCES)
        return FAIL(error, "this user may not listen on port %.20s", port);
    return FAIL(error, "%.300s cannot be listened on: %s", address, zmq_strerror(code));
}

/* ZeroMQ binds to numbers only; a name is looked up here. */
static bool bind_name(void *router, const char *address)
{
    char host[256];
    char number[INET6_ADDRSTRLEN];
    char endpoint[ENDPOINT_BYTES];
    const char *colon = strrchr(address, ':');
    if (colon == NULL || (size_t)(colon - address) >= sizeof host)
        return false;
    memcpy(host, address, (size_t)(colon - address));
    host[colon - address] = '\0';
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo(host, NULL, &hints, &found) != 0)
        return false;
    const int code = getnameinfo(found->ai_addr, found->ai_addrlen, number, sizeof number, NULL, 0,
                                 NI_NUMERICHOST);
    snprintf(endpoint, sizeof endpoint,
             found->ai_family == AF_INET6 ? "tcp://[%s]:%.20s" : "tcp://%s:%.20s", number,
             colon + 1);
    freeaddrinfo(found);
    return code == 0 && zmq_bind(router, endpoint) == 0;
}

static bool open_zap(struct curve *curve, char error[static TEXT_BYTES_MAX])
{
    curve->zap = zmq_socket(curve->context, ZMQ_REP);
    return (curve->zap != NULL && set_int(curve->zap, ZMQ_LINGER, 0) &&
            zmq_bind(curve->zap, ZAP_ADDRESS) == 0) ||
           FAIL(error, "the transport cannot be set up: %s", zmq_strerror(zmq_errno()));
}

static bool open_router(struct curve *curve, const char *address, const struct curve_pair *own,
                        char error[static TEXT_BYTES_MAX])
{
    char endpoint[ENDPOINT_BYTES];
    snprintf(endpoint, sizeof endpoint, "tcp://%s", address);
    curve->router = zmq_socket(curve->context, ZMQ_ROUTER);
    if (curve->router == NULL || !set_bounds(curve->router) ||
        !set_int(curve->router, ZMQ_CURVE_SERVER, 1) ||
        !set_text(curve->router, ZMQ_CURVE_SECRETKEY, own->secret_key) ||
        !set_text(curve->router, ZMQ_ZAP_DOMAIN, ZAP_DOMAIN) ||
        (curve->router_monitor = open_monitor(curve, curve->router, UINT32_MAX)) == NULL)
        return FAIL(error, "the transport cannot be set up: %s", zmq_strerror(zmq_errno()));
    if (zmq_bind(curve->router, endpoint) == 0)
        return true;
    const int code = zmq_errno();
    return (code == ENODEV && bind_name(curve->router, address)) || fail_bind(code, address, error);
}

static bool open_connection(struct curve *curve, uint32_t number, const struct curve_peer *peer,
                            const struct curve_pair *own, char error[static TEXT_BYTES_MAX])
{
    struct connection *connection = &curve->connections[number];
    char endpoint[ENDPOINT_BYTES];
    snprintf(endpoint, sizeof endpoint, "tcp://%s", peer->address);
    *connection = (struct connection){.name = peer->name, .address = peer->address};
    if (zmq_z85_decode(connection->key, peer->public_key) == NULL)
        return FAIL(error, "the public key of %s is not a key", peer->name);
    void *dealer = connection->dealer = zmq_socket(curve->context, ZMQ_DEALER);
    if (dealer == NULL || !set_bounds(dealer) || !set_int(dealer, ZMQ_IMMEDIATE, 1) ||
        !set_int(dealer, ZMQ_RECONNECT_IVL, RECONNECT_MS) ||
        !set_int(dealer, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS) ||
        !set_int(dealer, ZMQ_CONNECT_TIMEOUT, HANDSHAKE_MS) ||
        !set_int(dealer, ZMQ_HEARTBEAT_IVL, PING_MS) ||
        !set_int(dealer, ZMQ_HEARTBEAT_TIMEOUT, PING_PATIENCE_MS) ||
        !set_text(dealer, ZMQ_CURVE_SERVERKEY, peer->public_key) ||
        !set_text(dealer, ZMQ_CURVE_PUBLICKEY, own->public_key) ||
        !set_text(dealer, ZMQ_CURVE_SECRETKEY, own->secret_key) ||
        (connection->monitor = open_monitor(curve, dealer, number)) == NULL)
        return FAIL(error, "the connection to %s cannot be set up: %s", peer->name,
                    zmq_strerror(zmq_errno()));
    return zmq_connect(dealer, endpoint) == 0 ||
           FAIL(error, "the address %.250s of %s cannot be connected to: %s", peer->address,
                peer->name, zmq_strerror(zmq_errno()));
}

static bool open_all(struct curve *curve, const char *address, const struct curve_pair *own,
                     const struct curve_peer *peers, uint32_t peer_count,
                     char error[static TEXT_BYTES_MAX])
{
    curve->context = zmq_ctx_new();
    if (curve->context == NULL ||
        zmq_ctx_set(curve->context, ZMQ_MAX_SOCKETS, (int)(peer_count * 3 + 16)) != 0)
        return FAIL(error, "the transport cannot be set up for %u peers: %s", peer_count,
                    zmq_strerror(zmq_errno()));
    if (!open_zap(curve, error) || !open_router(curve, address, own, error))
        return false;
    for (uint32_t i = 0; i < peer_count; i++) {
        curve->count = i + 1;
        if (!open_connection(curve, i, &peers[i], own, error))
            return false;
    }
    return true;
}

struct curve *curve_open(const char *address, const struct curve_pair *own,
                         const struct curve_peer *peers, uint32_t peer_count,
                         struct curve_handler handler, char error[static TEXT_BYTES_MAX])
{
    struct curve *curve = calloc(1, sizeof *curve + peer_count * sizeof curve->connections[0]);
    if (curve == NULL) {
        snprintf(error, TEXT_BYTES_MAX, "out of memory");
        return NULL;
    }
    curve->handler = handler;
    curve->visitor_descriptor = -1;
    if (open_all(curve, address, own, peers, peer_count, error))
        return curve;
    curve_close(curve);
    return NULL;
}

static void close_socket(void *socket)
{
    if (socket != NULL)
        zmq_close(socket);
}

void curve_close(struct curve *curve)
{
    if (curve == NULL)
        return;
    for (uint32_t i = 0; i < curve->count; i++) {
        close_socket(curve->connections[i].monitor);
        close_socket(curve->connections[i].dealer);
    }
    close_socket(curve->router_monitor);
    close_socket(curve->router);
    close_socket(curve->zap);
    if (curve->context != NULL)
        zmq_ctx_term(curve->context);
    free(curve);
}

/* ---- frames ---- */

void curve_send(struct curve *curve, uint32_t peer, const uint8_t *bytes, size_t size)
{
    assert(peer < curve->count);
    zmq_send(curve->connections[peer].dealer, bytes, size, ZMQ_DONTWAIT);
}

static uint32_t find_name(const struct curve *curve, const char *name)
{
    for (uint32_t i = 0; name != NULL && i < curve->count; i++)
        if (strcmp(curve->connections[i].name, name) == 0)
            return i;
    return UINT32_MAX;
}

/* One whole message of a sender: its routing id, then the frame; more parts are no business of
 * ours. False if there is none. */
static bool read_frame(struct curve *curve)
{
    zmq_msg_t part;
    zmq_msg_init(&part);
    if (zmq_msg_recv(&part, curve->router, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(&part);
        return false;
    }
    for (int number = 1; zmq_msg_more(&part); number++) {
        if (zmq_msg_recv(&part, curve->router, ZMQ_DONTWAIT) < 0)
            break;
        const uint32_t peer = find_name(curve, zmq_msg_gets(&part, "User-Id"));
        if (number == 1 && !zmq_msg_more(&part) && peer != UINT32_MAX)
            curve->handler.frame(curve->handler.owner, peer, zmq_msg_data(&part),
                                 zmq_msg_size(&part));
    }
    zmq_msg_close(&part);
    return true;
}

/* ---- who may connect ---- */

struct zap_part {
    uint8_t bytes[128];
    size_t size;
};

static bool zap_is(const struct zap_part *part, const char *text)
{
    return part->size == strlen(text) && memcmp(part->bytes, text, part->size) == 0;
}

/* All parts of a request; more than expected, or longer ones, make it unsound (count 0). */
static bool zap_read(void *zap, struct zap_part *parts, int *count)
{
    int more = 1;
    size_t more_size = sizeof more;
    bool sound = true;
    for (*count = 0; more; (*count)++) {
        struct zap_part scratch;
        struct zap_part *part = *count < ZAP_PARTS ? &parts[*count] : &scratch;
        const int size = zmq_recv(zap, part->bytes, sizeof part->bytes, ZMQ_DONTWAIT);
        if (size < 0)
            return false;
        part->size = (size_t)size;
        sound = sound && *count < ZAP_PARTS && part->size <= sizeof part->bytes;
        if (zmq_getsockopt(zap, ZMQ_RCVMORE, &more, &more_size) != 0)
            return false;
    }
    if (!sound)
        *count = 0;
    return true;
}

static void zap_answer(void *zap, const struct zap_part *id, const char *name)
{
    const char *texts[] = {name != NULL ? "200" : "400", name != NULL ? "OK" : "unknown key",
                           name != NULL ? name : "", ""};
    zmq_send(zap, "1.0", 3, ZMQ_SNDMORE);
    zmq_send(zap, id->bytes, id->size, ZMQ_SNDMORE);
    for (int i = 0; i < 4; i++)
        zmq_send(zap, texts[i], strlen(texts[i]), i < 3 ? ZMQ_SNDMORE : 0);
}

/* IPv4 addresses come in the notation of IPv6. */
static const char *plain(const char *address)
{
    static const char prefix[] = "::ffff:";
    return strncmp(address, prefix, sizeof prefix - 1) == 0 ? address + sizeof prefix - 1 : address;
}

static void tell(struct curve *curve, uint32_t peer, enum curve_trouble trouble, const char *format,
                 ...) __attribute__((format(printf, 4, 5)));

static void tell(struct curve *curve, uint32_t peer, enum curve_trouble trouble, const char *format,
                 ...)
{
    char text[TEXT_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    curve->handler.notice(curve->handler.owner, peer, trouble, text);
}

/* One request of the handshake: version, id, domain, address, routing id, mechanism, key. */
static bool zap_serve(struct curve *curve)
{
    struct zap_part parts[ZAP_PARTS] = {0};
    int count;
    if (!zap_read(curve->zap, parts, &count))
        return false;
    const char *name = NULL;
    if (count == ZAP_PARTS && zap_is(&parts[0], "1.0") && zap_is(&parts[2], ZAP_DOMAIN) &&
        zap_is(&parts[5], "CURVE") && parts[6].size == RAW_KEY_BYTES)
        for (uint32_t i = 0; i < curve->count; i++)
            if (memcmp(curve->connections[i].key, parts[6].bytes, RAW_KEY_BYTES) == 0)
                name = curve->connections[i].name;
    zap_answer(curve->zap, &parts[1], name);
    if (name == NULL) {
        char address[sizeof parts[3].bytes + 1] = "";
        memcpy(address, parts[3].bytes, parts[3].size);
        tell(curve, UINT32_MAX, CURVE_REFUSED,
             "a connection from %s is refused: its key is not that of a peer", plain(address));
    }
    return true;
}

/* ---- what goes wrong on the way ---- */

/* Who it was is only known by the descriptor, which may be gone already. */
static void note_visitor(struct curve *curve, int descriptor)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    curve->visitor_descriptor = descriptor;
    if (getpeername(descriptor, (struct sockaddr *)&address, &size) != 0 ||
        getnameinfo((struct sockaddr *)&address, size, curve->visitor, sizeof curve->visitor, NULL,
                    0, NI_NUMERICHOST) != 0)
        snprintf(curve->visitor, sizeof curve->visitor, "an unknown address");
}

static void tell_garbage(struct curve *curve)
{
    tell(curve, UINT32_MAX, CURVE_GARBAGE,
         "something that is no Understudy server has spoken to this server's port (the last "
         "connection came from %s); it was cut off",
         plain(curve->visitor));
}

/* What does not even begin a handshake is only seen to come and to be cut off. */
static void take_router_event(struct curve *curve, uint16_t event, uint32_t value)
{
    if (event == ZMQ_EVENT_ACCEPTED) {
        note_visitor(curve, (int)value);
        return;
    }
    const bool is_mute = event == ZMQ_EVENT_DISCONNECTED;
    if (is_mute ? (int)value == curve->visitor_descriptor
                : (event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL && value != EPIPE))
        tell_garbage(curve);
    else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL &&
             value == ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC)
        tell(curve, UINT32_MAX, CURVE_MISMATCH,
             "a connection (the last came from %s) does not fit this server's key: does that "
             "server have the present public key of this one?",
             plain(curve->visitor));
    else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL)
        tell_garbage(curve);
    if (!is_mute)
        curve->visitor_descriptor = -1;
}

static void take_peer_event(struct curve *curve, uint32_t peer, uint16_t event)
{
    struct connection *connection = &curve->connections[peer];
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
        connection->failures = 0;
        curve->handler.connected(curve->handler.owner, peer);
        return;
    }
    if (event == ZMQ_EVENT_DISCONNECTED)
        return;
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH || event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL)
        connection->given_up = true;
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
        tell(curve, peer, CURVE_REFUSED,
             "%s refuses this server's key: does it have the present public key of this server?",
             connection->name);
    else if (++connection->failures >= FAILURES_TOLD)
        tell(curve, peer, CURVE_MISMATCH,
             "what listens on %.200s does not prove to be %s: is its public key the present one, "
             "and is it an Understudy server?",
             connection->address, connection->name);
}

/* One event of a socket: {u16 event, u32 value}, then the endpoint. */
static bool read_monitor(struct curve *curve, void *monitor, uint32_t peer)
{
    uint8_t bytes[6];
    char endpoint[ENDPOINT_BYTES];
    if (zmq_recv(monitor, bytes, sizeof bytes, ZMQ_DONTWAIT) != (int)sizeof bytes)
        return false;
    zmq_recv(monitor, endpoint, sizeof endpoint, ZMQ_DONTWAIT);
    uint16_t event;
    uint32_t value;
    memcpy(&event, bytes, sizeof event);
    memcpy(&value, bytes + 2, sizeof value);
    if (peer == UINT32_MAX)
        take_router_event(curve, event, value);
    else
        take_peer_event(curve, peer, event);
    return true;
}

/* The keys may have been put right meanwhile. */
void curve_tend(struct curve *curve)
{
    for (uint32_t i = 0; i < curve->count; i++) {
        struct connection *connection = &curve->connections[i];
        char endpoint[ENDPOINT_BYTES];
        if (!connection->given_up)
            continue;
        snprintf(endpoint, sizeof endpoint, "tcp://%s", connection->address);
        zmq_disconnect(connection->dealer, endpoint);
        connection->given_up = zmq_connect(connection->dealer, endpoint) != 0;
    }
}

/* ---- reading ---- */

bool curve_read(struct curve *curve)
{
    int frames = 0;
    while (zap_serve(curve)) {
    }
    while (frames < READ_AT_ONCE && read_frame(curve))
        frames++;
    while (read_monitor(curve, curve->router_monitor, UINT32_MAX)) {
    }
    for (uint32_t i = 0; i < curve->count; i++)
        while (read_monitor(curve, curve->connections[i].monitor, i)) {
        }
    return frames == READ_AT_ONCE;
}

uint32_t curve_descriptor_count(const struct curve *curve)
{
    return 3 + curve->count;
}

int curve_descriptor(const struct curve *curve, uint32_t n)
{
    assert(n < curve_descriptor_count(curve));
    void *socket = n == 0   ? curve->zap
                   : n == 1 ? curve->router
                   : n == 2 ? curve->router_monitor
                            : curve->connections[n - 3].monitor;
    int descriptor = -1;
    size_t size = sizeof descriptor;
    const int code = zmq_getsockopt(socket, ZMQ_FD, &descriptor, &size);
    assert(code == 0);
    return descriptor;
}
