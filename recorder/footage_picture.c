/* One keyframe as a JPEG. */
#include <stdio.h>
#include <unistd.h>

#include <libavcodec/avcodec.h>
#include <libswscale/swscale.h>

#include "recorder/footage_input.h"

/* A picture with more pixels is not decoded. */
#define PIXELS_MAX (64 << 20)
#define QUALITY    5

static int decode(struct footage_input *input, int64_t key_us, AVCodecContext *decoder,
                  AVFrame *frame)
{
    AVPacket *packet = av_packet_alloc();
    int error = packet == NULL ? AVERROR(ENOMEM) : 0;
    bool sent = false;

    while (error >= 0 && !sent) {
        error = av_read_frame(input->format, packet);
        if (error >= 0 && packet->stream_index == input->picture->index &&
            (packet->flags & AV_PKT_FLAG_KEY) != 0 && footage_wall_us(input, packet) >= key_us) {
            error = avcodec_send_packet(decoder, packet);
            sent = true;
        }
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    if (error >= 0)
        error = avcodec_send_packet(decoder, NULL);
    return error < 0 ? error : avcodec_receive_frame(decoder, frame);
}

static AVCodecContext *open_decoder(const AVStream *stream)
{
    const AVCodec *codec = avcodec_find_decoder(stream->codecpar->codec_id);
    AVCodecContext *decoder = codec == NULL ? NULL : avcodec_alloc_context3(codec);

    if (decoder == NULL)
        return NULL;
    avcodec_parameters_to_context(decoder, stream->codecpar);
    decoder->thread_count = 1;
    decoder->max_pixels = PIXELS_MAX;
    if (avcodec_open2(decoder, codec, NULL) < 0)
        avcodec_free_context(&decoder);
    return decoder;
}

static int scale(const AVFrame *from, AVFrame *to, int width)
{
    struct SwsContext *scaler;
    int error;

    to->format = AV_PIX_FMT_YUVJ420P;
    to->width = width;
    to->height = (int)((int64_t)from->height * width / from->width) & ~1;
    if (to->height < 2)
        return AVERROR_INVALIDDATA;
    error = av_frame_get_buffer(to, 0);
    if (error < 0)
        return error;
    scaler = sws_getContext(from->width, from->height, (enum AVPixelFormat)from->format, to->width,
                            to->height, AV_PIX_FMT_YUVJ420P, SWS_BILINEAR, NULL, NULL, NULL);
    if (scaler == NULL)
        return AVERROR(EINVAL);
    error = sws_scale(scaler, (const uint8_t *const *)from->data, from->linesize, 0, from->height,
                      to->data, to->linesize);
    sws_freeContext(scaler);
    return error;
}

static int encode(const AVFrame *frame, int file)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
    AVCodecContext *encoder = codec == NULL ? NULL : avcodec_alloc_context3(codec);
    AVPacket *packet = av_packet_alloc();
    int error = encoder == NULL || packet == NULL ? AVERROR(ENOMEM) : 0;

    if (error == 0) {
        encoder->width = frame->width;
        encoder->height = frame->height;
        encoder->pix_fmt = AV_PIX_FMT_YUVJ420P;
        encoder->time_base = (AVRational){1, 25};
        encoder->thread_count = 1;
        encoder->flags |= AV_CODEC_FLAG_QSCALE;
        encoder->global_quality = QUALITY * FF_QP2LAMBDA;
        error = avcodec_open2(encoder, codec, NULL);
    }
    if (error >= 0)
        error = avcodec_send_frame(encoder, frame);
    if (error >= 0)
        error = avcodec_receive_packet(encoder, packet);
    if (error >= 0 && write(file, packet->data, (size_t)packet->size) != packet->size)
        error = AVERROR(EIO);
    av_packet_free(&packet);
    avcodec_free_context(&encoder);
    return error;
}

bool footage_thumbnail(const struct footage_piece *piece, int width, int file, char *cause)
{
    struct footage_input input;
    AVCodecContext *decoder;
    AVFrame *picture = av_frame_alloc(), *small = av_frame_alloc();
    int64_t key_ms;
    int error = picture == NULL || small == NULL ? AVERROR(ENOMEM) : 0;

    if (!footage_find_key(piece, &key_ms, cause) || !footage_open(&input, piece, cause)) {
        av_frame_free(&picture);
        av_frame_free(&small);
        return false;
    }
    decoder = open_decoder(input.picture);
    if (error == 0)
        error = decoder == NULL ? AVERROR_DECODER_NOT_FOUND
                                : decode(&input, key_ms * 1000 - 2000, decoder, picture);
    if (error >= 0)
        error = scale(picture, small, width);
    if (error >= 0)
        error = encode(small, file);
    avcodec_free_context(&decoder);
    footage_close(&input);
    av_frame_free(&picture);
    av_frame_free(&small);
    return error >= 0 || footage_fail(cause, "the picture cannot be shown", error);
}
