/* Matroska, as far as a recording needs it: a head, then clusters of blocks with no size of their
 * own, so that a file may end after any block. The head is libavformat's, for it must describe
 * every codec; the blocks are ours, for each is to be in the writer's hands at once, and
 * libavformat keeps a cluster back until it is complete. */
#ifndef RECORDER_MATROSKA_H
#define RECORDER_MATROSKA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/media.h"

#define MATROSKA_FIRST_BYTE 0x1a /* of a file */
#define MATROSKA_PICTURES   1    /* numbers of tracks */
#define MATROSKA_SOUND      2

/* Bytes that grow as they are added; `bytes` is freed by the owner. */
struct matroska_bytes {
    uint8_t *bytes;
    size_t size, room;
};

/* What a file begins with. False with the reason in `cause` (RECORDER_CAUSE_MAX bytes). */
bool matroska_head(const struct media *media, struct matroska_bytes *head, char *cause);

struct matroska_cluster {
    bool begun;
    int64_t begin_ms;
};

struct matroska_block {
    unsigned track;
    int64_t at_ms; /* of the run; not negative */
    bool key, begins_cluster;
    enum media_codec codec;
    const uint8_t *data; /* H.264 and H.265: with start codes */
    size_t size;
};

/* Adds a block, behind the beginning of a cluster where one is due. False: memory is out. */
bool matroska_add(struct matroska_cluster *cluster, const struct matroska_block *block,
                  struct matroska_bytes *to);
/* Adds bytes as they are. False: memory is out. */
bool matroska_append(struct matroska_bytes *to, const void *bytes, size_t size);

/* ---- reading what the above has written, whole or torn ---- */

struct matroska_reader {
    uint64_t place; /* of the element that is looked for next */
    int64_t cluster_ms;
    bool in_cluster;
};

struct matroska_found {
    uint64_t end; /* of the element, in the file */
    bool is_picture, key;
    int64_t at_ms;
};

/* Looks at an element's first bytes (MATROSKA_LOOK, or what is left of the file), at the reader's
 * place of a file of so many bytes. False: there is no whole element of ours. `is_picture` false:
 * it is another one. Any bytes may come. */
#define MATROSKA_LOOK 24
bool matroska_look(struct matroska_reader *reader, const uint8_t *bytes, size_t size,
                   uint64_t file_size, struct matroska_found *found);

#endif
