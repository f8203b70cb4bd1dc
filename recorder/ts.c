#include "recorder/ts.h"

#include "recorder/nal.h"

enum { SYNC_BYTE = 0x47, PES_HEADER = 9, PES_PTS = 5 };

bool ts_parse(const uint8_t *bytes, struct ts_packet *packet)
{
    bool has_adaptation = (bytes[3] & 0x20) != 0, has_payload = (bytes[3] & 0x10) != 0;
    size_t header = has_adaptation ? 5 + (size_t)bytes[4] : 4;

    if (bytes[0] != SYNC_BYTE || header > TS_PACKET)
        return false;
    packet->pid = (unsigned)(bytes[1] & 0x1f) << 8 | bytes[2];
    packet->begins = (bytes[1] & 0x40) != 0;
    packet->payload = bytes + header;
    packet->payload_size = has_payload ? TS_PACKET - header : 0;
    return true;
}

static int64_t read_pts(const uint8_t *p)
{
    return (int64_t)(p[0] >> 1 & 7) << 30 | (int64_t)p[1] << 22 | (int64_t)(p[2] >> 1) << 15 |
           (int64_t)p[3] << 7 | p[4] >> 1;
}

bool ts_begins_picture(const struct ts_packet *packet, struct ts_picture *picture)
{
    const uint8_t *p = packet->payload;
    size_t header, declared, here;
    struct nal_units units;

    if (!packet->begins || packet->payload_size < PES_HEADER + PES_PTS)
        return false;
    if (p[0] != 0 || p[1] != 0 || p[2] != 1 || (p[3] & 0xf0) != 0xe0 || (p[7] & 0x80) == 0 ||
        p[8] < PES_PTS)
        return false;
    header = PES_HEADER + (size_t)p[8];
    if (header > packet->payload_size)
        return false;
    declared = (size_t)p[4] << 8 | p[5];
    here = packet->payload_size - 6;
    picture->pts = read_pts(p + PES_HEADER);
    picture->payload_left = declared == 0 ? SIZE_MAX : declared > here ? declared - here : 0;
    units = nal_inspect(MEDIA_H264, p + header, packet->payload_size - header);
    picture->key = units.key || units.parameters;
    return true;
}

int64_t ts_distance(int64_t from, int64_t to)
{
    int64_t distance = (to - from) & TS_PTS_MASK;

    return distance > TS_PTS_MASK / 2 ? distance - TS_PTS_MASK - 1 : distance;
}
