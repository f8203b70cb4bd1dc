#include "runtime/node/curve_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <zmq.h>

#include "runtime/node/curve_admission.h"

#define MESSAGE_BYTES_MAX 4096 /* on the wire; the largest is a parcel */
#define QUEUE_FRAMES      1024 /* kept by ZeroMQ for one connection */
#define HANDSHAKE_MS      3000
#define CONNECT_MIN_MS    250
#define RECONNECT_MS      100
#define RECONNECT_MAX_MS  500
#define LINGER_MS         200 /* at the end, so that a farewell gets out */
#define MONITORED                                                                                  \
    (ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |                 \
     ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |                  \
     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

/* ---- options ---- */

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

static bool open_monitor(struct curve_socket *socket, void *context, uint32_t number)
{
    char endpoint[CURVE_SOCKET_ENDPOINT_BYTES];
    snprintf(endpoint, sizeof endpoint, "inproc://monitor.%u", number);
    socket->monitor = zmq_socket(context, ZMQ_PAIR);
    return socket->monitor != NULL && set_int(socket->monitor, ZMQ_LINGER, 0) &&
           zmq_socket_monitor(socket->socket, endpoint, MONITORED) == 0 &&
           zmq_connect(socket->monitor, endpoint) == 0;
}

/* ---- listening ---- */

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
    char endpoint[CURVE_SOCKET_ENDPOINT_BYTES];
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

bool curve_socket_listen(struct curve_socket *listener, void *context, const char *address,
                         const struct curve_pair *own, char error[static TEXT_BYTES_MAX])
{
    char endpoint[CURVE_SOCKET_ENDPOINT_BYTES];
    void *router = listener->socket = zmq_socket(context, ZMQ_ROUTER);
    snprintf(endpoint, sizeof endpoint, "tcp://%s", address);
    if (router == NULL || !set_bounds(router) || !set_int(router, ZMQ_CURVE_SERVER, 1) ||
        !set_text(router, ZMQ_CURVE_SECRETKEY, own->secret_key) ||
        !set_text(router, ZMQ_ZAP_DOMAIN, CURVE_ADMISSION_DOMAIN) ||
        !open_monitor(listener, context, UINT32_MAX))
        return FAIL(error, "the transport cannot be set up: %s", zmq_strerror(zmq_errno()));
    if (zmq_bind(router, endpoint) == 0)
        return true;
    const int code = zmq_errno();
    return (code == ENODEV && bind_name(router, address)) || fail_bind(code, address, error);
}

/* ---- connecting ---- */

/* A connection that is silent for as long as a lost peer is given up together with the peer: TCP
 * would try what it has sent at ever longer intervals, and a path that is whole again would stay
 * unused meanwhile. A new one is tried at short intervals instead. */
static bool set_patience(void *socket, int silence_ms)
{
    const int quarter_ms = silence_ms / 4 > CONNECT_MIN_MS ? silence_ms / 4 : CONNECT_MIN_MS;
    return set_int(socket, ZMQ_RECONNECT_IVL, RECONNECT_MS) &&
           set_int(socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS) &&
           set_int(socket, ZMQ_CONNECT_TIMEOUT, quarter_ms) &&
           set_int(socket, ZMQ_TCP_MAXRT, silence_ms) &&
           set_int(socket, ZMQ_HEARTBEAT_IVL, silence_ms / 2) &&
           set_int(socket, ZMQ_HEARTBEAT_TIMEOUT, silence_ms);
}

bool curve_socket_connect(struct curve_socket *dealer, void *context, uint32_t number,
                          const struct curve_peer *peer, const struct curve_pair *own,
                          int silence_ms, char error[static TEXT_BYTES_MAX])
{
    char endpoint[CURVE_SOCKET_ENDPOINT_BYTES];
    void *socket = dealer->socket = zmq_socket(context, ZMQ_DEALER);
    snprintf(endpoint, sizeof endpoint, "tcp://%s", peer->address);
    if (socket == NULL || !set_bounds(socket) || !set_int(socket, ZMQ_LINGER, LINGER_MS) ||
        !set_int(socket, ZMQ_IMMEDIATE, 1) || !set_patience(socket, silence_ms) ||
        !set_text(socket, ZMQ_CURVE_SERVERKEY, peer->public_key) ||
        !set_text(socket, ZMQ_CURVE_PUBLICKEY, own->public_key) ||
        !set_text(socket, ZMQ_CURVE_SECRETKEY, own->secret_key) ||
        !open_monitor(dealer, context, number))
        return FAIL(error, "the connection to %s cannot be set up: %s", peer->name,
                    zmq_strerror(zmq_errno()));
    return zmq_connect(socket, endpoint) == 0 ||
           FAIL(error, "the address %.250s of %s cannot be connected to: %s", peer->address,
                peer->name, zmq_strerror(zmq_errno()));
}

bool curve_socket_connect_again(const struct curve_socket *dealer, const char *address,
                                const char *key)
{
    char endpoint[CURVE_SOCKET_ENDPOINT_BYTES];
    snprintf(endpoint, sizeof endpoint, "tcp://%s", address);
    zmq_disconnect(dealer->socket, endpoint);
    return set_text(dealer->socket, ZMQ_CURVE_SERVERKEY, key) &&
           zmq_connect(dealer->socket, endpoint) == 0;
}

void curve_socket_close(struct curve_socket *socket)
{
    if (socket->monitor != NULL)
        zmq_close(socket->monitor);
    if (socket->socket != NULL)
        zmq_close(socket->socket);
    *socket = (struct curve_socket){0};
}
