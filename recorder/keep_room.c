#include <stdlib.h>
#include <string.h>

#include "recorder/index.h"
#include "recorder/keep_turn.h"
#include "recorder/lock.h"

static size_t slice_of(const struct keep_turn *turn, int64_t at_ms)
{
    int64_t span_ms = turn->bound_ms - turn->oldest_ms + 1;

    if (at_ms <= turn->oldest_ms)
        return 0;
    if (at_ms >= turn->bound_ms)
        return KEEP_SLICES - 1;
    return (size_t)((double)(at_ms - turn->oldest_ms) / (double)span_ms * KEEP_SLICES);
}

static void count_row(struct keep_turn *turn, const struct index_row *row,
                      const struct lock_list *locks)
{
    int64_t start_ms, length_ms, end_ms;

    if (!segment_name_parse(row->name, &start_ms, &length_ms))
        return;
    end_ms = start_ms + length_ms;
    if (end_ms > turn->bound_ms || end_ms > turn->now_ms - turn->keep->newest_ms ||
        lock_covers(locks, start_ms, end_ms))
        return;
    turn->slices[slice_of(turn, end_ms)] += row->bytes;
    turn->may_go += row->bytes;
}

static bool count_slices(void *owner, const struct archive_writer *writer)
{
    struct keep_turn *turn = owner;
    const struct keep_day *day;
    struct lock_list locks = {.count = 0};
    struct index_rows rows = {.count = 0};

    keep_answered(turn->keep);
    if (!keep_is_own(turn->keep, writer))
        return true;
    day = keep_known_read(&turn->keep->known, writer);
    if (day != NULL && day->oldest_ms >= turn->bound_ms)
        return true;
    if (lock_load(writer->camera, &locks) == 0 && index_load(writer->directory, &rows) == 0)
        for (size_t i = 0; i < rows.count; i++)
            count_row(turn, &rows.rows[i], &locks);
    lock_free(&locks);
    index_free(&rows);
    return true;
}

static void count_before(struct keep_turn *turn, int64_t bound_ms)
{
    const struct archive_filter days = {.from_ms = INT64_MIN, .to_ms = bound_ms};

    turn->bound_ms = bound_ms;
    turn->may_go = 0;
    memset(turn->slices, 0, sizeof(turn->slices));
    archive_walk(turn->keep->volume.path, &days, count_slices, turn);
}

/* The moment before which enough ends. The oldest days will do, unless too much of them is locked.
 */
void keep_choose_moment(struct keep_turn *turn)
{
    int64_t bound_ms = keep_known_before_ms(&turn->keep->known, turn->need);
    uint64_t bytes = 0;
    size_t i = 0;

    turn->oldest_ms = keep_known_oldest_ms(&turn->keep->known);
    if (turn->oldest_ms >= turn->now_ms)
        return;
    count_before(turn, bound_ms < turn->now_ms ? bound_ms : turn->now_ms);
    if (turn->may_go < turn->need && turn->bound_ms < turn->now_ms)
        count_before(turn, turn->now_ms);
    while (i < KEEP_SLICES && bytes < turn->need)
        bytes += turn->slices[i++];
    turn->before_ms = turn->oldest_ms + (int64_t)((double)(turn->bound_ms - turn->oldest_ms + 1) *
                                                  (double)i / KEEP_SLICES);
}
