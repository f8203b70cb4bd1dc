#include "recorder/fill_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "recorder/fill_note.h"
#include "recorder/moment.h"

#define CHUNK_BYTES 262144
#define HIDDEN      ".fill-"

/* Waits until what was copied so far may have been copied by the rate. */
static void keep_rate(const struct fill *fill)
{
    int64_t due_us =
        fill->begun_us + (int64_t)((double)fill->copied_bytes * 1e6 / (double)fill->bytes_per_s);
    int64_t wait_us = due_us - moment_monotonic_us();
    struct timespec wait = {wait_us / 1000000, wait_us % 1000000 * 1000};

    if (wait_us > 0)
        nanosleep(&wait, NULL);
}

static int write_all(int file, const uint8_t *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t written = write(file, bytes + done, size - done);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? errno : EIO;
        done += (size_t)written;
    }
    return 0;
}

/* Without `to` it is only read. EBADMSG: what was read is not what the index states. */
static int copy_bytes(struct fill *fill, const struct fill_source *source, int to,
                      const struct index_row *row)
{
    static uint8_t chunk[CHUNK_BYTES];
    struct hash *digest = hash_open();
    char sha256[HASH_TEXT_MAX];
    uint64_t bytes = 0;
    ssize_t size = 0;
    int error = digest == NULL ? ENOMEM : 0;

    if (digest == NULL)
        return error;
    while (error == 0 && (size = source->read(source->owner, chunk, sizeof(chunk))) > 0) {
        hash_add(digest, chunk, (size_t)size);
        bytes += (uint64_t)size;
        error = to < 0 ? 0 : write_all(to, chunk, (size_t)size);
        fill->copied_bytes += (uint64_t)size;
        keep_rate(fill);
    }
    if (size < 0)
        error = errno;
    hash_close(digest, sha256);
    if (error == 0 && (bytes != row->bytes || strcmp(sha256, row->sha256) != 0))
        error = EBADMSG;
    return error;
}

int fill_open_file(int directory, const struct index_row *row, int *file)
{
    *file = openat(directory, row->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    return *file < 0 ? errno : 0;
}

ssize_t fill_read_file(void *file, void *bytes, size_t size)
{
    return read(*(int *)file, bytes, size);
}

/* A copy that got its name, but no row before the crash, is read again instead of trusted. */
static int settle_copy(struct fill *fill, int directory, const struct index_row *row)
{
    int file, error = fill_open_file(directory, row, &file);
    const struct fill_source copy = {.owner = &file, .read = fill_read_file};

    if (error == 0) {
        error = copy_bytes(fill, &copy, -1, row);
        close(file);
    }
    return error == 0 ? index_append(directory, row) : error;
}

static int copy_segment(struct fill *fill, const struct fill_source *source, int to,
                        const struct index_row *row)
{
    char hidden[sizeof(HIDDEN) + SEGMENT_NAME_MAX];
    int copy, error = source->open(source->owner, row);

    if (error != 0)
        return error;
    snprintf(hidden, sizeof(hidden), HIDDEN "%s", row->name);
    copy = openat(to, hidden, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    error = copy < 0 ? errno : copy_bytes(fill, source, copy, row);
    if (error == 0 && fsync(copy) != 0)
        error = errno;
    if (copy >= 0)
        close(copy);
    source->close(source->owner);
    if (error == 0 && (renameat(to, hidden, to, row->name) != 0 || fsync(to) != 0))
        error = errno;
    if (error != 0) {
        unlinkat(to, hidden, 0);
        return error;
    }
    fill->copied++;
    return index_append(to, row);
}

static int bring(struct fill *fill, const struct fill_source *source, int to,
                 const struct index_rows *there, const struct index_row *row)
{
    bool is_there = faccessat(to, row->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    int error = 0;

    if (index_find(there, row->name) == NULL)
        error = is_there ? settle_copy(fill, to, row) : copy_segment(fill, source, to, row);
    /* Gone from the source's disk, or in the index and gone from the target's: the clean-up of one
     * of them took it. */
    if (index_find(there, row->name) != NULL || (!is_there && error == ENOENT)) {
        fill->there_already++;
        return 0;
    }
    return error;
}

static void copy_rows(struct fill *fill, const struct fill_source *source, int to,
                      const struct index_rows *rows, const struct index_rows *there)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct index_row *row = &rows->rows[i];
        int64_t from_ms, length_ms;
        int error;

        if (!segment_name_parse(row->name, &from_ms, &length_ms) ||
            from_ms + length_ms <= fill->filter->from_ms || from_ms >= fill->filter->to_ms)
            continue;
        error = bring(fill, source, to, there, row);
        if (error == 0)
            continue;
        fill->failed++;
        if (error == EPIPE)
            return;
        fprintf(stderr, "understudy-recorder: archive: %s of camera %s on %s is not copied: %s\n",
                row->name, source->camera_name, source->place,
                error == EBADMSG
                    ? "its content is not what the index states; `archive verify` says more"
                    : strerror(error));
    }
}

int fill_rows(struct fill *fill, const struct fill_source *source, int to,
              const struct index_rows *rows)
{
    struct index_rows there;
    int error = index_load(to, &there);

    if (error == 0 && !fill->mains_too && there.count == 0)
        error = fill_mark(to);
    if (error == 0)
        copy_rows(fill, source, to, rows, &there);
    index_free(&there);
    return error;
}
