#include "recorder/rtp.h"

#include <string.h>

enum { HEADER_BYTES = 12, TYPE_MPEG_TS = 33, TYPE_DYNAMIC = 96, SOURCE_BYTES = 4 };

bool rtp_parse(const uint8_t *bytes, size_t size, struct rtp_packet *packet)
{
    size_t header, padding = 0;
    unsigned type;

    if (size < HEADER_BYTES || bytes[0] >> 6 != 2)
        return false;
    type = bytes[1] & 0x7f;
    if (type != TYPE_MPEG_TS && type < TYPE_DYNAMIC)
        return false;
    header = HEADER_BYTES + SOURCE_BYTES * (bytes[0] & 0xfu);
    if ((bytes[0] & 0x10) != 0) { /* an extension, with its length in words */
        if (size < header + 4)
            return false;
        header += 4 + 4 * ((size_t)bytes[header + 2] << 8 | bytes[header + 3]);
    }
    if ((bytes[0] & 0x20) != 0)
        padding = bytes[size - 1];
    if (size <= header + padding || size - header - padding > RTP_PAYLOAD_MAX)
        return false;
    packet->sequence = (uint16_t)(bytes[2] << 8 | bytes[3]);
    packet->payload = bytes + header;
    packet->payload_size = size - header - padding;
    return true;
}

static void begin(struct rtp_order *order, uint16_t sequence)
{
    memset(order->sizes, 0, sizeof(order->sizes));
    order->begun = true;
    order->next = sequence;
    order->waiting = 0;
}

void rtp_order_put(struct rtp_order *order, const struct rtp_packet *packet)
{
    int16_t ahead = (int16_t)(packet->sequence - order->next);
    unsigned place = packet->sequence % RTP_WINDOW;

    /* Far off: the camera began anew. */
    if (!order->begun || ahead >= RTP_WINDOW || ahead < -8 * RTP_WINDOW)
        begin(order, packet->sequence);
    else if (ahead < 0 || order->sizes[place] > 0)
        return;
    memcpy(order->payloads[place], packet->payload, packet->payload_size);
    order->sizes[place] = packet->payload_size;
    order->waiting++;
}

const uint8_t *rtp_order_take(struct rtp_order *order, size_t *size)
{
    unsigned place;

    if (order->waiting == 0)
        return NULL;
    while (order->sizes[order->next % RTP_WINDOW] == 0) {
        if (order->waiting < RTP_WINDOW / 2)
            return NULL;
        order->next++;
    }
    place = order->next++ % RTP_WINDOW;
    *size = order->sizes[place];
    order->sizes[place] = 0;
    order->waiting--;
    return order->payloads[place];
}
