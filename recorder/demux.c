#include "recorder/demux.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/demux_track.h"
#include "recorder/moment.h"
#include "recorder/recorder.h"

/* What a picture without a timestamp is thought to last, in microseconds. */
#define USUAL_PICTURE_US 40000
#define BUFFER_BYTES     65536
/* What is looked at of a stream of bytes to see what is in it. */
#define PROBE_BYTES (1 << 20)
#define STREAMS_MAX 16

struct demux {
    struct patience *patience;
    AVIOContext *io; /* NULL: libavformat has its own connection */
    demux_feed *feed;
    demux_seek *seek;
    void *owner;
    struct demux_tracks tracks;
    AVPacket *packet; /* the one handed out */
    AVPacket *ahead;  /* the one after a first picture that came without a timestamp */
    bool has_ahead, began;
    bool keeps; /* packets wait for us on a TCP connection */
    int64_t ahead_arrival_us, last_pts_us;
    int64_t sound_end_us; /* of the last sound; AV_NOPTS_VALUE: there was none */
};

void demux_setup(void)
{
    av_log_set_level(AV_LOG_QUIET);
    av_max_alloc(SOURCE_PIECE_MAX);
    avformat_network_init();
}

/* ---- what went wrong ---- */

/* X(error, sentence) */
#define FAILURES(X)                                                                                \
    X(AVERROR(ECONNREFUSED), "the camera refuses the connection")                                  \
    X(AVERROR(ECONNRESET), "the camera broke the connection")                                      \
    X(AVERROR(EHOSTUNREACH), "the camera cannot be reached: no route to it")                       \
    X(AVERROR(ENETUNREACH), "the camera cannot be reached: no network")                            \
    X(AVERROR(ETIMEDOUT), "the camera does not answer")                                            \
    X(AVERROR(EPIPE), "the camera closed the connection")                                          \
    X(AVERROR_EOF, "the camera closed the connection")                                             \
    X(AVERROR(EIO), "the camera's name cannot be resolved, or it closed the connection")           \
    X(AVERROR_HTTP_UNAUTHORIZED, "the camera does not accept the user name and password (401)")    \
    X(AVERROR_HTTP_FORBIDDEN, "the camera forbids the access (403)")                               \
    X(AVERROR_HTTP_NOT_FOUND, "the camera has no such stream (404)")                               \
    X(AVERROR_HTTP_BAD_REQUEST, "the camera does not understand the request (400)")                \
    X(AVERROR_HTTP_OTHER_4XX, "the camera declines the request (4xx)")                             \
    X(AVERROR_HTTP_SERVER_ERROR, "the camera has an error of its own (5xx)")                       \
    X(AVERROR_INVALIDDATA, "the camera's answer is not understood")                                \
    X(AVERROR(EPROTONOSUPPORT), "the camera sends neither over TCP nor over UDP")                  \
    X(AVERROR(E2BIG), "the camera sends a picture that is too large to be one (over 8 MiB)")       \
    X(AVERROR(ENOMEM), "the camera sends something too large to be taken, or memory is out")

static void explain(const struct demux *demux, int error, char *cause)
{
    if (error == AVERROR_EXIT || atomic_load(&demux->patience->over)) {
        patience_explain(demux->patience, cause);
        return;
    }
#define X(code, sentence)                                                                          \
    if (error == (code)) {                                                                         \
        snprintf(cause, RECORDER_CAUSE_MAX, "%s", sentence);                                       \
        return;                                                                                    \
    }
    FAILURES(X)
#undef X
    snprintf(cause, RECORDER_CAUSE_MAX, "the connection to the camera failed (%s)",
             av_err2str(error));
}

/* ---- opening ---- */

/* libavformat asks this about every tenth of a second while it waits: not 0 gives up. */
static int on_wait(void *data)
{
    return patience_is_over(data);
}

static struct demux *create(struct patience *patience)
{
    struct demux *demux = calloc(1, sizeof(*demux));

    if (demux == NULL)
        return NULL;
    demux->patience = patience;
    demux->sound_end_us = AV_NOPTS_VALUE;
    demux->packet = av_packet_alloc();
    demux->ahead = av_packet_alloc();
    demux->tracks.format = avformat_alloc_context();
    if (demux->packet == NULL || demux->ahead == NULL || demux->tracks.format == NULL) {
        demux_close(demux);
        return NULL;
    }
    demux->tracks.format->interrupt_callback =
        (AVIOInterruptCB){.callback = on_wait, .opaque = patience};
    demux->tracks.format->max_streams = STREAMS_MAX;
    demux->tracks.format->correct_ts_overflow = 0; /* demux_track.c does that, and for ever */
    demux->tracks.format->flags |= AVFMT_FLAG_NOBUFFER;
    return demux;
}

/* Of a context that was opened, or not. */
static struct demux *finish_open(struct demux *demux, int error, char *cause, bool *hopeless)
{
    if (error < 0) {
        explain(demux, error, cause);
    } else if (demux_tracks_choose(&demux->tracks, cause)) {
        return demux;
    } else {
        *hopeless = true;
    }
    demux_close(demux);
    return NULL;
}

struct demux *demux_open_rtsp(const char *url, const char *transport, struct patience *patience,
                              char *cause, bool *hopeless, bool *other_transport)
{
    struct demux *demux = create(patience);
    AVDictionary *options = NULL;
    int error;

    if (demux == NULL)
        return NULL;
    demux->keeps = strcmp(transport, "tcp") == 0;
    av_dict_set(&options, "rtsp_transport", transport, 0);
    av_dict_set(&options, "allowed_media_types", "video+audio", 0);
    av_dict_set(&options, "protocol_whitelist", "rtsp,rtsps,rtp,tcp,udp,tls", 0);
    error = avformat_open_input(&demux->tracks.format, url, av_find_input_format("rtsp"), &options);
    av_dict_free(&options);
    *other_transport = error == AVERROR(EPROTONOSUPPORT);
    return finish_open(demux, error, cause, hopeless);
}

static int on_feed(void *owner, uint8_t *to, int size)
{
    struct demux *demux = owner;
    int got = demux->feed(demux->owner, to, size);

    return got > 0 ? got : got == 0 ? AVERROR_EOF : AVERROR_EXIT;
}

static int64_t on_seek(void *owner, int64_t offset, int whence)
{
    struct demux *demux = owner;

    return (whence & AVSEEK_SIZE) != 0 ? AVERROR(ENOSYS)
                                       : demux->seek(demux->owner, offset, whence & ~AVSEEK_FORCE);
}

static bool open_io(struct demux *demux)
{
    uint8_t *buffer = av_malloc(BUFFER_BYTES);

    if (buffer == NULL)
        return false;
    demux->io = avio_alloc_context(buffer, BUFFER_BYTES, 0, demux, on_feed, NULL,
                                   demux->seek == NULL ? NULL : on_seek);
    if (demux->io == NULL)
        av_free(buffer);
    demux->tracks.format->pb = demux->io;
    return demux->io != NULL;
}

static int open_bytes(struct demux *demux)
{
    AVFormatContext *format = demux->tracks.format;
    const AVInputFormat *input = demux->seek == NULL ? av_find_input_format("mpegts") : NULL;
    AVDictionary *options = NULL;
    int error;

    format->flags |= AVFMT_FLAG_CUSTOM_IO;
    format->probesize = PROBE_BYTES;
    av_dict_set(&options, "format_whitelist", "mpegts,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2", 0);
    av_dict_set(&options, "protocol_whitelist", "none", 0);
    /* A programme whose description changes on the way is the same camera's. */
    if (input != NULL)
        av_dict_set(&options, "merge_pmt_versions", "1", 0);
    error = avformat_open_input(&demux->tracks.format, NULL, input, &options);
    av_dict_free(&options);
    return error;
}

struct demux *demux_open_feed(demux_feed *feed, demux_seek *seek, void *owner,
                              struct patience *patience, char *cause, bool *hopeless)
{
    struct demux *demux = create(patience);

    if (demux == NULL)
        return NULL;
    demux->feed = feed;
    demux->seek = seek;
    demux->owner = owner;
    if (!open_io(demux)) {
        demux_close(demux);
        return NULL;
    }
    return finish_open(demux, open_bytes(demux), cause, hopeless);
}

void demux_close(struct demux *demux)
{
    if (demux == NULL)
        return;
    avformat_close_input(&demux->tracks.format);
    demux_tracks_free(&demux->tracks);
    if (demux->io != NULL)
        av_freep(&demux->io->buffer);
    avio_context_free(&demux->io);
    av_packet_free(&demux->packet);
    av_packet_free(&demux->ahead);
    free(demux);
}

/* ---- reading ---- */

static struct demux_track *track_of(struct demux *demux, const AVPacket *packet)
{
    return packet->stream_index == demux->tracks.picture.index ? &demux->tracks.picture
           : packet->stream_index == demux->tracks.sound.index ? &demux->tracks.sound
                                                               : NULL;
}

static int filter(struct demux_track *track, AVPacket *packet)
{
    int error = av_bsf_send_packet(track->filter, packet);

    return error < 0 ? error : av_bsf_receive_packet(track->filter, packet);
}

/* The next packet of a chosen track, and when its first part came. */
static int receive(struct demux *demux, AVPacket *packet, int64_t *arrival_us)
{
    struct demux_track *track;
    int error;

    do {
        if (patience_is_over(demux->patience))
            return AVERROR_EXIT;
        av_packet_unref(packet);
        error = av_read_frame(demux->tracks.format, packet);
        if (error < 0)
            return error;
        if (packet->size > (int)SOURCE_PICTURE_MAX)
            return AVERROR(E2BIG);
        track = track_of(demux, packet);
        if (track != NULL && packet->size > 0 && track->filter != NULL)
            error = filter(track, packet);
        if (error < 0 && error != AVERROR(EAGAIN))
            return error;
    } while (track == NULL || packet->size <= 0);
    *arrival_us = moment_monotonic_us();
    if (track == &demux->tracks.picture && track->last_return_us != 0) {
        int64_t began_us = track->last_return_us;

        track->last_return_us = *arrival_us;
        *arrival_us = began_us;
    } else {
        track->last_return_us = *arrival_us;
    }
    return 0;
}

/* The first picture of a connection often has no timestamp: it is placed one picture before the
 * second one. What sound comes between the two is let go. */
static int receive_ahead(struct demux *demux, struct source_packet *packet)
{
    int error;

    do {
        error = receive(demux, demux->ahead, &demux->ahead_arrival_us);
    } while (error >= 0 && track_of(demux, demux->ahead) != &demux->tracks.picture);
    if (error < 0)
        return error;
    packet->pts_us = demux_track_time_us(&demux->tracks, &demux->tracks.picture, demux->ahead);
    if (packet->pts_us == AV_NOPTS_VALUE)
        return AVERROR_INVALIDDATA;
    packet->pts_us -= USUAL_PICTURE_US;
    packet->arrival_us = demux->ahead_arrival_us - USUAL_PICTURE_US;
    demux->has_ahead = true;
    return 0;
}

static int take_next(struct demux *demux, struct source_packet *packet)
{
    struct demux_track *track;
    int error;

    if (demux->has_ahead) {
        AVPacket *done = demux->packet;

        demux->packet = demux->ahead;
        demux->ahead = done;
        demux->has_ahead = false;
        packet->arrival_us = demux->ahead_arrival_us;
        packet->pts_us = demux->last_pts_us + USUAL_PICTURE_US;
        return 0;
    }
    error = receive(demux, demux->packet, &packet->arrival_us);
    if (error < 0)
        return error;
    track = track_of(demux, demux->packet);
    packet->sound = track == &demux->tracks.sound;
    packet->pts_us = demux_track_time_us(&demux->tracks, track, demux->packet);
    if (packet->pts_us != AV_NOPTS_VALUE)
        return 0;
    if (!packet->sound && !demux->began)
        return receive_ahead(demux, packet);
    if (!packet->sound)
        packet->pts_us = demux->last_pts_us + USUAL_PICTURE_US;
    else /* in MPEG-TS several pieces share the timestamp of the first */
        packet->pts_us =
            demux->sound_end_us != AV_NOPTS_VALUE ? demux->sound_end_us : demux->last_pts_us;
    return 0;
}

bool demux_read(struct demux *demux, struct source_packet *packet, char *cause, bool *ended)
{
    bool usable;

    do {
        int error = take_next(demux, packet);

        if (ended != NULL)
            *ended = error == AVERROR_EOF && !atomic_load(&demux->patience->over);
        if (error < 0) {
            explain(demux, error, cause);
            return false;
        }
        if (!packet->sound) {
            demux->began = true;
            demux->last_pts_us = packet->pts_us;
        }
        usable = packet->sound ? demux_tracks_sound(&demux->tracks, demux->packet, packet)
                               : demux_tracks_picture(&demux->tracks, demux->packet, packet);
        if (packet->sound && usable)
            demux->sound_end_us = packet->pts_us + demux_tracks_sound_us(&demux->tracks, packet);
    } while (!usable);
    packet->keeps = demux->keeps;
    return true;
}
