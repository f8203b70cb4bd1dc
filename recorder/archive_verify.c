#include "recorder/archive_verify.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/directory.h"
#include "recorder/measure.h"

#define READ_BYTES 65536

__attribute__((format(printf, 4, 5))) static void complain(struct archive_verify *verify,
                                                           const struct archive_writer *writer,
                                                           const char *name, const char *format,
                                                           ...)
{
    char path[2 * RECORDER_PATH_MAX + 5 * RECORDER_NAME_MAX], text[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    snprintf(path, sizeof(path), "%s/%s/%s/%llu-%s/%s%s%s", writer->volume_path, writer->main_name,
             writer->camera_name, (unsigned long long)writer->epoch, writer->server_name,
             writer->day_name, writer->day_name[0] == '\0' ? "" : "/", name);
    verify->problem_count++;
    if (!verify->quiet)
        printf("%s: %s\n", path, text);
    if (verify->problems != NULL)
        json_array_append_new(verify->problems,
                              json_pack("{s:s, s:s}", "file", path, "text", text));
}

/* Bytes and digest of a file. False and errno. */
static bool read_digest(int file, uint64_t *bytes, char *text)
{
    static uint8_t buffer[READ_BYTES];
    struct hash *digest = hash_open();
    ssize_t size = 0;

    *bytes = 0;
    errno = ENOMEM;
    if (digest == NULL)
        return false;
    while ((size = read(file, buffer, sizeof(buffer))) > 0) {
        hash_add(digest, buffer, (size_t)size);
        *bytes += (uint64_t)size;
    }
    hash_close(digest, text);
    return size == 0;
}

static void check_file(struct archive_verify *verify, const struct archive_writer *writer,
                       const struct index_row *row)
{
    int file = openat(writer->directory, row->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    char sha256[HASH_TEXT_MAX];
    uint64_t bytes;

    if (file < 0)
        complain(verify, writer, row->name, "it is in the index, but cannot be opened: %s",
                 strerror(errno));
    else if (!read_digest(file, &bytes, sha256))
        complain(verify, writer, row->name, "it cannot be read: %s", strerror(errno));
    else if (bytes != row->bytes)
        complain(verify, writer, row->name, "it has %llu bytes, by the index %llu",
                 (unsigned long long)bytes, (unsigned long long)row->bytes);
    else if (strcmp(sha256, row->sha256) != 0)
        complain(verify, writer, row->name,
                 "its content is not what was written: SHA-256 %.16s..., by the index %.16s...",
                 sha256, row->sha256);
    if (file >= 0)
        close(file);
}

static bool is_asked_for(const struct archive_verify *verify, const char *name)
{
    int64_t start_ms, length_ms;

    return segment_name_parse(name, &start_ms, &length_ms) &&
           start_ms + length_ms > verify->filter->from_ms && start_ms < verify->filter->to_ms;
}

/* A segment gets its name a moment before its row: if it has none, one more look at the index
 * decides. */
static bool has_row(const struct archive_writer *writer, const struct index_rows *rows,
                    const char *name)
{
    struct index_rows again;
    bool found = index_find(rows, name) != NULL;

    if (found)
        return true;
    usleep(200000);
    found = index_load(writer->directory, &again) == 0 && index_find(&again, name) != NULL;
    index_free(&again);
    return found;
}

static void check_entry(struct archive_verify *verify, const struct archive_writer *writer,
                        const struct index_rows *rows, const char *name)
{
    struct stat status;
    int64_t start_ms;

    if (segment_part_parse(name, &start_ms)) {
        if (archive_is_growing(writer->directory, name))
            verify->growing++;
        else if (fstatat(writer->directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
            complain(verify, writer, name,
                     "it was left over by a recorder that was killed; its server finishes it");
    } else if (is_asked_for(verify, name)) {
        verify->segments++;
        if (!has_row(writer, rows, name))
            complain(verify, writer, name, "it is not in the index");
    } else if (strcmp(name, INDEX_FILE) != 0 && name[0] != '.') {
        int64_t length_ms;

        if (!segment_name_parse(name, &start_ms, &length_ms))
            complain(verify, writer, name, "it does not belong here");
    }
}

/* Rows of segments that are there stay as they are, so that damage still shows; a segment without
 * one is measured; what stands for no file goes. The directory is not to be in use by its recorder:
 * a growing part says that it is. */
static bool make_rows(const struct archive_writer *writer, DIR *listing,
                      const struct index_rows *old, struct index_rows *rows)
{
    struct dirent *entry;

    rewinddir(listing);
    while ((entry = readdir(listing)) != NULL) {
        const struct index_row *known = index_find(old, entry->d_name);
        struct index_row row = {.frames = 0};
        int64_t start_ms, length_ms;
        int file;

        if (segment_part_parse(entry->d_name, &start_ms) &&
            archive_is_growing(writer->directory, entry->d_name))
            return false;
        if (!segment_name_parse(entry->d_name, &start_ms, &length_ms))
            continue;
        if (known == NULL) {
            file = openat(writer->directory, entry->d_name,
                          O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
            if (file < 0 || measure_segment(file, &row, &length_ms) != 0)
                fprintf(stderr, "understudy-recorder: %s cannot be measured\n", entry->d_name);
            if (file >= 0)
                close(file);
            strcpy(row.name, entry->d_name);
            known = &row;
        }
        if (known->bytes > 0 && !index_add(rows, known))
            return false;
    }
    index_sort(rows);
    return true;
}

static void repair(struct archive_verify *verify, const struct archive_writer *writer, DIR *listing,
                   const struct index_rows *old)
{
    struct index_rows rows = {.count = 0};
    int error = 0;

    if (!make_rows(writer, listing, old, &rows))
        complain(verify, writer, INDEX_FILE, "it is not made anew: a recorder is writing there");
    else if ((error = index_rewrite(writer->directory, &rows)) != 0)
        complain(verify, writer, INDEX_FILE, "it cannot be made anew: %s", strerror(error));
    else
        verify->repaired++;
    index_free(&rows);
}

/* Beside the days of a writer, which come one after the other, there is to be nothing. */
static void check_beside(struct archive_verify *verify, const struct archive_writer *writer)
{
    struct archive_writer beside = *writer;
    DIR *listing;
    struct dirent *entry;
    struct stat status;
    int64_t unused_ms;

    if (fstat(writer->above, &status) != 0 || status.st_ino == verify->beside)
        return;
    listing = directory_list(directory_open_below(writer->above, ".", false));
    if (listing == NULL)
        return;
    verify->beside = status.st_ino;
    beside.day_name = "";
    while ((entry = readdir(listing)) != NULL)
        if (entry->d_name[0] != '.' && !segment_day_parse(entry->d_name, &unused_ms))
            complain(verify, &beside, entry->d_name, "it does not belong here");
    closedir(listing);
}

static bool verify_writer(void *owner, const struct archive_writer *writer)
{
    struct archive_verify *verify = owner;
    int copy = dup(writer->directory);
    DIR *listing = copy < 0 ? NULL : fdopendir(copy);
    struct index_rows rows;
    struct dirent *entry;
    int error = index_load(writer->directory, &rows);
    uint64_t problems;

    check_beside(verify, writer);
    problems = verify->problem_count;
    if (!rows.in_order)
        complain(verify, writer, INDEX_FILE, "its lines are not in the order of their times");
    if (error != 0)
        complain(verify, writer, INDEX_FILE, "the index cannot be read: %s", strerror(error));
    if (rows.torn > 0)
        complain(verify, writer, INDEX_FILE, "%zu torn line%s", rows.torn,
                 rows.torn == 1 ? "" : "s");
    for (size_t i = 0; i < rows.count; i++)
        if (is_asked_for(verify, rows.rows[i].name))
            check_file(verify, writer, &rows.rows[i]);
    while (listing != NULL && (entry = readdir(listing)) != NULL)
        check_entry(verify, writer, &rows, entry->d_name);
    if (listing != NULL && verify->repair && verify->problem_count > problems)
        repair(verify, writer, listing, &rows);
    if (listing != NULL)
        closedir(listing);
    index_free(&rows);
    return listing != NULL;
}

bool archive_verify_volume(struct archive_verify *verify, const char *volume_path)
{
    return archive_walk(volume_path, verify->filter, verify_writer, verify);
}
