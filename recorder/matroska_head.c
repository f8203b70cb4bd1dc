/* The head of a Matroska file, by libavformat. */
#include "recorder/matroska.h"

#include <stdio.h>
#include <string.h>

#include <libavformat/avformat.h>

#include "recorder/nal_record.h"
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

/* What a decoder is to be told, in Matroska's words. False: see `cause`. */
static bool add_setup(AVCodecParameters *parameters, const struct media_track *track, char *cause)
{
    size_t size = track->setup_size;

    if (size == 0 && track->codec != MEDIA_H264 && track->codec != MEDIA_H265)
        return true;
    parameters->extradata =
        av_mallocz(NAL_RECORD_ROOM(sizeof(track->setup)) + AV_INPUT_BUFFER_PADDING_SIZE);
    if (parameters->extradata == NULL)
        return false;
    if (track->codec == MEDIA_H264 || track->codec == MEDIA_H265)
        size = nal_record(track->codec, track->setup, size, parameters->extradata, cause);
    else
        memcpy(parameters->extradata, track->setup, size);
    parameters->extradata_size = (int)size;
    return size > 0;
}

static bool add_track(AVFormatContext *format, const struct media_track *track, bool is_picture,
                      char *cause)
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
    return add_setup(parameters, track, cause);
}

/* False: see `cause`. */
static bool add_tracks(AVFormatContext *format, const struct media *media, char *cause)
{
    snprintf(cause, RECORDER_CAUSE_MAX, "memory is out");
    return add_track(format, &media->picture, true, cause) &&
           (media->sound.codec == MEDIA_NONE || add_track(format, &media->sound, false, cause));
}

static int write_head(AVFormatContext *format, struct matroska_bytes *head)
{
    uint8_t *bytes = NULL;
    int error = avio_open_dyn_buf(&format->pb), size;

    if (error < 0)
        return error;
    format->pb->seekable = 0; /* what comes after the head is not known yet */
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
        if (!add_tracks(format, media, cause)) {
            avformat_free_context(format);
            return false;
        }
        error = write_head(format, head);
    }
    avformat_free_context(format);
    if (error < 0)
        snprintf(cause, RECORDER_CAUSE_MAX,
                 "a recording cannot begin: what the camera says of its %s does not fit into a "
                 "file (%s)",
                 media_codec_name(media->picture.codec), av_err2str(error));
    return error >= 0;
}
