#include "recorder/url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/recorder.h"

static const char *const schemes[] = {
#define X(symbol, scheme) [symbol] = scheme,
    URL_KINDS(X)
#undef X
};

/* The parts of an address after its scheme. */
struct parts {
    const char *begin; /* of the authority */
    const char *host, *host_end, *port, *end;
    bool is_ipv6;
};

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
    if (length == 0 || length >= URL_HOST_MAX || host[0] == '-' || host[0] == '.')
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

/* False: a bracket is open. */
static bool split(const char *authority, struct parts *parts)
{
    size_t size = strcspn(authority, "/?#");
    const char *at = memrchr(authority, '@', size), *rest;

    parts->begin = authority;
    parts->end = authority + size;
    parts->host = at == NULL ? authority : at + 1;
    parts->is_ipv6 = *parts->host == '[';
    parts->host += parts->is_ipv6;
    rest = memchr(parts->host, parts->is_ipv6 ? ']' : ':', (size_t)(parts->end - parts->host));
    if (rest == NULL && parts->is_ipv6)
        return false;
    parts->host_end = rest == NULL ? parts->end : rest;
    parts->port = parts->host_end + parts->is_ipv6;
    return true;
}

static bool accept_host(const char *authority, struct parts *parts, char *cause)
{
    bool whole = split(authority, parts);
    size_t length = whole ? (size_t)(parts->host_end - parts->host) : 0;

    if (!whole || (parts->is_ipv6 && !is_ipv6(parts->host, length)))
        return refuse(cause, "its IPv6 host is not one");
    if (!parts->is_ipv6 && !is_host(parts->host, length))
        return refuse(cause, "it names no proper host");
    if (parts->port != parts->end &&
        (*parts->port != ':' || !is_port(parts->port + 1, (size_t)(parts->end - parts->port - 1))))
        return refuse(cause, "its port is not a number from 1 to 65535");
    return true;
}

/* Where a stream is awaited: an address of this machine or of a group, never of all at once. */
static bool accept_awaited(const char *authority, char *cause)
{
    struct parts parts;
    char host[URL_HOST_MAX] = "";
    struct in6_addr ipv6;
    struct in_addr ipv4;

    if (!accept_host(authority, &parts, cause))
        return false;
    memcpy(host, parts.host, (size_t)(parts.host_end - parts.host));
    if (parts.begin != parts.host - parts.is_ipv6 || parts.port == parts.end || *parts.end != '\0')
        return refuse(cause, "udp:// and rtp:// are followed by an address and a port, and by "
                             "nothing else");
    if (parts.is_ipv6 ? inet_pton(AF_INET6, host, &ipv6) != 1
                      : inet_pton(AF_INET, host, &ipv4) != 1)
        return refuse(cause, "udp:// and rtp:// need an address in figures");
    if (parts.is_ipv6 ? IN6_IS_ADDR_UNSPECIFIED(&ipv6) : ipv4.s_addr == htonl(INADDR_ANY))
        return refuse(cause, "udp:// and rtp:// need one address, not all that there are");
    return true;
}

/* A name in one directory, and no path out of it. */
static bool accept_file(const char *name, char *cause)
{
    size_t length = strlen(name);

    if (length == 0 || length > 128 || name[0] == '.' || name[0] == '-')
        return refuse(cause, "file: is followed by the name of a clip, without a path");
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)name[i]) && strchr("._-", name[i]) == NULL)
            return refuse(cause, "the name of a clip has letters, digits, `.`, `_` and `-` only");
    return true;
}

bool url_accept(const char *url, enum url_kind *kind, char *cause)
{
    struct parts parts;
    size_t i = 0;

    if (url[0] == '\0')
        return refuse(cause, "it is empty");
    if (strnlen(url, RECORDER_URL_MAX) == RECORDER_URL_MAX)
        return refuse(cause, "it is too long");
    if (has_strange_character(url))
        return refuse(cause,
                      "it holds a space, a quote, a control character or one that is not ASCII");
    while (i < sizeof(schemes) / sizeof(*schemes) &&
           strncmp(url, schemes[i], strlen(schemes[i])) != 0)
        i++;
    if (i == sizeof(schemes) / sizeof(*schemes))
        return refuse(cause, "only rtsp://, rtsps://, http://, https://, udp://, rtp:// and file: "
                             "are supported");
    *kind = (enum url_kind)i;
    url += strlen(schemes[i]);
    if (*kind == URL_FILE)
        return accept_file(url, cause);
    if (*kind == URL_UDP || *kind == URL_RTP)
        return accept_awaited(url, cause);
    return accept_host(url, &parts, cause);
}

void url_host(const char *url, char host[URL_HOST_MAX], uint16_t *port)
{
    struct parts parts;
    size_t length;

    split(strstr(url, "//") + 2, &parts);
    length = (size_t)(parts.host_end - parts.host);
    memcpy(host, parts.host, length);
    host[length] = '\0';
    *port = parts.port == parts.end ? 0 : (uint16_t)atoi(parts.port + 1);
}

const char *url_file(const char *url)
{
    return url + strlen(schemes[URL_FILE]);
}

/* Returns the bytes written, which are at most three for one. */
static size_t encode(char *to, const char *text)
{
    size_t size = 0;

    for (; *text != '\0'; text++)
        if (isalnum((unsigned char)*text) || strchr("-._~", *text) != NULL)
            to[size++] = *text;
        else
            size += (size_t)sprintf(to + size, "%%%02X", (unsigned char)*text);
    return size;
}

bool url_with_user(const char *url, const char *user, const char *password, char *to, size_t room)
{
    const char *authority = strstr(url, "//") + 2;
    struct parts parts;
    size_t size = (size_t)(authority - url);

    split(authority, &parts);
    if (strlen(url) + 3 * (strlen(user) + strlen(password)) + 4 > room)
        return false;
    memcpy(to, url, size);
    size += encode(to + size, user);
    to[size++] = ':';
    size += encode(to + size, password);
    to[size++] = '@';
    strcpy(to + size, parts.host - parts.is_ipv6);
    return true;
}
