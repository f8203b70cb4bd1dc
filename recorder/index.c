#include "recorder/index.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

size_t index_format(const struct index_row *row, char *line)
{
    int length = snprintf(line, INDEX_LINE_MAX, "%s %" PRIu64 " %" PRIu64 " %" PRIu64 " %s",
                          row->name, row->bytes, row->frames, row->keyframes, row->sha256);

    length += snprintf(line + length, INDEX_LINE_MAX - (size_t)length, " %08" PRIx32 "\n",
                       hash_crc(line, (size_t)length));
    return (size_t)length;
}

bool index_parse(const char *line, struct index_row *row)
{
    const char *sum = strrchr(line, ' ');
    char again[INDEX_LINE_MAX];

    if (strlen(line) >= INDEX_LINE_MAX || sum == NULL)
        return false;
    if (sscanf(line, "%63s %" SCNu64 " %" SCNu64 " %" SCNu64 " %64s", row->name, &row->bytes,
               &row->frames, &row->keyframes, row->sha256) != 5)
        return false;
    /* What was read must write the same line again: that covers the check sum and every odd form at
     * once. */
    index_format(row, again);
    again[strcspn(again, "\n")] = '\0';
    return strcmp(line, again) == 0;
}

static bool ends_torn(int file)
{
    off_t size = lseek(file, 0, SEEK_END);
    char last = '\n';

    return size > 0 && pread(file, &last, 1, size - 1) == 1 && last != '\n';
}

static bool hold(int file)
{
    int held;

    do
        held = flock(file, LOCK_EX);
    while (held != 0 && errno == EINTR);
    return held == 0;
}

/* The index may be written anew and take the place of the one that was opened: only one that still
 * has its name is the index. Where a file system has no locks, `must_hold` says whether that is an
 * error. */
static int open_held(int directory, int flags, bool must_hold)
{
    for (;;) {
        int file = openat(directory, INDEX_FILE, flags | O_NOFOLLOW | O_CLOEXEC, 0644);
        struct stat status;

        if (file < 0)
            return -1;
        if ((!hold(file) && must_hold) || fstat(file, &status) != 0) {
            int error = errno;

            close(file);
            errno = error;
            return -1;
        }
        if (status.st_nlink > 0)
            return file;
        close(file);
    }
}

int index_hold(int directory)
{
    /* NFS locks only what is open for writing. */
    return open_held(directory, O_RDWR | O_NONBLOCK, true);
}

/* What could not be made durable is no row: whoever finishes the segment later adds it anew. Where
 * even that fails it stays, and says nothing wrong. */
static void take_back(int file, off_t size)
{
    if (size >= 0 && ftruncate(file, size) != 0)
        return;
}

int index_append(int directory, const struct index_row *row)
{
    int file =
        open_held(directory, O_RDWR | O_APPEND | O_CREAT, false); /* R35: recording goes first */
    char line[1 + INDEX_LINE_MAX] = "\n";
    size_t length;
    off_t size;
    bool torn;
    int error = 0;

    if (file < 0)
        return errno;
    torn = ends_torn(file);
    size = lseek(file, 0, SEEK_END);
    length = index_format(row, line + torn) + torn;
    errno = EIO;
    if (write(file, line, length) != (ssize_t)length || fdatasync(file) != 0) {
        error = errno;
        take_back(file, size);
    }
    close(file);
    return error;
}

bool index_add(struct index_rows *rows, const struct index_row *row)
{
    if (rows->count == rows->room) {
        size_t larger_room = rows->room == 0 ? 64 : 2 * rows->room;
        struct index_row *larger = realloc(rows->rows, larger_room * sizeof(*larger));

        if (larger == NULL)
            return false;
        rows->rows = larger;
        rows->room = larger_room;
    }
    rows->rows[rows->count++] = *row;
    return true;
}

static int load_lines(FILE *file, struct index_rows *rows)
{
    char line[INDEX_LINE_MAX];
    struct index_row row;

    while (fgets(line, sizeof(line), file) != NULL) {
        size_t length = strcspn(line, "\n");
        bool whole = line[length] == '\n';

        line[length] = '\0';
        if (whole && length == 0)
            continue;
        if (!whole || !index_parse(line, &row))
            rows->torn++;
        else if (!index_add(rows, &row))
            return ENOMEM;
    }
    return ferror(file) ? EIO : 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct index_row *)a)->name, ((const struct index_row *)b)->name);
}

static bool is_in_order(const struct index_rows *rows)
{
    for (size_t i = 1; i < rows->count; i++)
        if (by_name(&rows->rows[i - 1], &rows->rows[i]) > 0)
            return false;
    return true;
}

void index_sort(struct index_rows *rows)
{
    if (rows->count > 0)
        qsort(rows->rows, rows->count, sizeof(*rows->rows), by_name);
}

int index_load(int directory, struct index_rows *rows)
{
    int descriptor = openat(directory, INDEX_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    FILE *file;
    int error;

    *rows = (struct index_rows){.in_order = true};
    if (descriptor < 0)
        return errno == ENOENT ? 0 : errno;
    file = fdopen(descriptor, "r");
    if (file == NULL) {
        close(descriptor);
        return ENOMEM;
    }
    error = load_lines(file, rows);
    fclose(file);
    rows->in_order = is_in_order(rows);
    if (!rows->in_order)
        index_sort(rows);
    return error;
}

static int write_rows(int descriptor, const struct index_rows *rows)
{
    FILE *file = fdopen(descriptor, "w");
    char line[INDEX_LINE_MAX];
    bool written = file != NULL;

    if (file == NULL) {
        close(descriptor);
        return ENOMEM;
    }
    for (size_t i = 0; i < rows->count && written; i++) {
        index_format(&rows->rows[i], line);
        written = fputs(line, file) >= 0;
    }
    written = fflush(file) == 0 && fsync(descriptor) == 0 && written;
    return fclose(file) == 0 && written ? 0 : EIO;
}

int index_rewrite(int directory, const struct index_rows *rows)
{
    const char *name = "." INDEX_FILE ".new";
    int error, file;

    unlinkat(directory, name, 0); /* of a rewrite that was killed */
    file = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (file < 0)
        return errno;
    error = write_rows(file, rows);
    if (error == 0 &&
        (renameat(directory, name, directory, INDEX_FILE) != 0 || fsync(directory) != 0))
        error = errno;
    if (error != 0)
        unlinkat(directory, name, 0);
    return error;
}

void index_free(struct index_rows *rows)
{
    free(rows->rows);
    *rows = (struct index_rows){.count = 0};
}

const struct index_row *index_find(const struct index_rows *rows, const char *name)
{
    struct index_row wanted;

    if (rows->count == 0 || strlen(name) >= sizeof(wanted.name))
        return NULL;
    strcpy(wanted.name, name);
    return bsearch(&wanted, rows->rows, rows->count, sizeof(*rows->rows), by_name);
}
