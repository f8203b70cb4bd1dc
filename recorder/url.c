#include "recorder/url.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/recorder.h"

static bool refuse(char *cause, const char *reason)
{
    snprintf(cause, RECORDER_CAUSE_MAX, "the camera's address is not accepted: %s", reason);
    return false;
}

static bool has_strange_character(const char *url)
{
    for (; *url != '\0'; url++)
        if (*url <= ' ' || *url > '~' || strchr("\"'`\\<>^{|}", *url) != NULL)
            return true;
    return false;
}

/* A name or an IPv4 address. */
static bool is_host(const char *host, size_t length)
{
    if (length == 0 || length > 253 || host[0] == '-' || host[0] == '.')
        return false;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)host[i]) && host[i] != '-' && host[i] != '.' && host[i] != '_')
            return false;
    return true;
}

static bool is_ipv6(const char *host, size_t length)
{
    return length >= 2 && length < 46 && strspn(host, "0123456789abcdefABCDEF:.") >= length &&
           memchr(host, ':', length) != NULL;
}

static bool is_port(const char *port, size_t length)
{
    return length >= 1 && length <= 5 && strspn(port, "0123456789") >= length && atoi(port) >= 1 &&
           atoi(port) <= 65535;
}

bool url_accept(const char *url, char *cause)
{
    static const char scheme[] = "rtsp://";
    const char *host, *end, *at, *rest;
    size_t authority;

    if (url[0] == '\0')
        return refuse(cause, "it is empty");
    if (strnlen(url, RECORDER_URL_MAX) == RECORDER_URL_MAX)
        return refuse(cause, "it is too long");
    if (has_strange_character(url))
        return refuse(cause,
                      "it holds a space, a quote, a control character or one that is not ASCII");
    if (strncmp(url, scheme, sizeof(scheme) - 1) != 0)
        return refuse(cause, "only rtsp:// is supported");
    host = url + sizeof(scheme) - 1;
    authority = strcspn(host, "/?#");
    at = memrchr(host, '@', authority);
    end = host + authority;
    if (at != NULL)
        host = at + 1;
    if (*host == '[') {
        rest = memchr(host, ']', (size_t)(end - host));
        if (rest == NULL || !is_ipv6(host + 1, (size_t)(rest - host - 1)))
            return refuse(cause, "its IPv6 host is not one");
        rest++;
    } else {
        rest = memchr(host, ':', (size_t)(end - host));
        rest = rest == NULL ? end : rest;
        if (!is_host(host, (size_t)(rest - host)))
            return refuse(cause, "it names no proper host");
    }
    if (rest != end && (*rest != ':' || !is_port(rest + 1, (size_t)(end - rest - 1))))
        return refuse(cause, "its port is not a number from 1 to 65535");
    return true;
}
