/* A segment as libavformat sees it. Its clock begins with its first picture, whose wall clock the
 * segment's name tells. */
#include "recorder/footage_input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libavutil/opt.h>

#include "recorder/recorder.h"

#define BUFFER_BYTES 65536
#define PROBE_BYTES  (4 << 20)
#define STREAMS_MAX  8
/* Packets that are looked at for the first picture. */
#define FIRST_MAX 4096

bool footage_fail(char *cause, const char *what, int error)
{
    char text[AV_ERROR_MAX_STRING_SIZE] = "";

    av_strerror(error, text, sizeof(text));
    snprintf(cause, RECORDER_CAUSE_MAX, "%s: %s", what, text);
    return false;
}

static int read_file(void *owner, uint8_t *bytes, int size)
{
    struct footage_input *input = owner;
    ssize_t got = pread(input->file, bytes, (size_t)size, (off_t)input->place);

    if (got <= 0)
        return got == 0 ? AVERROR_EOF : AVERROR(errno);
    input->place += got;
    return (int)got;
}

static int64_t seek_file(void *owner, int64_t offset, int whence)
{
    struct footage_input *input = owner;
    struct stat status;
    int64_t place = whence == SEEK_CUR ? input->place + offset : offset;

    if (fstat(input->file, &status) != 0)
        return AVERROR(errno);
    if ((whence & AVSEEK_SIZE) != 0)
        return status.st_size;
    if ((whence & ~AVSEEK_FORCE) == SEEK_END)
        place = status.st_size + offset;
    if (place < 0)
        return AVERROR(EINVAL);
    input->place = place;
    return place;
}

static int open_format(struct footage_input *input)
{
    uint8_t *buffer = av_malloc(BUFFER_BYTES);

    input->format = avformat_alloc_context();
    input->io = buffer == NULL ? NULL
                               : avio_alloc_context(buffer, BUFFER_BYTES, 0, input, read_file, NULL,
                                                    seek_file);
    if (input->io == NULL || input->format == NULL) {
        if (input->io == NULL)
            av_free(buffer);
        return AVERROR(ENOMEM);
    }
    input->format->pb = input->io;
    input->format->probesize = PROBE_BYTES;
    input->format->max_streams = STREAMS_MAX;
    input->format->flags |= AVFMT_FLAG_CUSTOM_IO;
    /* Only the containers that a segment may have, and nothing that opens a further file. */
    av_opt_set(input->format, "format_whitelist", "mpegts,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2",
               0);
    av_opt_set(input->format, "protocol_whitelist", "", 0);
    return avformat_open_input(&input->format, NULL, NULL, NULL);
}

static int64_t time_us(const AVStream *stream, const AVPacket *packet)
{
    int64_t ticks = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;

    return ticks == AV_NOPTS_VALUE ? AV_NOPTS_VALUE
                                   : av_rescale_q(ticks, stream->time_base, AV_TIME_BASE_Q);
}

int64_t footage_wall_us(const struct footage_input *input, const AVPacket *packet)
{
    int64_t at_us = time_us(input->format->streams[packet->stream_index], packet);

    return at_us == AV_NOPTS_VALUE ? AV_NOPTS_VALUE
                                   : input->start_ms * 1000 + at_us - input->first_us;
}

/* Finds the first picture, and goes back to the beginning. */
static int find_first(struct footage_input *input)
{
    AVPacket *packet = av_packet_alloc();
    int error = packet == NULL ? AVERROR(ENOMEM) : 0;

    input->first_us = AV_NOPTS_VALUE;
    for (int i = 0; i < FIRST_MAX && error == 0 && input->first_us == AV_NOPTS_VALUE; i++) {
        error = av_read_frame(input->format, packet);
        if (error == 0 && packet->stream_index == input->picture->index)
            input->first_us = time_us(input->picture, packet);
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    if (error == 0 && input->first_us == AV_NOPTS_VALUE)
        error = AVERROR_INVALIDDATA;
    return error;
}

static int open_once(struct footage_input *input)
{
    int error = open_format(input), picture, sound;

    if (error == 0)
        error = avformat_find_stream_info(input->format, NULL);
    if (error < 0)
        return error;
    picture = av_find_best_stream(input->format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    if (picture < 0)
        return picture;
    sound = av_find_best_stream(input->format, AVMEDIA_TYPE_AUDIO, -1, picture, NULL, 0);
    input->picture = input->format->streams[picture];
    input->sound = sound < 0 ? NULL : input->format->streams[sound];
    return 0;
}

/* What was read to find the first picture is read again from the beginning: not every container
 * seeks to it by its timestamp. */
bool footage_open(struct footage_input *input, const struct footage_piece *piece, char *cause)
{
    int64_t first_us;
    int error;

    av_log_set_level(AV_LOG_QUIET); /* causes are ours to tell */
    *input = (struct footage_input){.file = piece->file, .start_ms = piece->start_ms};
    error = open_once(input);
    if (error == 0)
        error = find_first(input);
    first_us = input->first_us;
    footage_close(input);
    if (error == 0) {
        *input = (struct footage_input){
            .file = piece->file, .start_ms = piece->start_ms, .first_us = first_us};
        error = open_once(input);
    }
    if (error == 0)
        return true;
    footage_close(input);
    return footage_fail(cause, "the segment cannot be read", error);
}

void footage_close(struct footage_input *input)
{
    avformat_close_input(&input->format);
    if (input->io != NULL)
        av_freep(&input->io->buffer);
    avio_context_free(&input->io);
}
