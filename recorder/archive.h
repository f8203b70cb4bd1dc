/* What lies on the volumes, read from the directories alone (R33): every segment that any server
 * wrote, under any epoch. */
#ifndef RECORDER_ARCHIVE_H
#define RECORDER_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/loss.h"
#include "recorder/recorder.h"
#include "recorder/segment.h"

enum archive_state {
    ARCHIVE_COMPLETE,
    ARCHIVE_GROWING,  /* a part that some process is writing */
    ARCHIVE_LEFT_OVER /* a part that nobody is writing: its recorder was killed */
};

struct archive_segment {
    char main_name[RECORDER_NAME_MAX];
    char camera_name[RECORDER_NAME_MAX];
    char server_name[RECORDER_NAME_MAX]; /* who wrote it */
    char volume_name[RECORDER_NAME_MAX];
    const char *volume_path; /* as it was given to archive_scan */
    char file_name[SEGMENT_NAME_MAX];
    uint64_t epoch;
    int64_t from_ms, to_ms; /* wall clock */
    int64_t day_ms;         /* in whose directory it lies */
    uint64_t frames, bytes;
    enum archive_state state;
    bool has_row; /* it stands in the index */
};

/* Pictures that a server received and could not keep (loss.h). */
struct archive_loss {
    char main_name[RECORDER_NAME_MAX];
    char camera_name[RECORDER_NAME_MAX];
    char server_name[RECORDER_NAME_MAX];
    struct loss loss;
};

struct archive {
    struct archive_segment *segments;
    size_t count, room;
    struct archive_loss *losses;
    size_t loss_count;
};

/* Which part of the archive is looked at. */
struct archive_filter {
    const char *camera_name; /* NULL: all */
    int64_t from_ms, to_ms;  /* INT64_MIN, INT64_MAX: no bound */
    bool any_day;            /* one day of each writer will do */
};

/* What one server wrote of a camera on one day under one epoch: its directory, while it is open. */
struct archive_writer {
    int directory;
    int camera, above; /* the directories of the camera and of all days of this writer */
    const char *main_name, *camera_name, *server_name, *volume_name, *volume_path;
    const char *day_name;
    uint64_t epoch;
    int64_t day_ms; /* its beginning */
};

/* Called for every such directory on a volume. False: stop, the system failed (and it was said). */
typedef bool archive_visit(void *owner, const struct archive_writer *writer);

/* Walks over a volume, but for the days that have nothing of what the filter asks for. False: it
 * could not be read, or a visit failed; it was said on stderr. */
bool archive_walk(const char *volume_path, const struct archive_filter *filter,
                  archive_visit *visit, void *owner);

/* Adds the segments and losses of a volume. False as above. Afterwards archive_sort. */
bool archive_scan(struct archive *archive, const char *volume_path,
                  const struct archive_filter *filter);
/* By main, camera, time, epoch. Of copies of one segment (R34: same writer, same name, on several
 * volumes) one is kept: a complete one, then that with an index row. */
void archive_sort(struct archive *archive);
void archive_free(struct archive *archive);

/* Opens a segment's file below the volume, without following a link anywhere. -1 and errno. */
int archive_open(const struct archive_segment *segment);

/* Is a part being written by somebody? */
bool archive_is_growing(int directory, const char *name);

#endif
