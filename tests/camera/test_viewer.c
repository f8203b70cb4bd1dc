/* One viewer over a socket pair: what it asks in pieces, and what it does not read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/camera/viewer.h"

#define URL "rtsp://127.0.0.1:8554/stream1"

static const uint8_t unit[] = {0x67, 0x42, 0xc0, 0x1e};
static struct rtsp_service service;

static struct viewer *open_pair(int *client)
{
    int ends[2];
    service = (struct rtsp_service){.name = "lobby",
                                    .path = "/stream1",
                                    .address = "127.0.0.1",
                                    .port = 8554,
                                    .sps = unit,
                                    .sps_size = sizeof unit,
                                    .pps = unit,
                                    .pps_size = sizeof unit,
                                    .fps = 25};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    *client = ends[0];
    struct viewer *viewer = viewer_open(ends[1], 1);
    assert_non_null(viewer);
    return viewer;
}

static void close_pair(struct viewer *viewer, int client)
{
    viewer_close(viewer, &service, true);
    close(client);
    assert_int_equal(service.session_count, 0);
}

static void tell(struct viewer *viewer, int client, const void *bytes, size_t size)
{
    assert_int_equal(send(client, bytes, size, 0), size);
    viewer_read(viewer, &service, 0);
}

/* The number of answers with this status that have come, all read away. */
static int count_answers(int client, const char *status)
{
    char text[65536];
    ssize_t size = recv(client, text, sizeof text - 1, 0);
    int count = 0;
    text[size > 0 ? size : 0] = '\0';
    for (const char *at = text; (at = strstr(at, status)); at++)
        count++;
    return count;
}

static void set_up_and_play(struct viewer *viewer, int client)
{
    char text[512];
    int size = snprintf(text, sizeof text,
                        "SETUP " URL
                        " RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n"
                        "PLAY " URL " RTSP/1.0\r\nCSeq: 2\r\nSession: %s\r\n\r\n",
                        viewer->session.id);
    tell(viewer, client, text, (size_t)size);
    assert_true(viewer->session.playing);
    assert_int_equal(count_answers(client, "RTSP/1.0 200 OK"), 2);
}

static void test_requests_come_in_any_pieces(void **state)
{
    (void)state;
    static const char text[] =
        "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"
        "$\x01\x00\x05hello"
        "GET_PARAMETER " URL " RTSP/1.0\r\nCSeq: 2\r\nContent-Length: 6\r\n\r\n"
        "abc\r\n\r"
        "OPTIONS * RTSP/1.0\r\nCSeq: 3\r\n\r\n";
    for (size_t piece = 1; piece < sizeof text; piece++) {
        int client;
        struct viewer *viewer = open_pair(&client);
        for (size_t at = 0; at < sizeof text - 1; at += piece) {
            size_t rest = sizeof text - 1 - at;
            tell(viewer, client, text + at, rest < piece ? rest : piece);
        }
        assert_null(viewer->leaving);
        assert_int_equal(count_answers(client, "RTSP/1.0 200 OK"), 3);
        close_pair(viewer, client);
    }
}

static void test_what_is_not_rtsp_ends_the_connection(void **state)
{
    (void)state;
    int client;
    struct viewer *viewer = open_pair(&client);
    tell(viewer, client, "\x16\x03\x01\x02\x00\x01", 6);
    assert_non_null(viewer->leaving);
    assert_int_equal(count_answers(client, "RTSP/1.0 400"), 1);
    close_pair(viewer, client);
}

static void test_a_slow_reader_is_dropped(void **state)
{
    (void)state;
    enum { UNIT_SIZE = 20000, FRAME_SIZE = UNIT_SIZE + 4 };
    static uint8_t frame[FRAME_SIZE] = {0, 0, UNIT_SIZE >> 8, UNIT_SIZE & 0xff, 0x65};
    int client, sent = 0;
    struct viewer *viewer = open_pair(&client);
    set_up_and_play(viewer, client);
    for (; !viewer->leaving && sent < 1000; sent++)
        viewer_send_frame(viewer, frame, sizeof frame, 0, 0);
    assert_in_range(sent, VIEWER_QUEUE_MAX / 20400, 4 * VIEWER_QUEUE_MAX / 20400);
    viewer_send_frame(viewer, frame, sizeof frame, 0, 0);
    viewer_flush(viewer);
    close_pair(viewer, client);
}

static void test_a_reader_that_falls_back_loses_nothing(void **state)
{
    (void)state;
    uint8_t frame[4 + 100] = {0, 0, 0, 100, 0x65}, packet[4 + 12 + 100];
    int client;
    struct viewer *viewer = open_pair(&client);
    set_up_and_play(viewer, client);
    for (unsigned i = 0; i < 8000; i++) {
        frame[5] = (uint8_t)i;
        frame[6] = (uint8_t)(i >> 8);
        viewer_send_frame(viewer, frame, sizeof frame, 0, 0);
    }
    assert_true(viewer_has_queued(viewer));
    assert_int_equal(recv(client, packet, RTP_REPORT_SIZE, 0), RTP_REPORT_SIZE);
    for (unsigned i = 0; i < 8000; i++) {
        size_t got = 0;
        while (got < sizeof packet) {
            ssize_t part = recv(client, packet + got, sizeof packet - got, 0);
            if (part > 0)
                got += (size_t)part;
            else
                viewer_flush(viewer);
        }
        assert_int_equal(packet[17] | packet[18] << 8, i);
    }
    assert_null(viewer->leaving);
    close_pair(viewer, client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_come_in_any_pieces),
        cmocka_unit_test(test_what_is_not_rtsp_ends_the_connection),
        cmocka_unit_test(test_a_slow_reader_is_dropped),
        cmocka_unit_test(test_a_reader_that_falls_back_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
