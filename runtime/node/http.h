/* A small web server: questions, small forms, and streams of events. It runs in one thread of its
 * own, which calls the handler; so what the handler owns needs no lock. By libmicrohttpd, whose
 * parser is old, small and bounded; no other file knows it.
 *
 * What others may do to it is bounded: connections, streams, the bytes of a question, and the time
 * that a connection may stand still.
 */
#ifndef RUNTIME_NODE_HTTP_H
#define RUNTIME_NODE_HTTP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/limits.h"
#include "runtime/node/http_form.h"

#define HTTP_STREAMS_MAX     16
#define HTTP_CONNECTIONS_MAX 64

struct http_address {
    struct sockaddr_storage socket;
    bool is_loopback;
};

/* Reads "127.0.0.1:7480" or "[::1]:7480". False: it is none. */
bool http_parse(const char *text, struct http_address *address);

struct http_request {
    const char *path;
    bool is_post;
    void *connection; /* the library's */
    const struct http_form *form;
};

/* A header, a cookie, a field of a posted form; NULL: not given. Valid during the call. */
const char *http_header(const struct http_request *request, const char *name);
const char *http_cookie(const struct http_request *request, const char *name);
const char *http_field(const struct http_request *request, const char *name);

struct http_answer {
    unsigned status;
    const char *type;     /* of the content; static */
    const char *fixed;    /* the content, static; */
    char *bytes;          /* or allocated, and freed after use; */
    bool stream;          /* or a stream of what http_next gives */
    const char *location; /* static, or NULL */
    char cookie[160];     /* to be set, or "" */
    size_t size;          /* 0: the content is a text */
};

/* Answers a request whose answer is 404 so far. */
typedef void http_handler(void *owner, const struct http_request *request,
                          struct http_answer *answer);
/* The next piece of a stream, allocated; NULL: nothing yet. *seen is the stream's own, 0 first. */
typedef char *http_next(void *owner, uint64_t *seen);

struct http_setup {
    struct http_address address;
    http_handler *handler;
    http_next *next;
    void *owner;
    unsigned still_s; /* a connection that does nothing for so long is closed */
};

struct http;

/* Listens. NULL: error is set. Port 0 takes a free one. */
struct http *http_open(const struct http_setup *setup, char error[static TEXT_BYTES_MAX]);
uint16_t http_port(const struct http *http);

/* There may be something new for the streams; from any thread, at once. */
void http_wake(struct http *http);

/* Ends all connections and the thread. */
void http_close(struct http *http);

#endif
