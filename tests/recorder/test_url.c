#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "recorder/recorder.h"
#include "recorder/url.h"

static void accepts_cameras(void **state)
{
    static const char *const urls[] = {"rtsp://10.0.1.21/stream1",
                                       "rtsp://cam.example:554/a?b=c&d=1",
                                       "rtsp://user:pa%20ss@host/x",
                                       "rtsp://[fe80::1]:8554/x",
                                       "rtsp://h",
                                       "rtsps://h:322/x",
                                       "http://10.0.0.1/mjpg?a=1",
                                       "https://user@cam/x",
                                       "udp://239.1.2.3:5000",
                                       "udp://[ff02::1]:5000",
                                       "rtp://127.0.0.1:5004",
                                       "file:lobby-1.ts"};
    char cause[RECORDER_CAUSE_MAX];
    enum url_kind kind;

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++)
        assert_true(url_accept(urls[i], &kind, cause));
}

static void refuses_the_rest_without_repeating_it(void **state)
{
    static const char *const urls[] = {"",
                                       "/etc/passwd",
                                       "file:///etc/passwd",
                                       "ftp://10.0.0.1/x",
                                       "udp://10.0.0.1",
                                       "udp://0.0.0.0:5000",
                                       "udp://[::]:5000",
                                       "udp://host:5000",
                                       "udp://10.0.0.1:5000/x",
                                       "udp://@10.0.0.1:5000",
                                       "rtp://10.0.0.1:5000?pkt_size=1",
                                       "file:../clip.ts",
                                       "file:/etc/passwd",
                                       "file:.hidden",
                                       "file:",
                                       "file:a,b",
                                       "http:/x",
                                       "rtsp:///nohost",
                                       "rtsp://",
                                       "rtsp://user:secret@/x",
                                       "rtsp://host:0/x",
                                       "rtsp://host:65536/x",
                                       "rtsp://host:12x/x",
                                       "rtsp://host/a b",
                                       "rtsp://host/a\"b",
                                       "rtsp://host/a'b",
                                       "rtsp://host/a\nb",
                                       "rtsp://host/\xc3\xa9",
                                       "rtsp://-host/x",
                                       "rtsp://ho{st/x",
                                       "rtsp://[::1/x",
                                       "RTSP://host/x"};
    char cause[RECORDER_CAUSE_MAX];
    enum url_kind kind;

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
        cause[0] = '\0';
        assert_false(url_accept(urls[i], &kind, cause));
        assert_true(cause[0] != '\0');
        assert_null(strstr(cause, "secret"));
    }
}

static void refuses_what_is_too_long(void **state)
{
    char url[RECORDER_URL_MAX + 1], cause[RECORDER_CAUSE_MAX];
    enum url_kind kind;

    (void)state;
    memset(url, 'a', sizeof(url));
    memcpy(url, "rtsp://", 7);
    url[RECORDER_URL_MAX] = '\0';
    assert_false(url_accept(url, &kind, cause));
}

static void takes_addresses_apart(void **state)
{
    char host[URL_HOST_MAX], to[256];
    uint16_t port;

    (void)state;
    url_host("rtsp://user:x@cam.example:554/a", host, &port);
    assert_string_equal(host, "cam.example");
    assert_int_equal(port, 554);
    url_host("udp://[ff02::1]:5000", host, &port);
    assert_string_equal(host, "ff02::1");
    assert_int_equal(port, 5000);
    assert_string_equal(url_file("file:lobby.ts"), "lobby.ts");
    assert_true(url_with_user("rtsp://old:one@[fe80::1]:554/a?b", "us er", "p@:/%", to, 256));
    assert_string_equal(to, "rtsp://us%20er:p%40%3A%2F%25@[fe80::1]:554/a?b");
    assert_false(url_with_user("rtsp://cam/a", "user", "password", to, 30));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_cameras), cmocka_unit_test(refuses_the_rest_without_repeating_it),
        cmocka_unit_test(refuses_what_is_too_long), cmocka_unit_test(takes_addresses_apart)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
