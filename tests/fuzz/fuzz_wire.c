/* Frames of one peer, one after the other: a frame that is read is written again with the same
 * meaning, and whatever they say, the link's contract holds: up and lost take turns, a message
 * comes only while it is up. Each frame is given by its length, for one byte. */
#include <assert.h>
#include <string.h>

#include "runtime/node/channel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(const struct wire_frame *frame)
{
    uint8_t bytes[WIRE_FRAME_BYTES], same[WIRE_FRAME_BYTES];
    struct wire_frame again;
    wire_encode(frame, bytes);
    assert(wire_decode(bytes, sizeof bytes, &again) == WIRE_SOUND);
    wire_encode(&again, same);
    assert(memcmp(bytes, same, sizeof bytes) == 0);
}

static void take(struct channel *channel, const struct wire_frame *frame, uint64_t *session)
{
    const bool was_up = channel->up;
    const struct channel_arrival arrival = channel_take(channel, frame);
    const bool is_up = (was_up && !arrival.lost) || arrival.up;
    assert(!arrival.lost || was_up);
    assert(!arrival.up || !was_up || arrival.lost);
    assert(channel->up == is_up && (!arrival.message || is_up));
    if (arrival.up) {
        const struct wire_message message = {.epoch = *session};
        assert(channel_put(channel, &message));
    }
    if (channel->misheard)
        channel_lose(channel, ++*session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct channel channel;
    uint64_t session = 1;
    channel_init(&channel, session);
    while (size > 0) {
        struct wire_frame frame, sent;
        const size_t length = data[0] < size - 1 ? data[0] : size - 1;
        if (wire_decode(data + 1, length, &frame) == WIRE_SOUND) {
            write_again(&frame);
            take(&channel, &frame, &session);
        }
        channel_heartbeat(&channel, &sent);
        for (uint32_t n = 0; channel_message(&channel, n, &sent); n++)
            assert(n < CHANNEL_WINDOW);
        data += 1 + length;
        size -= 1 + length;
    }
    channel_free(&channel);
    return 0;
}
