/* A disk under the journal that fails: what LMDB writes passes through here, for the functions of
 * the C library that it calls are defined in the program that includes this. What the disk may hold
 * if the power goes at any moment is built out of that; or one write fails. */
#ifndef TESTS_NODE_JOURNAL_DISK_H
#define TESTS_NODE_JOURNAL_DISK_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define SECTOR_BYTES 512
#define IMAGE_BYTES  ((size_t)4 << 20)
#define EVENTS_MAX   8192

static char data[192], data_made[192]; /* the file: its path, and where it is made */

/* ---- what is written ---- */

enum event_kind { WRITE, SYNC, RENAME };

struct event {
    enum event_kind kind;
    bool durable;   /* by its own (O_DSYNC) */
    uint64_t acked; /* entries that were told to be durable before it */
    off_t at;
    size_t size;
    uint8_t *bytes;
};

static struct event events[EVENTS_MAX];
static size_t event_count;
static bool recording;
static uint64_t acked;
static long calls;        /* writes and syncs of the journal's file */
static long fail_at = -1; /* the call that fails */
static int fail_code;

static bool is_same(const char *path, const struct stat *file)
{
    struct stat found;
    return stat(path, &found) == 0 && found.st_ino == file->st_ino && found.st_dev == file->st_dev;
}

static bool is_data(int file)
{
    struct stat status;
    return fstat(file, &status) == 0 && (is_same(data, &status) || is_same(data_made, &status));
}

static bool fails(int file)
{
    if ((!recording && fail_at < 0) || !is_data(file) || calls++ != fail_at)
        return false;
    errno = fail_code;
    return true;
}

static void note(enum event_kind kind, int file, const void *bytes, size_t size, off_t at)
{
    if (!recording || !is_data(file))
        return;
    assert_true(event_count < EVENTS_MAX);
    struct event *event = &events[event_count++];
    *event = (struct event){.kind = kind, .acked = acked, .at = at, .size = size};
    event->durable = (fcntl(file, F_GETFL) & O_DSYNC) != 0;
    if (size > 0) {
        event->bytes = malloc(size);
        assert_non_null(event->bytes);
        memcpy(event->bytes, bytes, size);
    }
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t at);
ssize_t pwrite64(int file, const void *bytes, size_t size, off_t at);
ssize_t writev(int file, const struct iovec *parts, int count);
ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at);
ssize_t write(int file, const void *bytes, size_t size);
int fdatasync(int file);
int fsync(int file);

ssize_t pwrite(int file, const void *bytes, size_t size, off_t at)
{
    if (fails(file))
        return -1;
    note(WRITE, file, bytes, size, at);
    return syscall(SYS_pwrite64, file, bytes, size, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off_t at)
{
    return pwrite(file, bytes, size, at);
}

ssize_t write(int file, const void *bytes, size_t size)
{
    if (fails(file))
        return -1;
    note(WRITE, file, bytes, size, recording ? lseek(file, 0, SEEK_CUR) : 0);
    return syscall(SYS_write, file, bytes, size);
}

static void note_parts(int file, const struct iovec *parts, int count, off_t at)
{
    for (int i = 0; i < count; i++) {
        note(WRITE, file, parts[i].iov_base, parts[i].iov_len, at);
        at += (off_t)parts[i].iov_len;
    }
}

ssize_t writev(int file, const struct iovec *parts, int count)
{
    if (fails(file))
        return -1;
    note_parts(file, parts, count, recording ? lseek(file, 0, SEEK_CUR) : 0);
    return syscall(SYS_writev, file, parts, count);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at)
{
    ssize_t written = 0;
    for (int i = 0; i < count; i++) {
        const ssize_t size = pwrite(file, parts[i].iov_base, parts[i].iov_len, at + written);
        if (size < 0)
            return -1;
        written += size;
    }
    return written;
}

int fdatasync(int file)
{
    if (fails(file))
        return -1;
    note(SYNC, file, NULL, 0, 0);
    return (int)syscall(SYS_fdatasync, file);
}

int fsync(int file)
{
    if (fails(file))
        return -1;
    note(SYNC, file, NULL, 0, 0);
    return (int)syscall(SYS_fsync, file);
}

int rename(const char *from, const char *to);

/* It is there under its name from now on. */
int rename(const char *from, const char *to)
{
    const int done = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (done == 0 && recording && strcmp(to, data) == 0) {
        assert_true(event_count < EVENTS_MAX);
        events[event_count++] = (struct event){.kind = RENAME, .acked = acked};
    }
    return done;
}

/* ---- what the disk holds ---- */

static uint8_t durable[IMAGE_BYTES], torn[IMAGE_BYTES];
static size_t durable_size, torn_size;

static void lay(uint8_t *image, size_t *image_size, const struct event *event, size_t from,
                size_t size)
{
    const size_t at = (size_t)event->at + from;
    assert_true(at + size <= IMAGE_BYTES);
    memcpy(image + at, event->bytes + from, size);
    if (*image_size < at + size)
        *image_size = at + size;
}

/* What the disk may hold if the power goes just before event `end`: what was synced, and any of
 * the sectors written since. */
static void tear(size_t synced, size_t end)
{
    memcpy(torn, durable, sizeof torn);
    torn_size = durable_size;
    for (size_t i = synced; i < end; i++)
        for (size_t from = 0; events[i].kind == WRITE && from < events[i].size;
             from += SECTOR_BYTES) {
            const size_t left = events[i].size - from;
            if (random() % 2 == 0)
                lay(torn, &torn_size, &events[i], from, left < SECTOR_BYTES ? left : SECTOR_BYTES);
        }
}

/* For each moment a disk as it may be then, out of what was durable in the beginning and what was
 * noted since. check() gets the number of the event that did not happen any more. Forgets them. */
static void lose_power_everywhere(void (*check)(size_t end))
{
    size_t synced = 0;
    for (size_t end = 0; end <= event_count; end++) {
        tear(synced, end);
        check(end);
        if (end < event_count && events[end].kind == WRITE && events[end].durable) {
            lay(durable, &durable_size, &events[end], 0, events[end].size);
            events[end].size = 0;
        } else if (end < event_count && events[end].kind == SYNC) {
            for (size_t i = synced; i < end; i++)
                if (events[i].kind == WRITE && events[i].size > 0)
                    lay(durable, &durable_size, &events[i], 0, events[i].size);
            synced = end + 1;
        }
    }
    for (size_t i = 0; i < event_count; i++)
        free(events[i].bytes);
    event_count = 0;
}

/* What is in the file now is durable. */
static void read_durable(void)
{
    int file = open(data, O_RDONLY);
    durable_size = 0;
    for (ssize_t size; (size = read(file, durable + durable_size, IMAGE_BYTES - durable_size)) > 0;)
        durable_size += (size_t)size;
    close(file);
}

static void write_torn(const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(file >= 0);
    assert_int_equal(syscall(SYS_write, file, torn, torn_size), torn_size);
    close(file);
}

#endif
