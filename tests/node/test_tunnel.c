/* Two tunnels whose parcels go from one to the other through a queue that may drop one; what goes
 * in at one end comes out at the other, or both end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/node/tunnel.h"

#define SEND_BYTES 1000000
#define TURNS_MAX  100000

struct letter {
    struct parcel parcel;
    uint8_t bytes[PARCEL_BYTES_MAX];
};

/* One of the two nodes. */
struct end {
    struct tunnel tunnel;
    struct tunnel_way way;
    struct end *other;
    int process; /* the process's end of the stream */
    size_t sent, received;
    bool closed;
    struct letter letters[64]; /* on their way to the other */
    unsigned first, count;
    uint64_t most_on_the_way;
};

static uv_loop_t loop;
static struct end ends[2];
static int drop_in; /* parcels with bytes until one is lost; -1: none */

static bool send_letter(void *owner, uint32_t server, const struct parcel *parcel)
{
    struct end *end = owner;
    struct letter *letter = &end->letters[(end->first + end->count) % 64];
    (void)server;
    if (parcel->kind == PARCEL_BYTES && drop_in >= 0 && drop_in-- == 0)
        return true;
    assert_true(end->count < 64 && parcel->size <= PARCEL_BYTES_MAX);
    letter->parcel = *parcel;
    if (parcel->size > 0)
        memcpy(letter->bytes, parcel->bytes, parcel->size);
    letter->parcel.bytes = letter->bytes;
    end->count++;
    return true;
}

static void deliver(struct end *end)
{
    while (end->count > 0) {
        struct letter *letter = &end->letters[end->first];
        end->first = (end->first + 1) % 64;
        end->count--;
        if (!end->other->closed)
            tunnel_hear(&end->other->tunnel, 1, &letter->parcel);
    }
}

static void on_closed(uv_handle_t *handle)
{
    struct end *end = handle->data;
    end->closed = true;
}

static int begin(void **state)
{
    (void)state;
    drop_in = -1;
    uv_loop_init(&loop);
    for (int i = 0; i < 2; i++) {
        int pair[2];
        struct end *end = &ends[i];
        *end = (struct end){.other = &ends[1 - i]};
        end->way = (struct tunnel_way){end, send_letter};
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        end->process = pair[1];
        fcntl(end->process, F_SETFL, O_NONBLOCK);
        tunnel_init(&end->tunnel, &loop, &end->way, 1, 77, on_closed);
        end->tunnel.stream.data = end;
        assert_int_equal(uv_pipe_open(&end->tunnel.stream, pair[0]), 0);
        tunnel_start(&end->tunnel);
    }
    return 0;
}

static int finish(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        if (!ends[i].closed)
            tunnel_close(&ends[i].tunnel);
        close(ends[i].process);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

static uint8_t byte_at(const struct end *from, size_t at)
{
    return (uint8_t)(at * 31 + at / 4093 + (from == &ends[0] ? 7 : 0));
}

/* What the two processes do: write what fits, read what has come, and look at it. */
static void work(struct end *end)
{
    uint8_t bytes[5000];
    ssize_t size = 1;
    while (end->sent < SEND_BYTES && size > 0) {
        size_t wanted =
            SEND_BYTES - end->sent < sizeof bytes ? SEND_BYTES - end->sent : sizeof bytes;
        for (size_t i = 0; i < wanted; i++)
            bytes[i] = byte_at(end, end->sent + i);
        size = write(end->process, bytes, wanted);
        if (size > 0)
            end->sent += (size_t)size;
    }
    while ((size = read(end->process, bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < size; i++)
            assert_int_equal(bytes[i], byte_at(end->other, end->received++));
    if (end->tunnel.sent - end->tunnel.taken > end->most_on_the_way)
        end->most_on_the_way = end->tunnel.sent - end->tunnel.taken;
}

static void turn(void)
{
    for (int i = 0; i < 2; i++)
        work(&ends[i]);
    uv_run(&loop, UV_RUN_NOWAIT);
    for (int i = 0; i < 2; i++)
        deliver(&ends[i]);
}

static void all_goes_through_both_ways(void **state)
{
    (void)state;
    for (int n = 0;
         n < TURNS_MAX && (ends[0].received < SEND_BYTES || ends[1].received < SEND_BYTES); n++)
        turn();
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ends[i].received, SEND_BYTES);
        assert_true(ends[i].most_on_the_way <= TUNNEL_WINDOW);
        assert_false(ends[i].closed);
    }
}

/* The last words of a process that ends reach the other one. */
static void an_end_comes_after_the_last_word(void **state)
{
    char text[16] = "";
    (void)state;
    ends[0].sent = ends[1].sent = SEND_BYTES;
    assert_int_equal(write(ends[0].process, "bye", 3), 3);
    shutdown(ends[0].process, SHUT_RDWR);
    for (int n = 0; n < 100 && !(ends[0].closed && ends[1].closed); n++) {
        uv_run(&loop, UV_RUN_NOWAIT);
        deliver(&ends[0]);
        deliver(&ends[1]);
    }
    assert_true(ends[0].closed && ends[1].closed);
    assert_int_equal(read(ends[1].process, text, sizeof text), 3);
    assert_string_equal(text, "bye");
    assert_int_equal(read(ends[1].process, text, sizeof text), 0);
}

static void a_lost_parcel_ends_both(void **state)
{
    (void)state;
    drop_in = 20;
    for (int n = 0; n < TURNS_MAX && !(ends[0].closed && ends[1].closed); n++)
        turn();
    assert_true(ends[0].closed && ends[1].closed);
    assert_true(ends[0].received < SEND_BYTES || ends[1].received < SEND_BYTES);
}

static void what_a_peer_may_not_say_changes_nothing_or_ends_it(void **state)
{
    static uint8_t bytes[PARCEL_BYTES_MAX];
    struct tunnel *tunnel = &ends[0].tunnel;
    (void)state;
    tunnel_hear(tunnel, 2, &(struct parcel){.kind = PARCEL_END, .serial = 77});
    tunnel_hear(tunnel, 1, &(struct parcel){.kind = PARCEL_END, .serial = 78});
    tunnel_hear(tunnel, 1,
                &(struct parcel){.kind = PARCEL_TAKEN, .serial = 77, .offset = UINT64_MAX});
    tunnel_hear(tunnel, 1, &(struct parcel){.kind = PARCEL_WANT, .serial = 77});
    assert_false(tunnel->over);
    assert_int_equal(tunnel->taken, 0);
    for (int n = 0; n < 100; n++) /* more than the window, and our process reads nothing */
        tunnel_hear(tunnel, 1,
                    &(struct parcel){.kind = PARCEL_BYTES,
                                     .serial = 77,
                                     .offset = (uint64_t)n * sizeof bytes,
                                     .bytes = bytes,
                                     .size = sizeof bytes});
    assert_true(tunnel->over);
    assert_true(tunnel->received <= TUNNEL_WINDOW);
}

static void a_refusal_says_why(void **state)
{
    (void)state;
    tunnel_refuse(&ends[1].way, 1, 77, "no\nroom");
    deliver(&ends[1]);
    assert_true(ends[0].tunnel.over);
    assert_string_equal(ends[0].tunnel.why, "no room");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_goes_through_both_ways, begin, finish),
        cmocka_unit_test_setup_teardown(an_end_comes_after_the_last_word, begin, finish),
        cmocka_unit_test_setup_teardown(a_lost_parcel_ends_both, begin, finish),
        cmocka_unit_test_setup_teardown(what_a_peer_may_not_say_changes_nothing_or_ends_it, begin,
                                        finish),
        cmocka_unit_test_setup_teardown(a_refusal_says_why, begin, finish),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
