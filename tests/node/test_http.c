/* The web server of a node against those who mean it no good: long and broken questions, forms of
 * other sites, floods, streams that nobody reads. Whatever they do, the next honest question is
 * answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/node/access.h"

#define ANSWER_BYTES 65536
#define PATIENCE_MS  20000
#define TOKEN        "a-token-of-some-length"
#define PIECE_BYTES  100000

static struct http *http;
static struct access *access_rules; /* NULL: none are asked for */
static atomic_int pieces = 1;
static atomic_int pieces_given;

/* ---- what is served ---- */

static void say(struct http_answer *answer, unsigned status, const char *text)
{
    *answer = (struct http_answer){.status = status, .type = "text/plain", .fixed = text};
}

static void on_request(void *owner, const struct http_request *request, struct http_answer *answer)
{
    (void)owner;
    if (strcmp(request->path, "/events") == 0) {
        *answer = (struct http_answer){.status = 200, .type = "text/event-stream", .stream = true};
        return;
    }
    if (strcmp(request->path, "/login") == 0) {
        char cookie[160];
        if (access_log_in(access_rules, request, cookie)) {
            say(answer, 200, "in");
            memcpy(answer->cookie, cookie, sizeof cookie);
        } else {
            say(answer, 403, "refused");
        }
        return;
    }
    const struct access_right right = access_rules != NULL ? access_right(access_rules, request)
                                                           : (struct access_right){.reads = true};
    if (strcmp(request->path, "/secret") == 0)
        say(answer, 200, right.form_secret != NULL ? right.form_secret : "none");
    else if (strcmp(request->path, "/order") == 0)
        say(answer, right.orders && access_is_own_form(&right, request) ? 200 : 403, "order");
    else if (request->is_post)
        say(answer, 200, http_field(request, "reason") != NULL ? "reason" : "no reason");
    else
        say(answer, right.reads ? 200 : 401, "fine");
}

static char *on_stream(void *owner, uint64_t *seen)
{
    (void)owner;
    const uint64_t version = (uint64_t)atomic_load(&pieces);
    if (*seen == version)
        return NULL;
    *seen = version;
    atomic_fetch_add(&pieces_given, 1);
    char *piece = malloc(PIECE_BYTES + 1);
    memset(piece, 'x', PIECE_BYTES);
    memcpy(piece, "data: ", 6);
    memcpy(piece + PIECE_BYTES - 2, "\n\n", 3);
    return piece;
}

static int open_with(const char *address)
{
    char error[TEXT_BYTES_MAX];
    struct http_setup setup = {.handler = on_request, .next = on_stream, .still_s = 1};
    if (!http_parse(address, &setup.address))
        return -1;
    http = http_open(&setup, error);
    return http != NULL ? 0 : -1;
}

static int serve(void **state)
{
    (void)state;
    return open_with("127.0.0.1:0");
}

static int cease(void **state)
{
    (void)state;
    http_close(http);
    access_free(access_rules);
    access_rules = NULL;
    return 0;
}

/* ---- asking ---- */

static int begin(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(http_port(http))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(client >= 0);
    assert_int_equal(connect(client, (struct sockaddr *)&to, sizeof to), 0);
    return client;
}

static void put(int client, const char *text)
{
    const ssize_t sent = send(client, text, strlen(text), MSG_NOSIGNAL);
    (void)sent; /* whoever was refused may have been cut off */
}

/* Reads until the other side closes, or these words have come. */
static const char *hear(int client, const char *until)
{
    static char answer[ANSWER_BYTES];
    size_t size = 0;
    struct pollfd wait = {.fd = client, .events = POLLIN};
    answer[0] = '\0';
    while (size < sizeof answer - 1 && poll(&wait, 1, PATIENCE_MS) > 0) {
        const ssize_t got = recv(client, answer + size, sizeof answer - 1 - size, 0);
        if (got <= 0)
            break;
        size += (size_t)got;
        answer[size] = '\0';
        if (until != NULL && strstr(answer, until) != NULL)
            break;
    }
    return answer;
}

static const char *ask(const char *text)
{
    const int client = begin();
    put(client, text);
    const char *answer = hear(client, NULL);
    close(client);
    return answer;
}

#define LINE(method, path) method " " path " HTTP/1.1\r\nConnection: close\r\nHost: localhost\r\n"
#define FORM               "Content-Type: application/x-www-form-urlencoded\r\n"

static int status_of(const char *answer)
{
    int status = 0;
    return sscanf(answer, "HTTP/1.1 %d", &status) == 1 ? status : 0;
}

static void expect_well(void)
{
    assert_int_equal(status_of(ask(LINE("GET", "/") "\r\n")), 200);
}

/* The same as soon as there is room: that a connection has ended is noticed a moment later. */
static void expect_well_soon(void)
{
    for (int i = 0; i < 200 && status_of(ask(LINE("GET", "/") "\r\n")) != 200; i++)
        usleep(50000);
    expect_well();
}

/* ---- the tests ---- */

static void test_addresses(void **state)
{
    static const char *const wrong[] = {"",      "7480",          "127.0.0.1",       "localhost:1",
                                        "::1:1", "127.0.0.1:",    "127.0.0.1:65536", "127.0.0.1:-1",
                                        "[::1]", "127.0.0.1:80x", "[::1:80",         "[]:80"};
    struct http_address address;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(http_parse(wrong[i], &address));
    assert_true(http_parse("127.0.0.1:7480", &address) && address.is_loopback);
    assert_true(http_parse("[::1]:7480", &address) && address.is_loopback);
    assert_true(http_parse("0.0.0.0:7480", &address) && !address.is_loopback);
    assert_true(http_parse("[::]:0", &address) && !address.is_loopback);
}

static void test_every_answer_is_closed_in(void **state)
{
    (void)state;
    const char *answer = ask(LINE("GET", "/") "\r\n");
    assert_non_null(
        strstr(answer, "Content-Security-Policy: default-src 'none'; script-src 'self'"));
    assert_non_null(strstr(answer, "X-Content-Type-Options: nosniff"));
    assert_non_null(strstr(answer, "Cache-Control: no-store"));
    assert_null(strstr(answer, "Access-Control-Allow-Origin"));
}

/* A page of another site, under a name that leads here. */
static void test_other_names_of_the_loopback(void **state)
{
    static const char *const others[] = {"evil.example", "localhost.evil.example", "127.0.0.1.x",
                                         "127.0.0.2", ""};
    char text[256];
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        snprintf(text, sizeof text, "GET / HTTP/1.1\r\nConnection: close\r\nHost: %s\r\n\r\n",
                 others[i]);
        assert_int_equal(status_of(ask(text)), 403);
    }
    snprintf(text, sizeof text, "GET / HTTP/1.1\r\nConnection: close\r\nHost: [::1]:%d\r\n\r\n",
             80);
    assert_int_equal(status_of(ask(text)), 200);
}

static void test_questions_that_are_too_long(void **state)
{
    char *text = malloc(200000);
    (void)state;
    const int head = sprintf(text, LINE("GET", "/") "X-Long: ");
    memset(text + head, 'a', 190000 - (size_t)head);
    strcpy(text + 190000, "\r\n\r\n");
    const int status = status_of(ask(text));
    assert_true(status == 0 || status == 431 || status == 413);
    assert_int_equal(status_of(ask(LINE("POST", "/") FORM "Content-Length: 999999999\r\n\r\n")),
                     413);
    sprintf(text, LINE("POST", "/") FORM "Transfer-Encoding: chunked\r\n\r\n2000\r\n");
    const size_t size = strlen(text);
    memset(text + size, 'a', 0x2000);
    strcpy(text + size + 0x2000, "\r\n0\r\n\r\n");
    assert_int_not_equal(status_of(ask(text)), 200);
    free(text);
    assert_int_equal(
        status_of(ask(LINE("POST", "/") FORM "Content-Length: 21\r\n\r\na=1&b=2&c=3&d=4&e=5&f=")),
        200);
    assert_int_equal(status_of(ask(LINE("POST", "/") FORM
                                   "Content-Length: 27\r\n\r\na=1&b=2&c=3&d=4&e=5&f=6&g=7")),
                     413);
    assert_int_equal(
        status_of(ask(LINE("POST", "/") FORM "Content-Length: 14\r\n\r\nreason=a%00bcd")), 413);
    expect_well();
}

static void test_what_is_no_question(void **state)
{
    static const char *const texts[] = {"\r\n\r\n\r\n",
                                        "GET\r\n\r\n",
                                        "\x16\x03\x01\x02\x00\x01",
                                        LINE("DELETE", "/") "\r\n",
                                        LINE("POST", "/") "Content-Length: -5\r\n\r\n",
                                        LINE("GET", "/../../etc/passwd") "\r\n"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const int client = begin();
        put(client, texts[i]);
        shutdown(client, SHUT_WR);
        hear(client, NULL);
        close(client);
    }
    assert_int_equal(status_of(ask(LINE("DELETE", "/") "\r\n")), 405);
    expect_well();
}

/* More connections than one address may hold: those that say nothing are closed in time, and the
 * page is there again. */
static void test_a_flood_of_silent_connections(void **state)
{
    int clients[HTTP_CONNECTIONS_MAX];
    (void)state;
    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++)
        clients[i] = begin();
    put(clients[0], "GET / HT");
    hear(clients[0], NULL); /* until it is closed for saying nothing more */
    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++)
        close(clients[i]);
    expect_well_soon();
}

/* Streams that nobody reads hold neither memory nor the others up; beyond their number, the next is
 * refused; an honest one gets the newest. */
static void test_streams_that_nobody_reads(void **state)
{
    int clients[HTTP_STREAMS_MAX];
    (void)state;
    for (size_t i = 0; i < HTTP_STREAMS_MAX; i++) {
        clients[i] = begin();
        put(clients[i], LINE("GET", "/events") "\r\n");
        hear(clients[i], "\r\n\r\n");
    }
    assert_int_equal(status_of(ask(LINE("GET", "/events") "\r\n")), 503);
    atomic_store(&pieces_given, 0);
    for (int i = 0; i < 200; i++) { /* far more than a socket takes: 20 MB for each */
        atomic_fetch_add(&pieces, 1);
        http_wake(http);
        if (i % 20 == 0)
            expect_well();
    }
    assert_true(atomic_load(&pieces_given) < 200 * HTTP_STREAMS_MAX);
    for (size_t i = 1; i < HTTP_STREAMS_MAX; i++)
        close(clients[i]);
    const int before = atomic_load(&pieces_given);
    for (int i = 0; i < 1000 && atomic_load(&pieces_given) == before; i++) {
        hear(clients[0], "\n\n");
        atomic_fetch_add(&pieces, 1);
        http_wake(http);
    }
    assert_true(atomic_load(&pieces_given) > before);
    close(clients[0]);
    expect_well_soon();
}

static void test_closing_under_a_stream(void **state)
{
    (void)state;
    assert_int_equal(open_with("127.0.0.1:0"), 0);
    const int client = begin();
    put(client, LINE("GET", "/events") "\r\n");
    hear(client, "\r\n\r\n");
    http_close(http); /* it does not wait for him */
    close(client);
}

/* ---- the token ---- */

static void write_token(char path[static 64], const char *text, mode_t mode)
{
    snprintf(path, 64, "/tmp/understudy-test-token-%d", (int)getpid());
    unlink(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static bool opens(const char *text, mode_t mode, bool is_loopback, bool orders, char *error)
{
    char path[64];
    write_token(path, text, mode);
    struct access *access = access_open(path, is_loopback, orders, error);
    unlink(path);
    const bool open = access != NULL;
    access_free(access);
    return open;
}

static void test_tokens(void **state)
{
    char error[TEXT_BYTES_MAX];
    (void)state;
    assert_true(opens(TOKEN "\n", 0600, false, true, error));
    assert_true(opens(TOKEN, 0400, true, false, error));
    assert_false(opens(TOKEN, 0640, true, false, error));
    assert_non_null(strstr(error, "chmod 600"));
    assert_false(opens("short", 0600, true, false, error));
    assert_null(strstr(error, "short"));
    assert_false(opens("two words of a token", 0600, true, false, error));
    assert_false(opens(TOKEN "\nand more", 0600, true, false, error));
    assert_false(opens("", 0600, true, false, error));
    assert_null(access_open("/nowhere/token", true, false, error));
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_null(access_open(NULL, false, false, error)); /* beyond the loopback */
    assert_non_null(strstr(error, "needs a token"));
    assert_null(access_open(NULL, true, true, error)); /* orders */
    struct access *access = access_open(NULL, true, false, error);
    assert_non_null(access);
    assert_false(access_needs_token(access));
    access_free(access);
}

static int serve_with_token(void **state)
{
    char error[TEXT_BYTES_MAX], path[64];
    (void)state;
    write_token(path, TOKEN "\n", 0600);
    access_rules = access_open(path, true, true, error);
    unlink(path);
    return access_rules != NULL ? open_with("127.0.0.1:0") : -1;
}

static int status_with(const char *line, const char *header)
{
    char text[1024];
    snprintf(text, sizeof text, "%s%s\r\n", line, header);
    return status_of(ask(text));
}

static void test_who_may_look(void **state)
{
    (void)state;
    assert_int_equal(status_with(LINE("GET", "/"), ""), 401);
    assert_int_equal(status_with(LINE("GET", "/"), "Authorization: Bearer " TOKEN "\r\n"), 200);
    assert_int_equal(status_with(LINE("GET", "/"), "Authorization: Bearer " TOKEN "x\r\n"), 401);
    assert_int_equal(status_with(LINE("GET", "/"), "Authorization: Bearer \r\n"), 401);
    assert_int_equal(status_with(LINE("GET", "/"), "Authorization: Basic " TOKEN "\r\n"), 401);
    assert_int_equal(status_with(LINE("GET", "/?token=" TOKEN), ""), 401);
    assert_int_equal(status_with(LINE("GET", "/"), "Cookie: understudy-page=\r\n"), 401);
}

/* A session gives orders only by a form of its own page, from its own origin. */
static void test_forms_of_other_sites(void **state)
{
    char cookie[128], text[1024], secret[64];
    (void)state;
    assert_int_equal(
        status_of(ask(LINE("POST", "/login") FORM "Content-Length: 11\r\n\r\ntoken=wrong")), 403);
    const char *answer = ask(LINE("POST", "/login") FORM "Content-Length: 28\r\n\r\ntoken=" TOKEN);
    assert_int_equal(status_of(answer), 200);
    const char *set = strstr(answer, "Set-Cookie: ");
    assert_non_null(set);
    assert_non_null(strstr(set, "HttpOnly; SameSite=Strict"));
    sscanf(set, "Set-Cookie: %127[^;]", cookie);
    snprintf(text, sizeof text, LINE("GET", "/secret") "Cookie: %s\r\n\r\n", cookie);
    answer = ask(text);
    snprintf(secret, sizeof secret, "%.32s", strstr(answer, "\r\n\r\n") + 4);
    assert_int_equal(strlen(secret), 32);

    static const char order[] = LINE("POST", "/order") FORM "Cookie: %s\r\n%sContent-Length: "
                                                            "%d\r\n\r\nsecret=%s";
    const struct {
        const char *header, *secret;
        int status;
    } cases[] = {{"", secret, 200},
                 {"Origin: http://localhost\r\n", secret, 200},
                 {"Origin: http://evil.example\r\n", secret, 403},
                 {"Origin: null\r\n", secret, 403},
                 {"", "", 403},
                 {"", "0123456789abcdef0123456789abcdef", 403}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(text, sizeof text, order, cookie, cases[i].header,
                 (int)strlen("secret=") + (int)strlen(cases[i].secret), cases[i].secret);
        assert_int_equal(status_of(ask(text)), cases[i].status);
    }
    snprintf(text, sizeof text, order, "understudy-page=0", "", 39, secret);
    assert_int_equal(status_of(ask(text)), 403);
    assert_int_equal(status_of(ask(LINE("POST", "/order") FORM "Authorization: Bearer " TOKEN
                                                               "\r\nContent-Length: 0\r\n\r\n")),
                     200);
}

int main(void)
{
#define SERVED(test, setup) cmocka_unit_test_setup_teardown(test, setup, cease)
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_addresses),
                                       SERVED(test_every_answer_is_closed_in, serve),
                                       SERVED(test_other_names_of_the_loopback, serve),
                                       SERVED(test_questions_that_are_too_long, serve),
                                       SERVED(test_what_is_no_question, serve),
                                       SERVED(test_streams_that_nobody_reads, serve),
                                       SERVED(test_a_flood_of_silent_connections, serve),
                                       cmocka_unit_test(test_closing_under_a_stream),
                                       cmocka_unit_test(test_tokens),
                                       SERVED(test_who_may_look, serve_with_token),
                                       SERVED(test_forms_of_other_sites, serve_with_token)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
