/* Is the archive whole? Every segment against its index row and the other way round, left-over
 * parts, torn lines. */
#ifndef RECORDER_ARCHIVE_VERIFY_H
#define RECORDER_ARCHIVE_VERIFY_H

#include <sys/types.h>

#include <jansson.h>

#include "recorder/archive.h"

struct archive_verify {
    const struct archive_filter *filter;
    bool repair;       /* an index that is wrong is made anew from what lies on the volume */
    bool quiet;        /* nothing on stdout */
    json_t *problems;  /* an array to add to, or NULL */
    uint64_t segments; /* looked at */
    uint64_t growing;  /* parts being written: nothing is wrong with them */
    uint64_t problem_count;
    uint64_t repaired; /* indexes */
    ino_t beside;      /* the writer's directory of the last day */
};

/* Verifies one volume; each problem is a line on stdout unless quiet. False: the system failed, and
 * it was said. */
bool archive_verify_volume(struct archive_verify *verify, const char *volume_path);

#endif
