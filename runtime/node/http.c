#include "runtime/node/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/clock.h"

#define ADDRESS_CONNECTIONS_MAX 32 /* from one address */
#define CONNECTION_BYTES        16384
#define STREAM_MS               3600000
#define BODY_BYTES_MAX          4096
#define PATH_BYTES              128

/* The page runs and loads what comes from here and nothing else. */
#define POLICY                                                                                     \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; " \
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), NULL)

struct stream {
    struct http *http;
    struct MHD_Connection *connection;
    uint64_t seen;
    int64_t begun_ms;
    char *piece;
    size_t size, sent;
    bool waits; /* suspended until http_wake */
};

struct http {
    struct http_setup setup;
    struct MHD_Daemon *daemon;
    pthread_mutex_t lock; /* of what follows */
    bool closing;
    uint64_t wakes;
    struct stream *streams[HTTP_STREAMS_MAX];
};

/* A request while it comes in. */
struct exchange {
    struct MHD_PostProcessor *post;
    size_t body_size;
    struct http_form form;
};

/* ---- requests ---- */

const char *http_header(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const char *http_cookie(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, name);
}

const char *http_field(const struct http_request *request, const char *name)
{
    return http_form_value(request->form, name);
}

static enum MHD_Result take_field(void *owner, enum MHD_ValueKind kind, const char *key,
                                  const char *file, const char *type, const char *encoding,
                                  const char *data, uint64_t offset, size_t size)
{
    (void)kind, (void)file, (void)type, (void)encoding;
    return http_form_take(owner, key, data, offset, size) ? MHD_YES : MHD_NO;
}

/* Another site's page may not reach us under a name of its own (DNS rebinding): on the loopback
 * only the loopback's names are answered. Elsewhere a token is needed, which such a page has not.
 */
static bool is_our_host(const struct http *http, const struct http_request *request)
{
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
    const char *host = http_header(request, MHD_HTTP_HEADER_HOST);
    if (!http->setup.address.is_loopback)
        return true;
    for (size_t i = 0; host != NULL && i < sizeof names / sizeof names[0]; i++) {
        const size_t length = strlen(names[i]);
        if (strncmp(host, names[i], length) == 0 && (host[length] == '\0' || host[length] == ':'))
            return true;
    }
    return false;
}

/* ---- streams ---- */

static bool begin_stream(struct http *http, struct stream *stream)
{
    bool begun = false;
    pthread_mutex_lock(&http->lock);
    for (size_t i = 0; i < HTTP_STREAMS_MAX && !begun && !http->closing; i++)
        if (http->streams[i] == NULL) {
            http->streams[i] = stream;
            begun = true;
        }
    pthread_mutex_unlock(&http->lock);
    return begun;
}

static void end_stream(void *owner)
{
    struct stream *stream = owner;
    struct http *http = stream->http;
    pthread_mutex_lock(&http->lock);
    for (size_t i = 0; i < HTTP_STREAMS_MAX; i++)
        if (http->streams[i] == stream)
            http->streams[i] = NULL;
    pthread_mutex_unlock(&http->lock);
    free(stream->piece);
    free(stream);
}

/* Waits for http_wake, unless it was called since the streams were woken for that time. */
static bool wait_for_news(struct stream *stream, uint64_t wakes)
{
    struct http *http = stream->http;
    pthread_mutex_lock(&http->lock);
    stream->waits = http->wakes == wakes;
    const bool waits = stream->waits;
    if (waits)
        MHD_suspend_connection(stream->connection);
    pthread_mutex_unlock(&http->lock);
    return waits;
}

static uint64_t count_wakes(struct http *http, bool *closing)
{
    pthread_mutex_lock(&http->lock);
    const uint64_t wakes = http->wakes;
    *closing = http->closing;
    pthread_mutex_unlock(&http->lock);
    return wakes;
}

/* Whoever reads slowly gets the newest when he comes to it, and nothing is kept for him meanwhile.
 * The lock is held for moments alone: who wakes is the node's loop, which waits for nobody. */
static ssize_t read_stream(void *owner, uint64_t position, char *to, size_t max)
{
    struct stream *stream = owner;
    struct http *http = stream->http;
    bool closing;
    (void)position;
    if (stream->piece != NULL && stream->sent == stream->size) {
        free(stream->piece);
        stream->piece = NULL;
    }
    while (stream->piece == NULL) {
        const uint64_t wakes = count_wakes(http, &closing);
        if (closing || clock_now_ms() - stream->begun_ms > STREAM_MS)
            return MHD_CONTENT_READER_END_OF_STREAM;
        stream->piece = http->setup.next(http->setup.owner, &stream->seen);
        stream->size = stream->piece != NULL ? strlen(stream->piece) : 0;
        stream->sent = 0;
        if (stream->piece == NULL && wait_for_news(stream, wakes))
            return 0;
    }
    const size_t left = stream->size - stream->sent;
    const size_t size = left < max ? left : max;
    memcpy(to, stream->piece + stream->sent, size);
    stream->sent += size;
    return (ssize_t)size;
}

static void wake_all(struct http *http)
{
    http->wakes++;
    for (size_t i = 0; i < HTTP_STREAMS_MAX; i++)
        if (http->streams[i] != NULL && http->streams[i]->waits) {
            http->streams[i]->waits = false;
            MHD_resume_connection(http->streams[i]->connection);
        }
}

void http_wake(struct http *http)
{
    pthread_mutex_lock(&http->lock);
    wake_all(http);
    pthread_mutex_unlock(&http->lock);
}

static struct MHD_Response *make_stream(struct http *http, struct MHD_Connection *connection)
{
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL)
        return NULL;
    *stream = (struct stream){.http = http, .connection = connection, .begun_ms = clock_now_ms()};
    if (!begin_stream(http, stream)) {
        free(stream);
        return NULL;
    }
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_stream, stream, end_stream);
    if (response == NULL)
        end_stream(stream);
    return response;
}

/* ---- answers ---- */

static void say(struct http_answer *answer, unsigned status, const char *text)
{
    *answer =
        (struct http_answer){.status = status, .type = "text/plain; charset=utf-8", .fixed = text};
}

static struct MHD_Response *make_text(struct http_answer *answer)
{
    /* libmicrohttpd takes a pointer without const and does not write. */
    union {
        const char *given;
        void *taken;
    } bytes = {.given = answer->bytes != NULL ? answer->bytes : answer->fixed};
    const size_t size = answer->size > 0 ? answer->size : strlen(bytes.given);
    return MHD_create_response_from_buffer(
        size, bytes.taken, answer->bytes != NULL ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result send_answer(struct http *http, struct MHD_Connection *connection,
                                   struct http_answer *answer)
{
    struct MHD_Response *response = NULL;
    if (answer->stream) {
        response = make_stream(http, connection);
        if (response == NULL)
            say(answer, MHD_HTTP_SERVICE_UNAVAILABLE, "too many watch already\n");
    }
    if (response == NULL)
        response = make_text(answer);
    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(response, "Content-Security-Policy", POLICY);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    /* Not no-referrer: then a browser names no origin for our own forms either. */
    MHD_add_response_header(response, "Referrer-Policy", "same-origin");
    MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
    if (answer->location != NULL)
        MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION, answer->location);
    if (answer->cookie[0] != '\0')
        MHD_add_response_header(response, MHD_HTTP_HEADER_SET_COOKIE, answer->cookie);
    if (answer->status == MHD_HTTP_UNAUTHORIZED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
    const enum MHD_Result result = MHD_queue_response(connection, answer->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result handle(struct http *http, const char *method,
                              const struct http_request *request)
{
    struct http_answer answer;
    const bool is_get =
        strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    say(&answer, MHD_HTTP_NOT_FOUND, "there is nothing of this name\n");
    if (!is_get && !request->is_post)
        say(&answer, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET, HEAD and POST are answered\n");
    else if (request->form->too_long)
        say(&answer, MHD_HTTP_CONTENT_TOO_LARGE, "the form is too long\n");
    else if (!is_our_host(http, request))
        say(&answer, MHD_HTTP_FORBIDDEN, "this page is reached as 127.0.0.1 or localhost\n");
    else if (strnlen(request->path, PATH_BYTES) < PATH_BYTES)
        http->setup.handler(http->setup.owner, request, &answer);
    return send_answer(http, request->connection, &answer);
}

/* A body that says that it is too long is refused before it is sent. */
static enum MHD_Result begin_exchange(struct http *http, struct MHD_Connection *connection,
                                      bool is_post, void **state)
{
    const char *length =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL)
        return MHD_NO;
    *state = exchange;
    if (length != NULL && strtoull(length, NULL, 10) > BODY_BYTES_MAX) {
        struct http_answer answer;
        say(&answer, MHD_HTTP_CONTENT_TOO_LARGE, "the form is too long\n");
        return send_answer(http, connection, &answer);
    }
    if (is_post)
        exchange->post =
            MHD_create_post_processor(connection, BODY_BYTES_MAX / 4, take_field, &exchange->form);
    return MHD_YES;
}

static void end_post(struct exchange *exchange)
{
    if (exchange->post != NULL)
        MHD_destroy_post_processor(exchange->post);
    exchange->post = NULL;
}

static enum MHD_Result on_request(void *owner, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *body,
                                  size_t *body_size, void **state)
{
    struct http *http = owner;
    struct exchange *exchange = *state;
    const bool is_post = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
    (void)version;
    if (exchange == NULL)
        return begin_exchange(http, connection, is_post, state);
    if (*body_size > 0) {
        exchange->body_size += *body_size;
        if (exchange->body_size > BODY_BYTES_MAX)
            return MHD_NO;
        if (exchange->post != NULL)
            MHD_post_process(exchange->post, body, *body_size);
        *body_size = 0;
        return MHD_YES;
    }
    end_post(exchange);
    const struct http_request request = {
        .path = path, .is_post = is_post, .connection = connection, .form = &exchange->form};
    return handle(http, method, &request);
}

static void on_completed(void *owner, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    (void)owner, (void)connection, (void)code;
    if (*state == NULL)
        return;
    end_post(*state);
    free(*state);
    *state = NULL;
}

/* ---- opening and closing ---- */

static struct MHD_Daemon *start(struct http *http)
{
    const struct sockaddr_storage *socket = &http->setup.address.socket;
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    if (socket->ss_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, http, MHD_OPTION_SOCK_ADDR, socket,
                            MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_MAX,
                            MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)ADDRESS_CONNECTIONS_MAX,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
                            MHD_OPTION_CONNECTION_TIMEOUT, http->setup.still_s,
                            MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
}

struct http *http_open(const struct http_setup *setup, char error[static TEXT_BYTES_MAX])
{
    struct http *http = calloc(1, sizeof *http);
    sigset_t all, before;
    if (http == NULL)
        return FAIL(error, "out of memory");
    http->setup = *setup;
    pthread_mutex_init(&http->lock, NULL);
    sigfillset(&all);
    errno = 0;
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the loop's */
    http->daemon = start(http);
    const int code = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (http->daemon != NULL)
        return http;
    pthread_mutex_destroy(&http->lock);
    free(http);
    return FAIL(error, "%s", code != 0 ? strerror(code) : "it cannot be listened on");
}

uint16_t http_port(const struct http *http)
{
    return MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

void http_close(struct http *http)
{
    pthread_mutex_lock(&http->lock);
    http->closing = true;
    wake_all(http);
    pthread_mutex_unlock(&http->lock);
    MHD_stop_daemon(http->daemon);
    pthread_mutex_destroy(&http->lock);
    free(http);
}
