#include "recorder/segment.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/directory.h"
#include "recorder/moment.h"
#include "recorder/recorder.h"

#define START_TEXT 20 /* characters of 20261123T204512.345Z */
/* Two segments that begin in the same millisecond take the next free one. */
#define SAME_START_MAX 10

static const char *const suffixes[] = {[MEDIA_TS] = ".ts", [MEDIA_MATROSKA] = ".mkv"};

void segment_name_print(char *name, int64_t start_ms, int64_t length_ms,
                        enum media_container container)
{
    char start[MOMENT_TEXT_MAX];

    snprintf(name, SEGMENT_NAME_MAX, "%s_%" PRId64 "ms%s", moment_print_compact(start, start_ms),
             length_ms, suffixes[container]);
}

void segment_part_print(char *name, int64_t start_ms, enum media_container container)
{
    char start[MOMENT_TEXT_MAX];

    snprintf(name, SEGMENT_NAME_MAX, "%s%s.part", moment_print_compact(start, start_ms),
             suffixes[container]);
}

enum media_container segment_container(const char *name)
{
    return strstr(name, suffixes[MEDIA_MATROSKA]) != NULL ? MEDIA_MATROSKA : MEDIA_TS;
}

static bool start_parse(const char *name, int64_t *start_ms)
{
    char start[START_TEXT + 1];

    if (strlen(name) < START_TEXT)
        return false;
    memcpy(start, name, START_TEXT);
    start[START_TEXT] = '\0';
    return moment_parse_compact(start, start_ms);
}

/* Printing again what was understood shows whether all of the name was. */
bool segment_name_parse(const char *name, int64_t *start_ms, int64_t *length_ms)
{
    char again[SEGMENT_NAME_MAX];

    if (!start_parse(name, start_ms) || name[START_TEXT] != '_')
        return false;
    errno = 0;
    *length_ms = strtoll(name + START_TEXT + 1, NULL, 10);
    if (errno != 0 || *length_ms < 0 || *length_ms > SEGMENT_LENGTH_MAX_MS)
        return false;
    segment_name_print(again, *start_ms, *length_ms, segment_container(name));
    return strcmp(name, again) == 0;
}

bool segment_part_parse(const char *name, int64_t *start_ms)
{
    char again[SEGMENT_NAME_MAX];

    if (!start_parse(name, start_ms))
        return false;
    segment_part_print(again, *start_ms, segment_container(name));
    return strcmp(name, again) == 0;
}

bool segment_writer_parse(const char *name, uint64_t *epoch, const char **server)
{
    char *end;

    if (name[0] < '0' || name[0] > '9')
        return false;
    errno = 0;
    *epoch = strtoull(name, &end, 10);
    *server = end + 1;
    return errno == 0 && *end == '-' && end[1] != '\0' && (name[0] != '0' || end == name + 1);
}

bool segment_day_parse(const char *name, int64_t *day_ms)
{
    char again[MOMENT_TEXT_MAX];

    return moment_parse(name, day_ms) && strcmp(moment_print_day(again, *day_ms), name) == 0;
}

static int open_two_below(int directory, const char *name, const char *inner, bool create)
{
    int outer = directory_open_below(directory, name, create), opened, error;

    if (outer < 0)
        return -1;
    opened = directory_open_below(outer, inner, create);
    error = errno;
    close(outer);
    errno = error;
    return opened;
}

int segment_open_camera(int volume, const struct segment_place *place, bool create)
{
    return open_two_below(volume, place->main_name, place->camera_name, create);
}

int segment_open_day(int camera, const struct segment_place *place, int64_t start_ms, bool create)
{
    char writer[RECORDER_NAME_MAX + 24], day[MOMENT_TEXT_MAX];

    snprintf(writer, sizeof(writer), "%" PRIu64 "-%s", place->epoch, place->server_name);
    return open_two_below(camera, writer, moment_print_day(day, start_ms), create);
}

static void let_go(struct segment *segment)
{
    char unused[HASH_TEXT_MAX];

    if (segment->digest != NULL)
        hash_close(segment->digest, unused);
    segment->digest = NULL;
    free(segment->waiting);
    segment->waiting = NULL;
    if (segment->file >= 0)
        close(segment->file);
    segment->file = -1;
}

/* Opens a new file, under the first name that is free. 0, or an errno. */
static int make_part(struct segment *segment, int64_t start_ms)
{
    for (int i = 0; i < SAME_START_MAX && segment->file < 0; i++) {
        segment->start_ms = start_ms + i;
        segment_part_print(segment->row.name, segment->start_ms, segment->container);
        segment->file = openat(segment->directory, segment->row.name,
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (segment->file < 0 && errno != EEXIST)
            return errno;
    }
    return segment->file < 0 ? EEXIST : 0;
}

/* Somebody who looks for left-over parts may be in the way for a moment, and may even have taken
 * this one, which is empty and not locked yet, for one: then the next is made. */
static int make_locked_part(struct segment *segment, int64_t start_ms)
{
    int error;

    for (int i = 0; i < SAME_START_MAX; i++) {
        error = make_part(segment, start_ms);
        if (error == 0 && flock(segment->file, LOCK_EX) != 0)
            error = errno;
        if (error == 0)
            error = segment_linked(segment);
        if (error != ENOENT || segment->file < 0)
            return error;
        close(segment->file);
        segment->file = -1;
    }
    return error;
}

int segment_begin(struct segment *segment, int directory, int64_t start_ms)
{
    int error;

    assert(segment->container == MEDIA_TS || segment->container == MEDIA_MATROSKA);
    *segment = (struct segment){
        .directory = directory, .file = -1, .container = segment->container, .start_ms = start_ms};
    segment->digest = hash_open();
    segment->waiting = malloc(SEGMENT_TOGETHER_BYTES);
    error = segment->digest == NULL || segment->waiting == NULL
                ? ENOMEM
                : make_locked_part(segment, start_ms);
    if (error != 0)
        let_go(segment);
    return error;
}

/* Half a picture is of no use; should even this fail, the recovery measures what is there. */
static int take_back(struct segment *segment, int error)
{
    segment->row.bytes -= segment->waits.bytes;
    segment->row.frames -= segment->waits.frames;
    segment->row.keyframes -= segment->waits.keyframes;
    segment->waits = (struct segment_waiting){.bytes = 0};
    if (ftruncate(segment->file, (off_t)segment->row.bytes) == 0)
        lseek(segment->file, (off_t)segment->row.bytes, SEEK_SET);
    return error;
}

/* Writes what is counted as waiting. */
static int write_out(struct segment *segment, const uint8_t *bytes)
{
    size_t size = segment->waits.bytes;

    for (size_t done = 0; done < size;) {
        ssize_t written = write(segment->file, bytes + done, size - done);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return take_back(segment, written < 0 ? errno : EIO);
        done += (size_t)written;
    }
    hash_add(segment->digest, bytes, size);
    segment->waits = (struct segment_waiting){.bytes = 0};
    return 0;
}

int segment_flush(struct segment *segment)
{
    return write_out(segment, segment->waiting);
}

static void count(struct segment *segment, size_t size, bool key)
{
    segment->row.bytes += size;
    segment->row.frames++;
    segment->row.keyframes += key;
    segment->waits.bytes += size;
    segment->waits.frames++;
    segment->waits.keyframes += key;
}

int segment_add(struct segment *segment, const void *bytes, size_t size, bool key)
{
    size_t before = segment->waits.bytes;
    int error = before + size > SEGMENT_TOGETHER_BYTES ? segment_flush(segment) : 0;

    if (error != 0)
        return error;
    before = segment->waits.bytes;
    count(segment, size, key);
    if (size > SEGMENT_TOGETHER_BYTES)
        return write_out(segment, bytes);
    memcpy(segment->waiting + before, bytes, size);
    return 0;
}

int segment_sync(struct segment *segment)
{
    int error = segment_flush(segment);

    if (error != 0)
        return error;
    if (fdatasync(segment->file) != 0 || (!segment->entered && fsync(segment->directory) != 0))
        return errno;
    segment->entered = true;
    return 0;
}

int segment_linked(const struct segment *segment)
{
    struct stat status;

    if (fstat(segment->file, &status) != 0)
        return errno;
    return status.st_nlink == 0 ? ENOENT : 0;
}

/* Never over a file that is there. Some network filesystems cannot do both at once: there a look
 * comes first. */
static int rename_new(int directory, const char *from, const char *to)
{
    if (renameat2(directory, from, directory, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    if (faccessat(directory, to, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return EEXIST;
    return renameat(directory, from, directory, to) == 0 ? 0 : errno;
}

int segment_settle(int directory, struct index_row *row, int64_t start_ms, int64_t length_ms)
{
    char name[SEGMENT_NAME_MAX];
    int error;

    segment_name_print(name, start_ms, length_ms, segment_container(row->name));
    error = rename_new(directory, row->name, name);
    if (error != 0)
        return error;
    strcpy(row->name, name);
    if (fsync(directory) != 0)
        return errno;
    return index_append(directory, row);
}

int segment_finish(struct segment *segment, int64_t end_ms)
{
    int64_t length_ms = end_ms > segment->start_ms ? end_ms - segment->start_ms : 0;
    int error = segment_flush(segment);

    if (error == 0 && fsync(segment->file) != 0)
        error = errno;
    hash_close(segment->digest, segment->row.sha256);
    segment->digest = NULL;
    if (error == 0 && segment->row.bytes == 0)
        error = unlinkat(segment->directory, segment->row.name, 0) != 0 ? errno : 0;
    else if (error == 0)
        error =
            segment_settle(segment->directory, &segment->row, segment->start_ms,
                           length_ms < SEGMENT_LENGTH_MAX_MS ? length_ms : SEGMENT_LENGTH_MAX_MS);
    let_go(segment);
    return error;
}
