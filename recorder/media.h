/* What a camera sends, in our own words: one stream of pictures, at times one of sound beside it.
 * Whoever writes frames learns from it how to begin; it never changes, a new description is a new
 * one. Shared by counting its users. */
#ifndef RECORDER_MEDIA_H
#define RECORDER_MEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(SYMBOL, "name for people") */
#define MEDIA_PICTURES(X)                                                                          \
    X(MEDIA_H264, "H.264")                                                                         \
    X(MEDIA_H265, "H.265")                                                                         \
    X(MEDIA_MJPEG, "MJPEG")
#define MEDIA_SOUNDS(X)                                                                            \
    X(MEDIA_AAC, "AAC")                                                                            \
    X(MEDIA_PCMU, "G.711 mu-law")                                                                  \
    X(MEDIA_PCMA, "G.711 A-law")                                                                   \
    X(MEDIA_OPUS, "Opus")

enum media_codec {
    MEDIA_NONE,
#define X(symbol, name) symbol,
    MEDIA_PICTURES(X) MEDIA_SOUNDS(X)
#undef X
};

/* The files that footage is kept in. MPEG-TS is what libvlc makes, of H.264 alone: it is played
 * everywhere, but holds no MJPEG and no G.711, and libvlc cannot be fed sound beside pictures
 * without their order being at stake. Everything else is Matroska. */
enum media_container { MEDIA_TS, MEDIA_MATROSKA };

/* What a decoder must know before the first byte. Pictures: the parameter sets of H.264 and H.265,
 * with start codes. Sound: AAC's AudioSpecificConfig, Opus' head. */
#define MEDIA_SETUP_MAX 2048

struct media_track {
    enum media_codec codec; /* MEDIA_NONE: there is no such track */
    uint32_t width, height; /* of pictures */
    uint32_t rate_hz, channels;
    uint8_t setup[MEDIA_SETUP_MAX];
    size_t setup_size;
};

struct media {
    struct media_track picture, sound;
};

/* A copy with one user. NULL when memory is out. */
struct media *media_create(const struct media *media);
/* One user more; its argument. */
struct media *media_keep(struct media *media);
/* One user less; the last one frees it. NULL is allowed. */
void media_release(struct media *media);

enum media_container media_container(const struct media *media);

bool media_is_same_track(const struct media_track *a, const struct media_track *b);

/* Whether a file that was begun for one can go on with the other. */
bool media_goes_on(const struct media *from, const struct media *to);

const char *media_codec_name(enum media_codec codec);

#endif
