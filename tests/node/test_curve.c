/* The transport between two servers, both of them here: what somebody between them has heard and
 * says again, to either, is no frame of anybody's, and disturbs nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/node/curve.h"

#define SILENCE_MS  2000
#define TURN_MS     5
#define TURNS_MAX   4000
#define PIECES_MAX  512
#define PIECE_BYTES 4096
#define FRAMES      20 /* that are heard before one begins */
#define ADDRESS     32

struct frame {
    uint32_t from;
    uint32_t number;
};

struct end {
    struct curve *curve;
    char address[ADDRESS];
    bool connected;
    uint32_t said, heard, notices;
};

static struct end ends[2];
static char error[TEXT_BYTES_MAX];

static void on_connected(void *owner, uint32_t peer)
{
    struct end *end = owner;
    assert_int_equal(peer, 0);
    end->connected = true;
}

/* Each comes once and in order, from the other. */
static void on_frame(void *owner, uint32_t peer, const uint8_t *bytes, size_t size)
{
    struct end *end = owner;
    struct frame frame;
    assert_int_equal(peer, 0);
    assert_int_equal(size, sizeof frame);
    memcpy(&frame, bytes, sizeof frame);
    assert_int_equal(frame.from, end == &ends[0] ? 1 : 0);
    assert_true(frame.number > end->heard);
    end->heard = frame.number;
}

static void on_notice(void *owner, uint32_t peer, enum curve_trouble trouble, const char *text)
{
    struct end *end = owner;
    (void)peer;
    assert_true(trouble < CURVE_TROUBLE_COUNT);
    assert_true(strlen(text) > 0);
    end->notices++;
}

/* ---- somebody between the two ---- */

struct piece {
    bool from_first;
    size_t size;
    uint8_t bytes[PIECE_BYTES];
};

static struct {
    int listener, first, second; /* -1: none */
    char address[ADDRESS];
    struct piece pieces[PIECES_MAX];
    uint32_t count;
} between = {.first = -1, .second = -1};

static int reach(const char *address)
{
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    there.sin_port = htons((uint16_t)strtoul(strchr(address, ':') + 1, NULL, 10));
    const int file = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(file, (struct sockaddr *)&there, sizeof there), 0);
    return file;
}

static int bind_any(char address[static ADDRESS])
{
    struct sockaddr_in found = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof found;
    const int file = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(file, (struct sockaddr *)&found, size), 0);
    assert_int_equal(getsockname(file, (struct sockaddr *)&found, &size), 0);
    snprintf(address, ADDRESS, "127.0.0.1:%u", ntohs(found.sin_port));
    return file;
}

/* Passes on what has come, and keeps it. */
static void pass(int from, int to, bool from_first)
{
    uint8_t bytes[PIECE_BYTES];
    const ssize_t size = recv(from, bytes, sizeof bytes, MSG_DONTWAIT);
    if (size <= 0)
        return;
    if (between.count < PIECES_MAX) {
        struct piece *piece = &between.pieces[between.count++];
        piece->from_first = from_first;
        piece->size = (size_t)size;
        memcpy(piece->bytes, bytes, (size_t)size);
    }
    assert_int_equal(send(to, bytes, (size_t)size, MSG_NOSIGNAL), size);
}

static void listen_between(void)
{
    if (between.first < 0) {
        between.first = accept4(between.listener, NULL, NULL, SOCK_NONBLOCK);
        if (between.first >= 0)
            between.second = reach(ends[1].address);
    }
    if (between.first >= 0) {
        pass(between.first, between.second, true);
        pass(between.second, between.first, false);
    }
}

static void turn(void)
{
    for (uint32_t i = 0; i < 2; i++) {
        struct frame frame = {.from = i, .number = ++ends[i].said};
        while (curve_read(ends[i].curve)) {
        }
        if (ends[i].connected)
            curve_send(ends[i].curve, 0, (const uint8_t *)&frame, sizeof frame);
    }
    listen_between();
    poll(NULL, 0, TURN_MS);
}

/* Until both have heard so many frames more. */
static void go_on(uint32_t frames)
{
    const uint32_t goals[2] = {ends[0].heard + frames, ends[1].heard + frames};
    int turns = 0;
    while (ends[0].heard < goals[0] || ends[1].heard < goals[1]) {
        assert_true(turns++ < TURNS_MAX);
        turn();
    }
}

/* ---- the tests ---- */

static int open_both(void **state)
{
    (void)state;
    struct curve_pair pairs[2];
    between.listener = bind_any(between.address);
    if (listen(between.listener, 4) != 0 ||
        setsockopt(between.listener, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){.tv_usec = 1000},
                   sizeof(struct timeval)) != 0)
        return 1;
    for (int i = 0; i < 2; i++) {
        if (!curve_pair_make(&pairs[i], error))
            return 1;
        close(bind_any(ends[i].address));
    }
    for (int i = 0; i < 2; i++) {
        struct curve_peer peer = {.name = "other",
                                  .address = i == 0 ? between.address : ends[0].address};
        memcpy(peer.public_key, pairs[1 - i].public_key, sizeof peer.public_key);
        const struct curve_handler handler = {&ends[i], on_connected, on_frame, on_notice};
        ends[i].curve =
            curve_open(ends[i].address, &pairs[i], &peer, 1, SILENCE_MS, handler, error);
        if (ends[i].curve == NULL)
            return fprintf(stderr, "%s\n", error);
    }
    go_on(FRAMES);
    return 0;
}

static int close_both(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        curve_close(ends[i].curve);
    close(between.listener);
    close(between.first);
    close(between.second);
    return 0;
}

/* Says one side of what was heard to a server, in the pieces in which it came, each after the
 * server had time to answer. */
static void say_again(const char *address, bool from_first)
{
    const uint32_t count = between.count;
    const int file = reach(address);
    for (uint32_t i = 0; i < count; i++) {
        const struct piece *piece = &between.pieces[i];
        uint8_t answer[PIECE_BYTES];
        if (piece->from_first != from_first)
            continue;
        if (send(file, piece->bytes, piece->size, MSG_NOSIGNAL) < 0)
            break; /* it was cut off */
        turn();
        recv(file, answer, sizeof answer, MSG_DONTWAIT);
    }
    go_on(FRAMES);
    close(file);
}

static void test_a_replay_is_nothing(void **state)
{
    (void)state;
    const uint32_t notices = ends[1].notices;
    assert_true(between.count > 4);
    say_again(ends[1].address, true);
    assert_true(ends[1].notices > notices); /* and it is told */
}

static void test_a_reflection_is_nothing(void **state)
{
    (void)state;
    say_again(ends[0].address, true);
    say_again(ends[0].address, false);
    say_again(ends[1].address, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_replay_is_nothing),
        cmocka_unit_test(test_a_reflection_is_nothing),
    };
    return cmocka_run_group_tests(tests, open_both, close_both);
}
