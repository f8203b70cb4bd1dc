/* What a keeper (keep.h) knows of the indexes of its server on one volume, so that none is read
 * again that has not changed: an index only grows, or is written anew as another file. */
#ifndef RECORDER_KEEP_KNOWN_H
#define RECORDER_KEEP_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "recorder/archive.h"

/* Of one day's directory. */
struct keep_day {
    ino_t directory;
    ino_t index;
    off_t read; /* bytes of the index */
    uint64_t bytes;
    int64_t oldest_ms, newest_ms; /* the first beginning and the last end; INT64_MAX and INT64_MIN:
                                     there is no segment */
    bool seen;
};

struct keep_known {
    struct keep_day *days; /* those up to `sorted` by their directory, then what is new */
    size_t count, room, sorted;
};

/* Reads what was added to the index of this directory since. NULL: memory is out. It stays valid
 * until the next call. */
const struct keep_day *keep_known_read(struct keep_known *known,
                                       const struct archive_writer *writer);
/* After all were read (`whole`), those that were not are forgotten; after some, none is. */
void keep_known_settle(struct keep_known *known, bool whole);
void keep_known_free(struct keep_known *known);

uint64_t keep_known_bytes(const struct keep_known *known);
/* The first beginning; INT64_MAX: there is none. */
int64_t keep_known_oldest_ms(const struct keep_known *known);
/* The moment before which so many bytes end, whole days taken together; INT64_MAX: there are not
 * so many, or memory is out. */
int64_t keep_known_before_ms(const struct keep_known *known, uint64_t bytes);

#endif
