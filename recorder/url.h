/* Which camera addresses are opened: a narrow form, so that nothing surprising reaches a library.
 *
 *     rtsp://  rtsps://  http://  https://     [user[:password]@]host[:port][/path]
 *     udp://   rtp://                          address:port, in figures: MPEG-TS is awaited there
 *     file:NAME                                a file of the recorder's directory of clips
 *
 * Of printable characters without spaces, quotes, backslashes or angle brackets. The compiler
 * accepts the same (compiler/address.h). */
#ifndef RECORDER_URL_H
#define RECORDER_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define URL_HOST_MAX 254

/* X(SYMBOL, "scheme") */
#define URL_KINDS(X)                                                                               \
    X(URL_RTSP, "rtsp://")                                                                         \
    X(URL_RTSPS, "rtsps://")                                                                       \
    X(URL_HTTP, "http://")                                                                         \
    X(URL_HTTPS, "https://")                                                                       \
    X(URL_UDP, "udp://")                                                                           \
    X(URL_RTP, "rtp://")                                                                           \
    X(URL_FILE, "file:")

enum url_kind {
#define X(symbol, scheme) symbol,
    URL_KINDS(X)
#undef X
};

/* False with the reason in `cause` (RECORDER_CAUSE_MAX bytes), never with the address. */
bool url_accept(const char *url, enum url_kind *kind, char *cause);

/* Of an accepted address: the host without brackets, and the port, 0 if none is named. */
void url_host(const char *url, char host[URL_HOST_MAX], uint16_t *port);

/* Of an accepted `file:` address: the name. */
const char *url_file(const char *url);

/* Writes an accepted address with the user and password in it, percent-encoded, in place of those
 * that it has. False: it does not fit. */
bool url_with_user(const char *url, const char *user, const char *password, char *to, size_t room);

#endif
