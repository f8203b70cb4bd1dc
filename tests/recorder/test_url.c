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
    static const char *const urls[] = {
        "rtsp://10.0.1.21/stream1", "rtsp://cam.example:554/a?b=c&d=1",
        "rtsp://user:pa%20ss@host/x", "rtsp://[fe80::1]:8554/x", "rtsp://h"};
    char cause[RECORDER_CAUSE_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++)
        assert_true(url_accept(urls[i], cause));
}

static void refuses_the_rest_without_repeating_it(void **state)
{
    static const char *const urls[] = {"",
                                       "/etc/passwd",
                                       "file:///etc/passwd",
                                       "http://10.0.0.1/x",
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

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
        cause[0] = '\0';
        assert_false(url_accept(urls[i], cause));
        assert_true(cause[0] != '\0');
        assert_null(strstr(cause, "secret"));
    }
}

static void refuses_what_is_too_long(void **state)
{
    char url[RECORDER_URL_MAX + 1], cause[RECORDER_CAUSE_MAX];

    (void)state;
    memset(url, 'a', sizeof(url));
    memcpy(url, "rtsp://", 7);
    url[RECORDER_URL_MAX] = '\0';
    assert_false(url_accept(url, cause));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(accepts_cameras),
                                       cmocka_unit_test(refuses_the_rest_without_repeating_it),
                                       cmocka_unit_test(refuses_what_is_too_long)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
