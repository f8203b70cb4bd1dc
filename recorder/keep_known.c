#include "recorder/keep_known.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/index.h"

static const struct keep_day nothing = {.oldest_ms = INT64_MAX, .newest_ms = INT64_MIN};

static int by_directory(const void *left, const void *right)
{
    const struct keep_day *a = left, *b = right;

    return (a->directory > b->directory) - (a->directory < b->directory);
}

/* In one turn a directory is met more than once only if it is known from an earlier one, or was
 * among the last. */
static struct keep_day *find(struct keep_known *known, ino_t directory)
{
    const struct keep_day key = {.directory = directory};
    struct keep_day *found = known->sorted == 0 ? NULL
                                                : bsearch(&key, known->days, known->sorted,
                                                          sizeof(*known->days), by_directory);

    for (size_t i = known->count; found == NULL && i > known->sorted; i--)
        if (known->days[i - 1].directory == directory)
            found = &known->days[i - 1];
    return found;
}

static struct keep_day *add(struct keep_known *known, ino_t directory)
{
    if (known->count == known->room) {
        size_t room = known->room == 0 ? 64 : 2 * known->room;
        struct keep_day *larger = realloc(known->days, room * sizeof(*larger));

        if (larger == NULL)
            return NULL;
        known->days = larger;
        known->room = room;
    }
    known->days[known->count] = nothing;
    known->days[known->count].directory = directory;
    return &known->days[known->count++];
}

static void read_further(struct keep_day *day, FILE *file)
{
    char line[INDEX_LINE_MAX];
    struct index_row row;
    int64_t start_ms, length_ms;

    while (fgets(line, sizeof(line), file) != NULL) {
        size_t length = strcspn(line, "\n");

        if (line[length] != '\n')
            return; /* it is being written */
        day->read += (off_t)length + 1;
        line[length] = '\0';
        if (!index_parse(line, &row) || !segment_name_parse(row.name, &start_ms, &length_ms))
            continue;
        day->bytes += row.bytes;
        if (start_ms < day->oldest_ms)
            day->oldest_ms = start_ms;
        if (start_ms + length_ms > day->newest_ms)
            day->newest_ms = start_ms + length_ms;
    }
}

static void start_anew(struct keep_day *day, ino_t index)
{
    const ino_t directory = day->directory;

    *day = nothing;
    day->directory = directory;
    day->index = index;
}

static void read_index(struct keep_day *day, int directory)
{
    int index = openat(directory, INDEX_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat status;
    FILE *file;

    if (index < 0) {
        start_anew(day, 0);
        return;
    }
    if (fstat(index, &status) == 0 && (status.st_ino != day->index || status.st_size < day->read))
        start_anew(day, status.st_ino);
    file = status.st_size > day->read ? fdopen(index, "r") : NULL;
    if (file != NULL && fseeko(file, day->read, SEEK_SET) == 0)
        read_further(day, file);
    if (file != NULL)
        fclose(file);
    else
        close(index);
}

const struct keep_day *keep_known_read(struct keep_known *known,
                                       const struct archive_writer *writer)
{
    struct stat status;
    struct keep_day *day;

    if (fstat(writer->directory, &status) != 0)
        return NULL;
    day = find(known, status.st_ino);
    if (day == NULL)
        day = add(known, status.st_ino);
    if (day == NULL)
        return NULL;
    read_index(day, writer->directory);
    day->seen = true;
    return day;
}

void keep_known_settle(struct keep_known *known, bool whole)
{
    size_t count = 0;

    for (size_t i = 0; i < known->count; i++)
        if (known->days[i].seen || !whole) {
            known->days[i].seen = false;
            known->days[count++] = known->days[i];
        }
    known->count = count;
    if (count > 0)
        qsort(known->days, count, sizeof(*known->days), by_directory);
    known->sorted = count;
}

void keep_known_free(struct keep_known *known)
{
    free(known->days);
    *known = (struct keep_known){.count = 0};
}

uint64_t keep_known_bytes(const struct keep_known *known)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < known->count; i++)
        bytes += known->days[i].bytes;
    return bytes;
}

int64_t keep_known_oldest_ms(const struct keep_known *known)
{
    int64_t oldest_ms = INT64_MAX;

    for (size_t i = 0; i < known->count; i++)
        if (known->days[i].oldest_ms < oldest_ms)
            oldest_ms = known->days[i].oldest_ms;
    return oldest_ms;
}

static int by_end(const void *left, const void *right)
{
    const struct keep_day *a = left, *b = right;

    return (a->newest_ms > b->newest_ms) - (a->newest_ms < b->newest_ms);
}

int64_t keep_known_before_ms(const struct keep_known *known, uint64_t bytes)
{
    struct keep_day *days = malloc((known->count + 1) * sizeof(*days));
    int64_t before_ms = INT64_MAX;

    if (days == NULL)
        return INT64_MAX;
    memcpy(days, known->days, known->count * sizeof(*days));
    qsort(days, known->count, sizeof(*days), by_end);
    for (size_t i = 0; i < known->count && before_ms == INT64_MAX; i++) {
        bytes -= days[i].bytes < bytes ? days[i].bytes : bytes;
        if (bytes == 0)
            before_ms = days[i].newest_ms;
    }
    free(days);
    return before_ms;
}
