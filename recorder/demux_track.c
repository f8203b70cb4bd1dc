#include "recorder/demux_track.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/adts.h"
#include "recorder/jpeg.h"
#include "recorder/nal.h"
#include "recorder/recorder.h"

/* What a piece of AAC holds, and how long one of Opus nearly always is, in microseconds. */
#define AAC_SAMPLES 1024
#define OPUS_US     20000

/* X(libavcodec's, ours) */
#define CODECS(X)                                                                                  \
    X(AV_CODEC_ID_H264, MEDIA_H264)                                                                \
    X(AV_CODEC_ID_HEVC, MEDIA_H265)                                                                \
    X(AV_CODEC_ID_MJPEG, MEDIA_MJPEG)                                                              \
    X(AV_CODEC_ID_AAC, MEDIA_AAC)                                                                  \
    X(AV_CODEC_ID_PCM_MULAW, MEDIA_PCMU)                                                           \
    X(AV_CODEC_ID_PCM_ALAW, MEDIA_PCMA)                                                            \
    X(AV_CODEC_ID_OPUS, MEDIA_OPUS)

static enum media_codec codec_of(enum AVCodecID id)
{
#define X(theirs, ours)                                                                            \
    if (id == (theirs))                                                                            \
        return ours;
    CODECS(X)
#undef X
    return MEDIA_NONE;
}

/* ---- choosing ---- */

/* An MP4's pictures have lengths before their units, and the parameter sets apart. */
static bool open_filter(const AVStream *stream, struct demux_track *track)
{
    const AVCodecParameters *parameters = stream->codecpar;
    const char *name = track->description.codec == MEDIA_H264   ? "h264_mp4toannexb"
                       : track->description.codec == MEDIA_H265 ? "hevc_mp4toannexb"
                                                                : NULL;

    if (name == NULL || parameters->extradata_size < 1 || parameters->extradata[0] != 1)
        return true;
    return av_bsf_alloc(av_bsf_get_by_name(name), &track->filter) >= 0 &&
           avcodec_parameters_copy(track->filter->par_in, parameters) >= 0 &&
           av_bsf_init(track->filter) >= 0;
}

static void take_setup(struct media_track *description, const AVCodecParameters *parameters)
{
    if (parameters->extradata_size <= 0 || parameters->extradata_size > MEDIA_SETUP_MAX)
        return;
    memcpy(description->setup, parameters->extradata, (size_t)parameters->extradata_size);
    description->setup_size = (size_t)parameters->extradata_size;
}

/* Opus that is told only by its name: what the head would say if there were one. */
static void make_opus_head(struct media_track *description)
{
    uint8_t head[19] = {'O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 1};

    head[9] = (uint8_t)description->channels;
    head[12] = 0x80; /* 48000, the low byte first */
    head[13] = 0xbb;
    memcpy(description->setup, head, sizeof(head));
    description->setup_size = sizeof(head);
}

static void describe_sound(struct media_track *description, const AVCodecParameters *parameters)
{
    description->rate_hz = parameters->sample_rate > 0 ? (uint32_t)parameters->sample_rate : 0;
    description->channels =
        parameters->ch_layout.nb_channels > 0 ? (uint32_t)parameters->ch_layout.nb_channels : 1;
    if (description->codec == MEDIA_OPUS)
        description->rate_hz = 48000;
    else if (description->codec != MEDIA_AAC && description->rate_hz == 0)
        description->rate_hz = 8000;
    take_setup(description, parameters);
    if (description->codec == MEDIA_OPUS && description->setup_size == 0 &&
        description->channels <= 2)
        make_opus_head(description);
}

static bool choose(struct demux_track *track, AVStream *stream)
{
    enum media_codec codec = codec_of(stream->codecpar->codec_id);

    if (codec == MEDIA_NONE || track->index >= 0)
        return true;
    track->index = stream->index;
    track->description.codec = codec;
    stream->discard = AVDISCARD_DEFAULT;
    return open_filter(stream, track);
}

bool demux_tracks_choose(struct demux_tracks *tracks, char *cause)
{
    const char *found = NULL;
    bool good = true;

    tracks->picture.index = tracks->sound.index = -1;
    for (unsigned i = 0; good && i < tracks->format->nb_streams; i++) {
        AVStream *stream = tracks->format->streams[i];

        stream->discard = AVDISCARD_ALL;
        if (stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO) {
            found = avcodec_get_name(stream->codecpar->codec_id);
            good = choose(&tracks->picture, stream);
        } else if (stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO) {
            good = choose(&tracks->sound, stream);
        }
    }
    if (!good)
        snprintf(cause, RECORDER_CAUSE_MAX, "the camera's stream cannot be read: memory is out");
    else if (found == NULL)
        snprintf(cause, RECORDER_CAUSE_MAX, "the camera offers no video");
    else if (tracks->picture.index < 0)
        snprintf(cause, RECORDER_CAUSE_MAX,
                 "the camera sends %s: only H.264, H.265 and MJPEG can be recorded", found);
    if (!good || tracks->picture.index < 0)
        return false;
    if (tracks->sound.index >= 0)
        describe_sound(&tracks->sound.description,
                       tracks->format->streams[tracks->sound.index]->codecpar);
    return true;
}

void demux_tracks_free(struct demux_tracks *tracks)
{
    av_bsf_free(&tracks->picture.filter);
    av_bsf_free(&tracks->sound.filter);
    media_release(tracks->media);
    free(tracks->whole);
}

/* ---- times ---- */

/* A stream's timestamps have few bits; the next is the nearest to the last one that they can mean.
 */
static int64_t unwrap(const AVStream *stream, struct demux_track *track, int64_t ticks)
{
    int bits = stream->pts_wrap_bits;
    uint64_t range, distance;

    if (!track->timed || bits <= 0 || bits >= 63)
        return ticks;
    range = UINT64_C(1) << bits;
    distance = ((uint64_t)ticks - (uint64_t)track->last_ticks) & (range - 1);
    return track->last_ticks +
           (distance >= range / 2 ? (int64_t)distance - (int64_t)range : (int64_t)distance);
}

int64_t demux_track_time_us(struct demux_tracks *tracks, struct demux_track *track,
                            const AVPacket *packet)
{
    const AVStream *stream = tracks->format->streams[track->index];
    int64_t ticks = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;

    if (ticks == AV_NOPTS_VALUE)
        return AV_NOPTS_VALUE;
    track->last_ticks = unwrap(stream, track, ticks);
    track->timed = true;
    return av_rescale_q(track->last_ticks, stream->time_base, (AVRational){1, 1000000});
}

/* ---- pictures ---- */

/* The size of the pictures, as libavcodec reads it from the parameter sets. */
static void measure(struct media_track *description, const struct source_packet *packet)
{
    enum AVCodecID id = description->codec == MEDIA_H264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC;
    AVCodecParserContext *parser = av_parser_init((int)id);
    AVCodecContext *context = avcodec_alloc_context3(NULL);
    uint8_t *unused;
    int unused_size;

    if (parser != NULL && context != NULL) {
        context->codec_id = id;
        parser->flags |= PARSER_FLAG_COMPLETE_FRAMES;
        av_parser_parse2(parser, context, &unused, &unused_size, packet->data, (int)packet->size,
                         AV_NOPTS_VALUE, AV_NOPTS_VALUE, 0);
        description->width = parser->width > 0 ? (uint32_t)parser->width : 0;
        description->height = parser->height > 0 ? (uint32_t)parser->height : 0;
    }
    av_parser_close(parser);
    avcodec_free_context(&context);
}

/* Whether sound is known well enough to be written. */
static bool is_described(const struct media_track *sound)
{
    bool needs_setup = sound->codec == MEDIA_AAC || sound->codec == MEDIA_OPUS;

    return sound->codec != MEDIA_NONE && sound->rate_hz > 0 &&
           (!needs_setup || sound->setup_size > 0);
}

/* A description changes with a keyframe only: what comes after it is written anew from there on. */
static bool renew_media(struct demux_tracks *tracks)
{
    struct media media = {.picture = tracks->picture.description};

    if (is_described(&tracks->sound.description))
        media.sound = tracks->sound.description;
    if (tracks->media != NULL && media_is_same_track(&tracks->media->picture, &media.picture) &&
        media_is_same_track(&tracks->media->sound, &media.sound))
        return true;
    media_release(tracks->media);
    tracks->media = media_create(&media);
    return tracks->media != NULL;
}

static bool describe_jpeg(struct demux_tracks *tracks, struct source_packet *packet)
{
    struct media_track *description = &tracks->picture.description;

    packet->key = true;
    return jpeg_size(packet->data, packet->size, &description->width, &description->height) &&
           renew_media(tracks);
}

/* Cameras may send the parameter sets only in the description: a segment must not depend on that.
 */
static bool put_parameters_before(struct demux_tracks *tracks, struct source_packet *packet)
{
    const AVCodecParameters *parameters = tracks->format->streams[tracks->picture.index]->codecpar;
    size_t extra = (size_t)parameters->extradata_size, size = extra + packet->size;

    if (extra == 0 ||
        !nal_inspect(tracks->picture.description.codec, parameters->extradata, extra).parameters)
        return false;
    if (size > tracks->whole_size) {
        uint8_t *larger = realloc(tracks->whole, size);

        if (larger == NULL)
            return false;
        tracks->whole = larger;
        tracks->whole_size = size;
    }
    memcpy(tracks->whole, parameters->extradata, extra);
    memcpy(tracks->whole + extra, packet->data, packet->size);
    packet->data = tracks->whole;
    packet->size = size;
    return true;
}

static bool describe_key(struct demux_tracks *tracks, struct source_packet *packet)
{
    struct media_track *description = &tracks->picture.description;
    struct media_track now = {.codec = description->codec};

    now.setup_size =
        nal_parameters(now.codec, packet->data, packet->size, now.setup, sizeof(now.setup));
    if (now.setup_size == 0)
        return false;
    if (now.setup_size != description->setup_size ||
        memcmp(now.setup, description->setup, now.setup_size) != 0) {
        measure(&now, packet);
        if (now.width == 0 || now.height == 0)
            return false;
        *description = now;
    }
    packet->key = renew_media(tracks);
    return packet->key;
}

/* What comes before the first keyframe is of use to libvlc alone (recording.h). */
static bool describe_first(struct demux_tracks *tracks)
{
    if (tracks->media == NULL && tracks->picture.description.codec == MEDIA_H264 &&
        tracks->sound.index < 0)
        return renew_media(tracks);
    return tracks->media != NULL;
}

bool demux_tracks_picture(struct demux_tracks *tracks, const AVPacket *from,
                          struct source_packet *packet)
{
    enum media_codec codec = tracks->picture.description.codec;
    struct nal_units units;
    bool usable;

    packet->data = from->data;
    packet->size = (size_t)from->size;
    packet->sound = packet->key = false;
    if (codec == MEDIA_MJPEG) {
        usable = describe_jpeg(tracks, packet);
    } else {
        units = nal_inspect(codec, packet->data, packet->size);
        if (units.key && (units.parameters || put_parameters_before(tracks, packet)))
            describe_key(tracks, packet);
        usable = packet->key || describe_first(tracks);
    }
    packet->media = tracks->media;
    return usable && tracks->media != NULL;
}

/* ---- sound ---- */

/* AAC of an MPEG-TS has a header of its own before each piece, which says what the description
 * does not. */
static bool strip_adts(struct media_track *description, struct source_packet *packet)
{
    struct adts_header header;

    if (!adts_parse(packet->data, packet->size, &header))
        return description->setup_size > 0; /* bare, and described elsewhere */
    packet->data += header.size;
    packet->size -= header.size;
    memcpy(description->setup, header.setup, sizeof(header.setup));
    description->setup_size = sizeof(header.setup);
    description->rate_hz = header.rate_hz;
    description->channels = header.channels;
    return true;
}

bool demux_tracks_sound(struct demux_tracks *tracks, const AVPacket *from,
                        struct source_packet *packet)
{
    struct media_track *description = &tracks->sound.description;

    packet->data = from->data;
    packet->size = (size_t)from->size;
    packet->sound = true;
    packet->key = false;
    packet->media = tracks->media;
    if (description->codec == MEDIA_AAC && !strip_adts(description, packet))
        return false;
    return packet->size > 0 && tracks->media != NULL &&
           media_is_same_track(&tracks->media->sound, description);
}

int64_t demux_tracks_sound_us(const struct demux_tracks *tracks, const struct source_packet *packet)
{
    const struct media_track *description = &tracks->sound.description;
    int64_t rate_hz = description->rate_hz;

    if (description->codec == MEDIA_AAC)
        return AAC_SAMPLES * INT64_C(1000000) / rate_hz;
    if (description->codec == MEDIA_OPUS)
        return OPUS_US;
    return (int64_t)packet->size * 1000000 / (rate_hz * description->channels);
}
