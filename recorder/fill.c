#include "recorder/fill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "recorder/fill_copy.h"
#include "recorder/fill_note.h"
#include "recorder/lock.h"
#include "recorder/moment.h"
#include "recorder/recover.h"
#include "recorder/volume.h"

bool fill_open(struct fill *fill, const char *target_path, const char *name, char *cause)
{
    if (name == NULL) {
        fill->target = volume_open_any(target_path, fill->target_name, cause);
    } else {
        fill->target = volume_open(target_path, name, cause);
        snprintf(fill->target_name, sizeof(fill->target_name), "%s", fill->target < 0 ? "" : name);
    }
    fill->begun_us = moment_monotonic_us();
    return fill->target >= 0;
}

void fill_close(struct fill *fill)
{
    close(fill->target);
}

/* An incident stays one on the volume where its footage goes to. */
static void copy_locks(const struct archive_writer *writer, int to_camera)
{
    struct lock_list list = {.count = 0};

    if (lock_load(writer->camera, &list) == 0)
        for (size_t i = 0; i < list.count; i++)
            lock_add(to_camera, &list.locks[i]);
    lock_free(&list);
}

/* ---- a volume as a source ---- */

struct near {
    int directory, file;
};

static int open_near(void *owner, const struct index_row *row)
{
    struct near *near = owner;

    return fill_open_file(near->directory, row, &near->file);
}

static ssize_t read_near(void *owner, void *bytes, size_t size)
{
    struct near *near = owner;

    return fill_read_file(&near->file, bytes, size);
}

static void close_near(void *owner)
{
    struct near *near = owner;

    close(near->file);
}

static int fill_rows_near(struct fill *fill, const struct archive_writer *writer, int to,
                          const struct index_rows *rows)
{
    struct near near = {.directory = writer->directory};
    char place[RECORDER_NAME_MAX + 8];
    const struct fill_source source = {&near,      open_near,           read_near,
                                       close_near, writer->camera_name, place};

    snprintf(place, sizeof(place), "volume %s", writer->volume_name);
    return fill_rows(fill, &source, to, rows);
}

/* The directory is locked as long, so that two copiers do not meet in it. */
static int fill_directory(struct fill *fill, const struct archive_writer *writer, int to)
{
    uint64_t failed = fill->failed;
    struct index_rows rows;
    int error = flock(to, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;

    if (error != 0)
        return error;
    if (fill->remembers &&
        recover_directory(writer->directory, writer->epoch, NULL, NULL) != RECOVER_DONE)
        fill->unfinished = true;
    error = index_load(writer->directory, &rows);
    if (error == 0 && rows.count > 0 &&
        !(fill->remembers && fill_has_note(writer->directory, fill->target_name, &rows))) {
        error = fill_rows_near(fill, writer, to, &rows);
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
    to = camera < 0 ? -1 : segment_open_day(camera, &place, writer->day_ms, true);
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
