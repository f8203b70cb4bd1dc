#include "recorder/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "recorder/directory.h"
#include "recorder/measure.h"
#include "recorder/volume.h"

struct walk {
    const struct archive_filter *filter;
    archive_visit *visit;
    void *owner;
    struct archive_writer writer;
};

static bool unreadable(const struct walk *walk, const char *name)
{
    fprintf(stderr, "understudy-recorder: volume %s: the directory %s cannot be read: %s\n",
            walk->writer.volume_name, name, strerror(errno));
    return false;
}

/* What is no directory, or a link to one, is none of ours. */
static bool is_foreign(void)
{
    return errno == ENOTDIR || errno == ELOOP || errno == ENOENT;
}

/* A segment lies in the day of its beginning, and may last beyond it. */
static bool is_asked_for(const struct archive_filter *filter, int64_t day_ms)
{
    return day_ms < filter->to_ms &&
           (filter->from_ms < 0 ||
            day_ms > filter->from_ms - SEGMENT_DAY_MS - SEGMENT_LENGTH_MAX_MS);
}

static bool walk_writer(struct walk *walk, int writer)
{
    DIR *listing = directory_list(writer);
    struct dirent *entry;
    bool going = listing != NULL, seen = false;

    if (listing == NULL)
        return is_foreign() || unreadable(walk, walk->writer.server_name);
    while (going && !(seen && walk->filter->any_day) && (entry = readdir(listing)) != NULL) {
        if (!segment_day_parse(entry->d_name, &walk->writer.day_ms) ||
            !is_asked_for(walk->filter, walk->writer.day_ms))
            continue;
        walk->writer.above = dirfd(listing);
        walk->writer.day_name = entry->d_name;
        walk->writer.directory = directory_open_below(dirfd(listing), entry->d_name, false);
        if (walk->writer.directory < 0) {
            going = is_foreign() || unreadable(walk, entry->d_name);
            continue;
        }
        seen = true;
        going = walk->visit(walk->owner, &walk->writer);
        close(walk->writer.directory);
    }
    closedir(listing);
    return going;
}

static bool walk_camera(struct walk *walk, int camera)
{
    DIR *listing = directory_list(camera);
    struct dirent *entry;
    bool going = listing != NULL;

    if (listing == NULL)
        return is_foreign() || unreadable(walk, walk->writer.camera_name);
    while (going && (entry = readdir(listing)) != NULL) {
        if (!segment_writer_parse(entry->d_name, &walk->writer.epoch, &walk->writer.server_name) ||
            !volume_is_name(walk->writer.server_name))
            continue;
        walk->writer.camera = dirfd(listing);
        going = walk_writer(walk, directory_open_below(dirfd(listing), entry->d_name, false));
    }
    closedir(listing);
    return going;
}

static bool walk_main(struct walk *walk, int main_directory)
{
    DIR *listing = directory_list(main_directory);
    struct dirent *entry;
    bool going = listing != NULL;

    if (listing == NULL)
        return is_foreign() || unreadable(walk, walk->writer.main_name);
    while (going && (entry = readdir(listing)) != NULL) {
        if (!volume_is_name(entry->d_name) ||
            (walk->filter->camera_name != NULL &&
             strcmp(walk->filter->camera_name, entry->d_name) != 0))
            continue;
        walk->writer.camera_name = entry->d_name;
        going = walk_camera(walk, directory_open_below(dirfd(listing), entry->d_name, false));
    }
    closedir(listing);
    return going;
}

bool archive_walk(const char *volume_path, const struct archive_filter *filter,
                  archive_visit *visit, void *owner)
{
    char name[RECORDER_NAME_MAX], cause[RECORDER_CAUSE_MAX];
    int volume = volume_open_any(volume_path, name, cause);
    struct walk walk = {.filter = filter,
                        .visit = visit,
                        .owner = owner,
                        .writer = {.volume_name = name, .volume_path = volume_path}};
    DIR *listing = directory_list(volume);
    struct dirent *entry;
    bool going = listing != NULL;

    if (volume < 0)
        fprintf(stderr, "understudy-recorder: %s\n", cause);
    while (going && (entry = readdir(listing)) != NULL) {
        if (!volume_is_name(entry->d_name) || strcmp(entry->d_name, "lost+found") == 0)
            continue;
        walk.writer.main_name = entry->d_name;
        going = walk_main(&walk, directory_open_below(dirfd(listing), entry->d_name, false));
    }
    if (listing != NULL)
        closedir(listing);
    return going;
}

bool archive_is_growing(int directory, const char *name)
{
    int file = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool growing = file >= 0 && flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;

    if (file >= 0)
        close(file);
    return growing;
}

static bool out_of_memory(void)
{
    fprintf(stderr, "understudy-recorder: memory is out\n");
    return false;
}

static struct archive_segment *add(struct archive *archive)
{
    if (archive->count == archive->room) {
        size_t room = archive->room == 0 ? 256 : 2 * archive->room;
        struct archive_segment *larger = realloc(archive->segments, room * sizeof(*larger));

        if (larger == NULL) {
            out_of_memory();
            return NULL;
        }
        archive->segments = larger;
        archive->room = room;
    }
    archive->segments[archive->count] = (struct archive_segment){.frames = 0};
    return &archive->segments[archive->count++];
}

/* A part has neither length nor index row: its timestamps tell. */
static bool measure_part(const struct archive_writer *writer, const char *name,
                         struct archive_segment *segment)
{
    int file = openat(writer->directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct index_row row = {.frames = 0};
    int64_t length_ms = 0;
    bool measured = file >= 0 && measure_segment(file, &row, &length_ms) == 0;

    if (file >= 0)
        close(file);
    segment->to_ms = segment->from_ms + length_ms;
    segment->frames = row.frames;
    segment->bytes = row.bytes;
    segment->state =
        archive_is_growing(writer->directory, name) ? ARCHIVE_GROWING : ARCHIVE_LEFT_OVER;
    return measured && row.frames > 0;
}

/* False: the entry is no segment. */
static bool read_entry(const struct archive_writer *writer, const struct index_rows *rows,
                       const char *name, struct archive_segment *segment)
{
    const struct index_row *row;
    int64_t length_ms;

    if (segment_part_parse(name, &segment->from_ms))
        return measure_part(writer, name, segment);
    if (!segment_name_parse(name, &segment->from_ms, &length_ms))
        return false;
    segment->to_ms = segment->from_ms + length_ms;
    row = index_find(rows, name);
    segment->frames = row != NULL ? row->frames : 0;
    segment->bytes = row != NULL ? row->bytes : 0;
    segment->has_row = row != NULL;
    return true;
}

struct scan {
    struct archive *archive;
    const struct archive_filter *filter;
};

static bool add_entry(struct scan *scan, const struct archive_writer *writer,
                      const struct index_rows *rows, const char *name)
{
    struct archive_segment segment = {
        .epoch = writer->epoch, .day_ms = writer->day_ms, .volume_path = writer->volume_path};
    struct archive_segment *place;

    if (!read_entry(writer, rows, name, &segment) || segment.to_ms <= scan->filter->from_ms ||
        segment.from_ms >= scan->filter->to_ms)
        return true;
    strcpy(segment.main_name, writer->main_name);
    strcpy(segment.camera_name, writer->camera_name);
    strcpy(segment.server_name, writer->server_name);
    strcpy(segment.volume_name, writer->volume_name);
    strcpy(segment.file_name, name);
    place = add(scan->archive);
    if (place != NULL)
        *place = segment;
    return place != NULL;
}

/* Every file in the directory, whether or not it is in the index. */
static bool scan_directory(struct scan *scan, const struct archive_writer *writer,
                           const struct index_rows *rows)
{
    DIR *listing = directory_list(dup(writer->directory));
    struct dirent *entry;
    bool going = listing != NULL;

    if (going)
        rewinddir(listing); /* the copy of the descriptor shares its place */
    while (going && (entry = readdir(listing)) != NULL)
        going = add_entry(scan, writer, rows, entry->d_name);
    if (listing != NULL)
        closedir(listing);
    return going;
}

/* The segments of a stretch that the index is past: what it does not list there does not come any
 * more. A row whose file was deleted since shows nothing. */
static bool scan_rows(struct scan *scan, const struct archive_writer *writer,
                      const struct index_rows *rows)
{
    bool going = true;

    for (size_t i = 0; i < rows->count && going; i++)
        if (faccessat(writer->directory, rows->rows[i].name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
            going = add_entry(scan, writer, rows, rows->rows[i].name);
    return going;
}

/* What is told of the first of them tells enough of a day. */
#define LOSSES_MAX 100

static bool scan_losses(struct scan *scan, const struct archive_writer *writer)
{
    struct archive *archive = scan->archive;
    struct loss losses[LOSSES_MAX];
    struct archive_loss *larger;
    size_t count = 0;

    if (loss_load(writer->directory, losses, LOSSES_MAX, &count) != 0 || count == 0)
        return true;
    larger = realloc(archive->losses, (archive->loss_count + count) * sizeof(*larger));
    if (larger == NULL)
        return out_of_memory();
    archive->losses = larger;
    for (size_t i = 0; i < count; i++) {
        struct archive_loss *loss = &larger[archive->loss_count++];

        strcpy(loss->main_name, writer->main_name);
        strcpy(loss->camera_name, writer->camera_name);
        strcpy(loss->server_name, writer->server_name);
        loss->loss = losses[i];
    }
    return true;
}

static bool scan_writer(void *owner, const struct archive_writer *writer)
{
    struct scan *scan = owner;
    const struct archive_filter *filter = scan->filter;
    bool is_bounded = filter->from_ms != INT64_MIN || filter->to_ms != INT64_MAX;
    bool is_past = false, going;
    struct index_rows rows;
    int error = is_bounded ? index_search(writer->directory, filter->from_ms, filter->to_ms, &rows,
                                          &is_past)
                           : index_load(writer->directory, &rows);

    if (error != 0)
        fprintf(stderr, "understudy-recorder: volume %s: an index of camera %s cannot be read\n",
                writer->volume_name, writer->camera_name);
    going = error == 0 && is_past ? scan_rows(scan, writer, &rows)
                                  : scan_directory(scan, writer, &rows);
    index_free(&rows);
    return going && scan_losses(scan, writer);
}

bool archive_scan(struct archive *archive, const char *volume_path,
                  const struct archive_filter *filter)
{
    struct scan scan = {.archive = archive, .filter = filter};

    return archive_walk(volume_path, filter, scan_writer, &scan);
}

static int by_place_and_time(const void *left, const void *right)
{
    const struct archive_segment *a = left, *b = right;
    int order = strcmp(a->main_name, b->main_name);

    if (order == 0)
        order = strcmp(a->camera_name, b->camera_name);
    if (order == 0)
        order = (a->from_ms > b->from_ms) - (a->from_ms < b->from_ms);
    if (order == 0)
        order = (a->epoch > b->epoch) - (a->epoch < b->epoch);
    if (order == 0)
        order = strcmp(a->server_name, b->server_name);
    if (order == 0)
        order = strcmp(a->file_name, b->file_name);
    if (order == 0)
        order = (int)a->state - (int)b->state;
    if (order == 0)
        order = (int)b->has_row - (int)a->has_row;
    return order != 0 ? order : strcmp(a->volume_name, b->volume_name);
}

static bool is_copy(const struct archive_segment *a, const struct archive_segment *b)
{
    return a->from_ms == b->from_ms && a->epoch == b->epoch &&
           strcmp(a->file_name, b->file_name) == 0 && strcmp(a->server_name, b->server_name) == 0 &&
           strcmp(a->camera_name, b->camera_name) == 0 && strcmp(a->main_name, b->main_name) == 0;
}

void archive_sort(struct archive *archive)
{
    size_t kept = 0;

    if (archive->count == 0)
        return;
    qsort(archive->segments, archive->count, sizeof(*archive->segments), by_place_and_time);
    for (size_t i = 0; i < archive->count; i++)
        if (kept == 0 || !is_copy(&archive->segments[kept - 1], &archive->segments[i]))
            archive->segments[kept++] = archive->segments[i];
    archive->count = kept;
}

int archive_open(const struct archive_segment *segment)
{
    const struct segment_place place = {.main_name = segment->main_name,
                                        .camera_name = segment->camera_name,
                                        .server_name = segment->server_name,
                                        .epoch = segment->epoch};
    int volume = open(segment->volume_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int camera = volume < 0 ? -1 : segment_open_camera(volume, &place, false);
    int day = camera < 0 ? -1 : segment_open_day(camera, &place, segment->day_ms, false);
    int file =
        day < 0 ? -1
                : openat(day, segment->file_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int error = errno;

    if (volume >= 0)
        close(volume);
    if (camera >= 0)
        close(camera);
    if (day >= 0)
        close(day);
    errno = error;
    return file;
}

void archive_free(struct archive *archive)
{
    free(archive->segments);
    free(archive->losses);
    *archive = (struct archive){.count = 0};
}
