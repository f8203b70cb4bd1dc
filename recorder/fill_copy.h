/* Brings segments to the main's volume (fill.h), from wherever they lie. */
#ifndef RECORDER_FILL_COPY_H
#define RECORDER_FILL_COPY_H

#include <sys/types.h>

#include "recorder/fill.h"
#include "recorder/index.h"

/* Where the segments of one writer of a camera come from. */
struct fill_source {
    void *owner;
    /* Begins to read a segment. 0; ENOENT: it is gone, which is no failure; EPIPE:
     * the source is gone, and no more is asked of it; another errno. */
    int (*open)(void *owner, const struct index_row *row);
    /* Its next bytes; 0: its end; -1 and errno. */
    ssize_t (*read)(void *owner, void *bytes, size_t size);
    void (*close)(void *owner);
    const char *camera_name, *place; /* for people */
};

/* Copies what is missing of these rows into a directory of the target, and counts in `fill`. 0, or
 * an errno: then nothing was copied. */
int fill_rows(struct fill *fill, const struct fill_source *source, int to,
              const struct index_rows *rows);

/* The two halves of a source that is a file: 0 or an errno, and as above (its owner is the
 * descriptor's place). */
int fill_open_file(int directory, const struct index_row *row, int *file);
ssize_t fill_read_file(void *file, void *bytes, size_t size);

#endif
