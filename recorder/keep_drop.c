#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "recorder/directory.h"
#include "recorder/fill.h"
#include "recorder/index.h"
#include "recorder/keep_turn.h"
#include "recorder/lock.h"
#include "recorder/loss.h"

/* What may lie in a day beside its segments. */
#define NOTES 4

static int64_t keep_ms_of(const struct keep *keep, const struct archive_writer *writer)
{
    for (size_t i = 0; i < keep->rule_count; i++)
        if (strcmp(keep->rules[i].camera_name, writer->camera_name) == 0 &&
            strcmp(keep->rules[i].main_name, writer->main_name) == 0)
            return keep->rules[i].keep_ms;
    return 0;
}

/* What ends before this goes, if nothing holds it. */
static int64_t find_due(const struct keep_turn *turn, const struct archive_writer *writer)
{
    int64_t keep_ms = keep_ms_of(turn->keep, writer);
    int64_t old_ms = keep_ms == 0 ? INT64_MIN : turn->now_ms - keep_ms;

    return old_ms > turn->before_ms ? old_ms : turn->before_ms;
}

/* Whether a segment has arrived whole where it is moved to. */
static bool has_arrived(const struct index_rows *there, const struct index_row *row)
{
    const struct index_row *copy = index_find(there, row->name);

    return copy != NULL && strcmp(copy->sha256, row->sha256) == 0;
}

static bool may_go(struct keep_turn *turn, int64_t due_before_ms, const struct index_row *row,
                   const struct lock_list *locks, const struct index_rows *there)
{
    int64_t start_ms, length_ms, end_ms;

    if (!segment_name_parse(row->name, &start_ms, &length_ms))
        return false;
    end_ms = start_ms + length_ms;
    if (end_ms > turn->now_ms - turn->keep->newest_ms)
        return false;
    if (there != NULL && !has_arrived(there, row))
        return false;
    if (there == NULL && end_ms > due_before_ms)
        return false;
    if (!lock_covers(locks, start_ms, end_ms))
        return true;
    turn->locked++;
    return false;
}

/* Whether a day has nothing beside these notes. */
static bool holds_only(const struct archive_writer *writer, const char *const notes[static NOTES])
{
    DIR *listing = directory_list(directory_open_below(writer->directory, ".", false));
    struct dirent *entry;
    bool only = listing != NULL;

    while (only && (entry = readdir(listing)) != NULL) {
        only = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        for (size_t i = 0; i < NOTES && !only; i++)
            only = strcmp(entry->d_name, notes[i]) == 0;
    }
    if (listing != NULL)
        closedir(listing);
    return only;
}

/* A day that is over, of which nothing is left, goes with what was noted beside its segments, and
 * with the last one its writer's directory. */
static void remove_day(const struct keep_turn *turn, const struct archive_writer *writer)
{
    static const char *const notes[NOTES] = {INDEX_FILE, FILL_MARK, FILL_NOTE, LOSS_FILE};
    char above[RECORDER_NAME_MAX + 24];

    if (writer->day_ms + SEGMENT_DAY_MS > turn->now_ms - turn->keep->newest_ms ||
        flock(writer->directory, LOCK_EX | LOCK_NB) != 0 || !holds_only(writer, notes))
        return;
    for (size_t i = 0; i < NOTES; i++)
        unlinkat(writer->directory, notes[i], 0);
    unlinkat(writer->above, writer->day_name, AT_REMOVEDIR);
    snprintf(above, sizeof(above), "%" PRIu64 "-%s", writer->epoch, writer->server_name);
    unlinkat(writer->camera, above, AT_REMOVEDIR);
}

/* First the rows, durably, then the files: what a crash leaves is a file without a row, which the
 * recovery puts into the index again. */
static int drop_rows(struct keep_turn *turn, const struct archive_writer *writer,
                     int64_t due_before_ms, struct index_rows *rows, const struct lock_list *locks,
                     const struct index_rows *there)
{
    struct index_rows stay = {.count = 0}, go = {.count = 0};
    bool sorted = true;
    int error = 0;

    for (size_t i = 0; i < rows->count && sorted; i++)
        sorted = index_add(may_go(turn, due_before_ms, &rows->rows[i], locks, there) ? &go : &stay,
                           &rows->rows[i]);
    if (!sorted)
        error = ENOMEM;
    if (error == 0 && go.count > 0)
        error = index_rewrite(writer->directory, &stay);
    for (size_t i = 0; i < go.count && error == 0; i++) {
        if (unlinkat(writer->directory, go.rows[i].name, 0) != 0 && errno != ENOENT)
            error = errno;
        keep_answered(turn->keep);
        turn->keep->dropped++;
        turn->keep->dropped_bytes += go.rows[i].bytes;
    }
    if (go.count > 0 && fsync(writer->directory) != 0 && error == 0)
        error = errno;
    if (error == 0 && stay.count == 0)
        remove_day(turn, writer);
    index_free(&stay);
    index_free(&go);
    return error;
}

static int load_there(const struct keep_turn *turn, const struct archive_writer *writer,
                      struct index_rows *there)
{
    const struct segment_place place = {.main_name = writer->main_name,
                                        .camera_name = writer->camera_name,
                                        .server_name = writer->server_name,
                                        .epoch = writer->epoch};
    int camera = segment_open_camera(*turn->target, &place, false);
    int directory = camera < 0 ? -1 : segment_open_day(camera, &place, writer->day_ms, false);
    int error = directory < 0 ? errno : index_load(directory, there);

    if (directory >= 0)
        close(directory);
    if (camera >= 0)
        close(camera);
    return error;
}

static bool is_due(struct keep_turn *turn, const struct archive_writer *writer,
                   int64_t due_before_ms)
{
    const struct keep_day *day;

    if (turn->target != NULL)
        return true;
    day = keep_known_read(&turn->keep->known, writer);
    return day == NULL || day->oldest_ms < due_before_ms || day->oldest_ms == INT64_MAX;
}

static bool drop_from(void *owner, const struct archive_writer *writer)
{
    struct keep_turn *turn = owner;
    struct index_rows rows = {.count = 0}, there = {.count = 0};
    struct lock_list locks = {.count = 0};
    int64_t due_before_ms = find_due(turn, writer);
    int held, error = 0;

    keep_answered(turn->keep);
    if (!keep_is_own(turn->keep, writer) || !is_due(turn, writer, due_before_ms))
        return true;
    if (turn->target != NULL && load_there(turn, writer, &there) != 0) {
        index_free(&there);
        return true;
    }
    held = index_hold(writer->directory);
    if (held >= 0) {
        error = index_load(writer->directory, &rows);
        if (error == 0)
            error = lock_load(writer->camera, &locks);
        if (error == 0 && rows.torn == 0)
            error = drop_rows(turn, writer, due_before_ms, &rows, &locks,
                              turn->target != NULL ? &there : NULL);
        close(held);
        keep_known_read(&turn->keep->known, writer);
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

void keep_drop(struct keep_turn *turn)
{
    const struct archive_filter all = {.from_ms = INT64_MIN, .to_ms = INT64_MAX};

    archive_walk(turn->keep->volume.path, &all, drop_from, turn);
}
