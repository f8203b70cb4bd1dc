/* The camera as its viewers see it: real sockets, real time, a few seconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/camera/child.h"

#define PATIENCE_S 10
#define SEEN_MAX   64
#define FRAME_RTP  3600 /* a frame's time in RTP's clock */

struct running {
    pid_t child;
    unsigned port;
};

static char clip_path[4096];

/* ---- a camera ---- */

static struct running start_camera(unsigned port)
{
    char port_text[16], line[128] = "";
    int output;
    snprintf(port_text, sizeof port_text, "%u", port);
    struct running camera = {
        .child = child_start((const char *[]){"camera", "--port", port_text, "--clip", clip_path,
                                              "--with-parent", "--name", "lobby", NULL},
                             &output)};
    FILE *from = fdopen(output, "r");
    assert_non_null(from);
    assert_non_null(fgets(line, sizeof line, from));
    fclose(from);
    assert_int_equal(sscanf(line, "camera lobby: rtsp://127.0.0.1:%u/stream1", &camera.port), 1);
    return camera;
}

static void end_camera(struct running *camera, int signal, int code)
{
    kill(camera->child, signal);
    assert_int_equal(child_wait(camera->child), code);
}

/* ---- a viewer ---- */

struct frame {
    uint32_t timestamp;
    uint32_t sum; /* of the payloads */
    bool keyframe;
};

static void receive(int viewer, void *to, size_t size)
{
    assert_int_equal(recv(viewer, to, size, MSG_WAITALL), size);
}

/* Asks, and returns the value of the Session header in `session`, if there is one. */
static void ask(int viewer, const char *request, char session[32])
{
    char text[4096] = "";
    size_t size = 0;
    assert_int_equal(send(viewer, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    for (; size + 1 < sizeof text && !strstr(text, "\r\n\r\n"); size++)
        receive(viewer, text + size, 1);
    assert_int_equal(strncmp(text, "RTSP/1.0 200 OK\r\n", 17), 0);
    const char *header = strstr(text, "Session: ");
    if (header)
        sscanf(header, "Session: %31[0-9a-f]", session);
}

static int watch(const struct running *camera)
{
    char session[32] = "", request[256];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)camera->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int viewer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(viewer, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){PATIENCE_S, 0},
               sizeof(struct timeval));
    assert_int_equal(connect(viewer, (struct sockaddr *)&address, sizeof address), 0);
    ask(viewer,
        "SETUP rtsp://x/stream1/trackID=0 RTSP/1.0\r\nCSeq: 1\r\nTransport: "
        "RTP/AVP/TCP;interleaved=0-1\r\n\r\n",
        session);
    snprintf(request, sizeof request,
             "PLAY rtsp://x/stream1/ RTSP/1.0\r\nCSeq: 2\r\nSession: %s\r\n\r\n", session);
    ask(viewer, request, session);
    return viewer;
}

/* Reads the next whole frame; sender reports are passed over. */
static struct frame next_frame(int viewer)
{
    struct frame frame = {0};
    for (bool marker = false; !marker;) {
        uint8_t header[4], packet[2048];
        receive(viewer, header, sizeof header);
        size_t size = (size_t)header[2] << 8 | header[3];
        assert_true(header[0] == '$' && size > 12 && size <= sizeof packet);
        receive(viewer, packet, size);
        if (header[1] != 0)
            continue;
        marker = packet[1] >> 7;
        memcpy(&frame.timestamp, packet + 4, 4);
        frame.timestamp = ntohl(frame.timestamp);
        frame.keyframe |= (packet[12] & 0x1f) == 7;
        for (size_t i = 12; i < size; i++)
            frame.sum = frame.sum * 31 + packet[i];
    }
    return frame;
}

/* How far the frame's time lies behind the wall clock, in RTP's units. */
static int32_t lateness(const struct frame *frame)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int32_t)((uint32_t)(now.tv_sec * 90000 + now.tv_nsec / 11111) - frame->timestamp);
}

/* Whether the frame's time is the second that is, or the one before on a slow machine. */
static bool at_whole_second(const struct frame *frame)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now); /* time() may lag by a tick */
    return frame->timestamp == (uint32_t)(now.tv_sec * 90000) ||
           frame->timestamp == (uint32_t)((now.tv_sec - 1) * 90000);
}

static bool quiet(int viewer)
{
    char byte;
    ssize_t got = recv(viewer, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && errno == EAGAIN;
}

static void sleep_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

/* ---- the tests ---- */

static void test_frames_come_by_the_wall_clock(void **state)
{
    (void)state;
    struct running camera = start_camera(0);
    int viewer = watch(&camera);
    struct frame last = next_frame(viewer);
    unsigned keyframes = 0;
    for (int i = 0; i < 55; i++) {
        struct frame frame = next_frame(viewer);
        assert_int_equal(frame.timestamp - last.timestamp, FRAME_RTP);
        assert_in_range(lateness(&frame) + 900, 0,
                        90000 + 900); /* never early; late only on a busy machine */
        assert_int_equal(frame.keyframe, at_whole_second(&frame));
        keyframes += frame.keyframe;
        last = frame;
    }
    assert_in_range(keyframes, 2, 3);
    close(viewer);
    end_camera(&camera, SIGTERM, 0);
}

static void test_two_viewers_see_the_same(void **state)
{
    (void)state;
    struct running camera = start_camera(0);
    int one = watch(&camera);
    struct frame seen[SEEN_MAX] = {{0}};
    seen[0] = next_frame(one);
    int two = watch(&camera);
    struct frame frame = next_frame(two);
    for (size_t i = 1; i < SEEN_MAX; i++)
        seen[i] = next_frame(one);
    unsigned same = 0;
    for (size_t i = 0; i < SEEN_MAX; i++) {
        if (seen[i].timestamp != frame.timestamp)
            continue;
        assert_int_equal(seen[i].sum, frame.sum);
        frame = next_frame(two);
        same++;
    }
    assert_in_range(same, SEEN_MAX / 2, SEEN_MAX);
    close(one);
    close(two);
    end_camera(&camera, SIGTERM, 0);
}

static void test_a_stall_ends_with_a_keyframe(void **state)
{
    (void)state;
    struct running camera = start_camera(0);
    int viewer = watch(&camera);
    struct frame before = next_frame(viewer);
    kill(camera.child, SIGUSR1);
    sleep_ms(100);
    while (!quiet(viewer))
        before = next_frame(viewer);
    int other = watch(&camera); /* connecting still works */
    sleep_ms(500);
    assert_true(quiet(viewer));
    assert_true(quiet(other));
    kill(camera.child, SIGUSR1);
    struct frame after = next_frame(viewer);
    assert_true(after.keyframe);
    assert_true(after.timestamp - before.timestamp > 10 * FRAME_RTP);
    assert_int_equal(next_frame(other).timestamp, after.timestamp);
    close(viewer);
    close(other);
    end_camera(&camera, SIGTERM, 0);
}

static void test_connections_are_broken_off(void **state)
{
    (void)state;
    char rest[65536];
    struct running camera = start_camera(0);
    int viewer = watch(&camera);
    next_frame(viewer);
    kill(camera.child, SIGUSR2);
    ssize_t got = 0;
    while ((got = recv(viewer, rest, sizeof rest, 0)) > 0)
        continue;
    assert_true(got < 0 && errno == ECONNRESET);
    close(viewer);
    viewer = watch(&camera);
    next_frame(viewer);
    close(viewer);
    end_camera(&camera, SIGTERM, 0);
}

static void test_a_killed_camera_goes_on_where_the_world_is(void **state)
{
    (void)state;
    struct running camera = start_camera(0);
    int viewer = watch(&camera);
    struct frame before = next_frame(viewer);
    end_camera(&camera, SIGKILL, 128 + SIGKILL);
    close(viewer);
    camera = start_camera(camera.port);
    viewer = watch(&camera);
    struct frame after = next_frame(viewer);
    assert_true(after.timestamp > before.timestamp);
    assert_in_range(lateness(&after) + 900, 0, 90000 + 900);
    close(viewer);
    end_camera(&camera, SIGTERM, 0);
}

static int exit_code(const char *port, const char *clip)
{
    int output;
    pid_t child =
        child_start((const char *[]){"camera", "--port", port, "--clip", clip, NULL}, &output);
    close(output);
    return child_wait(child);
}

static void test_exit_codes(void **state)
{
    (void)state;
    char port[16];
    struct running camera = start_camera(0);
    snprintf(port, sizeof port, "%u", camera.port);
    assert_int_equal(exit_code(port, clip_path), 3);
    assert_int_equal(exit_code("0", "/nonexistent"), 3);
    assert_int_equal(exit_code("0", "/etc/passwd"), 3);
    assert_int_equal(exit_code("70000", clip_path), 2);
    assert_int_equal(exit_code("0", NULL), 2);
    end_camera(&camera, SIGINT, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_come_by_the_wall_clock),
        cmocka_unit_test(test_two_viewers_see_the_same),
        cmocka_unit_test(test_a_stall_ends_with_a_keyframe),
        cmocka_unit_test(test_connections_are_broken_off),
        cmocka_unit_test(test_a_killed_camera_goes_on_where_the_world_is),
        cmocka_unit_test(test_exit_codes),
    };
    const char *folder = getenv("UNDERSTUDY_TESTS");
    snprintf(clip_path, sizeof clip_path, "%s/clip.ts", folder ? folder : "build/tests");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
