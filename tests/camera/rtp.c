#include "tests/camera/rtp.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "tests/camera/footage.h"

#define INTERLEAVED_HEADER 4
#define RTP_HEADER         12
#define OVERHEAD           (INTERLEAVED_HEADER + RTP_HEADER)
#define FU_HEADER          2
#define FU_PAYLOAD         (RTP_PAYLOAD_MAX - FU_HEADER)
#define FU_A               28
#define SENDER_REPORT      200
#define NTP_TO_UNIX_S      2208988800u /* from 1900 to 1970 */

static void put16(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
}

static void put32(uint8_t *to, uint32_t value)
{
    put16(to, value >> 16);
    put16(to + 2, value);
}

static void put_interleaved(uint8_t *to, unsigned channel, size_t size)
{
    to[0] = '$';
    to[1] = (uint8_t)channel;
    put16(to + 2, (uint32_t)size);
}

size_t rtp_frame_size(const uint8_t *frame, size_t size)
{
    size_t total = 0, unit_size = 0;
    for (size_t at = 0; footage_next_unit(frame, size, &at, &unit_size);) {
        if (unit_size <= RTP_PAYLOAD_MAX) {
            total += OVERHEAD + unit_size;
            continue;
        }
        size_t body = unit_size - 1;
        total += body + (body + FU_PAYLOAD - 1) / FU_PAYLOAD * (OVERHEAD + FU_HEADER);
    }
    return total;
}

/* Writes the headers of one packet; the caller adds `payload` bytes behind them. */
static uint8_t *put_headers(struct rtp_stream *stream, uint8_t *out, size_t payload,
                            uint32_t timestamp, bool marker)
{
    put_interleaved(out, stream->channel, RTP_HEADER + payload);
    out[4] = 0x80; /* version 2 */
    out[5] = (uint8_t)((marker ? 0x80 : 0) | RTP_PAYLOAD_TYPE);
    put16(out + 6, stream->sequence++);
    put32(out + 8, timestamp);
    put32(out + 12, stream->ssrc);
    stream->packet_count++;
    stream->octet_count += (uint32_t)payload;
    return out + OVERHEAD;
}

/* One NAL unit in fragments: each repeats its header's importance bits and says whether it is first
 * or last. */
static uint8_t *put_fragments(struct rtp_stream *stream, uint8_t *out, const uint8_t *unit,
                              size_t size, uint32_t timestamp, bool last_unit)
{
    for (size_t at = 1; at < size;) {
        size_t part = size - at < FU_PAYLOAD ? size - at : FU_PAYLOAD;
        bool first = at == 1, last = at + part == size;
        out = put_headers(stream, out, FU_HEADER + part, timestamp, last && last_unit);
        out[0] = (uint8_t)((unit[0] & 0xe0) | FU_A);
        out[1] = (uint8_t)((first ? 0x80 : 0) | (last ? 0x40 : 0) | (unit[0] & 0x1f));
        memcpy(out + FU_HEADER, unit + at, part);
        out += FU_HEADER + part;
        at += part;
    }
    return out;
}

size_t rtp_write_frame(struct rtp_stream *stream, const uint8_t *frame, size_t size,
                       uint32_t timestamp, uint8_t *out)
{
    uint8_t *to = out;
    const uint8_t *unit = NULL;
    size_t unit_size = 0;
    for (size_t at = 0; (unit = footage_next_unit(frame, size, &at, &unit_size));) {
        bool last_unit = at == size;
        if (unit_size > RTP_PAYLOAD_MAX) {
            to = put_fragments(stream, to, unit, unit_size, timestamp, last_unit);
            continue;
        }
        to = put_headers(stream, to, unit_size, timestamp, last_unit);
        memcpy(to, unit, unit_size);
        to += unit_size;
    }
    return (size_t)(to - out);
}

void rtp_write_report(const struct rtp_stream *stream, int64_t wall_ns, uint32_t timestamp,
                      uint8_t out[RTP_REPORT_SIZE])
{
    assert(wall_ns >= 0);
    uint64_t fraction = ((uint64_t)(wall_ns % 1000000000) << 32) / 1000000000;
    put_interleaved(out, stream->channel + 1u, RTP_REPORT_SIZE - INTERLEAVED_HEADER);
    out[4] = 0x80;
    out[5] = SENDER_REPORT;
    put16(out + 6, 6); /* length in words, less one */
    put32(out + 8, stream->ssrc);
    put32(out + 12, (uint32_t)(wall_ns / 1000000000 + NTP_TO_UNIX_S));
    put32(out + 16, (uint32_t)fraction);
    put32(out + 20, timestamp);
    put32(out + 24, stream->packet_count);
    put32(out + 28, stream->octet_count);
}
