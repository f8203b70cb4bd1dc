#include "runtime/node/channel.h"

#include <assert.h>
#include <stdlib.h>

void channel_init(struct channel *channel, uint64_t session)
{
    assert(session != 0);
    *channel = (struct channel){.session = session};
}

void channel_free(struct channel *channel)
{
    free(channel->waiting);
    channel->waiting = NULL;
}

/* Nothing is on its way any more, in either direction. */
static void clear(struct channel *channel)
{
    channel->up = false;
    channel->misheard = false;
    channel->peer_leaves = false;
    channel->acked = 0;
    channel->received = 0;
    channel->first = 0;
    channel->count = 0;
}

static void meet(struct channel *channel, uint64_t peer_session)
{
    clear(channel);
    if (channel->peer_session != 0) {
        channel->retired[channel->next_retired] = channel->peer_session;
        channel->next_retired = (channel->next_retired + 1) % CHANNEL_RETIRED;
    }
    channel->peer_session = peer_session;
}

/* The peer's session stays known: it may be alive, and only the path have failed. */
void channel_lose(struct channel *channel, uint64_t session)
{
    assert(session != 0);
    clear(channel);
    channel->session = session;
}

static bool grow(struct channel *channel)
{
    const uint32_t capacity = channel->capacity == 0 ? 64 : channel->capacity * 2;
    if (capacity > CHANNEL_WAITING_MAX)
        return false;
    struct wire_message *waiting = malloc(capacity * sizeof *waiting);
    if (waiting == NULL)
        return false;
    for (uint32_t i = 0; i < channel->count; i++)
        waiting[i] = channel->waiting[(channel->first + i) % channel->capacity];
    free(channel->waiting);
    channel->waiting = waiting;
    channel->capacity = capacity;
    channel->first = 0;
    return true;
}

bool channel_put(struct channel *channel, const struct wire_message *message)
{
    assert(channel->up);
    if (channel->count == channel->capacity && !grow(channel))
        return false;
    channel->waiting[(channel->first + channel->count) % channel->capacity] = *message;
    channel->count++;
    return true;
}

static bool is_retired(const struct channel *channel, uint64_t session)
{
    for (uint32_t i = 0; i < CHANNEL_RETIRED; i++)
        if (channel->retired[i] == session)
            return true;
    return false;
}

static void take_ack(struct channel *channel, uint64_t ack)
{
    if (ack <= channel->acked || ack - channel->acked > channel->count)
        return;
    const uint32_t done = (uint32_t)(ack - channel->acked);
    channel->first = (channel->first + done) % channel->capacity;
    channel->count -= done;
    channel->acked = ack;
}

struct channel_arrival channel_take(struct channel *channel, const struct wire_frame *frame)
{
    struct channel_arrival arrival = {0};
    channel->misheard = !channel->up;
    if (frame->session == 0 || is_retired(channel, frame->session))
        return arrival;
    if (frame->session != channel->peer_session) {
        arrival.lost = channel->up;
        meet(channel, frame->session);
        channel->misheard = true;
        arrival.answer = true;
    }
    if (frame->peer_session != channel->session)
        return arrival;
    arrival.current = true;
    channel->misheard = false;
    if (!channel->up) {
        channel->up = true;
        arrival.up = true;
        arrival.answer = true;
    }
    take_ack(channel, frame->ack);
    if (frame->kind == WIRE_FAREWELL)
        channel->peer_leaves = true;
    if (frame->kind == WIRE_MESSAGE) {
        arrival.answer = true;
        arrival.message = frame->sequence == channel->received + 1;
        if (arrival.message)
            channel->received++;
    }
    return arrival;
}

bool channel_is_quiet(const struct channel *channel)
{
    return !channel->up || channel->peer_leaves || channel->count == 0;
}

void channel_heartbeat(const struct channel *channel, struct wire_frame *frame)
{
    frame->kind = WIRE_HEARTBEAT;
    frame->session = channel->session;
    frame->peer_session = channel->peer_session;
    frame->sequence = 0;
    frame->ack = channel->received;
    frame->message = (struct wire_message){0};
}

bool channel_message(const struct channel *channel, uint32_t n, struct wire_frame *frame)
{
    if (n >= channel->count || n >= CHANNEL_WINDOW)
        return false;
    channel_heartbeat(channel, frame);
    frame->kind = WIRE_MESSAGE;
    frame->sequence = channel->acked + 1 + n;
    frame->message = channel->waiting[(channel->first + n) % channel->capacity];
    return true;
}
