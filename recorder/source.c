#include "recorder/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libavformat/avformat.h>

#include "recorder/h264.h"
#include "recorder/moment.h"
#include "recorder/recorder.h"
#include "recorder/url.h"

/* What a first picture without a timestamp is thought to last, in microseconds. */
#define USUAL_PICTURE_US 40000

struct source {
    AVFormatContext *format;
    const atomic_bool *abandon;
    int64_t deadline_us; /* monotonic; the wait in hand is given up then */
    bool playing;
    atomic_bool
        given_up;     /* a wait was ended by us: what libavformat still gives is its remainder */
    int video;        /* index of the stream that is recorded */
    AVPacket *packet; /* the picture handed out */
    AVPacket *ahead;  /* the one after a first picture that came without a timestamp */
    bool has_ahead;
    bool began;
    int64_t last_return_us; /* when libavformat last gave a picture: it does so at the first packet
                               of the next one */
    int64_t ahead_arrival_us;
    int64_t last_pts_us;
    uint8_t *whole; /* a keyframe with the parameter sets put before it */
    size_t whole_size;
};

void source_setup(void)
{
    av_log_set_level(AV_LOG_QUIET);
    avformat_network_init();
}

/* libavformat asks this about every tenth of a second while it waits: not 0 gives up. */
static int on_wait(void *data)
{
    struct source *source = data;

    if (atomic_load(source->abandon) || moment_monotonic_us() > source->deadline_us)
        atomic_store(&source->given_up, true);
    return atomic_load(&source->given_up);
}

/* X(error, hopeless, sentence) */
#define FAILURES(X)                                                                                \
    X(AVERROR(ECONNREFUSED), false, "the camera refuses the connection")                           \
    X(AVERROR(ECONNRESET), false, "the camera broke the connection")                               \
    X(AVERROR(EHOSTUNREACH), false, "the camera cannot be reached: no route to it")                \
    X(AVERROR(ENETUNREACH), false, "the camera cannot be reached: no network")                     \
    X(AVERROR(ETIMEDOUT), false, "the camera does not answer")                                     \
    X(AVERROR(EPIPE), false, "the camera closed the connection")                                   \
    X(AVERROR_EOF, false, "the camera closed the connection")                                      \
    X(AVERROR(EIO), false, "the camera's name cannot be resolved, or it closed the connection")    \
    X(AVERROR_HTTP_UNAUTHORIZED, false, "the camera wants a user name and password (401)")         \
    X(AVERROR_HTTP_FORBIDDEN, false, "the camera forbids the access (403)")                        \
    X(AVERROR_HTTP_NOT_FOUND, false, "the camera has no such stream (404)")                        \
    X(AVERROR_HTTP_BAD_REQUEST, false, "the camera does not understand the request (400)")         \
    X(AVERROR_HTTP_OTHER_4XX, false, "the camera declines the request (4xx)")                      \
    X(AVERROR_HTTP_SERVER_ERROR, false, "the camera has an error of its own (5xx)")                \
    X(AVERROR_INVALIDDATA, false, "the camera's answer is not understood")                         \
    X(AVERROR_PROTOCOL_NOT_FOUND, true, "this program cannot speak the protocol of the address")

static void explain(const struct source *source, int error, char *cause)
{
    if (error == AVERROR_EXIT && atomic_load(source->abandon)) {
        snprintf(cause, RECORDER_CAUSE_MAX, "the connection was given up on demand");
        return;
    }
    if (error == AVERROR_EXIT && source->playing) {
        snprintf(cause, RECORDER_CAUSE_MAX,
                 "the camera stalled: the connection stands, but nothing came for %.1f s",
                 SOURCE_STALL_MS / 1000.0);
        return;
    }
    if (error == AVERROR_EXIT) {
        snprintf(cause, RECORDER_CAUSE_MAX, "the camera does not answer within %d s",
                 SOURCE_CONNECT_MS / 1000);
        return;
    }
#define X(code, hopeless, sentence)                                                                \
    if (error == (code)) {                                                                         \
        snprintf(cause, RECORDER_CAUSE_MAX, "%s", sentence);                                       \
        return;                                                                                    \
    }
    FAILURES(X)
#undef X
    snprintf(cause, RECORDER_CAUSE_MAX, "the connection to the camera failed (%s)",
             av_err2str(error));
}

/* Chooses the picture stream and tells the camera to send no other. False: there is none that can
 * be recorded. */
static bool choose_stream(struct source *source, char *cause, bool *hopeless)
{
    const char *found = NULL;

    source->video = -1;
    for (unsigned i = 0; i < source->format->nb_streams; i++) {
        AVStream *stream = source->format->streams[i];

        stream->discard = AVDISCARD_ALL;
        if (stream->codecpar->codec_type != AVMEDIA_TYPE_VIDEO || source->video >= 0)
            continue;
        found = avcodec_get_name(stream->codecpar->codec_id);
        if (stream->codecpar->codec_id != AV_CODEC_ID_H264)
            continue;
        source->video = (int)i;
        stream->discard = AVDISCARD_DEFAULT;
    }
    if (source->video >= 0)
        return true;
    *hopeless = true;
    snprintf(cause, RECORDER_CAUSE_MAX,
             found == NULL ? "the camera offers no video%s"
                           : "the camera sends %s: only H.264 is supported",
             found == NULL ? "" : found);
    return false;
}

static int connect_to(struct source *source, const char *url)
{
    AVDictionary *options = NULL;
    int error;

    av_dict_set(&options, "rtsp_transport", "tcp", 0);
    av_dict_set(&options, "allowed_media_types", "video", 0);
    av_dict_set(&options, "protocol_whitelist", "rtsp,rtp,tcp", 0);
    av_dict_set(&options, "fflags", "nobuffer", 0);
    source->format->interrupt_callback = (AVIOInterruptCB){.callback = on_wait, .opaque = source};
    source->deadline_us = moment_monotonic_us() + SOURCE_CONNECT_MS * 1000;
    error = avformat_open_input(&source->format, url, av_find_input_format("rtsp"), &options);
    av_dict_free(&options);
    return error;
}

struct source *source_open(const char *url, const atomic_bool *abandon, char *cause, bool *hopeless)
{
    struct source *source = calloc(1, sizeof(*source));
    int error;

    *hopeless = false;
    if (!url_accept(url, cause)) {
        *hopeless = true;
        free(source);
        return NULL;
    }
    snprintf(cause, RECORDER_CAUSE_MAX, "memory is out");
    if (source == NULL)
        return NULL;
    source->abandon = abandon;
    source->format = avformat_alloc_context();
    source->packet = av_packet_alloc();
    source->ahead = av_packet_alloc();
    if (source->format == NULL || source->packet == NULL || source->ahead == NULL) {
        source_close(source);
        return NULL;
    }
    error = connect_to(source, url); /* frees the context when it fails */
    if (error < 0)
        explain(source, error, cause);
    if (error < 0 || !choose_stream(source, cause, hopeless)) {
        source_close(source);
        return NULL;
    }
    source->playing = true;
    return source;
}

/* The next packet of the chosen stream, and when its first part came. */
static int receive(struct source *source, AVPacket *packet, int64_t *arrival_us)
{
    do {
        int error;

        if (atomic_load(&source->given_up))
            return AVERROR_EXIT;
        source->deadline_us = moment_monotonic_us() + SOURCE_STALL_MS * 1000;
        av_packet_unref(packet);
        error = av_read_frame(source->format, packet);
        if (error < 0)
            return error;
        if (packet->size > (int)SOURCE_PICTURE_MAX)
            return AVERROR_INVALIDDATA;
    } while (packet->stream_index != source->video || packet->size <= 0);
    *arrival_us = source->last_return_us != 0 ? source->last_return_us : moment_monotonic_us();
    source->last_return_us = moment_monotonic_us();
    return 0;
}

static int64_t pts_of(const struct source *source, const AVPacket *packet)
{
    int64_t pts = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;

    return pts == AV_NOPTS_VALUE
               ? AV_NOPTS_VALUE
               : av_rescale_q(pts, source->format->streams[source->video]->time_base,
                              (AVRational){1, 1000000});
}

/* The first picture of a connection often has no timestamp: it is placed one picture before the
 * second one. */
static int receive_first(struct source *source, struct source_picture *picture)
{
    int error = receive(source, source->packet, &picture->arrival_us);

    if (error < 0)
        return error;
    picture->pts_us = pts_of(source, source->packet);
    if (picture->pts_us != AV_NOPTS_VALUE)
        return 0;
    error = receive(source, source->ahead, &source->ahead_arrival_us);
    if (error < 0)
        return error;
    source->has_ahead = true;
    picture->pts_us = pts_of(source, source->ahead);
    if (picture->pts_us == AV_NOPTS_VALUE)
        return AVERROR_INVALIDDATA;
    picture->pts_us -= USUAL_PICTURE_US;
    picture->arrival_us = source->ahead_arrival_us - USUAL_PICTURE_US;
    return 0;
}

static int receive_next(struct source *source, struct source_picture *picture)
{
    int error = 0;

    if (source->has_ahead) {
        AVPacket *done = source->packet;

        source->packet = source->ahead;
        source->ahead = done;
        source->has_ahead = false;
        picture->arrival_us = source->ahead_arrival_us;
    } else {
        error = receive(source, source->packet, &picture->arrival_us);
    }
    if (error < 0)
        return error;
    picture->pts_us = pts_of(source, source->packet);
    if (picture->pts_us == AV_NOPTS_VALUE)
        picture->pts_us = source->last_pts_us + USUAL_PICTURE_US;
    return 0;
}

/* Cameras may send the parameter sets only in the description: a segment must not depend on that.
 */
static bool put_parameters_before(struct source *source, struct source_picture *picture)
{
    const AVCodecParameters *parameters = source->format->streams[source->video]->codecpar;
    size_t extra = (size_t)parameters->extradata_size, size = extra + picture->size;

    if (!h264_inspect(parameters->extradata, extra).parameters)
        return false;
    if (size > source->whole_size) {
        uint8_t *larger = realloc(source->whole, size);

        if (larger == NULL)
            return false;
        source->whole = larger;
        source->whole_size = size;
    }
    memcpy(source->whole, parameters->extradata, extra);
    memcpy(source->whole + extra, picture->data, picture->size);
    picture->data = source->whole;
    picture->size = size;
    return true;
}

bool source_read(struct source *source, struct source_picture *picture, char *cause)
{
    int error = source->began ? receive_next(source, picture) : receive_first(source, picture);
    struct h264_units units;

    if (error < 0) {
        explain(source, error, cause);
        return false;
    }
    source->began = true;
    source->last_pts_us = picture->pts_us;
    picture->data = source->packet->data;
    picture->size = (size_t)source->packet->size;
    units = h264_inspect(picture->data, picture->size);
    picture->key = units.idr && (units.parameters || put_parameters_before(source, picture));
    return true;
}

void source_close(struct source *source)
{
    if (source == NULL)
        return;
    /* The farewell to a camera that does not listen must not take long. */
    source->deadline_us = moment_monotonic_us() + 500000;
    avformat_close_input(&source->format);
    av_packet_free(&source->packet);
    av_packet_free(&source->ahead);
    free(source->whole);
    free(source);
}
