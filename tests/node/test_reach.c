/* Whether an address answers (R29): where a text points to, and what a connection tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/node/reach.h"

static struct reach_place place;

static void points_to(const char *text, const char *host, const char *port)
{
    assert_true(reach_place(text, &place));
    assert_string_equal(place.host, host);
    assert_string_equal(place.port, port);
}

static void test_places(void **state)
{
    (void)state;
    points_to("10.0.0.1:80", "10.0.0.1", "80");
    points_to("[fe80::1]:7400", "fe80::1", "7400");
    points_to("rtsp://10.0.1.21/stream1", "10.0.1.21", "554");
    points_to("rtsp://cam.site:8554/a?b=c:d@e", "cam.site", "8554");
    points_to("rtsp://user:p%40ss@[::1]:8554/x", "::1", "8554");
    points_to("rtsp://user@host@10.0.0.9", "10.0.0.9", "554");
    points_to("rtsp://[::1]", "::1", "554");
}

static void test_no_places(void **state)
{
    char text[1200];
    (void)state;
    static const char *const texts[] = {
        "", ":80", "rtsp://", "rtsp://:554/x", "rtsp://[::1/x", "host:", "host:123456789"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_false(reach_place(texts[i], &place));
    snprintf(text, sizeof text, "rtsp://%01000d/x", 1);
    assert_false(reach_place(text, &place));
}

/* A listener on a free port of the loopback, whose queue takes one connection. */
static int listen_on(char text[static 32])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(listener >= 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    snprintf(text, 32, "127.0.0.1:%u", ntohs(address.sin_port));
    return listener;
}

static void test_open_refused_and_nothing(void **state)
{
    char text[32];
    (void)state;
    const int listener = listen_on(text);
    assert_true(reach_place(text, &place));
    assert_int_equal(reach_ask(&place, 2000), REACH_OPEN);
    for (int i = 0; i < 2; i++) /* fills its queue: nobody accepts */
        reach_ask(&place, 50);
    assert_int_equal(reach_ask(&place, 50), REACH_NOTHING);
    close(listener);
    assert_int_equal(reach_ask(&place, 2000), REACH_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_places),
                                       cmocka_unit_test(test_no_places),
                                       cmocka_unit_test(test_open_refused_and_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
