/* What is inside a segment: the only file of the reading side that knows containers and codecs, by
 * libavformat, which reads whatever container the recorder wrote. Nothing is re-encoded. A file is
 * given as a descriptor, never as a name, and its content is taken for hostile. */
#ifndef RECORDER_FOOTAGE_H
#define RECORDER_FOOTAGE_H

#include <stdbool.h>
#include <stdint.h>

/* A stretch of a segment. */
struct footage_piece {
    int file;               /* the segment, open for reading */
    int64_t start_ms;       /* wall clock of its first picture */
    int64_t from_ms, to_ms; /* what is wanted of it */
    /* Pictures can be shown only from a keyframe on. False: from the first one at or after from_ms;
     * true: from the last one at or before it. */
    bool reach_back;
};

struct footage_copied {
    int64_t from_ms, to_ms; /* of the pictures that were copied; equal: none were */
    uint64_t pictures;
    bool sound_left_out; /* the container does not take it, or the file began without it */
    bool does_not_fit;   /* the container does not take the pictures, as the cause says */
};

struct footage_writer;

/* Begins a file in a container ("mp4", "matroska", "mpegts") at a descriptor, which must be able to
 * seek unless it is "mpegts". NULL with the reason in `cause` (RECORDER_CAUSE_MAX bytes). */
struct footage_writer *footage_create(const char *container, int file, char *cause);
/* Copies a piece behind what is there. A picture's time in the file is its wall clock less
 * `base_ms`. False with the reason in `cause`; the file can be finished nevertheless. */
bool footage_append(struct footage_writer *writer, const struct footage_piece *piece,
                    int64_t base_ms, struct footage_copied *copied, char *cause);
/* Writes what is left and frees the writer. False: the file is not whole. */
bool footage_finish(struct footage_writer *writer, char *cause);

/* The wall clock of the keyframe that the piece begins with; false: there is none, or the reason.
 */
bool footage_find_key(const struct footage_piece *piece, int64_t *at_ms, char *cause);

/* Decodes that keyframe and writes it as a JPEG of this width, in pixels, to a descriptor. */
bool footage_thumbnail(const struct footage_piece *piece, int width, int file, char *cause);

#endif
