#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/http.h"

static bool parse_port(const char *text, uint16_t *port)
{
    char *end;
    const long number = text[0] < '0' || text[0] > '9' ? -1 : strtol(text, &end, 10);
    if (number < 0 || number > UINT16_MAX || *end != '\0')
        return false;
    *port = htons((uint16_t)number);
    return true;
}

bool http_parse(const char *text, struct http_address *address)
{
    char host[INET6_ADDRSTRLEN + 2];
    const char *colon = strrchr(text, ':');
    struct sockaddr_in *four = (struct sockaddr_in *)&address->socket;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address->socket;
    *address = (struct http_address){.is_loopback = false};
    if (colon == NULL || (size_t)(colon - text) >= sizeof host)
        return false;
    const size_t length = (size_t)(colon - text);
    snprintf(host, sizeof host, "%.*s", (int)length, text);
    if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        address->is_loopback = ntohl(four->sin_addr.s_addr) >> 24 == 127;
        return parse_port(colon + 1, &four->sin_port);
    }
    if (length < 2 || host[0] != '[' || host[length - 1] != ']')
        return false;
    host[length - 1] = '\0';
    if (inet_pton(AF_INET6, host + 1, &six->sin6_addr) != 1)
        return false;
    six->sin6_family = AF_INET6;
    address->is_loopback = IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
    return parse_port(colon + 1, &six->sin6_port);
}
