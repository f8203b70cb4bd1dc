#include "recorder/recover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/archive.h"
#include "recorder/directory.h"
#include "recorder/measure.h"
#include "recorder/moment.h"

struct recovery {
    int directory;
    uint64_t epoch;
    struct index_rows rows;
    recover_sink *sink;
    void *owner;
    unsigned failed;
};

static void tell(const struct recovery *recovery, int64_t start_ms, int64_t length_ms,
                 const struct index_row *row)
{
    if (recovery->sink != NULL)
        recovery->sink(recovery->owner, recovery->epoch, start_ms, length_ms, row);
}

static int finish_open_part(struct recovery *recovery, int file, struct index_row *row,
                            int64_t start_ms)
{
    int64_t length_ms;
    int error = measure_segment(file, row, &length_ms);

    if (error != 0)
        return error;
    if (row->frames == 0)
        return unlinkat(recovery->directory, row->name, 0) == 0 ? 0 : errno;
    if (ftruncate(file, (off_t)row->bytes) != 0 || fsync(file) != 0)
        return errno;
    error = segment_settle(recovery->directory, row, start_ms, length_ms);
    if (error == 0)
        tell(recovery, start_ms, length_ms, row);
    return error;
}

/* Another thread, of the same server, may have finished it since it was listed. */
static bool is_still_called(const struct recovery *recovery, const struct stat *file,
                            const char *name)
{
    struct stat status;

    return fstatat(recovery->directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           status.st_dev == file->st_dev && status.st_ino == file->st_ino;
}

static void finish_part(struct recovery *recovery, const char *name, int64_t start_ms)
{
    int file = openat(recovery->directory, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct index_row row = {.frames = 0};
    struct stat status;
    int error;

    if (file < 0 || fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
        recovery->failed += file >= 0 || errno != ENOENT;
    } else if (flock(file, LOCK_EX | LOCK_NB) == 0 && is_still_called(recovery, &status, name)) {
        strcpy(row.name, name); /* its form bounds its length */
        error = finish_open_part(recovery, file, &row, start_ms);
        if (error != 0) {
            fprintf(stderr, "understudy-recorder: the left-over %s cannot be finished: %s\n", name,
                    strerror(error));
            recovery->failed++;
        }
    }
    if (file >= 0)
        close(file);
}

/* The crash came between the rename and the index row. */
static void add_missing_row(struct recovery *recovery, const char *name, int64_t start_ms,
                            int64_t length_ms)
{
    struct index_row row = {.frames = 0};
    int64_t unused;
    int file;

    if (index_find(&recovery->rows, name) != NULL)
        return;
    file = openat(recovery->directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    strcpy(row.name, name);
    if (file >= 0 && measure_segment(file, &row, &unused) == 0 &&
        index_append(recovery->directory, &row) == 0)
        tell(recovery, start_ms, length_ms, &row);
    else
        recovery->failed++;
    if (file >= 0)
        close(file);
}

/* In the order of their times, as rows stand in an index: a directory is read in any order. */
static bool collect(DIR *listing, struct index_rows *names)
{
    struct dirent *entry;
    int64_t start_ms, length_ms;
    bool collected = true;

    while (collected && (entry = readdir(listing)) != NULL) {
        struct index_row row = {.frames = 0};

        if (!segment_part_parse(entry->d_name, &start_ms) &&
            !segment_name_parse(entry->d_name, &start_ms, &length_ms))
            continue;
        strcpy(row.name, entry->d_name); /* its form bounds its length */
        collected = index_add(names, &row);
    }
    index_sort(names);
    return collected;
}

/* What was left over may be older than what is in the index already. */
static void set_in_order(struct recovery *recovery)
{
    int held = index_hold(recovery->directory);
    struct index_rows rows;

    if (held < 0)
        return;
    if (index_load(recovery->directory, &rows) == 0 && !rows.in_order &&
        index_rewrite(recovery->directory, &rows) != 0)
        recovery->failed++;
    index_free(&rows);
    close(held);
}

static void recover_day(struct recovery *recovery, DIR *listing)
{
    struct index_rows names = {.count = 0};
    int64_t start_ms, length_ms;

    recovery->directory = dirfd(listing);
    if (index_load(recovery->directory, &recovery->rows) != 0 || !collect(listing, &names))
        recovery->failed++;
    else
        for (size_t i = 0; i < names.count; i++) {
            const char *name = names.rows[i].name;

            if (segment_part_parse(name, &start_ms))
                finish_part(recovery, name, start_ms);
            else if (segment_name_parse(name, &start_ms, &length_ms))
                add_missing_row(recovery, name, start_ms, length_ms);
        }
    set_in_order(recovery);
    index_free(&names);
    index_free(&recovery->rows);
}

static void look_for_parts(DIR *listing, bool *left_over, bool *growing)
{
    struct dirent *entry;
    int64_t unused_ms;

    while (!*growing && (entry = readdir(listing)) != NULL)
        if (segment_part_parse(entry->d_name, &unused_ms)) {
            *growing = archive_is_growing(dirfd(listing), entry->d_name);
            *left_over = !*growing;
        }
}

enum recover_verdict recover_directory(int directory, uint64_t epoch, recover_sink *sink,
                                       void *owner)
{
    struct recovery recovery = {.sink = sink, .owner = owner, .epoch = epoch};
    DIR *day = directory_list(dup(directory));
    bool left_over = false, growing = false;

    if (day == NULL)
        return RECOVER_FAILED;
    rewinddir(day); /* the place in it is shared with the one it was made from */
    look_for_parts(day, &left_over, &growing);
    rewinddir(day);
    if (left_over && !growing)
        recover_day(&recovery, day);
    closedir(day);
    return growing ? RECOVER_GROWING : recovery.failed > 0 ? RECOVER_FAILED : RECOVER_DONE;
}

/* A segment that began before midnight may have been open still when the next day's was begun. */
#define LAST_DAYS 2

/* The latest days of a writer's directory, the earlier first; "": there is none. */
static void find_last_days(DIR *writer, char days[LAST_DAYS][MOMENT_TEXT_MAX])
{
    struct dirent *entry;
    int64_t unused_ms;

    memset(days, 0, sizeof(char[LAST_DAYS][MOMENT_TEXT_MAX]));
    while ((entry = readdir(writer)) != NULL) {
        if (!segment_day_parse(entry->d_name, &unused_ms)) /* the form bounds its length */
            continue;
        if (strcmp(entry->d_name, days[1]) > 0) {
            strcpy(days[0], days[1]);
            strcpy(days[1], entry->d_name);
        } else if (strcmp(entry->d_name, days[0]) > 0) {
            strcpy(days[0], entry->d_name);
        }
    }
}

static void recover_days(struct recovery *recovery, DIR *writer)
{
    char days[LAST_DAYS][MOMENT_TEXT_MAX];

    find_last_days(writer, days);
    for (size_t i = 0; i < LAST_DAYS; i++) {
        DIR *day = days[i][0] == '\0'
                       ? NULL
                       : directory_list(directory_open_below(dirfd(writer), days[i], false));

        if (day != NULL) {
            recover_day(recovery, day);
            closedir(day);
        } else {
            recovery->failed += days[i][0] != '\0';
        }
    }
}

unsigned recover_camera(int volume, const struct segment_place *place, recover_sink *sink,
                        void *owner)
{
    struct recovery recovery = {.sink = sink, .owner = owner};
    DIR *camera = directory_list(segment_open_camera(volume, place, false));
    struct dirent *entry;
    const char *server;

    while (camera != NULL && (entry = readdir(camera)) != NULL) {
        DIR *writer;

        if (!segment_writer_parse(entry->d_name, &recovery.epoch, &server) ||
            strcmp(server, place->server_name) != 0)
            continue;
        writer = directory_list(directory_open_below(dirfd(camera), entry->d_name, false));
        if (writer == NULL) {
            recovery.failed++;
            continue;
        }
        recover_days(&recovery, writer);
        closedir(writer);
    }
    if (camera != NULL)
        closedir(camera);
    return recovery.failed;
}
