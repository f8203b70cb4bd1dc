/* Between demux.c and demux_track.c: the tracks of an open stream and what is known of them. */
#ifndef RECORDER_DEMUX_TRACK_H
#define RECORDER_DEMUX_TRACK_H

#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>

#include "recorder/media.h"
#include "recorder/source.h"

struct demux_track {
    int index; /* of the stream; -1: none */
    struct media_track description;
    AVBSFContext *filter; /* puts start codes where lengths stand; NULL: they are there */
    bool timed;
    int64_t last_ticks;     /* unwrapped */
    int64_t last_return_us; /* monotonic: libavformat gives a picture at the first bytes of the next
                               one */
};

struct demux_tracks {
    AVFormatContext *format;
    struct demux_track picture, sound;
    struct media *media; /* as told with the packets; NULL: it is not known yet */
    uint8_t *whole;      /* a keyframe with its parameter sets put before it */
    size_t whole_size;
};

/* Chooses the tracks to be recorded and lets the others be. False with the reason in `cause`: there
 * is none. */
bool demux_tracks_choose(struct demux_tracks *tracks, char *cause);
void demux_tracks_free(struct demux_tracks *tracks);

/* The time of a packet in microseconds, across wraps; AV_NOPTS_VALUE: it has none. */
int64_t demux_track_time_us(struct demux_tracks *tracks, struct demux_track *track,
                            const AVPacket *packet);

/* Fills in data, size, key and media of a picture. False: it is of no use, for nothing is known yet
 * by which it could be decoded. */
bool demux_tracks_picture(struct demux_tracks *tracks, const AVPacket *from,
                          struct source_packet *packet);
/* Likewise of sound. */
bool demux_tracks_sound(struct demux_tracks *tracks, const AVPacket *from,
                        struct source_packet *packet);
/* How long such a piece of sound lasts, in microseconds. */
int64_t demux_tracks_sound_us(const struct demux_tracks *tracks,
                              const struct source_packet *packet);

#endif
