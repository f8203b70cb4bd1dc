/* RTSP without sockets: the dialogue of a client, and what is not RTSP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/md5.h>

#include "tests/camera/rtsp.h"

#define URL "rtsp://127.0.0.1:8554/stream1"

static const uint8_t sps[] = {0x67, 0x42, 0xc0, 0x1e, 0x01, 0x02}, pps[] = {0x68, 0xce, 0x3c};
static char answer[RTSP_ANSWER_MAX];

static struct rtsp_service make_service(void)
{
    return (struct rtsp_service){.name = "lobby",
                                 .path = "/stream1",
                                 .address = "127.0.0.1",
                                 .port = 8554,
                                 .sps = sps,
                                 .sps_size = sizeof sps,
                                 .pps = pps,
                                 .pps_size = sizeof pps,
                                 .fps = 25};
}

/* Asks with these headers besides CSeq, and returns the status code; the answer's text is in
 * `answer`. */
static int ask(struct rtsp_service *service, struct rtsp_session *session, const char *line,
               const char *headers)
{
    char text[2048];
    size_t used = 0;
    struct rtsp_request request;
    int size = snprintf(text, sizeof text, "%s RTSP/1.0\r\nCSeq: 5\r\n%s\r\n", line, headers);
    assert_int_equal(rtsp_parse((const uint8_t *)text, (size_t)size, &request, &used),
                     RTSP_REQUEST);
    assert_int_equal(used, size);
    size_t length = rtsp_answer(service, session, &request, &(struct rtsp_position){1, 2}, answer);
    assert_int_equal(length, strlen(answer));
    assert_non_null(strstr(answer, "\r\nCSeq: 5\r\n"));
    return atoi(answer + strlen("RTSP/1.0 "));
}

static int ask_in_session(struct rtsp_service *service, struct rtsp_session *session,
                          const char *line)
{
    char header[64];
    snprintf(header, sizeof header, "Session: %s\r\n", session->id);
    return ask(service, session, line, header);
}

static const char tcp[] = "Transport: RTP/AVP/TCP;unicast;interleaved=4-5\r\n";

static void test_a_clients_dialogue(void **state)
{
    (void)state;
    struct rtsp_service service = make_service();
    struct rtsp_session session;
    rtsp_begin(&session);
    assert_int_equal(ask(&service, &session, "OPTIONS " URL, ""), 200);
    assert_non_null(strstr(answer, "Public: OPTIONS, DESCRIBE, SETUP, PLAY"));
    assert_int_equal(ask(&service, &session, "DESCRIBE " URL, "Accept: application/sdp\r\n"), 200);
    assert_non_null(strstr(answer, "packetization-mode=1;profile-level-id=42C01E;"
                                   "sprop-parameter-sets=Z0LAHgEC,aM48\r\n"));
    assert_int_equal(ask(&service, &session, "SETUP " URL "/trackID=0", tcp), 200);
    assert_non_null(strstr(answer, "interleaved=4-5"));
    assert_non_null(strstr(answer, ";timeout=60\r\n"));
    assert_int_equal(session.channel, 4);
    assert_int_equal(ask_in_session(&service, &session, "PLAY " URL "/"), 200);
    assert_true(session.playing);
    assert_int_equal(ask_in_session(&service, &session, "GET_PARAMETER " URL "/"), 200);
    assert_int_equal(ask_in_session(&service, &session, "PAUSE " URL "/"), 200);
    assert_false(session.playing);
    assert_int_equal(ask_in_session(&service, &session, "TEARDOWN " URL "/"), 200);
    assert_true(session.over);
    assert_int_equal(service.session_count, 1);
    rtsp_end(&session, &service);
    assert_int_equal(service.session_count, 0);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    struct rtsp_service service = make_service();
    struct rtsp_session session;
    rtsp_begin(&session);
    assert_int_equal(ask(&service, &session, "DESCRIBE rtsp://127.0.0.1/other", ""), 404);
    assert_int_equal(ask(&service, &session, "DESCRIBE " URL "x", ""), 404);
    assert_int_equal(ask(&service, &session, "DESCRIBE /stream1", ""), 404);
    assert_int_equal(ask(&service, &session, "RECORD " URL, ""), 501);
    assert_int_equal(
        ask(&service, &session, "SETUP " URL, "Transport: RTP/AVP;client_port=5-6\r\n"), 461);
    assert_int_equal(ask(&service, &session, "SETUP " URL, ""), 461);
    assert_int_equal(
        ask(&service, &session, "SETUP " URL, "Transport: RTP/AVP/TCP;interleaved=255-256\r\n"),
        461);
    assert_int_equal(ask(&service, &session, "PLAY " URL, ""), 455);
    assert_int_equal(ask(&service, &session, "SETUP " URL, tcp), 200);
    assert_int_equal(ask(&service, &session, "PLAY " URL, "Session: 12345678\r\n"), 454);
    assert_int_equal(ask(&service, &session, "PLAY " URL, ""), 454);
    rtsp_end(&session, &service);
}

static void test_the_limit_of_sessions(void **state)
{
    (void)state;
    struct rtsp_service service = make_service();
    struct rtsp_session first, second;
    service.session_limit = 1;
    rtsp_begin(&first);
    rtsp_begin(&second);
    assert_int_equal(ask(&service, &first, "SETUP " URL, tcp), 200);
    assert_int_equal(ask(&service, &first, "SETUP " URL, tcp), 200);
    assert_int_equal(ask(&service, &second, "SETUP " URL, tcp), 453);
    rtsp_end(&first, &service);
    assert_int_equal(ask(&service, &second, "SETUP " URL, tcp), 200);
    rtsp_end(&second, &service);
}

static void md5_hex(char *to, const char *text)
{
    uint8_t sum[16];
    av_md5_sum(sum, (const uint8_t *)text, strlen(text));
    for (int i = 0; i < 16; i++)
        snprintf(to + 2 * i, 3, "%02x", sum[i]);
}

/* The header by which the user proves to be himself for DESCRIBE. */
static void prove(char *header, size_t size, const char *nonce)
{
    char secret[33], request[33], response[33], joined[160];
    md5_hex(secret, "admin:" AUTH_REALM ":secret");
    md5_hex(request, "DESCRIBE:" URL);
    snprintf(joined, sizeof joined, "%s:%s:%s", secret, nonce, request);
    md5_hex(response, joined);
    snprintf(header, size,
             "Authorization: Digest username=\"admin\", realm=\"" AUTH_REALM
             "\", nonce=\"%s\", uri=\"" URL "\", response=\"%s\"\r\n",
             nonce, response);
}

static void test_passwords(void **state)
{
    (void)state;
    struct rtsp_service service = make_service();
    struct rtsp_session session;
    service.user = (struct auth_user){"admin", "secret"};
    rtsp_begin(&session);
    assert_int_equal(ask(&service, &session, "OPTIONS " URL, ""), 200);
    assert_int_equal(ask(&service, &session, "DESCRIBE " URL, ""), 401);
    assert_non_null(strstr(answer, session.nonce));
    assert_int_equal(
        ask(&service, &session, "DESCRIBE " URL, "Authorization: Basic YWRtaW46c2VjcmV0\r\n"), 200);
    assert_int_equal(
        ask(&service, &session, "DESCRIBE " URL, "Authorization: Basic YWRtaW46c2VjcmV1\r\n"), 401);
    assert_int_equal(ask(&service, &session, "DESCRIBE " URL, "Authorization: Basic\r\n"), 401);

    char header[512];
    prove(header, sizeof header, session.nonce);
    assert_int_equal(ask(&service, &session, "DESCRIBE " URL, header), 200);
    assert_int_equal(ask(&service, &session, "SETUP " URL, header),
                     401); /* it proves one method only */
    prove(header, sizeof header, "another");
    assert_int_equal(ask(&service, &session, "DESCRIBE " URL, header), 401);
}

static enum rtsp_verdict parse(const char *text)
{
    size_t used = 0;
    struct rtsp_request request;
    return rtsp_parse((const uint8_t *)text, strlen(text), &request, &used);
}

static void test_what_is_no_request(void **state)
{
    (void)state;
    static char longest[RTSP_REQUEST_MAX + 1];
    assert_int_equal(parse(""), RTSP_MORE);
    assert_int_equal(parse("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n"), RTSP_MORE);
    assert_int_equal(parse("\r\n\r\n"), RTSP_BAD);
    assert_int_equal(parse("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), RTSP_BAD);
    assert_int_equal(parse("OPTIONS * RTSP/1.0\r\n\r\n"), RTSP_BAD);
    assert_int_equal(parse("OPTIONS * RTSP/1.0\r\nCSeq: -1\r\n\r\n"), RTSP_BAD);
    assert_int_equal(parse("OPTIONS * RTSP/1.0\r\nCSeq: 11111111111111111111\r\n\r\n"), RTSP_BAD);
    assert_int_equal(parse("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 99999999\r\n\r\n"),
                     RTSP_BAD);
    assert_int_equal(parse("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nno colon\r\n\r\n"), RTSP_BAD);
    assert_int_equal(parse("OPTIONS \x01 RTSP/1.0\r\nCSeq: 1\r\n\r\n"), RTSP_BAD);
    assert_int_equal(parse("$\x01"), RTSP_MORE);
    memset(longest, 'a', RTSP_REQUEST_MAX);
    assert_int_equal(parse(longest), RTSP_BAD);
}

/* Whatever comes, the parser and the answers stay within their bounds (the sanitizers watch). */
static void test_garbage(void **state)
{
    (void)state;
    const char seed[] =
        "SETUP " URL " RTSP/1.0\r\nCSeq: 1\r\nSession: 1;timeout=1\r\nTransport: RTP/AVP/TCP;"
        "interleaved=0-1\r\nAuthorization: Digest username=\"a\", uri=\"b\"\r\nContent-Length: "
        "3\r\n\r\n";
    const char letters[] = "\r\n: ;=\"$,\xff/aR1";
    struct rtsp_service service = make_service();
    struct rtsp_session session;
    service.user = (struct auth_user){"admin", "secret"};
    rtsp_begin(&session);
    srand(1);
    for (int round = 0; round < 20000; round++) {
        size_t size = (size_t)rand() % sizeof seed, used = 0;
        uint8_t *text = malloc(size + 1); /* exactly as large, so that a read beyond is caught */
        assert_non_null(text);
        memcpy(text, seed, size);
        for (int i = rand() % 8; i > 0 && size > 0; i--)
            text[(size_t)rand() % size] = (uint8_t)letters[(size_t)rand() % sizeof letters];
        struct rtsp_request request;
        enum rtsp_verdict verdict = rtsp_parse(text, size, &request, &used);
        if (verdict == RTSP_REQUEST) {
            assert_true(used <= size);
            rtsp_answer(&service, &session, &request, &(struct rtsp_position){1, 2}, answer);
        }
        free(text);
    }
    rtsp_end(&session, &service);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_clients_dialogue),    cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_the_limit_of_sessions), cmocka_unit_test(test_passwords),
        cmocka_unit_test(test_what_is_no_request),    cmocka_unit_test(test_garbage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
