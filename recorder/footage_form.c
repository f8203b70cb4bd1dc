#include "recorder/footage_form.h"

#include <limits.h>

#include "recorder/footage_input.h"
#include "recorder/nal_record.h"

int footage_open_filter(const AVStream *stream, AVBSFContext **filter)
{
    const char *name = stream->codecpar->codec_id == AV_CODEC_ID_H264   ? "h264_mp4toannexb"
                       : stream->codecpar->codec_id == AV_CODEC_ID_HEVC ? "hevc_mp4toannexb"
                                                                        : "null";
    int error = av_bsf_alloc(av_bsf_get_by_name(name), filter);

    if (error < 0)
        return error;
    avcodec_parameters_copy((*filter)->par_in, stream->codecpar);
    (*filter)->time_base_in = stream->time_base;
    return av_bsf_init(*filter);
}

enum media_codec footage_units(enum AVCodecID codec)
{
    return codec == AV_CODEC_ID_H264   ? MEDIA_H264
           : codec == AV_CODEC_ID_HEVC ? MEDIA_H265
                                       : MEDIA_NONE;
}

bool footage_make_record(AVCodecParameters *parameters, char *cause)
{
    size_t size = (size_t)parameters->extradata_size;
    uint8_t *record = av_mallocz(NAL_RECORD_ROOM(size) + AV_INPUT_BUFFER_PADDING_SIZE);

    if (record == NULL)
        return footage_fail(cause, "the file cannot be begun", AVERROR(ENOMEM));
    size =
        nal_record(footage_units(parameters->codec_id), parameters->extradata, size, record, cause);
    av_free(parameters->extradata);
    parameters->extradata = record;
    parameters->extradata_size = (int)size;
    return size > 0;
}

int footage_put_lengths(enum media_codec codec, AVPacket *packet)
{
    size_t size = nal_with_lengths(codec, packet->data, (size_t)packet->size, NULL);
    AVBufferRef *buffer = size == 0 || size > INT_MAX / 2
                              ? NULL
                              : av_buffer_allocz(size + AV_INPUT_BUFFER_PADDING_SIZE);

    if (buffer == NULL)
        return size == 0 ? AVERROR_INVALIDDATA : AVERROR(ENOMEM);
    nal_with_lengths(codec, packet->data, (size_t)packet->size, buffer->data);
    av_buffer_unref(&packet->buf);
    packet->buf = buffer;
    packet->data = buffer->data;
    packet->size = (int)size;
    return 0;
}
