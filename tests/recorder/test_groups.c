/* A real worker that awaits streams of multicast groups, on networks of its own: bridges without
 * ports, where what is sent comes back. Needs the programs, and to be allowed its own networks:
 * without UNDERSTUDY_BIN and UNDERSTUDY_TESTS there is nothing to test but who is listened to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/group.h"
#include "recorder/recorder.h"
#include "recorder/volume.h"
#include "tests/recorder/driven.h"

#define RECORD_MS 4000
#define SECOND_US INT64_C(1000000)
#define NEAR_PORT 7601 /* of ffmpeg to the relay; the networks are ours alone */
#define PORT      7602

static char folder[] = "/tmp/understudy-groups-XXXXXX";
static const char *programs, *helpers;
static bool has_networks;
static struct recorder_order order;
static struct driven worker;
static pid_t camera, relay;

/* ---- who is listened to ---- */

static void the_first_network_is_listened_to_until_it_is_silent(void **state)
{
    struct group_copies copies = {.network = 0};
    int64_t at_us = SECOND_US;

    (void)state;
    assert_false(group_is_copy(&copies, 2, at_us));
    for (; at_us < 5 * SECOND_US; at_us += SECOND_US / 25) {
        assert_true(group_is_copy(&copies, 3, at_us));
        assert_false(group_is_copy(&copies, 2, at_us + 1));
    }
    assert_true(group_is_copy(&copies, 3, at_us));
    assert_false(group_is_copy(&copies, 3, at_us + GROUP_SILENCE_US));
    assert_true(group_is_copy(&copies, 2, at_us + GROUP_SILENCE_US + 1));
    assert_false(group_is_copy(&copies, 3, at_us + GROUP_SILENCE_US + 2));
}

/* ---- networks ---- */

static bool runs(const char *format, ...)
{
    char command[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(command, sizeof(command), format, arguments);
    va_end(arguments);
    return system(command) == 0;
}

static bool add_network(unsigned number)
{
    return runs("{ ip link add net%u type bridge && ip addr add 10.77.%u.1/24 dev net%u && "
                "ip link set net%u up; } 2>/dev/null",
                number, number, number, number);
}

static bool own_networks(void)
{
    return driven_apart(CLONE_NEWNET) && runs("ip link set lo up") && add_network(1) &&
           add_network(2);
}

static bool has_ipv6(void)
{
    return runs("for n in 1 2; do ip -6 addr replace fd77:$n::1/64 dev net$n nodad || exit 1; done "
                "2>/dev/null");
}

/* ---- a camera ---- */

struct group {
    int family;
    const char *address, *url;
};
static const struct group ipv4 = {AF_INET, "239.77.0.1", "udp://239.77.0.1:7602"};
static const struct group ipv6 = {AF_INET6, "ff15::77", "udp://[ff15::77]:7602"};

/* A socket that sends to the group by a network. */
static int open_sender(const struct group *group, const char *network)
{
    struct ip_mreqn by = {.imr_ifindex = (int)if_nametoindex(network)};
    struct sockaddr_in to4 = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    struct sockaddr_in6 to6 = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
    int opened = socket(group->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    assert_true(opened >= 0);
    if (group->family == AF_INET) {
        inet_pton(AF_INET, group->address, &to4.sin_addr);
        assert_int_equal(setsockopt(opened, IPPROTO_IP, IP_MULTICAST_IF, &by, sizeof(by)), 0);
        assert_int_equal(connect(opened, (struct sockaddr *)&to4, sizeof(to4)), 0);
    } else {
        inet_pton(AF_INET6, group->address, &to6.sin6_addr);
        assert_int_equal(
            setsockopt(opened, IPPROTO_IPV6, IPV6_MULTICAST_IF, &by.imr_ifindex, sizeof(int)), 0);
        assert_int_equal(connect(opened, (struct sockaddr *)&to6, sizeof(to6)), 0);
    }
    return opened;
}

/* ffmpeg sends to a port of ours, and this on to the group by one or two networks. */
static void start_camera(const struct group *group, const char *network, const char *other)
{
    struct sockaddr_in near = {.sin_family = AF_INET,
                               .sin_port = htons(NEAR_PORT),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int in = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int out[] = {open_sender(group, network), other == NULL ? -1 : open_sender(group, other)};
    static uint8_t bytes[65536];
    char clip[512], at[64];

    assert_int_equal(bind(in, (struct sockaddr *)&near, sizeof(near)), 0);
    relay = fork();
    if (relay == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (worker.process > 0)
            close(worker.socket); /* whoever holds that keeps the worker from ending */
        for (;;) {
            ssize_t size = recv(in, bytes, sizeof(bytes), 0);

            for (int i = 0; i < 2 && size > 0; i++)
                if (out[i] >= 0)
                    send(out[i], bytes, (size_t)size, 0);
        }
    }
    close(in);
    close(out[0]);
    if (out[1] >= 0)
        close(out[1]);
    snprintf(clip, sizeof(clip), "%s/clip.ts", helpers);
    snprintf(at, sizeof(at), "udp://127.0.0.1:%d?pkt_size=1316", NEAR_PORT);
    camera = driven_run((const char *[]){"ffmpeg", "-v", "error", "-nostdin", "-re", "-i", clip,
                                         "-c", "copy", "-f", "mpegts", at, NULL});
}

/* ---- what is recorded ---- */

static void start_recording(const struct group *group, const char *name)
{
    driven_start(&worker, programs, (const char *[]){"--volume", order.volumes[0].path, NULL},
                 NULL);
    order.kind = ORDER_RECORD;
    snprintf(order.camera_name, sizeof(order.camera_name), "%s", name);
    snprintf(order.url, sizeof(order.url), "%s", group->url);
    driven_give(&worker, &order);
}

static void end_recording(void)
{
    usleep(RECORD_MS * 1000);
    order.kind = ORDER_STOP;
    driven_give(&worker, &order);
    driven_await(&worker, REPORT_STOPPED);
    assert_int_equal(driven_end(&worker), 0);
    assert_true(runs("%s/frames $(ls %s/alpha/%s/*/*/*.ts)", helpers, order.volumes[0].path,
                     order.camera_name));
}

static void record(const struct group *group, const char *name, const char *other)
{
    start_camera(group, "net1", other);
    start_recording(group, name);
    driven_await(&worker, REPORT_ON_DISK);
    end_recording();
}

static int finish(void **state)
{
    (void)state;
    driven_kill(&camera);
    driven_kill(&relay);
    driven_kill(&worker.process);
    return 0;
}

static void an_ipv4_group_is_recorded(void **state)
{
    (void)state;
    if (!has_networks)
        skip();
    record(&ipv4, "ipv4", NULL);
}

static void an_ipv6_group_is_recorded(void **state)
{
    (void)state;
    if (!has_networks || !has_ipv6())
        skip();
    record(&ipv6, "ipv6", NULL);
}

/* A bare MPEG-TS does not tell a copy from what it is one of. */
static void what_comes_by_two_networks_is_recorded_once(void **state)
{
    (void)state;
    if (!has_networks)
        skip();
    record(&ipv4, "ipv4-twice", "net2");
}

static void likewise_over_ipv6(void **state)
{
    (void)state;
    if (!has_networks || !has_ipv6())
        skip();
    record(&ipv6, "ipv6-twice", "net2");
}

static void a_network_that_comes_later_is_joined(void **state)
{
    (void)state;
    if (!has_networks)
        skip();
    start_recording(&ipv4, "later");
    driven_await(&worker, REPORT_SILENT);
    assert_true(add_network(3));
    start_camera(&ipv4, "net3", NULL);
    driven_await(&worker, REPORT_ON_DISK);
    end_recording();
}

static bool allow_memberships(unsigned count)
{
    return runs("echo %u 2>/dev/null >/proc/sys/net/ipv4/igmp_max_memberships", count);
}

/* The kernel allows a socket so many memberships; one is used up by the loopback. */
static void a_network_that_cannot_be_joined_is_said(void **state)
{
    char log[64];
    int stderr_was = dup(STDERR_FILENO), file;

    (void)state;
    if (!has_networks || !allow_memberships(2))
        skip();
    snprintf(log, sizeof(log), "%s/log", folder);
    file = open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    dup2(file, STDERR_FILENO);
    close(file);
    start_recording(&ipv4, "partly");
    dup2(stderr_was, STDERR_FILENO);
    close(stderr_was);
    driven_await(&worker, REPORT_SILENT); /* it has tried more than once by now */
    sleep(3);
    assert_int_equal(driven_end(&worker), 0);
    assert_true(allow_memberships(20));
    assert_true(runs("test $(grep -c 'camera partly: .*cannot be joined on net[123].*"
                     "igmp_max_memberships' %s) = 1",
                     log));
}

/* ---- set up ---- */

static int set_up(void **state)
{
    char cause[RECORDER_CAUSE_MAX];

    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    order = (struct recorder_order){.abi = RECORDER_ABI,
                                    .camera = 1,
                                    .epoch = 1,
                                    .volume_count = 1,
                                    .main_name = "alpha",
                                    .server_name = "beta",
                                    .volumes = {{.name = "vault"}}};
    snprintf(order.volumes[0].path, RECORDER_PATH_MAX, "%s/volume", folder);
    if (mkdir(order.volumes[0].path, 0755) != 0 ||
        !volume_init(order.volumes[0].path, "vault", cause))
        return -1;
    has_networks = programs != NULL && helpers != NULL && own_networks();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return runs("rm -r %s", folder) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_network_is_listened_to_until_it_is_silent),
        cmocka_unit_test_teardown(an_ipv4_group_is_recorded, finish),
        cmocka_unit_test_teardown(an_ipv6_group_is_recorded, finish),
        cmocka_unit_test_teardown(what_comes_by_two_networks_is_recorded_once, finish),
        cmocka_unit_test_teardown(likewise_over_ipv6, finish),
        cmocka_unit_test_teardown(a_network_that_comes_later_is_joined, finish),
        cmocka_unit_test_teardown(a_network_that_cannot_be_joined_is_said, finish)};

    programs = getenv("UNDERSTUDY_BIN");
    helpers = getenv("UNDERSTUDY_TESTS");
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
