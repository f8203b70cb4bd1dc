#include "recorder/matroska_run.h"

#include <stdio.h>
#include <stdlib.h>

#include "recorder/matroska.h"
#include "recorder/recorder.h"

/* Sound that waits for a picture, at most: a camera may go on speaking while it shows nothing. */
#define SOUND_BYTES (1u << 20)

struct matroska_run {
    struct matroska_bytes head, sound, piece;
    struct matroska_cluster cluster; /* as it will be when the sound is written */
    enum media_codec picture_codec, sound_codec;
};

struct matroska_run *matroska_run_open(const struct media *media, char *cause)
{
    struct matroska_run *run = calloc(1, sizeof(*run));

    snprintf(cause, RECORDER_CAUSE_MAX, "memory is out");
    if (run == NULL)
        return NULL;
    run->picture_codec = media->picture.codec;
    run->sound_codec = media->sound.codec;
    if (matroska_head(media, &run->head, cause))
        return run;
    matroska_run_free(run);
    return NULL;
}

void matroska_run_free(struct matroska_run *run)
{
    if (run == NULL)
        return;
    free(run->head.bytes);
    free(run->sound.bytes);
    free(run->piece.bytes);
    free(run);
}

static int64_t to_ms(int64_t us)
{
    return (us + 500) / 1000;
}

/* It stands in a cluster of its own before a keyframe's: a file may begin with either. */
bool matroska_run_sound(struct matroska_run *run, const struct frame *frame, int64_t at_us)
{
    struct matroska_block block = {.track = MATROSKA_SOUND,
                                   .at_ms = to_ms(at_us),
                                   .key = true,
                                   .begins_cluster = run->sound.size == 0,
                                   .codec = run->sound_codec,
                                   .data = frame->data,
                                   .size = frame->size};

    if (run->sound.size + frame->size > SOUND_BYTES)
        return true;
    return matroska_add(&run->cluster, &block, &run->sound);
}

bool matroska_run_picture(struct matroska_run *run, const struct frame *frame, int64_t at_us,
                          struct matroska_piece *piece)
{
    struct matroska_block block = {.track = MATROSKA_PICTURES,
                                   .at_ms = to_ms(at_us),
                                   .key = frame->key,
                                   .begins_cluster = frame->key,
                                   .codec = run->picture_codec,
                                   .data = frame->data,
                                   .size = frame->size};

    run->piece.size = 0;
    if ((frame->key && !matroska_append(&run->piece, run->head.bytes, run->head.size)) ||
        (run->sound.size > 0 && !matroska_append(&run->piece, run->sound.bytes, run->sound.size)) ||
        !matroska_add(&run->cluster, &block, &run->piece))
        return false;
    run->sound.size = 0;
    *piece = (struct matroska_piece){.bytes = run->piece.bytes,
                                     .size = run->piece.size,
                                     .head_size = frame->key ? run->head.size : 0};
    return true;
}
