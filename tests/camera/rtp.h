/* H.264 as RTP (RFC 6184: single units and FU-A), interleaved in an RTSP connection (RFC
 * 2326, 10.12). */
#ifndef TESTS_CAMERA_RTP_H
#define TESTS_CAMERA_RTP_H

#include <stddef.h>
#include <stdint.h>

#define RTP_CLOCK_HZ     90000
#define RTP_PAYLOAD_TYPE 96
#define RTP_PAYLOAD_MAX  1400 /* bytes of a packet behind its RTP header */
#define RTP_REPORT_SIZE  32   /* bytes of an interleaved sender report */

/* What one receiver of the stream has been sent. RTCP goes to the channel after RTP's. */
struct rtp_stream {
    uint32_t ssrc;
    uint16_t sequence; /* of the next packet */
    uint8_t channel;
    uint32_t packet_count, octet_count;
};

/* The bytes that rtp_write_frame will write for this frame (in footage form). */
size_t rtp_frame_size(const uint8_t *frame, size_t size);

/* Writes the frame as packets that share the timestamp; the last carries the marker. Returns the
 * bytes written. */
size_t rtp_write_frame(struct rtp_stream *stream, const uint8_t *frame, size_t size,
                       uint32_t timestamp, uint8_t *out);

/* Writes an RTCP sender report, which ties the timestamp to the wall clock, in nanoseconds since
 * 1970. */
void rtp_write_report(const struct rtp_stream *stream, int64_t wall_ns, uint32_t timestamp,
                      uint8_t out[RTP_REPORT_SIZE]);

#endif
