#include "tests/camera/viewer.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REPORT_EVERY_NS 5000000000

struct viewer *viewer_open(int fd, uint16_t peer_port)
{
    struct viewer *viewer = calloc(1, sizeof *viewer);
    uint8_t *queue = viewer ? malloc(VIEWER_QUEUE_MAX) : NULL;
    if (!queue) {
        free(viewer);
        close(fd);
        return NULL;
    }
    viewer->fd = fd;
    viewer->peer_port = peer_port;
    viewer->queue = queue;
    rtsp_begin(&viewer->session);
    viewer->rtp.ssrc = (uint32_t)strtoul(viewer->session.id + 8, NULL, 16);
    viewer->rtp.sequence = (uint16_t)viewer->rtp.ssrc;
    return viewer;
}

void viewer_close(struct viewer *viewer, struct rtsp_service *service, bool reset)
{
    if (reset)
        setsockopt(viewer->fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0},
                   sizeof(struct linger));
    close(viewer->fd);
    rtsp_end(&viewer->session, service);
    free(viewer->queue);
    free(viewer);
}

bool viewer_has_queued(const struct viewer *viewer)
{
    return viewer->queue_from < viewer->queue_to;
}

void viewer_flush(struct viewer *viewer)
{
    while (viewer_has_queued(viewer) && !viewer->leaving) {
        ssize_t sent = send(viewer->fd, viewer->queue + viewer->queue_from,
                            viewer->queue_to - viewer->queue_from, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0)
            viewer->queue_from += (size_t)sent;
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR)
            viewer->leaving = "the connection broke";
    }
    viewer->queue_from = viewer->queue_to = 0;
}

/* Room for `size` bytes at the queue's end, NULL where the viewer has left too much unread. */
static uint8_t *reserve(struct viewer *viewer, size_t size)
{
    if (size > VIEWER_QUEUE_MAX - viewer->queue_to) {
        viewer->queue_to -= viewer->queue_from;
        memmove(viewer->queue, viewer->queue + viewer->queue_from, viewer->queue_to);
        viewer->queue_from = 0;
    }
    if (size > VIEWER_QUEUE_MAX - viewer->queue_to) {
        viewer->leaving = "it reads too slowly";
        return NULL;
    }
    uint8_t *room = viewer->queue + viewer->queue_to;
    viewer->queue_to += size;
    return room;
}

static void send_text(struct viewer *viewer, const char *text, size_t size)
{
    uint8_t *room = reserve(viewer, size);
    if (room)
        memcpy(room, text, size);
    viewer_flush(viewer);
}

void viewer_send_frame(struct viewer *viewer, const uint8_t *frame, size_t size, uint32_t timestamp,
                       int64_t wall_ns)
{
    if (viewer->leaving || !viewer->session.playing)
        return;
    if (wall_ns >= viewer->report_due_ns || viewer->report_due_ns - wall_ns > REPORT_EVERY_NS) {
        uint8_t *report = reserve(viewer, RTP_REPORT_SIZE);
        if (report)
            rtp_write_report(&viewer->rtp, wall_ns, timestamp, report);
        viewer->report_due_ns = wall_ns + REPORT_EVERY_NS;
    }
    size_t wanted = rtp_frame_size(frame, size);
    uint8_t *room = reserve(viewer, wanted);
    if (room) {
        size_t written = rtp_write_frame(&viewer->rtp, frame, size, timestamp, room);
        assert(written == wanted);
    }
    viewer_flush(viewer);
}

static void answer(struct viewer *viewer, struct rtsp_service *service,
                   const struct rtsp_request *request, uint32_t next_timestamp)
{
    char text[RTSP_ANSWER_MAX];
    struct rtsp_position position = {viewer->rtp.sequence, next_timestamp};
    size_t size = rtsp_answer(service, &viewer->session, request, &position, text);
    viewer->rtp.channel = viewer->session.channel;
    viewer->skip = request->body_size;
    send_text(viewer, text, size);
    if (viewer->session.over && !viewer->leaving)
        viewer->leaving = "it said goodbye";
}

/* Takes one thing from the front of the input. False where more must come first. */
static bool take_input(struct viewer *viewer, struct rtsp_service *service, uint32_t next_timestamp)
{
    size_t used = viewer->skip < viewer->input_size ? viewer->skip : viewer->input_size;
    viewer->skip -= used;
    if (used == 0) {
        struct rtsp_request request;
        char text[RTSP_ANSWER_MAX];
        switch (rtsp_parse(viewer->input, viewer->input_size, &request, &used)) {
        case RTSP_MORE:
            return false;
        case RTSP_REQUEST:
            answer(viewer, service, &request, next_timestamp);
            break;
        case RTSP_INTERLEAVED:
            viewer->skip = used;
            return true;
        case RTSP_BAD:
            send_text(viewer, text, rtsp_answer_bad(text));
            viewer->leaving = "it does not speak RTSP";
            return false;
        }
    }
    viewer->input_size -= used;
    memmove(viewer->input, viewer->input + used, viewer->input_size);
    return true;
}

void viewer_read(struct viewer *viewer, struct rtsp_service *service, uint32_t next_timestamp)
{
    ssize_t got = recv(viewer->fd, viewer->input + viewer->input_size,
                       sizeof viewer->input - viewer->input_size, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        viewer->leaving = got == 0 ? "it hung up" : "the connection broke";
        return;
    }
    viewer->input_size += (size_t)got;
    while (!viewer->leaving && take_input(viewer, service, next_timestamp))
        continue;
}
