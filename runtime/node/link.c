#include "runtime/node/link.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "runtime/node/clock.h"
#include "runtime/node/draw.h"
#include "runtime/node/link_store.h"

/* ---- sending ---- */

static void send_frame(struct links *links, uint32_t at, struct wire_frame *frame)
{
    uint8_t bytes[WIRE_FRAME_BYTES];
    memcpy(frame->hash, links->image->hash, sizeof frame->hash);
    wire_encode(frame, bytes);
    if (links->curve != NULL)
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
    channel_lose(&peer->channel, draw_number());
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
    const struct wire_message wire = naming_to_wire(links->naming, message);
    if (!channel_put(&peer->channel, &wire)) {
        log_line("%s does not take any messages; the link is given up and made anew", peer->name);
        give_up(links, peer);
        return;
    }
    if (channel_message(&peer->channel, peer->channel.count - 1, &frame))
        send_frame(links, (uint32_t)(peer - links->peers), &frame);
}

/* ---- receiving ---- */

/* A frame that the peer has signed, but that says nothing to us. */
static void on_foreign_frame(struct peer *peer)
{
    peer->other_version = true;
    log_limited(&peer->foreign_limit,
                "%s runs another version of Understudy: the two do not understand each other",
                peer->name);
}

static bool runs_ours(const struct links *links, const struct peer *peer)
{
    return memcmp(peer->hash, links->image->hash, sizeof peer->hash) == 0;
}

/* What it says of its deployment. It is told again what holds when that has changed: some of it may
 * be new to it (R41). */
static void hear_deployment(struct links *links, struct peer *peer, const struct wire_frame *frame,
                            bool was_up)
{
    const uint8_t *hash = frame->hash;
    peer->other_version = false;
    if (memcmp(peer->hash, hash, sizeof peer->hash) == 0)
        return;
    memcpy(peer->hash, hash, sizeof peer->hash);
    if (runs_ours(links, peer))
        log_line("%s runs the same deployment", peer->name);
    else
        log_line("%s runs another deployment (%02x%02x%02x%02x%02x%02x): what both know by name is "
                 "failed over (R41)",
                 peer->name, hash[0], hash[1], hash[2], hash[3], hash[4], hash[5]);
    if (was_up)
        announce(links, EVENT_PEER_CHANGED, peer, NULL);
}

static void on_sound_frame(struct links *links, struct peer *peer, const struct wire_frame *frame)
{
    const bool misheard = peer->channel.misheard;
    const struct channel_arrival arrival = channel_take(&peer->channel, frame);
    struct engine_message message;
    if (peer->channel.misheard && !misheard)
        peer->misheard_ms = clock_now_ms();
    if (arrival.lost)
        announce(links, EVENT_PEER_LOST, peer, NULL);
    if (arrival.current)
        peer->heard_ms = clock_now_ms();
    if (arrival.current)
        hear_deployment(links, peer, frame, !arrival.up);
    if (arrival.up) {
        announce(links, EVENT_PEER_UP, peer, NULL);
        peer->trouble[0] = '\0';
    }
    if (arrival.answer)
        peer->answer_due = true;
    if (!arrival.message)
        return;
    if (naming_from_wire(links->naming, &frame->message, &message))
        announce(links, EVENT_MESSAGE, peer, &message);
    else
        log_limited(&peer->foreign_limit,
                    "%s speaks of a failover or camera that this deployment does not have; that "
                    "changes nothing here",
                    peer->name);
}

static bool take_parcel(struct links *links, const struct peer *peer, const uint8_t *bytes,
                        size_t size)
{
    struct parcel parcel;
    const bool is_parcel = parcel_decode(bytes, size, &parcel);
    if (is_parcel && links->take_parcel != NULL)
        links->take_parcel(links->parcel_owner, peer->server, &parcel);
    return is_parcel;
}

void links_take_parcels(struct links *links, links_parcel *take, void *owner)
{
    links->take_parcel = take;
    links->parcel_owner = owner;
}

bool links_carry(struct links *links, uint32_t server, const struct parcel *parcel)
{
    const struct peer *peer = find_peer(links, server);
    uint8_t bytes[PARCEL_HEAD_BYTES + PARCEL_BYTES_MAX];
    if (peer == NULL || !peer->channel.up || links->curve == NULL)
        return false;
    curve_send(links->curve, (uint32_t)(peer - links->peers), bytes, parcel_encode(parcel, bytes));
    return true;
}

static void on_frame(void *owner, uint32_t at, const uint8_t *bytes, size_t size)
{
    struct links *links = owner;
    struct peer *peer = &links->peers[at];
    struct wire_frame frame;
    switch (wire_decode(bytes, size, &frame)) {
    case WIRE_SOUND:
        on_sound_frame(links, peer, &frame);
        break;
    case WIRE_OTHER_VERSION:
        on_foreign_frame(peer);
        break;
    case WIRE_GARBAGE:
        if (take_parcel(links, peer, bytes, size))
            break;
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

void link_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    read_all(poll->data);
}

struct curve_handler link_handler(struct links *links)
{
    return (struct curve_handler){
        .owner = links, .connected = on_connected, .frame = on_frame, .notice = on_notice};
}

/* ---- time ---- */

/* A transport that could not be opened under a new deployment is opened as soon as it can be. */
static bool has_transport(struct links *links)
{
    char error[TEXT_BYTES_MAX];
    if (links->curve != NULL || link_connect(links, error))
        return true;
    log_limited(&links->open_limit, "ALARM: this server has no links: %s", error);
    return false;
}

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
    if (links->count == 0 || !has_transport(links))
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
                              .other_version = peer->other_version,
                              .other_deployment = peer->channel.up && !runs_ours(links, peer),
                              .heard_ms_ago =
                                  peer->heard_ms < 0 ? -1 : clock_now_ms() - peer->heard_ms,
                              .trouble = peer->trouble};
}
