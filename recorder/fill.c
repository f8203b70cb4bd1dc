#include "recorder/fill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "recorder/fill_note.h"
#include "recorder/lock.h"
#include "recorder/moment.h"
#include "recorder/volume.h"

#define CHUNK_BYTES 262144
#define HIDDEN      ".fill-"

bool fill_open(struct fill *fill, const char *target_path, const char *name, char *cause)
{
    if (name == NULL) {
        fill->target = volume_open_any(target_path, fill->target_name, cause);
    } else {
        fill->target = volume_open(target_path, name, cause);
        snprintf(fill->target_name, sizeof(fill->target_name), "%s", name);
    }
    fill->begun_us = moment_monotonic_us();
    return fill->target >= 0;
}

void fill_close(struct fill *fill)
{
    close(fill->target);
}

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

/* EBADMSG: what was read is not what the index states. */
static int copy_bytes(struct fill *fill, int from, int to, const struct index_row *row)
{
    static uint8_t chunk[CHUNK_BYTES];
    struct hash *digest = hash_open();
    char sha256[HASH_TEXT_MAX];
    uint64_t bytes = 0;
    ssize_t size = 0;
    int error = digest == NULL ? ENOMEM : 0;

    if (digest == NULL)
        return error;
    while (error == 0 && (size = read(from, chunk, sizeof(chunk))) > 0) {
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

/* A copy that got its name, but no row before the crash, is read again instead of trusted. */
static int settle_copy(struct fill *fill, int directory, const struct index_row *row)
{
    int file = openat(directory, row->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int error = file < 0 ? errno : copy_bytes(fill, file, -1, row);

    if (file >= 0)
        close(file);
    return error == 0 ? index_append(directory, row) : error;
}

static int copy_segment(struct fill *fill, int from, int to, const struct index_row *row)
{
    char hidden[sizeof(HIDDEN) + SEGMENT_NAME_MAX];
    int source = openat(from, row->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int copy, error;

    if (source < 0)
        return errno;
    snprintf(hidden, sizeof(hidden), HIDDEN "%s", row->name);
    copy = openat(to, hidden, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    error = copy < 0 ? errno : copy_bytes(fill, source, copy, row);
    if (error == 0 && fsync(copy) != 0)
        error = errno;
    if (copy >= 0)
        close(copy);
    close(source);
    if (error == 0 && (renameat(to, hidden, to, row->name) != 0 || fsync(to) != 0))
        error = errno;
    if (error != 0) {
        unlinkat(to, hidden, 0);
        return error;
    }
    fill->copied++;
    return index_append(to, row);
}

static int bring(struct fill *fill, int from, int to, const struct index_rows *there,
                 const struct index_row *row)
{
    bool is_there = faccessat(to, row->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;

    /* In the index but gone from the disk: the source's clean-up, or the target's, took it. */
    if (index_find(there, row->name) != NULL ||
        (!is_there && faccessat(from, row->name, F_OK, AT_SYMLINK_NOFOLLOW) != 0)) {
        fill->there_already++;
        return 0;
    }
    return is_there ? settle_copy(fill, to, row) : copy_segment(fill, from, to, row);
}

static void copy_rows(struct fill *fill, const struct archive_writer *writer, int to,
                      const struct index_rows *rows, const struct index_rows *there)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct index_row *row = &rows->rows[i];
        int64_t from_ms, length_ms;
        int error;

        if (!segment_name_parse(row->name, &from_ms, &length_ms) ||
            from_ms + length_ms <= fill->filter->from_ms || from_ms >= fill->filter->to_ms)
            continue;
        error = bring(fill, writer->directory, to, there, row);
        if (error == 0)
            continue;
        fill->failed++;
        fprintf(stderr,
                "understudy-recorder: archive: %s of camera %s on volume %s is not copied: %s\n",
                row->name, writer->camera_name, writer->volume_name,
                error == EBADMSG
                    ? "its content is not what the index states; `archive verify` says more"
                    : strerror(error));
    }
}

/* An incident stays one on the volume where its footage goes to. */
static void copy_locks(const struct archive_writer *writer, int to_camera)
{
    int camera = openat(writer->directory, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct lock_list list = {.count = 0};

    if (camera >= 0 && lock_load(camera, &list) == 0)
        for (size_t i = 0; i < list.count; i++)
            lock_add(to_camera, &list.locks[i]);
    lock_free(&list);
    if (camera >= 0)
        close(camera);
}

static int fill_rows(struct fill *fill, const struct archive_writer *writer, int to,
                     const struct index_rows *rows)
{
    struct index_rows there;
    int error = index_load(to, &there);

    if (error == 0 && !fill->mains_too && there.count == 0)
        error = fill_mark(to);
    if (error == 0)
        copy_rows(fill, writer, to, rows, &there);
    index_free(&there);
    return error;
}

/* The directory is locked as long, so that two copiers do not meet in it. */
static int fill_directory(struct fill *fill, const struct archive_writer *writer, int to)
{
    uint64_t failed = fill->failed;
    struct index_rows rows;
    int error = flock(to, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;

    if (error != 0)
        return error;
    error = index_load(writer->directory, &rows);
    if (error == 0 && rows.count > 0 &&
        !(fill->remembers && fill_has_note(writer->directory, fill->target_name, &rows))) {
        error = fill_rows(fill, writer, to, &rows);
        if (error == 0 && fill->remembers && fill->failed == failed)
            error = fill_note(writer->directory, fill->target_name, &rows);
    } else if (error == 0) {
        fill->there_already += rows.count;
    }
    index_free(&rows);
    return error;
}

static bool fill_writer(void *owner, const struct archive_writer *writer)
{
    struct fill *fill = owner;
    const struct segment_place place = {.main_name = writer->main_name,
                                        .camera_name = writer->camera_name,
                                        .server_name = writer->server_name,
                                        .epoch = writer->epoch};
    int camera, to, error;

    if (strcmp(writer->volume_name, fill->target_name) == 0 ||
        (!fill->mains_too && strcmp(writer->server_name, writer->main_name) == 0) ||
        (fill->server_name != NULL && strcmp(writer->server_name, fill->server_name) != 0) ||
        (fill->main_name != NULL && strcmp(writer->main_name, fill->main_name) != 0))
        return true;
    camera = segment_open_camera(fill->target, &place, true);
    to = camera < 0 ? -1 : segment_open_writer(camera, &place, true);
    error = to < 0 ? errno : 0;
    if (error == 0) {
        copy_locks(writer, camera);
        error = fill_directory(fill, writer, to);
    }
    if (to >= 0)
        close(to);
    if (camera >= 0)
        close(camera);
    if (error != 0) {
        fill->failed++;
        fprintf(stderr,
                "understudy-recorder: archive: camera %s cannot be filled into volume %s: %s\n",
                writer->camera_name, fill->target_name,
                error == EWOULDBLOCK ? "another `archive fill` is at it" : strerror(error));
    }
    return true;
}

bool fill_from(struct fill *fill, const char *volume_path)
{
    return archive_walk(volume_path, fill->filter, fill_writer, fill);
}
