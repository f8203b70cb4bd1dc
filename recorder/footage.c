#include "recorder/footage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>

#include "recorder/footage_form.h"
#include "recorder/footage_input.h"
#include "recorder/recorder.h"

#define BUFFER_BYTES 65536
/* Keyframes are found although the name of the segment is rounded to milliseconds, in microseconds.
 */
#define ROUNDING_US 2000

struct footage_writer {
    AVFormatContext *format;
    AVIOContext *io;
    int file;
    int64_t place;
    bool seekable, begun, failed;
    AVStream *picture, *sound;
    int64_t last_dts[2]; /* of picture and sound */
};

static int write_file(void *owner, uint8_t *bytes, int size)
{
    struct footage_writer *writer = owner;

    for (int done = 0; done < size;) {
        ssize_t written = writer->seekable
                              ? pwrite(writer->file, bytes + done, (size_t)(size - done),
                                       (off_t)(writer->place + done))
                              : write(writer->file, bytes + done, (size_t)(size - done));

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return AVERROR(errno);
        done += (int)written;
    }
    writer->place += size;
    return size;
}

static int64_t seek_file(void *owner, int64_t offset, int whence)
{
    struct footage_writer *writer = owner;

    if (whence == SEEK_SET)
        writer->place = offset;
    else if (whence == SEEK_CUR)
        writer->place += offset;
    else
        return AVERROR(ENOSYS);
    return writer->place;
}

static void free_writer(struct footage_writer *writer)
{
    if (writer->io != NULL)
        av_freep(&writer->io->buffer);
    avio_context_free(&writer->io);
    avformat_free_context(writer->format);
    free(writer);
}

struct footage_writer *footage_create(const char *container, int file, char *cause)
{
    struct footage_writer *writer = calloc(1, sizeof(*writer));
    uint8_t *buffer = av_malloc(BUFFER_BYTES);

    snprintf(cause, RECORDER_CAUSE_MAX, "memory is out");
    av_log_set_level(AV_LOG_QUIET); /* causes are ours to tell */
    if (writer == NULL || buffer == NULL) {
        free(writer);
        av_free(buffer);
        return NULL;
    }
    writer->file = file;
    writer->seekable = lseek(file, 0, SEEK_CUR) >= 0;
    avformat_alloc_output_context2(&writer->format, NULL, container, NULL);
    writer->io = avio_alloc_context(buffer, BUFFER_BYTES, 1, writer, NULL, write_file,
                                    writer->seekable ? seek_file : NULL);
    if (writer->io == NULL || writer->format == NULL) {
        if (writer->io == NULL)
            av_free(buffer);
        free_writer(writer);
        return NULL;
    }
    writer->format->pb = writer->io;
    writer->format->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
    return writer;
}

static bool is_ts(const struct footage_writer *writer)
{
    return strcmp(writer->format->oformat->name, "mpegts") == 0;
}

static bool takes_sound(const struct footage_writer *writer, const AVStream *sound)
{
    enum AVCodecID codec = sound->codecpar->codec_id;
    bool is_mp4 = strcmp(writer->format->oformat->name, "mp4") == 0;

    if (is_ts(writer) || is_mp4)
        return codec == AV_CODEC_ID_AAC || codec == AV_CODEC_ID_OPUS;
    /* Matroska takes more than it says: G.711 as WAV files have it. */
    return avformat_query_codec(writer->format->oformat, codec, FF_COMPLIANCE_NORMAL) == 1 ||
           av_codec_get_tag(writer->format->oformat->codec_tag, codec) != 0;
}

static AVStream *add_stream(struct footage_writer *writer, const AVCodecParameters *parameters,
                            AVRational time_base)
{
    AVStream *stream = avformat_new_stream(writer->format, NULL);

    if (stream == NULL || avcodec_parameters_copy(stream->codecpar, parameters) < 0)
        return NULL;
    stream->codecpar->codec_tag = 0;
    stream->time_base = time_base;
    return stream;
}

/* Whether units have start codes in the file that is read, and lengths in the one that is written.
 */
static bool wants_lengths(const struct footage_writer *writer)
{
    return !is_ts(writer) && footage_units(writer->picture->codecpar->codec_id) != MEDIA_NONE;
}

static bool takes_pictures(const struct footage_writer *writer, const AVBSFContext *filter)
{
    return !is_ts(writer) || footage_units(filter->par_out->codec_id) != MEDIA_NONE;
}

static bool begin(struct footage_writer *writer, const struct footage_input *input,
                  const AVBSFContext *filter, char *cause)
{
    AVDictionary *options = NULL;
    int error;

    if (!takes_pictures(writer, filter)) {
        snprintf(cause, RECORDER_CAUSE_MAX,
                 "MPEG-TS, which is what is played, holds H.264 and H.265 only; `archive export` "
                 "makes an .mkv or .mp4 of it");
        return false;
    }
    /* Times stay as they are, so that pieces made apart fit together. */
    av_dict_set(&options, "mpegts_copyts", "1", 0);
    av_dict_set(&options, "avoid_negative_ts", "disabled", 0);
    writer->format->max_delay = 0;
    writer->picture = add_stream(writer, filter->par_out, filter->time_base_out);
    if (writer->picture != NULL && input->sound != NULL && takes_sound(writer, input->sound))
        writer->sound = add_stream(writer, input->sound->codecpar, input->sound->time_base);
    writer->last_dts[0] = writer->last_dts[1] = INT64_MIN;
    writer->failed = true;
    if (writer->picture != NULL && wants_lengths(writer) &&
        !footage_make_record(writer->picture->codecpar, cause)) {
        av_dict_free(&options);
        return false;
    }
    error =
        writer->picture == NULL ? AVERROR(ENOMEM) : avformat_write_header(writer->format, &options);
    av_dict_free(&options);
    writer->begun = error >= 0;
    writer->failed = error < 0;
    return error >= 0 || footage_fail(cause, "the file cannot be begun", error);
}

/* What describes the pictures goes along with every keyframe, but a player is told their size once;
 * only MPEG-TS may change it on the way. */
static bool fits(const struct footage_writer *writer, const AVBSFContext *filter, char *cause)
{
    const AVCodecParameters *have = writer->picture->codecpar, *want = filter->par_out;

    if (have->codec_id == want->codec_id &&
        (is_ts(writer) || (have->width == want->width && have->height == want->height)))
        return true;
    snprintf(cause, RECORDER_CAUSE_MAX,
             "the form of the camera's pictures changes there (codec or size); export up to there "
             "and from there on%s",
             have->codec_id == want->codec_id ? ", or to a .ts file" : "");
    return false;
}

/* Gives a packet its time in the file and writes it. */
static int write_packet(struct footage_writer *writer, AVPacket *packet, AVRational from,
                        AVStream *to, int64_t shift_us)
{
    int64_t shift = av_rescale_q(shift_us, AV_TIME_BASE_Q, to->time_base);
    int64_t *last = &writer->last_dts[to == writer->sound];

    packet->stream_index = to->index;
    if (packet->dts == AV_NOPTS_VALUE)
        packet->dts = packet->pts;
    if (packet->pts == AV_NOPTS_VALUE)
        packet->pts = packet->dts;
    av_packet_rescale_ts(packet, from, to->time_base);
    packet->pts += shift;
    packet->dts += shift;
    packet->pos = -1;
    if (packet->dts <= *last) /* at a seam, by the estimate of a last picture's length */
        packet->dts = *last + 1;
    if (packet->pts < packet->dts)
        packet->pts = packet->dts;
    *last = packet->dts;
    return av_interleaved_write_frame(writer->format, packet);
}

struct copy {
    struct footage_writer *writer;
    struct footage_input *input;
    AVBSFContext *filter;
    int64_t begin_us, end_us, shift_us;
    bool begun;
    int64_t last_us; /* end of the last picture, wall clock */
    struct footage_copied *copied;
};

static int write_picture(struct copy *copy, AVPacket *packet)
{
    struct footage_writer *writer = copy->writer;
    int error =
        wants_lengths(writer)
            ? footage_put_lengths(footage_units(writer->picture->codecpar->codec_id), packet)
            : 0;

    return error < 0 ? error
                     : write_packet(writer, packet, copy->filter->time_base_out, writer->picture,
                                    copy->shift_us);
}

static int copy_picture(struct copy *copy, AVPacket *packet, int64_t at_us)
{
    int64_t length_us =
        av_rescale_q(packet->duration, copy->input->picture->time_base, AV_TIME_BASE_Q);
    int error = av_bsf_send_packet(copy->filter, packet);

    while (error >= 0 && (error = av_bsf_receive_packet(copy->filter, packet)) >= 0)
        error = write_picture(copy, packet);
    copy->copied->pictures++;
    if (at_us + length_us > copy->last_us)
        copy->last_us = at_us + length_us;
    return error == AVERROR(EAGAIN) || error == AVERROR_EOF ? 0 : error;
}

static int copy_packet(struct copy *copy, AVPacket *packet)
{
    int64_t at_us = footage_wall_us(copy->input, packet);
    const struct footage_writer *writer = copy->writer;

    if (at_us == AV_NOPTS_VALUE)
        return 0;
    if (packet->stream_index == copy->input->picture->index) {
        copy->begun =
            copy->begun || ((packet->flags & AV_PKT_FLAG_KEY) != 0 && at_us >= copy->begin_us);
        if (!copy->begun || at_us < copy->begin_us || at_us >= copy->end_us)
            return 0;
        return copy_picture(copy, packet, at_us);
    }
    if (copy->input->sound == NULL || packet->stream_index != copy->input->sound->index)
        return 0;
    if (writer->sound == NULL ||
        writer->sound->codecpar->codec_id != copy->input->sound->codecpar->codec_id) {
        copy->copied->sound_left_out = true;
        return 0;
    }
    if (at_us < copy->begin_us || at_us >= copy->end_us)
        return 0;
    return write_packet(copy->writer, packet, copy->input->sound->time_base, writer->sound,
                        copy->shift_us);
}

static int copy_all(struct copy *copy)
{
    AVPacket *packet = av_packet_alloc();
    int error = packet == NULL ? AVERROR(ENOMEM) : 0;

    while (error >= 0) {
        error = av_read_frame(copy->input->format, packet);
        if (error < 0)
            break;
        error = copy_packet(copy, packet);
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    /* Beyond what is whole a part that grows, or was cut off, holds nothing for us. */
    return error == AVERROR_EOF || error == AVERROR_INVALIDDATA ? 0 : error;
}

bool footage_append(struct footage_writer *writer, const struct footage_piece *piece,
                    int64_t base_ms, struct footage_copied *copied, char *cause)
{
    struct footage_input input;
    struct copy copy = {.writer = writer, .input = &input, .copied = copied};
    int64_t key_ms;
    int error;

    *copied = (struct footage_copied){.from_ms = piece->from_ms, .to_ms = piece->from_ms};
    if (!footage_find_key(piece, &key_ms, cause))
        return cause[0] == '\0'; /* no keyframe in the piece: nothing to copy */
    if (!footage_open(&input, piece, cause))
        return false;
    copy.begin_us = key_ms * 1000 - ROUNDING_US;
    copy.end_us = piece->to_ms * 1000 - ROUNDING_US;
    copy.shift_us = (piece->start_ms - base_ms) * 1000 - input.first_us;
    copy.last_us = key_ms * 1000;
    error = footage_open_filter(input.picture, &copy.filter);
    if (error < 0)
        footage_fail(cause, "the pictures cannot be brought into a common form", error);
    else if (writer->begun ? fits(writer, copy.filter, cause)
                           : begin(writer, &input, copy.filter, cause)) {
        error = copy_all(&copy);
        if (error < 0)
            footage_fail(cause, "the piece cannot be copied", error);
    } else {
        copied->does_not_fit = !writer->begun && !takes_pictures(writer, copy.filter);
        error = AVERROR(EINVAL);
    }
    av_bsf_free(&copy.filter);
    footage_close(&input);
    copied->from_ms = key_ms;
    copied->to_ms = copy.last_us / 1000;
    return error >= 0;
}

bool footage_finish(struct footage_writer *writer, char *cause)
{
    int error = writer->begun ? av_write_trailer(writer->format) : AVERROR_EOF;
    bool finished = error >= 0 && !writer->failed;

    if (!writer->begun)
        snprintf(cause, RECORDER_CAUSE_MAX, "there is no picture to begin with");
    else if (error < 0)
        footage_fail(cause, "the file cannot be finished", error);
    free_writer(writer);
    return finished;
}

bool footage_find_key(const struct footage_piece *piece, int64_t *at_ms, char *cause)
{
    struct footage_input input;
    AVPacket *packet = av_packet_alloc();
    int64_t from_us = piece->from_ms * 1000 + (piece->reach_back ? ROUNDING_US : -ROUNDING_US);
    int64_t found_us = AV_NOPTS_VALUE;

    cause[0] = '\0';
    if (packet == NULL || !footage_open(&input, piece, cause)) {
        av_packet_free(&packet);
        return false;
    }
    while (av_read_frame(input.format, packet) >= 0) {
        bool key =
            packet->stream_index == input.picture->index && (packet->flags & AV_PKT_FLAG_KEY) != 0;
        int64_t at_us = footage_wall_us(&input, packet);

        av_packet_unref(packet);
        if (!key || at_us == AV_NOPTS_VALUE)
            continue;
        if (at_us >= piece->to_ms * 1000 - ROUNDING_US)
            break;
        if (found_us == AV_NOPTS_VALUE ||
            (piece->reach_back ? at_us <= from_us : found_us < from_us))
            found_us = at_us;
    }
    av_packet_free(&packet);
    footage_close(&input);
    if (found_us == AV_NOPTS_VALUE || (!piece->reach_back && found_us < from_us))
        return false;
    *at_ms = (found_us + 500) / 1000;
    return true;
}
