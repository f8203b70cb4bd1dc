#include "recorder/media.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct counted {
    struct media media; /* first: its address is its counted's */
    atomic_uint users;
};

struct media *media_create(const struct media *media)
{
    struct counted *counted = malloc(sizeof(*counted));

    if (counted == NULL)
        return NULL;
    counted->media = *media;
    atomic_init(&counted->users, 1);
    return &counted->media;
}

struct media *media_keep(struct media *media)
{
    assert(media != NULL);
    atomic_fetch_add(&((struct counted *)media)->users, 1);
    return media;
}

void media_release(struct media *media)
{
    unsigned before;

    if (media == NULL)
        return;
    before = atomic_fetch_sub(&((struct counted *)media)->users, 1);
    assert(before > 0);
    if (before == 1)
        free(media);
}

enum media_container media_container(const struct media *media)
{
    bool is_alone = media->sound.codec == MEDIA_NONE;

    return media->picture.codec == MEDIA_H264 && is_alone ? MEDIA_TS : MEDIA_MATROSKA;
}

bool media_is_same_track(const struct media_track *a, const struct media_track *b)
{
    return a->codec == b->codec && a->width == b->width && a->height == b->height &&
           a->rate_hz == b->rate_hz && a->channels == b->channels &&
           a->setup_size == b->setup_size && memcmp(a->setup, b->setup, a->setup_size) == 0;
}

/* In MPEG-TS each keyframe brings its own description. */
bool media_goes_on(const struct media *from, const struct media *to)
{
    if (media_container(from) == MEDIA_TS && media_container(to) == MEDIA_TS)
        return true;
    return media_is_same_track(&from->picture, &to->picture) &&
           media_is_same_track(&from->sound, &to->sound);
}

const char *media_codec_name(enum media_codec codec)
{
    static const char *const names[] = {[MEDIA_NONE] = "nothing",
#define X(symbol, name) [symbol] = name,
                                        MEDIA_PICTURES(X) MEDIA_SOUNDS(X)
#undef X
    };

    return names[codec];
}
