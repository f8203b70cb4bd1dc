#include "compiler/address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* True for a port from 1 to 65535, written in digits only. */
static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits >= 1 && digits <= 5 && text[digits] == '\0' && atoi(text) >= 1 &&
           atoi(text) <= 65535;
}

static bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static bool is_host(const char *text, size_t bytes)
{
    if (bytes >= 4 && text[0] == '[' && text[bytes - 1] == ']') {
        return strspn(text + 1, "0123456789abcdefABCDEF:.") == bytes - 2;
    }
    for (size_t i = 0; i < bytes; i++) {
        char c = text[i];
        if (!is_letter_or_digit(c) && c != '-' && c != '_' && c != '.') {
            return false;
        }
    }
    return bytes >= 1 && bytes <= 253 && text[0] != '-' && text[0] != '.';
}

bool address_is_host_port(const char *text)
{
    assert(text != NULL);
    const char *colon = strrchr(text, ':');
    return colon != NULL && is_port(colon + 1) && is_host(text, (size_t)(colon - text));
}

bool address_same_host(const char *a, const char *b)
{
    assert(a != NULL && b != NULL);
    const char *colon = strrchr(a, ':');
    size_t bytes = colon == NULL ? strlen(a) : (size_t)(colon - a);
    bool loopback = strncmp(a, "127.", 4) == 0 || strncmp(a, "[::1]", 5) == 0 ||
                    strncasecmp(a, "localhost:", 10) == 0;
    return !loopback && strncasecmp(a, b, bytes) == 0 && strcspn(b + bytes, ":") == 0;
}

/* host[:port], of a URL. */
static bool is_authority(const char *host, size_t bytes)
{
    const char *close = host[0] == '[' ? memchr(host, ']', bytes) : NULL;
    size_t host_bytes = close != NULL ? (size_t)(close - host) + 1 : strcspn(host, ":/?#");
    if (host_bytes == bytes) {
        return is_host(host, host_bytes);
    }
    char port[8] = "";
    size_t port_bytes = bytes - host_bytes - 1;
    if (host[host_bytes] != ':' || port_bytes >= sizeof port) {
        return false;
    }
    memcpy(port, host + host_bytes + 1, port_bytes);
    return is_host(host, host_bytes) && is_port(port);
}

/* The characters of a URL: letters, digits, and these signs. */
static bool is_url_text(const char *url)
{
    for (; *url != '\0'; url++) {
        if (!is_letter_or_digit(*url) && strchr("!#$%&()*+,-./:;=?@[]_~", *url) == NULL) {
            return false;
        }
    }
    return true;
}

/* address:port in figures, where a stream is awaited: of one machine or one group. */
static bool is_awaited(const char *text)
{
    const char *colon = strrchr(text, ':');
    bool ipv6 = text[0] == '[';
    size_t bytes = colon == NULL ? 0 : (size_t)(colon - text) - (ipv6 ? 2 : 0);
    char host[INET6_ADDRSTRLEN] = "";
    struct in6_addr six;
    struct in_addr four;
    if (!address_is_host_port(text) || bytes >= sizeof host || (ipv6 && colon[-1] != ']')) {
        return false;
    }
    memcpy(host, text + (ipv6 ? 1 : 0), bytes);
    return ipv6 ? inet_pton(AF_INET6, host, &six) == 1 && !IN6_IS_ADDR_UNSPECIFIED(&six)
                : inet_pton(AF_INET, host, &four) == 1 && four.s_addr != htonl(INADDR_ANY);
}

/* The name of a clip in the one directory that a recorder has for them. */
static bool is_clip(const char *name)
{
    size_t bytes = 0;
    while (is_letter_or_digit(name[bytes]) ||
           (name[bytes] != '\0' && strchr("._-", name[bytes]) != NULL)) {
        bytes++;
    }
    return bytes >= 1 && bytes <= 128 && name[bytes] == '\0' && name[0] != '.' && name[0] != '-';
}

static bool is_connected(const char *rest)
{
    return is_authority(rest, strcspn(rest, "/?#"));
}

bool address_is_camera_url(const char *url)
{
    static const struct {
        const char *begin;
        bool (*fits)(const char *rest);
    } kinds[] = {{"rtsp://", is_connected},  {"rtsps://", is_connected}, {"http://", is_connected},
                 {"https://", is_connected}, {"udp://", is_awaited},     {"rtp://", is_awaited},
                 {"file:", is_clip}};
    assert(url != NULL);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t bytes = strlen(kinds[i].begin);
        if (strncmp(url, kinds[i].begin, bytes) == 0) {
            return is_url_text(url) && kinds[i].fits(url + bytes);
        }
    }
    return false;
}

bool address_is_endpoint(const char *url)
{
    assert(url != NULL);
    size_t scheme = strncmp(url, "http://", 7) == 0 ? 7 : strncmp(url, "https://", 8) == 0 ? 8 : 0;
    return scheme > 0 && address_is_host_port(url + scheme);
}

bool address_is_plain_path(const char *path)
{
    if (path[0] != '/' || path[1] == '\0') {
        return false;
    }
    while (*path == '/') {
        path++;
        size_t bytes = strcspn(path, "/");
        bool dots =
            (bytes == 1 && path[0] == '.') || (bytes == 2 && path[0] == '.' && path[1] == '.');
        if (dots || (bytes == 0 && *path == '/')) {
            return false;
        }
        path += bytes;
    }
    return true;
}

const char *address_normal_path(struct arena *arena, const char *path)
{
    assert(path != NULL);
    char *normal = arena_alloc(arena, strlen(path) + 2);
    size_t at = 0;
    while (*path != '\0') {
        size_t slashes = strspn(path, "/");
        size_t bytes = strcspn(path + slashes, "/");
        const char *part = path + slashes;
        path = part + bytes;
        if (bytes == 0 || (bytes == 1 && part[0] == '.')) {
            continue;
        }
        if (slashes > 0) {
            normal[at++] = '/';
        }
        memcpy(normal + at, part, bytes);
        at += bytes;
    }
    return normal;
}
