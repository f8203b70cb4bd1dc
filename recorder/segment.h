/* Segments on disk (R31): their names, their directories, and the order of duties that makes one
 * durable.
 *
 *     <volume>/<main>/<camera>/<epoch>-<server>/2026-11-23/20261123T204512.345Z_10040ms.ts
 *
 * (.mkv where the container is Matroska; media.h). A segment lies in the day (UTC) in which it
 * begins, beside the index of that day: an epoch may last for years, and what a directory holds is
 * read and written anew as a whole. While it is written a segment is called <start>.ts.part. It is
 * locked then (flock), so that no other process takes it for a left-over. The directories below the
 * volume are opened one by one without following a symbolic link. */
#ifndef RECORDER_SEGMENT_H
#define RECORDER_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/index.h"
#include "recorder/media.h"

#define SEGMENT_NAME_MAX      INDEX_NAME_MAX
#define SEGMENT_DAY_MS        INT64_C(86400000)
#define SEGMENT_LENGTH_MAX_MS SEGMENT_DAY_MS

void segment_name_print(char *name, int64_t start_ms, int64_t length_ms,
                        enum media_container container);
bool segment_name_parse(const char *name, int64_t *start_ms, int64_t *length_ms);
void segment_part_print(char *name, int64_t start_ms, enum media_container container);
bool segment_part_parse(const char *name, int64_t *start_ms);
/* The container of a segment or part with a proper name. */
enum media_container segment_container(const char *name);
/* Whether this is the name of a day's directory; when the day begins. */
bool segment_day_parse(const char *name, int64_t *day_ms);
/* The name of a writer's directory, <epoch>-<server>; the server's name is given back inside
 * `name`. */
bool segment_writer_parse(const char *name, uint64_t *epoch, const char **server);

/* Who writes what. All names were accepted by volume_is_name. */
struct segment_place {
    const char *main_name, *camera_name, *server_name;
    uint64_t epoch;
};

/* Opens the camera's directory of a volume. -1 and errno; a missing one is made if `create`. */
int segment_open_camera(int volume, const struct segment_place *place, bool create);
/* Opens inside it the writer's directory of the day of this moment. -1 and errno; as above. */
int segment_open_day(int camera, const struct segment_place *place, int64_t start_ms, bool create);

/* What a file gets at once at most, in bytes, unless one picture is larger. */
#define SEGMENT_TOGETHER_BYTES (256u << 10)

struct segment {
    int directory; /* borrowed */
    int file;      /* -1: none is open */
    bool entered;  /* its name is durable */
    enum media_container container;
    int64_t start_ms;
    struct index_row row; /* of what was added; its name is that of the part */
    /* What was added, but not written: a write for each picture is dear. */
    uint8_t *waiting;
    size_t waiting_room;
    struct segment_waiting {
        size_t bytes;
        uint64_t frames, keyframes;
    } waits;
    struct hash *digest;
};

/* Begins a segment in a directory, which must stay open as long; its `container` is set already. 0,
 * or an errno. */
int segment_begin(struct segment *segment, int directory, int64_t start_ms);
/* Adds one picture; it may wait in memory for segment_flush. 0, or an errno: then what waited is
 * not in the segment, and it ends before that. */
int segment_add(struct segment *segment, const void *bytes, size_t size, bool key);
/* Writes what waits. 0, or an errno, as with segment_add. */
int segment_flush(struct segment *segment);
/* Makes durable what was added so far, the first time with the file's name. 0, or an errno. */
int segment_sync(struct segment *segment);
/* 0 while the file has its name; ENOENT when somebody removed it, another errno when that cannot be
 * told. */
int segment_linked(const struct segment *segment);
/* Ends the segment: fsync, rename, fsync of the directory, index row. `segment->row` has its final
 * name then. 0, or an errno; the part stays as it is then, for the next recovery. */
int segment_finish(struct segment *segment, int64_t end_ms);

/* The last duties, for a part that is durable already: the row's name is the part's, and becomes
 * the segment's. */
int segment_settle(int directory, struct index_row *row, int64_t start_ms, int64_t length_ms);

#endif
