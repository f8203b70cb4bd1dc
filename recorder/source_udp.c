/* MPEG-TS that comes by itself, in UDP datagrams, bare or as RTP: a socket bound to the one address
 * that is named, of this machine or of a multicast group. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "recorder/demux.h"
#include "recorder/group.h"
#include "recorder/moment.h"
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
    bool may_be_copies; /* RTP tells them by their numbers */
    struct group_copies copies;
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

/* The size of the address; it was accepted by url_accept. */
static socklen_t read_address(const char *url, union group_address *address)
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

/* -1 and errno. A group may have several listeners on a machine, an address of ours has one. */
static int open_socket(struct udp *udp, const char *url, char *remark)
{
    union group_address address;
    socklen_t size = read_address(url, &address);
    int opened = socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1, room = KERNEL_BYTES, error;

    if (opened < 0)
        return -1;
    setsockopt(opened, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    if (group_is(&address)) {
        setsockopt(opened, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
        setsockopt(opened, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
        setsockopt(opened, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof(one));
    }
    udp->may_be_copies = group_is(&address) && !udp->is_rtp;
    if (bind(opened, &address.any, size) == 0 &&
        (!group_is(&address) || group_join(opened, &address, remark)))
        return opened;
    error = errno;
    close(opened);
    errno = error;
    return -1;
}

/* ---- datagrams ---- */

/* The network that a datagram came by; 0: the kernel does not say. */
static unsigned network_of(struct msghdr *message)
{
    unsigned network = 0;

    for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item != NULL;
         item = CMSG_NXTHDR(message, item)) {
        struct in_pktinfo ipv4;
        struct in6_pktinfo ipv6;

        if (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_PKTINFO) {
            memcpy(&ipv4, CMSG_DATA(item), sizeof(ipv4));
            network = (unsigned)ipv4.ipi_ifindex;
        } else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_PKTINFO) {
            memcpy(&ipv6, CMSG_DATA(item), sizeof(ipv6));
            network = ipv6.ipi6_ifindex;
        }
    }
    return network;
}

/* The size of a datagram that is there and no copy of another; else not above 0. */
static ssize_t take_datagram(struct udp *udp)
{
    struct iovec into = {.iov_base = udp->datagram, .iov_len = sizeof(udp->datagram)};
    _Alignas(struct cmsghdr) char items[256];
    struct msghdr message = {
        .msg_iov = &into, .msg_iovlen = 1, .msg_control = items, .msg_controllen = sizeof(items)};
    ssize_t size = recvmsg(udp->socket, &message, 0);

    return size > 0 && udp->may_be_copies &&
                   group_is_copy(&udp->copies, network_of(&message), moment_monotonic_us())
               ? 0
               : size;
}

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
        size = take_datagram(udp);
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
    udp->socket = open_socket(udp, request->url, request->remark);
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
