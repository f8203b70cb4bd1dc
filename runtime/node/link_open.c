/* The links' opening, their new deployment, and their end. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/clock.h"
#include "runtime/node/draw.h"
#include "runtime/node/keys.h"
#include "runtime/node/link_store.h"

/* ---- the transport ---- */

static bool read_peers(const struct image *image, struct image_list list, const char *keys,
                       struct curve_peer *peers, char error[static TEXT_BYTES_MAX])
{
    for (uint32_t i = 0; i < list.count; i++) {
        const uint32_t index = image_numbers(image)[list.first + i];
        const struct image_server *server = &image_servers(image)[index];
        peers[i].name = image_text(image, server->name);
        peers[i].address = image_text(image, server->address);
        if (!keys_read_public(keys, peers[i].name, peers[i].public_key, error) ||
            !keys_read_next(keys, peers[i].name, peers[i].next_key, error))
            return false;
    }
    return true;
}

static bool open_transport(struct links *links, char error[static TEXT_BYTES_MAX])
{
    const struct image_server *self = &image_servers(links->image)[links->server];
    struct curve_pair pair;
    struct curve_peer *peers = calloc(links->count + 1, sizeof *peers);
    if (peers == NULL) {
        snprintf(error, TEXT_BYTES_MAX, "out of memory");
        return false;
    }
    if (keys_read_pair(links->keys, image_text(links->image, self->name), &pair, error) &&
        read_peers(links->image, self->peers, links->keys, peers, error))
        links->curve =
            curve_open(image_text(links->image, self->address), &pair, peers, links->count,
                       (int)links->patience_ms, link_handler(links), error);
    explicit_bzero(&pair, sizeof pair);
    free(peers);
    return links->curve != NULL;
}

static void unwatch(struct link_polls *watched)
{
    for (uint32_t i = 0; i < watched->count; i++)
        uv_close((uv_handle_t *)&watched->polls[i], NULL);
}

static bool watch(struct links *links, char error[static TEXT_BYTES_MAX])
{
    const uint32_t count = curve_descriptor_count(links->curve);
    struct link_polls *watched = calloc(1, sizeof *watched);
    uv_poll_t *polls = calloc(count, sizeof *polls);
    for (uint32_t i = 0; watched != NULL && polls != NULL && i < count; i++) {
        if (uv_poll_init(links->loop, &polls[i], curve_descriptor(links->curve, i)) != 0)
            break;
        polls[i].data = links;
        uv_poll_start(&polls[i], UV_READABLE, link_readable);
        watched->count++;
    }
    if (watched == NULL || polls == NULL) {
        free(watched);
        free(polls);
        snprintf(error, TEXT_BYTES_MAX, "out of memory");
        return false;
    }
    watched->polls = polls;
    watched->former = links->watched;
    links->watched = watched;
    if (watched->count == count)
        return true;
    unwatch(watched);
    watched->polls = polls;
    snprintf(error, TEXT_BYTES_MAX, "the links cannot be watched: out of descriptors");
    return false;
}

bool link_connect(struct links *links, char error[static TEXT_BYTES_MAX])
{
    if (!open_transport(links, error))
        return false;
    if (!links->more_is_open) {
        uv_idle_init(links->loop, &links->more);
        links->more.data = links;
        links->more_is_open = true;
    }
    if (watch(links, error))
        return true;
    curve_close(links->curve);
    links->curve = NULL;
    return false;
}

/* ---- opening ---- */

static struct peer *make_peers(const struct image *image, struct image_list list)
{
    struct peer *peers = calloc(list.count + 1, sizeof *peers);
    for (uint32_t i = 0; peers != NULL && i < list.count; i++) {
        struct peer *peer = &peers[i];
        peer->server = image_numbers(image)[list.first + i];
        peer->name = image_text(image, image_servers(image)[peer->server].name);
        peer->heard_ms = -1;
        channel_init(&peer->channel, draw_number());
    }
    return peers;
}

static void set_image(struct links *links, const struct image *image, uint32_t server)
{
    links->image = image;
    links->server = server;
    links->patience_ms = (int64_t)image->site.heartbeat_ms * image->site.misses;
}

struct links *links_open(uv_loop_t *loop, const struct image *image, uint32_t server,
                         const char *keys, struct inbox *inbox, char error[static TEXT_BYTES_MAX])
{
    const struct image_list list = image_servers(image)[server].peers;
    struct links *links = calloc(1, sizeof *links);
    if (links == NULL) {
        snprintf(error, TEXT_BYTES_MAX, "out of memory");
        return NULL;
    }
    links->loop = loop;
    links->keys = keys;
    links->inbox = inbox;
    set_image(links, image, server);
    snprintf(error, TEXT_BYTES_MAX, "out of memory");
    links->peers = make_peers(image, list);
    links->count = links->peers != NULL ? list.count : 0;
    if (links->peers != NULL)
        links->naming = naming_make(image, server, error);
    if (links->naming == NULL || (list.count > 0 && !link_connect(links, error))) {
        links_close(links);
        links_free(links);
        return NULL;
    }
    return links;
}

/* ---- another deployment ---- */

static bool is_same_text(const struct image *a, uint32_t in_a, const struct image *b, uint32_t in_b)
{
    return strcmp(image_text(a, in_a), image_text(b, in_b)) == 0;
}

static bool is_same_place(const struct links *links, uint32_t old, const struct image *image,
                          uint32_t new)
{
    const struct image_server *a = &image_servers(links->image)[old];
    const struct image_server *b = &image_servers(image)[new];
    return is_same_text(links->image, a->name, image, b->name) &&
           is_same_text(links->image, a->address, image, b->address);
}

/* Whether the transport can go on: the same peers in the same order, all where they were. */
static bool is_same_net(const struct links *links, const struct image *image, uint32_t server)
{
    const struct image_list list = image_servers(image)[server].peers;
    bool same = list.count == links->count && is_same_place(links, links->server, image, server);
    for (uint32_t i = 0; same && i < list.count; i++)
        same = is_same_place(links, links->peers[i].server, image,
                             image_numbers(image)[list.first + i]);
    return same;
}

static bool can_read_keys(const struct links *links, const struct image *image, uint32_t server,
                          char error[static TEXT_BYTES_MAX])
{
    const struct image_list list = image_servers(image)[server].peers;
    struct curve_pair pair;
    struct curve_peer *peers = calloc(list.count + 1, sizeof *peers);
    snprintf(error, TEXT_BYTES_MAX, "out of memory");
    const bool can =
        peers != NULL &&
        keys_read_pair(links->keys, image_text(image, image_servers(image)[server].name), &pair,
                       error) &&
        read_peers(image, list, links->keys, peers, error);
    explicit_bzero(&pair, sizeof pair);
    free(peers);
    return can;
}

bool links_can_renew(const struct links *links, const struct image *image, uint32_t server,
                     char error[static TEXT_BYTES_MAX])
{
    return image_servers(image)[server].peers.count == 0 || is_same_net(links, image, server) ||
           can_read_keys(links, image, server, error);
}

/* A peer that both deployments have stays up: its channel goes on. */
static void take_peer(struct links *links, struct peer *peer, const struct image *image)
{
    for (uint32_t i = 0; i < links->count; i++) {
        struct peer *old = &links->peers[i];
        const uint32_t name = image_servers(image)[peer->server].name;
        if (strcmp(image_text(image, name), old->name) != 0)
            continue;
        const uint32_t server = peer->server;
        const char *text = peer->name;
        channel_free(&peer->channel);
        *peer = *old;
        peer->server = server;
        peer->name = text;
        channel_init(&old->channel, draw_number());
    }
}

static void leave_net(struct links *links)
{
    if (links->curve == NULL)
        return;
    unwatch(links->watched);
    uv_idle_stop(&links->more);
    curve_close(links->curve);
    links->curve = NULL;
}

bool links_renew(struct links *links, const struct image *image, uint32_t server,
                 char error[static TEXT_BYTES_MAX])
{
    const struct image_list list = image_servers(image)[server].peers;
    const bool same = is_same_net(links, image, server);
    struct naming *naming = naming_make(image, server, error);
    struct peer *peers = naming != NULL ? make_peers(image, list) : NULL;
    if (peers == NULL) {
        naming_free(naming);
        return false;
    }
    for (uint32_t i = 0; i < list.count; i++)
        take_peer(links, &peers[i], image);
    for (uint32_t i = 0; i < links->count; i++)
        channel_free(&links->peers[i].channel);
    free(links->peers);
    naming_free(links->naming);
    links->naming = naming;
    links->peers = peers;
    links->count = list.count;
    set_image(links, image, server);
    if (same)
        return true;
    leave_net(links);
    if (links->count > 0 && !link_connect(links, error))
        log_line("the links cannot be opened at once under the new deployment: %s", error);
    return true;
}

/* ---- other keys ---- */

bool links_rekey(struct links *links, char error[static TEXT_BYTES_MAX])
{
    if (links->count == 0)
        return true;
    if (!can_read_keys(links, links->image, links->server, error))
        return false;
    leave_net(links);
    if (!link_connect(links, error))
        log_line("the links cannot be opened at once with the new keys: %s", error);
    return true;
}

/* ---- closing ---- */

void links_close(struct links *links)
{
    if (links->curve != NULL && links->watched != NULL)
        unwatch(links->watched);
    if (links->more_is_open)
        uv_close((uv_handle_t *)&links->more, NULL);
}

void links_free(struct links *links)
{
    if (links == NULL)
        return;
    curve_close(links->curve);
    for (uint32_t i = 0; i < links->count; i++)
        channel_free(&links->peers[i].channel);
    for (struct link_polls *polls = links->watched, *former; polls != NULL; polls = former) {
        former = polls->former;
        free(polls->polls);
        free(polls);
    }
    naming_free(links->naming);
    free(links->peers);
    free(links);
}
