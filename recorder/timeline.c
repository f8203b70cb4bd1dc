#include "recorder/timeline.h"

#include <stdlib.h>

#include "recorder/ts.h"

/* What rounding to 1/90000 s may take on the two ways, in ticks. */
#define ROUNDING 2

void timeline_init(struct timeline *timeline)
{
    *timeline = (struct timeline){.room = 0};
    pthread_mutex_init(&timeline->mutex, NULL);
}

void timeline_free(struct timeline *timeline)
{
    free(timeline->entries);
    pthread_mutex_destroy(&timeline->mutex);
}

static struct timeline_entry *at(struct timeline *timeline, size_t i)
{
    return &timeline->entries[(timeline->first + i) % timeline->room];
}

static bool grow(struct timeline *timeline)
{
    size_t room = timeline->room == 0 ? 256 : 2 * timeline->room;
    struct timeline_entry *entries = calloc(room, sizeof(*entries));

    if (entries == NULL)
        return false;
    for (size_t i = 0; i < timeline->count; i++)
        entries[i] = *at(timeline, i);
    free(timeline->entries);
    timeline->entries = entries;
    timeline->room = room;
    timeline->first = 0;
    return true;
}

bool timeline_push(struct timeline *timeline, const struct timeline_entry *entry)
{
    bool pushed;

    pthread_mutex_lock(&timeline->mutex);
    pushed = timeline->count < timeline->room || grow(timeline);
    if (pushed) {
        timeline->count++;
        *at(timeline, timeline->count - 1) = *entry;
    }
    pthread_mutex_unlock(&timeline->mutex);
    return pushed;
}

static bool is_same(const struct timeline *timeline, const struct timeline_entry *entry,
                    int64_t pts)
{
    int64_t ours = (entry->pts_us - timeline->anchor_pts_us) * (TS_PTS_TICKS / 1000) / 1000;
    int64_t off = ts_distance((timeline->anchor_pts + ours) & TS_PTS_MASK, pts);

    return off >= -ROUNDING && off <= ROUNDING;
}

/* The muxer drops what comes before the first parameter sets: the first that comes out is the first
 * keyframe. */
static size_t find_first(struct timeline *timeline, int64_t pts)
{
    for (size_t i = 0; i < timeline->count; i++) {
        if (!at(timeline, i)->key)
            continue;
        timeline->anchored = true;
        timeline->anchor_pts = pts;
        timeline->anchor_pts_us = at(timeline, i)->pts_us;
        return i;
    }
    return timeline->count;
}

static size_t find(struct timeline *timeline, int64_t pts)
{
    for (size_t i = 0; i < timeline->count; i++)
        if (is_same(timeline, at(timeline, i), pts))
            return i;
    return timeline->count;
}

bool timeline_match(struct timeline *timeline, int64_t pts, struct timeline_entry *entry,
                    uint64_t *lost)
{
    bool was_anchored, found;
    size_t i;

    pthread_mutex_lock(&timeline->mutex);
    was_anchored = timeline->anchored;
    i = was_anchored ? find(timeline, pts) : find_first(timeline, pts);
    found = i < timeline->count;
    if (found) {
        *entry = *at(timeline, i);
        timeline->first = (timeline->first + i + 1) % timeline->room;
        timeline->count -= i + 1;
        if (was_anchored)
            *lost += i;
    }
    pthread_mutex_unlock(&timeline->mutex);
    return found;
}

size_t timeline_left(struct timeline *timeline)
{
    size_t left = 0;

    pthread_mutex_lock(&timeline->mutex);
    for (size_t i = 0; i < timeline->count && timeline->anchored; i++)
        left += !at(timeline, i)->filler;
    pthread_mutex_unlock(&timeline->mutex);
    return left;
}
