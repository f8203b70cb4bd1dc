/* One connection to a test camera: its RTSP session, what it has yet to read, and its place in the
 * stream. */
#ifndef TESTS_CAMERA_VIEWER_H
#define TESTS_CAMERA_VIEWER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/camera/rtp.h"
#include "tests/camera/rtsp.h"

/* What a slow reader may leave unread, in bytes, before it is dropped; the kernel's own buffer
 * comes on top. */
#define VIEWER_QUEUE_MAX (2u << 20)

struct viewer {
    int fd;
    uint16_t peer_port; /* for messages; every viewer is on this machine */
    struct rtsp_session session;
    struct rtp_stream rtp;
    int64_t report_due_ns; /* wall clock */
    uint8_t input[RTSP_REQUEST_MAX];
    size_t input_size;
    size_t skip; /* bytes of input that mean nothing: the client's RTCP, a request's body */
    uint8_t *queue;
    size_t queue_from, queue_to;
    const char *leaving; /* why the connection is over; NULL while it stands */
};

/* Takes over a connected, non-blocking socket. NULL (the socket is closed) where memory ran out. */
struct viewer *viewer_open(int fd, uint16_t peer_port);

/* Ends the connection; `reset` breaks it off (RST) instead of closing it in good order. */
void viewer_close(struct viewer *viewer, struct rtsp_service *service, bool reset);

/* Reads what has come and answers it. Sets `leaving` where the connection is over. */
void viewer_read(struct viewer *viewer, struct rtsp_service *service, uint32_t next_timestamp);

/* Queues a frame and sends what the socket takes. A viewer that has not read for too long is
 * leaving. */
void viewer_send_frame(struct viewer *viewer, const uint8_t *frame, size_t size, uint32_t timestamp,
                       int64_t wall_ns);

/* Sends what is queued, as far as the socket takes it. */
void viewer_flush(struct viewer *viewer);

bool viewer_has_queued(const struct viewer *viewer);

#endif
