#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/archive.h"
#include "recorder/index.h"
#include "recorder/keep.h"

/* An index only grows, or is written anew as another file: what was read once need not be read
 * again. */
struct keep_known {
    ino_t file;
    off_t size; /* that was read */
    uint64_t bytes;
    int64_t oldest_ms;
    bool seen; /* in this turn */
};

static struct keep_known *find_known(struct keep *keep, ino_t file)
{
    struct keep_known *larger;

    for (size_t i = 0; i < keep->known_count; i++)
        if (keep->known[i].file == file)
            return &keep->known[i];
    larger = realloc(keep->known, (keep->known_count + 1) * sizeof(*larger));
    if (larger == NULL)
        return NULL;
    keep->known = larger;
    larger[keep->known_count] = (struct keep_known){.file = file, .oldest_ms = INT64_MAX};
    return &larger[keep->known_count++];
}

static void read_further(struct keep_known *known, FILE *file)
{
    char line[INDEX_LINE_MAX];
    struct index_row row;
    int64_t start_ms, length_ms;

    while (fgets(line, sizeof(line), file) != NULL) {
        size_t length = strcspn(line, "\n");

        if (line[length] != '\n')
            return; /* it is being written */
        known->size += (off_t)length + 1;
        line[length] = '\0';
        if (!index_parse(line, &row) || !segment_name_parse(row.name, &start_ms, &length_ms))
            continue;
        known->bytes += row.bytes;
        if (start_ms < known->oldest_ms)
            known->oldest_ms = start_ms;
    }
}

struct measure {
    struct keep *keep;
    int64_t oldest_ms;
};

static bool measure_writer(void *owner, const struct archive_writer *writer)
{
    struct measure *measure = owner;
    struct keep_known *known;
    struct stat status;
    FILE *file;
    int index;

    if (measure->keep->answered != NULL)
        measure->keep->answered(measure->keep->owner);
    if (!keep_is_own(measure->keep, writer))
        return true;
    index = openat(writer->directory, INDEX_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    file = index < 0 ? NULL : fdopen(index, "r");
    known = file == NULL || fstat(index, &status) != 0 ? NULL
                                                       : find_known(measure->keep, status.st_ino);
    if (known != NULL && known->size > status.st_size) /* the number was given to another file */
        *known = (struct keep_known){.file = status.st_ino, .oldest_ms = INT64_MAX};
    if (known != NULL && fseeko(file, known->size, SEEK_SET) == 0)
        read_further(known, file);
    if (known != NULL) {
        known->seen = true;
        measure->keep->own_bytes += known->bytes;
        if (known->oldest_ms < measure->oldest_ms)
            measure->oldest_ms = known->oldest_ms;
    }
    if (file != NULL)
        fclose(file);
    else if (index >= 0)
        close(index);
    return true;
}

/* Forgets the indexes that are no more. */
static void forget_unseen(struct keep *keep)
{
    size_t count = 0;

    for (size_t i = 0; i < keep->known_count; i++)
        if (keep->known[i].seen) {
            keep->known[i].seen = false;
            keep->known[count++] = keep->known[i];
        }
    keep->known_count = count;
}

void keep_free(struct keep *keep)
{
    free(keep->known);
    keep->known = NULL;
    keep->known_count = 0;
    free(keep->growing);
    keep->growing = NULL;
    keep->growing_count = 0;
}

int64_t keep_measure(struct keep *keep, int64_t now_ms)
{
    const struct archive_filter all = {.from_ms = INT64_MIN, .to_ms = INT64_MAX};
    struct measure measure = {.keep = keep, .oldest_ms = now_ms};

    keep->own_bytes = 0;
    archive_walk(keep->volume.path, &all, measure_writer, &measure);
    forget_unseen(keep);
    return measure.oldest_ms;
}
