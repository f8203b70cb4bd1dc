/* MPEG-TS that comes by itself, in UDP datagrams, bare or as RTP: a socket bound to the one address
 * that is named, of this machine or of a multicast group. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "recorder/demux.h"
#include "recorder/recorder.h"
#include "recorder/rtp.h"
#include "recorder/source_kind.h"
#include "recorder/url.h"

#define DATAGRAM_BYTES 65536
#define KERNEL_BYTES   (4 << 20) /* what may wait in the kernel, if it allows so much */

struct udp {
    struct patience *patience;
    struct demux *demux;
    int socket;
    bool is_rtp;
    struct rtp_order order;
    uint8_t datagram[DATAGRAM_BYTES];
    const uint8_t *left; /* of what came, not yet given on */
    size_t left_size;
};

static void close_udp(void *opened)
{
    struct udp *udp = opened;

    demux_close(udp->demux);
    if (udp->socket >= 0)
        close(udp->socket);
    free(udp);
}

/* ---- the socket ---- */

union address {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
};

/* The size of the address; it was accepted by url_accept. */
static socklen_t read_address(const char *url, union address *address)
{
    char host[URL_HOST_MAX];
    uint16_t port;

    url_host(url, host, &port);
    memset(address, 0, sizeof(*address));
    if (inet_pton(AF_INET, host, &address->ipv4.sin_addr) == 1) {
        address->ipv4.sin_family = AF_INET;
        address->ipv4.sin_port = htons(port);
        return sizeof(address->ipv4);
    }
    inet_pton(AF_INET6, host, &address->ipv6.sin6_addr);
    address->ipv6.sin6_family = AF_INET6;
    address->ipv6.sin6_port = htons(port);
    return sizeof(address->ipv6);
}

static bool is_group(const union address *address)
{
    return address->any.sa_family == AF_INET ? IN_MULTICAST(ntohl(address->ipv4.sin_addr.s_addr))
                                             : IN6_IS_ADDR_MULTICAST(&address->ipv6.sin6_addr);
}

static bool join_on(int socket, const union address *address, unsigned interface)
{
    struct ip_mreqn ipv4 = {.imr_multiaddr = address->ipv4.sin_addr, .imr_ifindex = (int)interface};
    struct ipv6_mreq ipv6 = {.ipv6mr_multiaddr = address->ipv6.sin6_addr,
                             .ipv6mr_interface = interface};

    return address->any.sa_family == AF_INET
               ? setsockopt(socket, IPPROTO_IP, IP_ADD_MEMBERSHIP, &ipv4, sizeof(ipv4)) == 0
               : setsockopt(socket, IPPROTO_IPV6, IPV6_JOIN_GROUP, &ipv6, sizeof(ipv6)) == 0;
}

/* On every network of this server: cameras are rarely on the one that the system would choose. */
static int join(int socket, const union address *address)
{
    struct if_nameindex *interfaces = if_nameindex();
    bool joined = false;

    for (size_t i = 0; interfaces != NULL && interfaces[i].if_index != 0; i++)
        joined = join_on(socket, address, interfaces[i].if_index) || joined;
    if (interfaces != NULL)
        if_freenameindex(interfaces);
    return joined ? 0 : -1;
}

/* -1 and errno. A group may have several listeners on a machine, an address of ours has one. */
static int open_socket(const char *url)
{
    union address address;
    socklen_t size = read_address(url, &address);
    int opened = socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1, room = KERNEL_BYTES, error;

    if (opened < 0)
        return -1;
    setsockopt(opened, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    if (is_group(&address))
        setsockopt(opened, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(opened, &address.any, size) == 0 &&
        (!is_group(&address) || join(opened, &address) == 0))
        return opened;
    error = errno;
    close(opened);
    errno = error;
    return -1;
}

/* ---- datagrams ---- */

/* Takes the next datagram in. False: none came in time. */
static bool receive(struct udp *udp)
{
    struct pollfd polled = {.fd = udp->socket, .events = POLLIN};
    struct rtp_packet packet;
    ssize_t size;

    do {
        if (patience_is_over(udp->patience))
            return false;
        poll(&polled, 1, patience_turn_ms(udp->patience));
        size = recv(udp->socket, udp->datagram, sizeof(udp->datagram), 0);
    } while (size <= 0);
    if (!udp->is_rtp) {
        udp->left = udp->datagram;
        udp->left_size = (size_t)size;
    } else if (rtp_parse(udp->datagram, (size_t)size, &packet)) {
        rtp_order_put(&udp->order, &packet);
    }
    return true;
}

static int on_feed(void *owner, uint8_t *to, int size)
{
    struct udp *udp = owner;
    size_t part;

    while (udp->left_size == 0) {
        if (udp->is_rtp)
            udp->left = rtp_order_take(&udp->order, &udp->left_size);
        if ((!udp->is_rtp || udp->left == NULL) && !receive(udp))
            return -1;
    }
    part = udp->left_size < (size_t)size ? udp->left_size : (size_t)size;
    memcpy(to, udp->left, part);
    udp->left += part;
    udp->left_size -= part;
    return (int)part;
}

/* ---- the source ---- */

static void *open_udp(const struct source_request *request, struct patience *patience, char *cause,
                      bool *hopeless)
{
    struct udp *udp = calloc(1, sizeof(*udp));

    if (udp == NULL)
        return NULL;
    udp->patience = patience;
    udp->is_rtp = strncmp(request->url, "rtp:", 4) == 0;
    udp->socket = open_socket(request->url);
    if (udp->socket < 0)
        snprintf(cause, RECORDER_CAUSE_MAX,
                 "the stream cannot be awaited at the camera's address: %s%s", strerror(errno),
                 errno == EADDRNOTAVAIL ? "; it must be one of this server, or of a group" : "");
    else
        udp->demux = demux_open_feed(on_feed, NULL, udp, patience, cause, hopeless);
    if (udp->demux != NULL)
        return udp;
    close_udp(udp);
    return NULL;
}

static bool read_udp(void *opened, struct source_packet *packet, char *cause)
{
    return demux_read(((struct udp *)opened)->demux, packet, cause, NULL);
}

const struct source_kind source_udp = {open_udp, read_udp, close_udp};
