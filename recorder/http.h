/* A small web server that only answers questions: GET and HEAD, no body, no state. By
 * libmicrohttpd, whose parser is old, small and bounded; no other file knows it. */
#ifndef RECORDER_HTTP_H
#define RECORDER_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_request {
    const char *path;
    void *connection; /* for http_query */
};

struct http_answer {
    unsigned status;   /* 200, 404, ... */
    const char *type;  /* of the content; static */
    const void *bytes; /* the content; freed after use if `owned` */
    size_t size;
    bool owned;
    int file; /* instead: a descriptor that is sent from its beginning and closed; -1: none */
    unsigned keep_s; /* how long the browser may keep it; 0: not at all */
};

/* A line for people. The text stays the caller's; NULL: memory is out, and so nothing is said. */
void http_say(struct http_answer *answer, unsigned status, const char *text);

/* Answers a request; called from several threads at once. */
typedef void http_handler(void *owner, const struct http_request *request,
                          struct http_answer *answer);

/* A value of the query, decoded; NULL: not given. Valid during the call. */
const char *http_query(const struct http_request *request, const char *name);

struct http;

/* Listens on an IPv4 or IPv6 address; port 0 takes a free one. NULL with the reason in `cause`
 * (RECORDER_CAUSE_MAX bytes). */
struct http *http_start(const char *address, uint16_t port, http_handler *handler, void *owner,
                        char *cause);
uint16_t http_port(const struct http *http);
void http_stop(struct http *http);

#endif
