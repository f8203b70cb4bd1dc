#include "runtime/node/reach.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/node/clock.h"

#define RTSP_PORT "554"

static bool copy(char *to, size_t size, const char *from, size_t length)
{
    if (length == 0 || length >= size)
        return false;
    memcpy(to, from, length);
    to[length] = '\0';
    return true;
}

/* Skips the scheme and what a URL says of users; its end is set. */
static const char *authority(const char *text, const char **end)
{
    const char *scheme = strstr(text, "://");
    const char *begin = scheme != NULL ? scheme + 3 : text;
    *end = begin + strcspn(begin, "/?#");
    for (const char *c = begin; c < *end; c++)
        if (*c == '@')
            begin = c + 1;
    return begin;
}

bool reach_place(const char *text, struct reach_place *place)
{
    const char *end;
    const char *begin = authority(text, &end);
    const char *host_end = end, *colon = NULL;
    if (*begin == '[') {
        host_end = memchr(begin, ']', (size_t)(end - begin));
        if (host_end == NULL)
            return false;
        begin++;
        colon = host_end + 1 < end && host_end[1] == ':' ? host_end + 1 : NULL;
    } else {
        colon = memchr(begin, ':', (size_t)(end - begin));
        host_end = colon != NULL ? colon : end;
    }
    if (!copy(place->host, sizeof place->host, begin, (size_t)(host_end - begin)))
        return false;
    if (colon == NULL)
        return copy(place->port, sizeof place->port, RTSP_PORT, strlen(RTSP_PORT));
    return copy(place->port, sizeof place->port, colon + 1, (size_t)(end - colon - 1));
}

static enum reach_answer judge(int code)
{
    return code == 0 ? REACH_OPEN : code == ECONNREFUSED ? REACH_REFUSED : REACH_NOTHING;
}

static enum reach_answer connect_to(const struct addrinfo *address, int64_t end_ms)
{
    const int type = address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC;
    const int to = socket(address->ai_family, type, 0);
    if (to < 0)
        return REACH_NOTHING;
    int code = connect(to, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
    if (code == EINPROGRESS) {
        struct pollfd wait = {.fd = to, .events = POLLOUT};
        socklen_t size = sizeof code;
        const int64_t left_ms = end_ms - clock_now_ms();
        if (left_ms <= 0 || poll(&wait, 1, (int)left_ms) <= 0 ||
            getsockopt(to, SOL_SOCKET, SO_ERROR, &code, &size) != 0)
            code = ETIMEDOUT;
    }
    close(to);
    return judge(code);
}

enum reach_answer reach_ask(const struct reach_place *place, int wait_ms)
{
    const int64_t end_ms = clock_now_ms() + wait_ms;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list;
    enum reach_answer best = REACH_NOTHING;
    if (getaddrinfo(place->host, place->port, &hints, &list) != 0)
        return REACH_NOTHING;
    for (const struct addrinfo *at = list; at != NULL && best != REACH_OPEN; at = at->ai_next) {
        const enum reach_answer answer = connect_to(at, end_ms);
        if (answer > best)
            best = answer;
    }
    freeaddrinfo(list);
    return best;
}
