/* The head of a Matroska file, by libavformat. */
#include "recorder/matroska.h"

#include <stdio.h>
#include <string.h>

#include <libavformat/avformat.h>

#include "recorder/recorder.h"

static enum AVCodecID codec_of(enum media_codec codec)
{
    switch (codec) {
    case MEDIA_H264:
        return AV_CODEC_ID_H264;
    case MEDIA_H265:
        return AV_CODEC_ID_HEVC;
    case MEDIA_MJPEG:
        return AV_CODEC_ID_MJPEG;
    case MEDIA_AAC:
        return AV_CODEC_ID_AAC;
    case MEDIA_PCMU:
        return AV_CODEC_ID_PCM_MULAW;
    case MEDIA_PCMA:
        return AV_CODEC_ID_PCM_ALAW;
    case MEDIA_OPUS:
        return AV_CODEC_ID_OPUS;
    case MEDIA_NONE:
        break;
    }
    return AV_CODEC_ID_NONE;
}

static bool add_track(AVFormatContext *format, const struct media_track *track, bool is_picture)
{
    AVStream *stream = avformat_new_stream(format, NULL);
    AVCodecParameters *parameters = stream == NULL ? NULL : stream->codecpar;

    if (parameters == NULL)
        return false;
    parameters->codec_type = is_picture ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO;
    parameters->codec_id = codec_of(track->codec);
    parameters->width = (int)track->width;
    parameters->height = (int)track->height;
    parameters->sample_rate = (int)track->rate_hz;
    if (!is_picture)
        av_channel_layout_default(&parameters->ch_layout, (int)track->channels);
    if (track->codec == MEDIA_PCMU || track->codec == MEDIA_PCMA)
        parameters->bits_per_coded_sample = 8;
    if (track->setup_size == 0)
        return true;
    parameters->extradata = av_mallocz(track->setup_size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (parameters->extradata == NULL)
        return false;
    memcpy(parameters->extradata, track->setup, track->setup_size);
    parameters->extradata_size = (int)track->setup_size;
    return true;
}

static int write_head(AVFormatContext *format, const struct media *media,
                      struct matroska_bytes *head)
{
    uint8_t *bytes = NULL;
    int error = avio_open_dyn_buf(&format->pb), size;

    if (error < 0)
        return error;
    format->pb->seekable = 0; /* what comes after the head is not known yet */
    if (!add_track(format, &media->picture, true) ||
        (media->sound.codec != MEDIA_NONE && !add_track(format, &media->sound, false)))
        error = AVERROR(ENOMEM);
    else
        error = avformat_write_header(format, NULL);
    size = avio_close_dyn_buf(format->pb, &bytes);
    format->pb = NULL;
    if (error >= 0 && !matroska_append(head, bytes, (size_t)size))
        error = AVERROR(ENOMEM);
    av_free(bytes);
    return error;
}

bool matroska_head(const struct media *media, struct matroska_bytes *head, char *cause)
{
    AVFormatContext *format = NULL;
    int error = avformat_alloc_output_context2(&format, NULL, "matroska", NULL);

    if (error >= 0) {
        format->flags |= AVFMT_FLAG_BITEXACT;
        error = write_head(format, media, head);
    }
    avformat_free_context(format);
    if (error < 0)
        snprintf(cause, RECORDER_CAUSE_MAX,
                 "a recording cannot begin: the camera's description of its %s is not sound (%s)",
                 media_codec_name(media->picture.codec), av_err2str(error));
    return error >= 0;
}
