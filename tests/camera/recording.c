#include "tests/camera/recording.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/pixdesc.h>

struct reader {
    AVFormatContext *file;
    AVCodecContext *decoder;
    AVPacket *packet;
    AVFrame *picture;
    int stream;
    size_t packet_count;
    struct recording *recording;
};

static struct recording_frame *append(struct recording *recording)
{
    if (recording->frame_count == recording->frame_room) {
        size_t room = recording->frame_room * 2 + 512;
        struct recording_frame *frames = realloc(recording->frames, room * sizeof *frames);
        if (!frames)
            return NULL;
        recording->frames = frames;
        recording->frame_room = room;
    }
    return &recording->frames[recording->frame_count++];
}

static bool has_plain_luma(const AVFrame *picture)
{
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get((enum AVPixelFormat)picture->format);
    return format && !(format->flags & AV_PIX_FMT_FLAG_RGB) && format->comp[0].plane == 0 &&
           format->comp[0].depth == 8 && format->comp[0].step == 1 && picture->linesize[0] > 0;
}

/* A picture with concealed errors may show a counter that is sound; it is not a whole frame. */
static bool is_whole(const AVFrame *picture)
{
    return picture->decode_error_flags == 0 && !(picture->flags & AV_FRAME_FLAG_CORRUPT);
}

static int take_picture(struct reader *reader)
{
    struct recording_frame *frame = append(reader->recording);
    if (!frame)
        return AVERROR(ENOMEM);
    const AVFrame *picture = reader->picture;
    AVRational unit = reader->file->streams[reader->stream]->time_base;
    int64_t pts = picture->best_effort_timestamp;
    *frame = (struct recording_frame){.pts_us = RECORDING_NO_PTS};
    if (pts != AV_NOPTS_VALUE)
        frame->pts_us = av_rescale_q(pts, unit, (AVRational){1, 1000000});
    if (is_whole(picture) && has_plain_luma(picture))
        frame->readable =
            counter_read(&(struct luma){picture->data[0], (size_t)picture->linesize[0],
                                        (unsigned)picture->width, (unsigned)picture->height},
                         &frame->counter);
    return 0;
}

/* Decodes one packet, or what the decoder still holds where it is NULL. Broken packets are no error
 * here. */
static int decode(struct reader *reader, const AVPacket *packet)
{
    int error = avcodec_send_packet(reader->decoder, packet);
    while (error >= 0 || error == AVERROR_INVALIDDATA) {
        error = avcodec_receive_frame(reader->decoder, reader->picture);
        if (error == AVERROR(EAGAIN) || error == AVERROR_EOF)
            return 0;
        if (error >= 0)
            error = take_picture(reader);
        av_frame_unref(reader->picture);
    }
    return error;
}

static const char *open_file(struct reader *reader, const char *path)
{
    char *url = NULL; /* a name with a colon in it must not become a protocol */
    if (asprintf(&url, "file:%s", path) < 0)
        return "out of memory";
    int error = avformat_open_input(&reader->file, url, NULL, NULL);
    free(url);
    if (error < 0 || avformat_find_stream_info(reader->file, NULL) < 0)
        return "cannot be read as a video file";
    reader->stream = av_find_best_stream(reader->file, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    return reader->stream < 0 ? "holds no video" : NULL;
}

static const char *open_decoder(struct reader *reader)
{
    const AVCodecParameters *parameters = reader->file->streams[reader->stream]->codecpar;
    const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
    if (!codec)
        return "holds video of a kind that cannot be decoded here";
    reader->decoder = avcodec_alloc_context3(codec);
    reader->packet = av_packet_alloc();
    reader->picture = av_frame_alloc();
    if (!reader->decoder || !reader->packet || !reader->picture)
        return "out of memory";
    reader->decoder->thread_count = 1;
    reader->decoder->err_recognition |= AV_EF_EXPLODE;
    reader->decoder->pkt_timebase = reader->file->streams[reader->stream]->time_base;
    if (avcodec_parameters_to_context(reader->decoder, parameters) < 0 ||
        avcodec_open2(reader->decoder, codec, NULL) < 0)
        return "its video cannot be decoded";
    return NULL;
}

static const char *read_all(struct reader *reader)
{
    int error = 0, end = 0;
    while (error >= 0 && (end = av_read_frame(reader->file, reader->packet)) >= 0) {
        if (reader->packet->stream_index == reader->stream) {
            reader->packet_count++;
            error = decode(reader, reader->packet);
        }
        av_packet_unref(reader->packet);
    }
    if (error >= 0)
        error = decode(reader, NULL);
    if (error < 0)
        return "decoding it failed";
    return end == AVERROR_EOF ? NULL : "reading it failed";
}

const char *recording_read(struct recording *recording, const char *path)
{
    *recording = (struct recording){0};
    struct reader reader = {.recording = recording};
    const char *trouble = open_file(&reader, path);
    if (!trouble)
        trouble = open_decoder(&reader);
    if (!trouble)
        trouble = read_all(&reader);
    if (reader.packet_count > recording->frame_count)
        recording->undecoded = reader.packet_count - recording->frame_count;
    avformat_close_input(&reader.file);
    avcodec_free_context(&reader.decoder);
    av_packet_free(&reader.packet);
    av_frame_free(&reader.picture);
    return trouble;
}

void recording_free(struct recording *recording)
{
    free(recording->frames);
    *recording = (struct recording){0};
}
