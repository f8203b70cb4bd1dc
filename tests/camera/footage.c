#include "tests/camera/footage.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

enum nal_type { NAL_SPS = 7, NAL_PPS = 8, NAL_DELIMITER = 9 };

/* Footage under construction: how much room the arrays have. */
struct loading {
    struct footage *footage;
    size_t byte_count, byte_room;
    size_t frame_room;
};

static void append_unit(struct loading *loading, const uint8_t *unit, size_t size)
{
    struct footage *footage = loading->footage;
    uint8_t *to = footage->bytes + loading->byte_count;
    assert(loading->byte_count + 4 + size <= loading->byte_room);
    to[0] = (uint8_t)(size >> 24);
    to[1] = (uint8_t)(size >> 16);
    to[2] = (uint8_t)(size >> 8);
    to[3] = (uint8_t)size;
    memcpy(to + 4, unit, size);
    struct footage_unit place = {loading->byte_count + 4, size};
    unsigned type = unit[0] & 0x1f;
    if (type == NAL_SPS && footage->sps.size == 0)
        footage->sps = place;
    if (type == NAL_PPS && footage->pps.size == 0)
        footage->pps = place;
    loading->byte_count += 4 + size;
}

/* The offset of the next start code (00 00 01) at or after `at`; `size` where there is none. */
static size_t find_start_code(const uint8_t *bytes, size_t size, size_t at)
{
    for (; at + 3 <= size; at++)
        if (bytes[at] == 0 && bytes[at + 1] == 0 && bytes[at + 2] == 1)
            return at;
    return size;
}

/* Makes room for a packet: without its start codes a frame is at most a third longer than with
 * them. */
static bool make_room(struct loading *loading, size_t packet_size)
{
    size_t wanted = loading->byte_count + packet_size + packet_size / 3 + 4;
    if (wanted > loading->byte_room) {
        size_t room = wanted * 2;
        uint8_t *bytes = realloc(loading->footage->bytes, room);
        if (!bytes)
            return false;
        loading->footage->bytes = bytes;
        loading->byte_room = room;
    }
    if (loading->footage->frame_count == loading->frame_room) {
        size_t room = loading->frame_room * 2 + 256;
        struct footage_frame *frames = realloc(loading->footage->frames, room * sizeof *frames);
        if (!frames)
            return false;
        loading->footage->frames = frames;
        loading->frame_room = room;
    }
    return true;
}

/* Takes a packet as a frame. Access unit delimiters stay out: cameras do not send them over RTP. */
static bool append_frame(struct loading *loading, const AVPacket *packet)
{
    const uint8_t *bytes = packet->data;
    size_t size = (size_t)packet->size;
    if (size > FOOTAGE_FRAME_MAX || !make_room(loading, size))
        return false;
    size_t begin = loading->byte_count;
    for (size_t at = find_start_code(bytes, size, 0); at < size;) {
        size_t unit = at + 3, next = find_start_code(bytes, size, unit), end = next;
        while (end > unit && bytes[end - 1] == 0)
            end--;
        if (end > unit && (bytes[unit] & 0x1f) != NAL_DELIMITER)
            append_unit(loading, bytes + unit, end - unit);
        at = next;
    }
    if (loading->byte_count > begin)
        loading->footage->frames[loading->footage->frame_count++] = (struct footage_frame){
            begin, loading->byte_count - begin, packet->flags & AV_PKT_FLAG_KEY};
    return true;
}

static int find_video(AVFormatContext *file, uint32_t *fps)
{
    int index = av_find_best_stream(file, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    if (index < 0 || file->streams[index]->codecpar->codec_id != AV_CODEC_ID_H264)
        return -1;
    AVRational rate = file->streams[index]->avg_frame_rate;
    if (rate.den != 1 || rate.num < 1 || rate.num > 120)
        return -1;
    *fps = (uint32_t)rate.num;
    return index;
}

static const char *read_frames(struct loading *loading, AVFormatContext *file, int index)
{
    AVPacket *packet = av_packet_alloc();
    const char *trouble = packet ? NULL : "out of memory";
    bool first = true;
    while (!trouble && av_read_frame(file, packet) >= 0) {
        if (packet->stream_index == index) {
            if (first && !(packet->flags & AV_PKT_FLAG_KEY))
                trouble = "does not begin with a keyframe";
            else if (!append_frame(loading, packet))
                trouble = "a frame is too large";
            first = false;
        }
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    const struct footage *footage = loading->footage;
    if (!trouble && (footage->frame_count == 0 || footage->sps.size < 4 || footage->pps.size == 0))
        trouble = "has no frames, or no parameter sets in the stream (Annex B is needed)";
    return trouble;
}

static AVFormatContext *open_clip(const char *path)
{
    AVFormatContext *file = NULL;
    char *url = NULL; /* a name with a colon in it must not become a protocol */
    if (asprintf(&url, "file:%s", path) < 0)
        return NULL;
    if (avformat_open_input(&file, url, NULL, NULL) >= 0 &&
        avformat_find_stream_info(file, NULL) < 0)
        avformat_close_input(&file);
    free(url);
    return file;
}

int footage_load(struct footage *footage, const char *path)
{
    *footage = (struct footage){0};
    struct loading loading = {.footage = footage};
    AVFormatContext *file = open_clip(path);
    const char *trouble = NULL;
    int index = file ? find_video(file, &footage->fps) : -1;
    if (!file)
        trouble = "cannot be read as a video file";
    else if (index < 0)
        trouble = "has no H.264 video with a whole number of frames a second";
    else
        trouble = read_frames(&loading, file, index);
    avformat_close_input(&file);
    if (trouble)
        fprintf(stderr, "camera: the clip %s: %s\n", path, trouble);
    return trouble ? -1 : 0;
}

void footage_free(struct footage *footage)
{
    free(footage->frames);
    free(footage->bytes);
    *footage = (struct footage){0};
}

const uint8_t *footage_next_unit(const uint8_t *frame, size_t frame_size, size_t *at,
                                 size_t *unit_size)
{
    assert(*at <= frame_size);
    if (*at == frame_size)
        return NULL;
    assert(frame_size - *at > 4);
    const uint8_t *size = frame + *at;
    *unit_size = (size_t)size[0] << 24 | (size_t)size[1] << 16 | (size_t)size[2] << 8 | size[3];
    assert(*unit_size >= 1 && *unit_size <= frame_size - *at - 4);
    *at += 4 + *unit_size;
    return size + 4;
}
