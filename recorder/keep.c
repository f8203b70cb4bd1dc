#include "recorder/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "recorder/archive.h"
#include "recorder/fill.h"
#include "recorder/index.h"
#include "recorder/lock.h"
#include "recorder/volume.h"

/* Where a volume is full, this part of it more than needed is freed, so that it is not full again
 * at once. */
#define SPARE_SHARE 100
/* How finely the moment is looked for before which all goes. */
#define SLICES 4096
/* How fast footage is moved, in bytes a second. */
#define MOVE_RATE (32u << 20)

struct turn {
    struct keep *keep;
    int64_t now_ms;
    int64_t oldest_ms;
    uint64_t slices[SLICES]; /* bytes by time, from oldest_ms to now_ms */
    uint64_t need;
    int64_t before_ms; /* all that ends before goes */
    /* Of what is to be moved: where it has arrived. NULL: it is dropped for good. */
    const int *target;
    uint64_t locked;
    int error;
};

static void answered(const struct keep *keep)
{
    if (keep->answered != NULL)
        keep->answered(keep->owner);
}

bool keep_is_own(const struct keep *keep, const struct archive_writer *writer)
{
    return strcmp(writer->server_name, keep->server_name) == 0 ||
           (strcmp(writer->main_name, keep->server_name) == 0 &&
            fill_is_mark_set(writer->directory));
}

static int64_t keep_ms_of(const struct keep *keep, const struct archive_writer *writer)
{
    for (size_t i = 0; i < keep->rule_count; i++)
        if (strcmp(keep->rules[i].camera_name, writer->camera_name) == 0 &&
            strcmp(keep->rules[i].main_name, writer->main_name) == 0)
            return keep->rules[i].keep_ms;
    return 0;
}

/* ---- what is there ---- */

static size_t slice_of(const struct turn *turn, int64_t at_ms)
{
    int64_t span_ms = turn->now_ms - turn->oldest_ms + 1;

    if (at_ms <= turn->oldest_ms)
        return 0;
    if (at_ms >= turn->now_ms)
        return SLICES - 1;
    return (size_t)((double)(at_ms - turn->oldest_ms) / (double)span_ms * SLICES);
}

static bool count_slices(void *owner, const struct archive_writer *writer)
{
    struct turn *turn = owner;
    struct index_rows rows;
    int64_t start_ms, length_ms;

    answered(turn->keep);
    if (!keep_is_own(turn->keep, writer))
        return true;
    if (index_load(writer->directory, &rows) == 0)
        for (size_t i = 0; i < rows.count; i++)
            if (segment_name_parse(rows.rows[i].name, &start_ms, &length_ms))
                turn->slices[slice_of(turn, start_ms + length_ms)] += rows.rows[i].bytes;
    index_free(&rows);
    return true;
}

/* The moment before which enough ends. */
static void choose_moment(struct turn *turn)
{
    uint64_t bytes = 0;
    size_t i = 0;

    while (i < SLICES && bytes < turn->need)
        bytes += turn->slices[i++];
    turn->before_ms = turn->oldest_ms +
                      (int64_t)((double)(turn->now_ms - turn->oldest_ms + 1) * (double)i / SLICES);
}

/* ---- dropping ---- */

/* Without its locks nothing of a camera goes. 0, or an errno. */
static int load_locks(const struct archive_writer *writer, struct lock_list *locks)
{
    int camera = openat(writer->directory, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error;

    if (camera < 0)
        return errno;
    error = lock_load(camera, locks);
    close(camera);
    return error;
}

/* Whether a segment has arrived whole where it is moved to. */
static bool has_arrived(const struct index_rows *there, const struct index_row *row)
{
    const struct index_row *copy = index_find(there, row->name);

    return copy != NULL && strcmp(copy->sha256, row->sha256) == 0;
}

static bool may_go(struct turn *turn, const struct archive_writer *writer,
                   const struct index_row *row, const struct lock_list *locks,
                   const struct index_rows *there)
{
    int64_t start_ms, length_ms, end_ms, keep_ms = keep_ms_of(turn->keep, writer);

    if (!segment_name_parse(row->name, &start_ms, &length_ms))
        return false;
    end_ms = start_ms + length_ms;
    if (end_ms > turn->now_ms - turn->keep->newest_ms)
        return false;
    if (there != NULL && !has_arrived(there, row))
        return false;
    if (there == NULL && end_ms > turn->before_ms &&
        (keep_ms == 0 || end_ms > turn->now_ms - keep_ms))
        return false;
    if (!lock_covers(locks, start_ms, end_ms))
        return true;
    turn->locked++;
    return false;
}

/* First the rows, durably, then the files: what a crash leaves is a file without a row, which the
 * recovery puts into the index again. */
static int drop_rows(struct turn *turn, const struct archive_writer *writer,
                     struct index_rows *rows, const struct lock_list *locks,
                     const struct index_rows *there)
{
    struct index_rows stay = {.count = 0}, go = {.count = 0};
    bool sorted = true;
    int error = 0;

    for (size_t i = 0; i < rows->count && sorted; i++)
        sorted = index_add(may_go(turn, writer, &rows->rows[i], locks, there) ? &go : &stay,
                           &rows->rows[i]);
    if (!sorted)
        error = ENOMEM;
    if (error == 0 && go.count > 0)
        error = index_rewrite(writer->directory, &stay);
    for (size_t i = 0; i < go.count && error == 0; i++) {
        if (unlinkat(writer->directory, go.rows[i].name, 0) != 0 && errno != ENOENT)
            error = errno;
        answered(turn->keep);
        turn->keep->dropped++;
        turn->keep->dropped_bytes += go.rows[i].bytes;
    }
    if (go.count > 0 && fsync(writer->directory) != 0 && error == 0)
        error = errno;
    index_free(&stay);
    index_free(&go);
    return error;
}

static int load_there(const struct turn *turn, const struct archive_writer *writer,
                      struct index_rows *there)
{
    const struct segment_place place = {.main_name = writer->main_name,
                                        .camera_name = writer->camera_name,
                                        .server_name = writer->server_name,
                                        .epoch = writer->epoch};
    int camera = segment_open_camera(*turn->target, &place, false);
    int directory = camera < 0 ? -1 : segment_open_writer(camera, &place, false);
    int error = directory < 0 ? errno : index_load(directory, there);

    if (directory >= 0)
        close(directory);
    if (camera >= 0)
        close(camera);
    return error;
}

static bool drop_from(void *owner, const struct archive_writer *writer)
{
    struct turn *turn = owner;
    struct index_rows rows = {.count = 0}, there = {.count = 0};
    struct lock_list locks = {.count = 0};
    int held, error = 0;

    answered(turn->keep);
    if (!keep_is_own(turn->keep, writer))
        return true;
    if (turn->target != NULL && load_there(turn, writer, &there) != 0) {
        index_free(&there);
        return true;
    }
    held = index_hold(writer->directory);
    if (held >= 0) {
        error = index_load(writer->directory, &rows);
        if (error == 0)
            error = load_locks(writer, &locks);
        if (error == 0 && rows.torn == 0)
            error = drop_rows(turn, writer, &rows, &locks, turn->target != NULL ? &there : NULL);
        close(held);
    } else if (errno != ENOENT) {
        error = errno;
    }
    if (error != 0)
        turn->error = error;
    lock_free(&locks);
    index_free(&rows);
    index_free(&there);
    return true;
}

/* ---- a turn ---- */

bool keep_look(struct keep *keep)
{
    int volume = volume_open(keep->volume.path, keep->volume.name, keep->cause);
    struct statvfs space;

    keep->is_lost = true;
    if (volume < 0)
        return false;
    if (fstatvfs(volume, &space) != 0 || faccessat(volume, ".", W_OK, 0) != 0) {
        snprintf(keep->cause, sizeof(keep->cause), "volume %s: it cannot be written: %s",
                 keep->volume.name, strerror(errno));
        close(volume);
        return false;
    }
    keep->free_bytes = (uint64_t)space.f_bavail * space.f_frsize;
    close(volume);
    keep->is_lost = false;
    answered(keep);
    return true;
}

/* How much has to go, with something to spare; 0: nothing. */
static uint64_t needed(const struct keep *keep)
{
    uint64_t need = 0;

    if (keep->volume.size_bytes > 0 && keep->own_bytes > keep->volume.size_bytes)
        need = keep->own_bytes - keep->volume.size_bytes;
    if (keep->free_bytes < keep->volume.reserve_bytes &&
        keep->volume.reserve_bytes - keep->free_bytes > need)
        need = keep->volume.reserve_bytes - keep->free_bytes;
    return need == 0
               ? 0
               : need + (keep->volume.size_bytes > 0 ? keep->volume.size_bytes : keep->own_bytes) /
                            SPARE_SHARE;
}

static bool is_dated(const struct keep *keep)
{
    for (size_t i = 0; i < keep->rule_count; i++)
        if (keep->rules[i].keep_ms > 0)
            return true;
    return false;
}

static void judge(struct keep *keep, const struct turn *turn)
{
    uint64_t was_needed = turn->need;

    keep->is_full = was_needed > 0 && keep->dropped_bytes < was_needed;
    if (keep->is_full)
        snprintf(keep->cause, sizeof(keep->cause),
                 "volume %s is full: of %s only the newest%s is left on it", keep->volume.name,
                 keep->server_name, turn->locked > 0 ? ", and what is locked," : "");
    if (turn->error != 0)
        snprintf(keep->cause, sizeof(keep->cause), "volume %s: old footage cannot be dropped: %s",
                 keep->volume.name, strerror(turn->error));
}

bool keep_turn(struct keep *keep, int64_t now_ms)
{
    const struct archive_filter all = {.from_ms = INT64_MIN, .to_ms = INT64_MAX};
    struct turn *turn = calloc(1, sizeof(*turn));

    keep->dropped = keep->dropped_bytes = keep->finished = 0;
    keep->is_full = false;
    keep->cause[0] = '\0';
    if (turn == NULL)
        return true; /* the next turn does it */
    if (!keep_look(keep)) {
        free(turn);
        return false;
    }
    turn->keep = keep;
    turn->now_ms = now_ms;
    turn->before_ms = INT64_MIN;
    keep_finish(keep, now_ms);
    turn->oldest_ms = keep_measure(keep, now_ms);
    turn->need = needed(keep);
    if (turn->need > 0) {
        archive_walk(keep->volume.path, &all, count_slices, turn);
        choose_moment(turn);
    }
    if (turn->need > 0 || is_dated(keep))
        archive_walk(keep->volume.path, &all, drop_from, turn);
    keep->own_bytes -= keep->dropped_bytes;
    judge(keep, turn);
    free(turn);
    return true;
}

uint64_t keep_move(struct keep *keep, const struct recorder_volume *target, int64_t now_ms)
{
    const struct archive_filter filter = {.from_ms = INT64_MIN, .to_ms = now_ms - keep->newest_ms};
    const struct archive_filter all = {.from_ms = INT64_MIN, .to_ms = INT64_MAX};
    struct fill fill = {.filter = &filter,
                        .server_name = keep->server_name,
                        .mains_too = true,
                        .bytes_per_s = MOVE_RATE};
    struct keep there = {.volume = *target};
    struct turn turn = {.keep = keep, .now_ms = now_ms, .before_ms = INT64_MIN};
    char cause[RECORDER_CAUSE_MAX];

    keep->dropped = keep->dropped_bytes = 0;
    if (!keep_look(&there) ||
        there.free_bytes < target->reserve_bytes + target->size_bytes / SPARE_SHARE ||
        !fill_open(&fill, target->path, target->name, cause))
        return 0;
    fill_from(&fill, keep->volume.path);
    turn.target = &fill.target;
    archive_walk(keep->volume.path, &all, drop_from, &turn);
    fill_close(&fill);
    return keep->dropped;
}
