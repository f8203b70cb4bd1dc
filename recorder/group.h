/* Multicast groups: joined on every network of this server, as cameras are rarely on the one that
 * the system would choose. */
#ifndef RECORDER_GROUP_H
#define RECORDER_GROUP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

union group_address {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
};

/* Is the address one of a group? */
bool group_is(const union group_address *address);

/* Joins. False and errno: on no network. `remark` gets a sentence about the networks that are up
 * and where it failed; "": there are none. */
bool group_join(int socket, const union group_address *group, char *remark);

/* What comes by two networks would be there twice: the first that brings something is listened to,
 * until it has been silent for so long, in microseconds. Less than SOURCE_STALL_MS. */
#define GROUP_SILENCE_US 1000000

struct group_copies {
    unsigned network; /* the index of the interface; 0: none yet */
    int64_t heard_us;
};

/* Notes that something came by a network, by the monotonic clock. True: it is a copy. */
bool group_is_copy(struct group_copies *copies, unsigned network, int64_t now_us);

#endif
