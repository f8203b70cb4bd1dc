/* Addresses, URLs and paths that a topology names: what may go on to sockets, clients and files. */
#ifndef COMPILER_ADDRESS_H
#define COMPILER_ADDRESS_H

#include <stdbool.h>

#include "compiler/arena.h"

/* host:port. The host is a name, an IPv4 address or an IPv6 address in brackets. */
bool address_is_host_port(const char *text);

/* Whether two addresses host:port are of one machine, as far as their texts tell. The loopback of
 * each machine is its own. */
bool address_same_host(const char *a, const char *b);

/* What a recorder opens (recorder/url.h), without a user: a URL of rtsp, rtsps, http or https with
 * host[:port][/path]; udp://address:port or rtp://address:port, the address in figures and not the
 * one that stands for all; file:NAME. It reaches the clients of these: only what such a URL needs,
 * so that nothing can be smuggled in. */
bool address_is_camera_url(const char *url);

/* http://host:port or https://host:port. */
bool address_is_endpoint(const char *url);

/* Absolute, and without empty, "." and ".." parts; a '/' at its end is no matter. */
bool address_is_plain_path(const char *path);

/* The path with single '/', without "." parts and without a '/' at its end: paths that are one are
 * one text. From the arena. */
const char *address_normal_path(struct arena *arena, const char *path);

#endif
