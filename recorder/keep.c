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
#include "recorder/keep_turn.h"
#include "recorder/volume.h"

/* Where a volume is full, this part of it more than needed is freed, so that it is not full again
 * at once. */
#define SPARE_SHARE 100
/* How fast footage is moved, in bytes a second. */
#define MOVE_RATE (32u << 20)
/* What a turn that looks at the last days only goes back, in milliseconds. */
#define LATE_MS (2 * SEGMENT_DAY_MS)

void keep_answered(const struct keep *keep)
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

static bool measure_day(void *owner, const struct archive_writer *writer)
{
    struct keep *keep = owner;

    keep_answered(keep);
    if (keep_is_own(keep, writer))
        keep_known_read(&keep->known, writer);
    return true;
}

static void measure(struct keep *keep, const struct archive_filter *days)
{
    archive_walk(keep->volume.path, days, measure_day, keep);
    keep_known_settle(&keep->known, days->from_ms == INT64_MIN);
    keep->own_bytes = keep_known_bytes(&keep->known);
}

/* ---- a turn ---- */

void keep_free(struct keep *keep)
{
    keep_known_free(&keep->known);
    free(keep->growing);
    keep->growing = NULL;
    keep->growing_count = 0;
}

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
    keep_answered(keep);
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

static void judge(struct keep *keep, const struct keep_turn *turn)
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

/* Whether this turn is one for all of the volume. A clock that was set back changes nothing. */
static bool is_whole(struct keep *keep, int64_t now_ms)
{
    if (now_ms < keep->next_whole_ms && now_ms > keep->next_whole_ms - keep->whole_ms)
        return false;
    keep->next_whole_ms = now_ms + keep->whole_ms;
    return true;
}

bool keep_turn(struct keep *keep, int64_t now_ms)
{
    const struct archive_filter all = {.from_ms = INT64_MIN, .to_ms = INT64_MAX};
    struct archive_filter days = all;
    struct keep_turn *turn = calloc(1, sizeof(*turn));

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
    if (!is_whole(keep, now_ms))
        days.from_ms = now_ms - LATE_MS;
    keep_finish(keep, &days, now_ms);
    measure(keep, &days);
    turn->need = needed(keep);
    if (turn->need > 0)
        keep_choose_moment(turn);
    if (turn->need > 0 || (is_dated(keep) && days.from_ms == INT64_MIN))
        keep_drop(turn);
    keep->own_bytes -= keep->dropped_bytes;
    judge(keep, turn);
    free(turn);
    return true;
}

uint64_t keep_move(struct keep *keep, const struct recorder_volume *target, int64_t now_ms)
{
    const struct archive_filter filter = {.from_ms = INT64_MIN, .to_ms = now_ms - keep->newest_ms};
    struct fill fill = {.filter = &filter,
                        .server_name = keep->server_name,
                        .mains_too = true,
                        .bytes_per_s = MOVE_RATE};
    struct keep there = {.volume = *target};
    struct keep_turn turn = {.keep = keep, .now_ms = now_ms, .before_ms = INT64_MIN};
    char cause[RECORDER_CAUSE_MAX];

    keep->dropped = keep->dropped_bytes = 0;
    if (!keep_look(&there) ||
        there.free_bytes < target->reserve_bytes + target->size_bytes / SPARE_SHARE ||
        !fill_open(&fill, target->path, target->name, cause))
        return 0;
    fill_from(&fill, keep->volume.path);
    turn.target = &fill.target;
    keep_drop(&turn);
    fill_close(&fill);
    return keep->dropped;
}
