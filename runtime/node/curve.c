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

#include "runtime/node/curve_admission.h"
#include "runtime/node/curve_socket.h"

#define READ_AT_ONCE  256 /* frames, so that the loop gets its turn */
#define FAILURES_TOLD 3   /* one or two happen when a peer is just ending */

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

struct connection {
    const char *name;
    const char *address;
    uint8_t keys[2][CURVE_ADMISSION_KEY_BYTES]; /* the present one and the next */
    char texts[2][CURVE_KEY_BYTES];             /* the same; "": there is no next one */
    uint32_t tried;                             /* which of them it is expected to hold */
    struct curve_socket socket;
    uint32_t failures; /* handshakes in a row */
    bool wrong_key;    /* it does not hold the one that was tried, or has given no sign of it */
    bool given_up;     /* by ZeroMQ, which does not come back to one who refused it */
};

struct curve {
    struct curve_handler handler;
    void *context;
    void *admission;
    struct curve_socket listener;
    int visitor_descriptor; /* of the connection accepted last, while it has said nothing; or -1 */
    char visitor[INET6_ADDRSTRLEN]; /* the address that connected last */
    uint32_t count;
    struct connection connections[];
};

/* ---- opening and closing ---- */

static bool open_connection(struct curve *curve, uint32_t number, const struct curve_peer *peer,
                            const struct curve_pair *own, int silence_ms,
                            char error[static TEXT_BYTES_MAX])
{
    struct connection *connection = &curve->connections[number];
    *connection = (struct connection){.name = peer->name, .address = peer->address};
    memcpy(connection->texts[0], peer->public_key, CURVE_KEY_BYTES);
    memcpy(connection->texts[1], peer->next_key, CURVE_KEY_BYTES);
    for (uint32_t i = 0; i < 2 && connection->texts[i][0] != '\0'; i++)
        if (zmq_z85_decode(connection->keys[i], connection->texts[i]) == NULL)
            return FAIL(error, "the public key of %s is not a key", peer->name);
    return curve_socket_connect(&connection->socket, curve->context, number, peer, own, silence_ms,
                                error);
}

static bool open_all(struct curve *curve, const char *address, const struct curve_pair *own,
                     const struct curve_peer *peers, uint32_t peer_count, int silence_ms,
                     char error[static TEXT_BYTES_MAX])
{
    curve->context = zmq_ctx_new();
    if (curve->context == NULL ||
        zmq_ctx_set(curve->context, ZMQ_MAX_SOCKETS, (int)(peer_count * 3 + 16)) != 0)
        return FAIL(error, "the transport cannot be set up for %u peers: %s", peer_count,
                    zmq_strerror(zmq_errno()));
    curve->admission = curve_admission_open(curve->context);
    if (curve->admission == NULL)
        return FAIL(error, "the transport cannot be set up: %s", zmq_strerror(zmq_errno()));
    if (!curve_socket_listen(&curve->listener, curve->context, address, own, error))
        return false;
    for (uint32_t i = 0; i < peer_count; i++) {
        curve->count = i + 1;
        if (!open_connection(curve, i, &peers[i], own, silence_ms, error))
            return false;
    }
    return true;
}

struct curve *curve_open(const char *address, const struct curve_pair *own,
                         const struct curve_peer *peers, uint32_t peer_count, int silence_ms,
                         struct curve_handler handler, char error[static TEXT_BYTES_MAX])
{
    struct curve *curve = calloc(1, sizeof *curve + peer_count * sizeof curve->connections[0]);
    if (curve == NULL) {
        snprintf(error, TEXT_BYTES_MAX, "out of memory");
        return NULL;
    }
    curve->handler = handler;
    curve->visitor_descriptor = -1;
    if (open_all(curve, address, own, peers, peer_count, silence_ms, error))
        return curve;
    curve_close(curve);
    return NULL;
}

void curve_close(struct curve *curve)
{
    if (curve == NULL)
        return;
    for (uint32_t i = 0; i < curve->count; i++)
        curve_socket_close(&curve->connections[i].socket);
    curve_socket_close(&curve->listener);
    if (curve->admission != NULL)
        zmq_close(curve->admission);
    if (curve->context != NULL)
        zmq_ctx_term(curve->context);
    free(curve);
}

/* ---- frames ---- */

void curve_send(struct curve *curve, uint32_t peer, const uint8_t *bytes, size_t size)
{
    assert(peer < curve->count);
    zmq_send(curve->connections[peer].socket.socket, bytes, size, ZMQ_DONTWAIT);
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
    if (zmq_msg_recv(&part, curve->listener.socket, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(&part);
        return false;
    }
    for (int number = 1; zmq_msg_more(&part); number++) {
        if (zmq_msg_recv(&part, curve->listener.socket, ZMQ_DONTWAIT) < 0)
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

static const char *find_key(const struct curve *curve, const uint8_t *key)
{
    for (uint32_t i = 0; i < curve->count; i++) {
        const struct connection *connection = &curve->connections[i];
        const uint32_t count = connection->texts[1][0] != '\0' ? 2 : 1;
        for (uint32_t k = 0; k < count; k++)
            if (memcmp(connection->keys[k], key, CURVE_ADMISSION_KEY_BYTES) == 0)
                return connection->name;
    }
    return NULL;
}

static bool admit(struct curve *curve)
{
    struct curve_admission_request request;
    if (!curve_admission_read(curve->admission, &request))
        return false;
    const char *name = request.sound ? find_key(curve, request.key) : NULL;
    curve_admission_answer(curve->admission, &request, name);
    if (name == NULL)
        tell(curve, UINT32_MAX, CURVE_REFUSED,
             "a connection from %s is refused: its key is not that of a peer",
             plain(request.address));
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
        connection->wrong_key = false;
        curve->handler.connected(curve->handler.owner, peer);
        return;
    }
    if (event == ZMQ_EVENT_DISCONNECTED)
        return;
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH || event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL)
        connection->given_up = true;
    connection->wrong_key = event != ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
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
    char endpoint[CURVE_SOCKET_ENDPOINT_BYTES];
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

/* The keys may have been put right meanwhile. A peer that changes its key holds the present one or
 * the next: they are tried in turn. */
void curve_tend(struct curve *curve)
{
    for (uint32_t i = 0; i < curve->count; i++) {
        struct connection *connection = &curve->connections[i];
        const bool turn = connection->wrong_key && connection->texts[1][0] != '\0';
        if (!connection->given_up && !turn)
            continue;
        if (turn)
            connection->tried = 1 - connection->tried;
        connection->wrong_key = false;
        connection->given_up = !curve_socket_connect_again(&connection->socket, connection->address,
                                                           connection->texts[connection->tried]);
    }
}

/* ---- reading ---- */

bool curve_read(struct curve *curve)
{
    int frames = 0;
    while (admit(curve)) {
    }
    while (frames < READ_AT_ONCE && read_frame(curve))
        frames++;
    while (read_monitor(curve, curve->listener.monitor, UINT32_MAX)) {
    }
    for (uint32_t i = 0; i < curve->count; i++)
        while (read_monitor(curve, curve->connections[i].socket.monitor, i)) {
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
    void *socket = n == 0   ? curve->admission
                   : n == 1 ? curve->listener.socket
                   : n == 2 ? curve->listener.monitor
                            : curve->connections[n - 3].socket.monitor;
    int descriptor = -1;
    size_t size = sizeof descriptor;
    const int code = zmq_getsockopt(socket, ZMQ_FD, &descriptor, &size);
    assert(code == 0);
    return descriptor;
}
