/* The rows of a stretch of time, without reading the rest: ten million rows are two dozen looks. */
#include "recorder/index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/segment.h"

/* How many torn or foreign lines on end are passed over before a bisection gives up. */
#define TORN_MAX 64
/* A segment that overlaps a stretch may begin this many rows before it. */
#define ROWS_BEFORE 2

/* A window on the file; it is not mapped, for a volume that fails would then kill who reads. */
struct text {
    int file;
    size_t size;
    char window[16384];
    size_t begin, length;
};

/* The bytes from `place` on, and how many are at hand: a line's worth, or all to the end. */
static const char *peek(struct text *text, size_t place, size_t *available)
{
    size_t wanted = text->size - place < INDEX_LINE_MAX ? text->size - place : INDEX_LINE_MAX;

    if (place < text->begin || place + wanted > text->begin + text->length) {
        ssize_t got = pread(text->file, text->window, sizeof(text->window), (off_t)place);

        text->begin = place;
        text->length = got < 0 ? 0 : (size_t)got;
    }
    *available = text->begin + text->length - place;
    return text->window + (place - text->begin);
}

/* The beginning of the line that `place` lies in; of what is too long for a line, a part. */
static size_t line_at(struct text *text, size_t place)
{
    size_t from = place > INDEX_LINE_MAX ? place - INDEX_LINE_MAX : 0, available;
    const char *bytes = peek(text, from, &available);
    const char *end = available < place - from ? NULL : memrchr(bytes, '\n', place - from);

    return end == NULL ? from : from + (size_t)(end - bytes) + 1;
}

static size_t line_after(struct text *text, size_t place)
{
    size_t available;
    const char *bytes = peek(text, place, &available), *end = memchr(bytes, '\n', available);

    if (available == 0)
        return text->size;
    return end == NULL ? place + available : place + (size_t)(end - bytes) + 1;
}

/* Reads the line at `place`. False: it is torn, foreign, or names no segment. */
static bool read_row(struct text *text, size_t place, struct index_row *row, int64_t *from_ms,
                     int64_t *to_ms)
{
    size_t available;
    const char *bytes = peek(text, place, &available), *end = memchr(bytes, '\n', available);
    char line[INDEX_LINE_MAX];
    int64_t length_ms;

    if (end == NULL || end - bytes >= (ptrdiff_t)sizeof(line))
        return false;
    memcpy(line, bytes, (size_t)(end - bytes));
    line[end - bytes] = '\0';
    if (!index_parse(line, row) || !segment_name_parse(row->name, from_ms, &length_ms))
        return false;
    *to_ms = *from_ms + length_ms;
    return true;
}

/* The first line from which on every segment ends after `from_ms`. */
static size_t bisect(struct text *text, int64_t from_ms)
{
    size_t low = 0, high = text->size;

    while (low < high) {
        size_t middle = line_at(text, low + (high - low) / 2), probe = middle;
        struct index_row row;
        int64_t begin_ms, end_ms = INT64_MAX;
        bool known = false;

        for (int i = 0; i < TORN_MAX && probe < high && !known; i++) {
            known = read_row(text, probe, &row, &begin_ms, &end_ms);
            if (!known)
                probe = line_after(text, probe);
        }
        if (known && end_ms <= from_ms)
            low = line_after(text, probe);
        else
            high = middle;
    }
    return low;
}

static int search_text(struct text *text, int64_t from_ms, int64_t to_ms, struct index_rows *rows,
                       bool *after)
{
    size_t place = bisect(text, from_ms);

    for (int i = 0; i < ROWS_BEFORE && place > 0; i++)
        place = line_at(text, place - 1);
    for (int beyond = 0; place < text->size && beyond <= ROWS_BEFORE;
         place = line_after(text, place)) {
        struct index_row row;
        int64_t begin_ms, end_ms;

        if (!read_row(text, place, &row, &begin_ms, &end_ms)) {
            rows->torn++;
            continue;
        }
        *after = *after || end_ms > to_ms;
        beyond += begin_ms >= to_ms;
        if (begin_ms < to_ms && end_ms > from_ms && !index_add(rows, &row))
            return ENOMEM;
    }
    return 0;
}

int index_search(int directory, int64_t from_ms, int64_t to_ms, struct index_rows *rows,
                 bool *after)
{
    struct text text = {
        .file = openat(directory, INDEX_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
    struct stat status;
    int error = 0;

    *rows = (struct index_rows){.count = 0};
    *after = false;
    if (text.file < 0)
        return errno == ENOENT ? 0 : errno;
    if (fstat(text.file, &status) != 0 || !S_ISREG(status.st_mode))
        error = EINVAL;
    text.size = error == 0 ? (size_t)status.st_size : 0;
    if (text.size > 0)
        error = search_text(&text, from_ms, to_ms, rows, after);
    close(text.file);
    index_sort(rows);
    return error;
}
