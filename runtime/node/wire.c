#include "runtime/node/wire.h"

#include <assert.h>
#include <string.h>

#define MAGIC 0x4b4c4455u /* "UDLK" */

void wire_put(uint8_t *bytes, uint64_t number, int count)
{
    for (int i = 0; i < count; i++)
        bytes[i] = (uint8_t)(number >> (8 * i));
}

uint64_t wire_get(const uint8_t *bytes, int count)
{
    uint64_t number = 0;
    for (int i = 0; i < count; i++)
        number |= (uint64_t)bytes[i] << (8 * i);
    return number;
}

void wire_encode(const struct wire_frame *frame, uint8_t bytes[static WIRE_FRAME_BYTES])
{
    assert(frame->kind < WIRE_KIND_COUNT && frame->session != 0);
    wire_put(bytes, MAGIC, 4);
    wire_put(bytes + 4, WIRE_VERSION, 2);
    wire_put(bytes + 6, frame->kind, 2);
    memcpy(bytes + 8, frame->hash, WIRE_HASH_BYTES);
    wire_put(bytes + 40, frame->session, 8);
    wire_put(bytes + 48, frame->peer_session, 8);
    wire_put(bytes + 56, frame->sequence, 8);
    wire_put(bytes + 64, frame->ack, 8);
    wire_put(bytes + 72, frame->message.kind, 4);
    wire_put(bytes + 76, 0, 4);
    wire_put(bytes + 80, frame->message.failover, 8);
    wire_put(bytes + 88, frame->message.camera, 8);
    wire_put(bytes + 96, frame->message.epoch, 8);
    wire_put(bytes + 104, (uint64_t)frame->message.elapsed_ms, 8);
}

enum wire_verdict wire_decode(const uint8_t *bytes, size_t size, struct wire_frame *frame)
{
    if (size < 8 || wire_get(bytes, 4) != MAGIC)
        return WIRE_GARBAGE;
    if (wire_get(bytes + 4, 2) != WIRE_VERSION)
        return WIRE_OTHER_VERSION;
    const uint32_t kind = (uint32_t)wire_get(bytes + 6, 2);
    if (size != WIRE_FRAME_BYTES || kind >= WIRE_KIND_COUNT || wire_get(bytes + 40, 8) == 0)
        return WIRE_GARBAGE;
    *frame = (struct wire_frame){
        .kind = kind,
        .session = wire_get(bytes + 40, 8),
        .peer_session = wire_get(bytes + 48, 8),
        .sequence = wire_get(bytes + 56, 8),
        .ack = wire_get(bytes + 64, 8),
        .message = {.kind = (uint32_t)wire_get(bytes + 72, 4),
                    .failover = wire_get(bytes + 80, 8),
                    .camera = wire_get(bytes + 88, 8),
                    .epoch = wire_get(bytes + 96, 8),
                    .elapsed_ms = (int64_t)wire_get(bytes + 104, 8)},
    };
    memcpy(frame->hash, bytes + 8, WIRE_HASH_BYTES);
    return WIRE_SOUND;
}
