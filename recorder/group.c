#include "recorder/group.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "recorder/recorder.h"

bool group_is(const union group_address *address)
{
    return address->any.sa_family == AF_INET ? IN_MULTICAST(ntohl(address->ipv4.sin_addr.s_addr))
                                             : IN6_IS_ADDR_MULTICAST(&address->ipv6.sin6_addr);
}

static bool join_on(int socket, const union group_address *group, unsigned network)
{
    struct ip_mreqn ipv4 = {.imr_multiaddr = group->ipv4.sin_addr, .imr_ifindex = (int)network};
    struct ipv6_mreq ipv6 = {.ipv6mr_multiaddr = group->ipv6.sin6_addr,
                             .ipv6mr_interface = network};

    return group->any.sa_family == AF_INET
               ? setsockopt(socket, IPPROTO_IP, IP_ADD_MEMBERSHIP, &ipv4, sizeof(ipv4)) == 0
               : setsockopt(socket, IPPROTO_IPV6, IPV6_JOIN_GROUP, &ipv6, sizeof(ipv6)) == 0;
}

static bool is_up(int socket, const char *network)
{
    struct ifreq asked;

    snprintf(asked.ifr_name, sizeof(asked.ifr_name), "%s", network);
    return ioctl(socket, SIOCGIFFLAGS, &asked) == 0 && (asked.ifr_flags & IFF_UP) != 0;
}

static void remark_on(char *remark, const char *network, int error)
{
    snprintf(remark, RECORDER_CAUSE_MAX, "its group cannot be joined on %s: %s%s", network,
             strerror(error),
             error == ENOBUFS ? "; sysctl net.ipv4.igmp_max_memberships allows too few" : "");
}

bool group_join(int socket, const union group_address *group, char *remark)
{
    struct if_nameindex *networks = if_nameindex();
    bool joined = false;
    int error = ENODEV;

    remark[0] = '\0';
    for (size_t i = 0; networks != NULL && networks[i].if_index != 0; i++) {
        if (join_on(socket, group, networks[i].if_index)) {
            joined = true;
            continue;
        }
        error = errno;
        if (remark[0] == '\0' && is_up(socket, networks[i].if_name))
            remark_on(remark, networks[i].if_name, error);
    }
    if (networks != NULL)
        if_freenameindex(networks);
    errno = error;
    return joined;
}

bool group_is_copy(struct group_copies *copies, unsigned network, int64_t now_us)
{
    if (copies->network != network && copies->network != 0 &&
        now_us - copies->heard_us < GROUP_SILENCE_US)
        return true;
    copies->network = network;
    copies->heard_us = now_us;
    return false;
}
