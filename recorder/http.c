#include "recorder/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <microhttpd.h>

#include "recorder/recorder.h"

#define THREADS          4
#define CONNECTIONS_MAX  64
#define CONNECTION_BYTES 32768
#define TIMEOUT_S        20
#define PATH_MAX_BYTES   256

/* The page runs what comes from here and nothing else. */
#define POLICY                                                                                     \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src "  \
    "'self'; media-src 'self' blob:; worker-src 'self' blob:; frame-ancestors 'none'; "            \
    "base-uri 'none'; form-action 'none'"

struct http {
    struct MHD_Daemon *daemon;
    http_handler *handler;
    void *owner;
    bool is_loopback;
};

const char *http_query(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

static struct MHD_Response *make_response(const struct http_answer *answer)
{
    struct MHD_Response *response;
    struct stat status;

    if (answer->file >= 0) {
        if (fstat(answer->file, &status) != 0)
            return NULL;
        return MHD_create_response_from_fd64((uint64_t)status.st_size, answer->file);
    }
    /* libmicrohttpd takes a pointer without const and does not write. */
    union {
        const void *given;
        void *taken;
    } bytes = {.given = answer->bytes};
    response = MHD_create_response_from_buffer(
        answer->size, bytes.taken, answer->owned ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    return response;
}

static enum MHD_Result send_answer(struct MHD_Connection *connection,
                                   const struct http_answer *answer)
{
    struct MHD_Response *response = make_response(answer);
    char keep[48];
    enum MHD_Result result;

    if (response == NULL) {
        if (answer->file >= 0)
            close(answer->file);
        return MHD_NO;
    }
    snprintf(keep, sizeof(keep), answer->keep_s > 0 ? "private, max-age=%u" : "no-store",
             answer->keep_s);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, keep);
    MHD_add_response_header(response, "Content-Security-Policy", POLICY);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
    result = MHD_queue_response(connection, answer->status, response);
    MHD_destroy_response(response);
    return result;
}

void http_say(struct http_answer *answer, unsigned status, const char *text)
{
    *answer = (struct http_answer){.status = status,
                                   .type = "text/plain; charset=utf-8",
                                   .bytes = text,
                                   .size = text == NULL ? 0 : strlen(text),
                                   .file = -1};
}

/* Another site's page may not reach us under a name of its own (DNS rebinding): on the loopback
 * only the loopback's names are answered. */
static bool is_our_host(const struct http *http, struct MHD_Connection *connection)
{
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
    const char *host =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);

    if (!http->is_loopback)
        return true;
    for (size_t i = 0; host != NULL && i < sizeof(names) / sizeof(*names); i++) {
        size_t length = strlen(names[i]);

        if (strncmp(host, names[i], length) == 0 && (host[length] == '\0' || host[length] == ':'))
            return true;
    }
    return false;
}

static enum MHD_Result answer_request(void *owner, struct MHD_Connection *connection,
                                      const char *path, const char *method, const char *version,
                                      const char *body, size_t *body_size, void **state)
{
    struct http *http = owner;
    struct http_request request = {path, connection};
    struct http_answer answer;

    (void)version;
    (void)body;
    (void)state;
    http_say(&answer, MHD_HTTP_NOT_FOUND, "there is nothing of this name\n");
    if (*body_size > 0)
        return MHD_NO;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        http_say(&answer, MHD_HTTP_METHOD_NOT_ALLOWED, "the archive can only be read\n");
    else if (!is_our_host(http, connection))
        http_say(&answer, MHD_HTTP_FORBIDDEN, "the archive is reached as 127.0.0.1 or localhost\n");
    else if (strnlen(path, PATH_MAX_BYTES) < PATH_MAX_BYTES)
        http->handler(http->owner, &request, &answer);
    return send_answer(connection, &answer);
}

static bool parse_address(const char *text, uint16_t port, struct sockaddr_storage *address,
                          bool *is_loopback)
{
    struct sockaddr_in *four = (struct sockaddr_in *)address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;

    memset(address, 0, sizeof(*address));
    if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        *is_loopback = (ntohl(four->sin_addr.s_addr) >> 24) == 127;
        return true;
    }
    if (inet_pton(AF_INET6, text, &six->sin6_addr) != 1)
        return false;
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    *is_loopback = IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
    return true;
}

struct http *http_start(const char *address, uint16_t port, http_handler *handler, void *owner,
                        char *cause)
{
    struct http *http = calloc(1, sizeof(*http));
    struct sockaddr_storage where;
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL;

    snprintf(cause, RECORDER_CAUSE_MAX, "%.60s is no address of this machine", address);
    if (http == NULL || !parse_address(address, port, &where, &http->is_loopback)) {
        free(http);
        return NULL;
    }
    http->handler = handler;
    http->owner = owner;
    if (where.ss_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    errno = 0;
    http->daemon = MHD_start_daemon(
        flags, port, NULL, NULL, answer_request, http, MHD_OPTION_SOCK_ADDR, &where,
        MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S, MHD_OPTION_END);
    if (http->daemon == NULL) {
        snprintf(cause, RECORDER_CAUSE_MAX, "port %u of %.60s cannot be listened on: %s", port,
                 address, strerror(errno));
        free(http);
        return NULL;
    }
    return http;
}

uint16_t http_port(const struct http *http)
{
    return MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

void http_stop(struct http *http)
{
    MHD_stop_daemon(http->daemon);
    free(http);
}
