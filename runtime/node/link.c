#include "runtime/node/link.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "runtime/node/channel.h"
#include "runtime/node/clock.h"
#include "runtime/node/curve.h"
#include "runtime/node/keys.h"
#include "runtime/node/log.h"

struct peer {
    uint32_t server;
    const char *name;
    struct channel channel;
    int64_t heard_ms;    /* last frame that was current; -1: never */
    int64_t misheard_ms; /* since when it has spoken, but not to us as we are now */
    bool answer_due;
    bool other_deployment;
    struct log_limit foreign_limit;
    struct log_limit trouble_limits[CURVE_TROUBLE_COUNT];
    char trouble[TEXT_BYTES_MAX];
};

struct links {
    const struct image *image;
    struct inbox *inbox;
    struct curve *curve;
    int64_t patience_ms; /* heartbeat x misses */
    bool leaving;        /* every heartbeat is a farewell */
    struct log_limit port_limits[CURVE_TROUBLE_COUNT];
    uv_poll_t *polls;
    uint32_t poll_count;
    uv_idle_t more;
    uint32_t count;
    struct peer peers[];
};

static uint64_t random_session(void)
{
    uint64_t session = 0;
    while (session == 0)
        if (getrandom(&session, sizeof session, 0) != (ssize_t)sizeof session)
            session = 0;
    return session;
}

/* ---- sending ---- */

static void send_frame(struct links *links, uint32_t at, struct wire_frame *frame)
{
    uint8_t bytes[WIRE_FRAME_BYTES];
    memcpy(frame->hash, links->image->hash, sizeof frame->hash);
    wire_encode(frame, bytes);
    curve_send(links->curve, at, bytes, sizeof bytes);
}

static void send_heartbeat(struct links *links, uint32_t at)
{
    struct wire_frame frame;
    channel_heartbeat(&links->peers[at].channel, &frame);
    if (links->leaving)
        frame.kind = WIRE_FAREWELL;
    send_frame(links, at, &frame);
    links->peers[at].answer_due = false;
}

static void send_unacknowledged(struct links *links, uint32_t at)
{
    struct wire_frame frame;
    for (uint32_t n = 0; channel_message(&links->peers[at].channel, n, &frame); n++)
        send_frame(links, at, &frame);
}

static void announce(struct links *links, enum engine_event_kind kind, const struct peer *peer,
                     const struct engine_message *message)
{
    struct engine_event event = inbox_event(kind);
    event.server = peer->server;
    if (message != NULL)
        event.message = *message;
    inbox_put(links->inbox, &event, NULL);
}

static void give_up(struct links *links, struct peer *peer)
{
    if (peer->channel.up)
        announce(links, EVENT_PEER_LOST, peer, NULL);
    channel_lose(&peer->channel, random_session());
}

static struct peer *find_peer(struct links *links, uint32_t server)
{
    for (uint32_t i = 0; i < links->count; i++)
        if (links->peers[i].server == server)
            return &links->peers[i];
    return NULL;
}

void links_say(struct links *links, uint32_t server, const struct engine_message *message)
{
    struct peer *peer = find_peer(links, server);
    struct wire_frame frame;
    assert(peer != NULL);
    if (!peer->channel.up)
        return;
    if (!channel_put(&peer->channel, message)) {
        log_line("%s does not take any messages; the link is given up and made anew", peer->name);
        give_up(links, peer);
        return;
    }
    if (channel_message(&peer->channel, peer->channel.count - 1, &frame))
        send_frame(links, (uint32_t)(peer - links->peers), &frame);
}

/* ---- receiving ---- */

static bool message_fits(const struct engine_message *message, const struct image *image)
{
    return message->kind < ENGINE_MESSAGE_COUNT && message->failover < image->failovers.count &&
           (message->camera == IMAGE_NONE || message->camera < image->cameras.count);
}

/* A frame that the peer has signed, but that says nothing to us. */
static void on_foreign_frame(struct peer *peer, bool other_version)
{
    peer->other_deployment = true;
    log_limited(&peer->foreign_limit,
                other_version
                    ? "%s runs another version of Understudy: the two do not understand each other"
                    : "%s runs another deployment: it counts as not connected until both run the "
                      "same",
                peer->name);
}

static void on_sound_frame(struct links *links, struct peer *peer, const struct wire_frame *frame)
{
    const bool misheard = peer->channel.misheard;
    const struct channel_arrival arrival = channel_take(&peer->channel, frame);
    if (peer->channel.misheard && !misheard)
        peer->misheard_ms = clock_now_ms();
    peer->other_deployment = false;
    if (arrival.lost)
        announce(links, EVENT_PEER_LOST, peer, NULL);
    if (arrival.current)
        peer->heard_ms = clock_now_ms();
    if (arrival.up) {
        announce(links, EVENT_PEER_UP, peer, NULL);
        peer->trouble[0] = '\0';
    }
    if (arrival.answer)
        peer->answer_due = true;
    if (!arrival.message)
        return;
    if (message_fits(&frame->message, links->image))
        announce(links, EVENT_MESSAGE, peer, &frame->message);
    else
        log_limited(&peer->foreign_limit, "%s sends messages that this deployment does not know",
                    peer->name);
}

static void on_frame(void *owner, uint32_t at, const uint8_t *bytes, size_t size)
{
    struct links *links = owner;
    struct peer *peer = &links->peers[at];
    struct wire_frame frame;
    switch (wire_decode(bytes, size, &frame)) {
    case WIRE_SOUND:
        if (memcmp(frame.hash, links->image->hash, sizeof frame.hash) == 0)
            on_sound_frame(links, peer, &frame);
        else
            on_foreign_frame(peer, false);
        break;
    case WIRE_OTHER_VERSION:
        on_foreign_frame(peer, true);
        break;
    case WIRE_GARBAGE:
        log_limited(&peer->foreign_limit, "%s sends what is no message of Understudy", peer->name);
        break;
    }
}

/* Peers find each other at once, not at the next heartbeat. */
static void on_connected(void *owner, uint32_t at)
{
    struct links *links = owner;
    links->peers[at].answer_due = true;
}

static void on_notice(void *owner, uint32_t at, enum curve_trouble trouble, const char *text)
{
    struct links *links = owner;
    if (at == UINT32_MAX) {
        log_limited(&links->port_limits[trouble], "%s", text);
        return;
    }
    struct peer *peer = &links->peers[at];
    snprintf(peer->trouble, sizeof peer->trouble, "%s", text);
    log_limited(&peer->trouble_limits[trouble], "%s", text);
}

static void on_idle(uv_idle_t *idle);

/* Acknowledgements go out once for all that has come together. While there is more to read, the
 * loop does not sleep. */
static void read_all(struct links *links)
{
    const bool more = curve_read(links->curve);
    for (uint32_t i = 0; i < links->count; i++)
        if (links->peers[i].answer_due)
            send_heartbeat(links, i);
    if (more)
        uv_idle_start(&links->more, on_idle);
    else
        uv_idle_stop(&links->more);
}

static void on_idle(uv_idle_t *idle)
{
    read_all(idle->data);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    read_all(poll->data);
}

/* ---- time ---- */

void links_tick(struct links *links, bool stalled)
{
    const int64_t now_ms = clock_now_ms();
    for (uint32_t i = 0; i < links->count; i++) {
        struct peer *peer = &links->peers[i];
        if (stalled && peer->channel.up)
            peer->heard_ms = now_ms;
        const int64_t since_ms = peer->channel.up ? peer->heard_ms : peer->misheard_ms;
        if ((peer->channel.up || peer->channel.misheard) && now_ms - since_ms >= links->patience_ms)
            give_up(links, peer);
        send_heartbeat(links, i);
        send_unacknowledged(links, i);
    }
    if (links->count == 0)
        return;
    curve_tend(links->curve);
    read_all(links);
}

bool links_quiet(const struct links *links)
{
    for (uint32_t i = 0; i < links->count; i++)
        if (!channel_is_quiet(&links->peers[i].channel))
            return false;
    return true;
}

void links_leave(struct links *links)
{
    links->leaving = true;
    for (uint32_t i = 0; i < links->count; i++)
        send_heartbeat(links, i);
}

/* ---- opening and closing ---- */

static bool read_peers(struct links *links, const char *keys, struct curve_peer *peers,
                       char error[static TEXT_BYTES_MAX])
{
    for (uint32_t i = 0; i < links->count; i++) {
        const struct image_server *server = &image_servers(links->image)[links->peers[i].server];
        peers[i].name = image_text(links->image, server->name);
        peers[i].address = image_text(links->image, server->address);
        if (!keys_read_public(keys, peers[i].name, peers[i].public_key, error))
            return false;
    }
    return true;
}

static bool open_transport(struct links *links, uint32_t server, const char *keys,
                           char error[static TEXT_BYTES_MAX])
{
    const struct image_server *self = &image_servers(links->image)[server];
    const struct curve_handler handler = {
        .owner = links, .connected = on_connected, .frame = on_frame, .notice = on_notice};
    struct curve_pair pair;
    struct curve_peer *peers = calloc(links->count, sizeof *peers);
    if (peers == NULL) {
        snprintf(error, TEXT_BYTES_MAX, "out of memory");
        return false;
    }
    if (keys_read_pair(keys, image_text(links->image, self->name), &pair, error) &&
        read_peers(links, keys, peers, error))
        links->curve = curve_open(image_text(links->image, self->address), &pair, peers,
                                  links->count, (int)links->patience_ms, handler, error);
    explicit_bzero(&pair, sizeof pair);
    free(peers);
    return links->curve != NULL;
}

static bool watch(struct links *links, uv_loop_t *loop, char error[static TEXT_BYTES_MAX])
{
    const uint32_t count = curve_descriptor_count(links->curve);
    uv_idle_init(loop, &links->more);
    links->more.data = links;
    links->polls = calloc(count, sizeof *links->polls);
    for (; links->polls != NULL && links->poll_count < count; links->poll_count++) {
        uv_poll_t *poll = &links->polls[links->poll_count];
        if (uv_poll_init(loop, poll, curve_descriptor(links->curve, links->poll_count)) != 0)
            break;
        poll->data = links;
        uv_poll_start(poll, UV_READABLE, on_readable);
    }
    if (links->poll_count == count)
        return true;
    snprintf(error, TEXT_BYTES_MAX, "the links cannot be watched: out of memory or descriptors");
    return false;
}

struct links *links_open(uv_loop_t *loop, const struct image *image, uint32_t server,
                         const char *keys, struct inbox *inbox, char error[static TEXT_BYTES_MAX])
{
    const struct image_list list = image_servers(image)[server].peers;
    struct links *links = calloc(1, sizeof *links + list.count * sizeof links->peers[0]);
    if (links == NULL) {
        snprintf(error, TEXT_BYTES_MAX, "out of memory");
        return NULL;
    }
    links->image = image;
    links->inbox = inbox;
    links->patience_ms = (int64_t)image->site.heartbeat_ms * image->site.misses;
    links->count = list.count;
    for (uint32_t i = 0; i < list.count; i++) {
        struct peer *peer = &links->peers[i];
        peer->server = image_numbers(image)[list.first + i];
        peer->name = image_text(image, image_servers(image)[peer->server].name);
        peer->heard_ms = -1;
        channel_init(&peer->channel, random_session());
    }
    if (list.count > 0 &&
        !(open_transport(links, server, keys, error) && watch(links, loop, error))) {
        links_close(links);
        links_free(links);
        return NULL;
    }
    return links;
}

void links_close(struct links *links)
{
    for (uint32_t i = 0; i < links->poll_count; i++)
        uv_close((uv_handle_t *)&links->polls[i], NULL);
    if (links->polls != NULL)
        uv_close((uv_handle_t *)&links->more, NULL);
}

void links_free(struct links *links)
{
    if (links == NULL)
        return;
    curve_close(links->curve);
    for (uint32_t i = 0; i < links->count; i++)
        channel_free(&links->peers[i].channel);
    free(links->polls);
    free(links);
}

/* ---- showing ---- */

uint32_t links_count(const struct links *links)
{
    return links->count;
}

struct link_view links_view(const struct links *links, uint32_t n)
{
    assert(n < links->count);
    const struct peer *peer = &links->peers[n];
    return (struct link_view){.server = peer->server,
                              .up = peer->channel.up,
                              .other_deployment = peer->other_deployment,
                              .heard_ms_ago =
                                  peer->heard_ms < 0 ? -1 : clock_now_ms() - peer->heard_ms,
                              .trouble = peer->trouble};
}
