#include "runtime/sim/scale.h"

#include <assert.h>
#include <stdlib.h>

#include "runtime/sim/array.h"

#define SEEN_WIDTH  7.0  /* a gap that is at least this wide is plain to see */
#define LEAST_WIDTH 26.0 /* of a stretch in an uneven scale, where there is room */
#define LABELS_MAX  9    /* on an even axis */
#define LEAST_SHARE 0.7  /* of the width at most goes to making short stretches visible */

/* ---- the moments at which something happens ---- */

struct times {
    int64_t *items;
    size_t count;
    size_t max;
};

static void add_time(struct times *times, int64_t at_ms)
{
    times->items = array_grow(times->items, times->count, &times->max, sizeof *times->items);
    times->items[times->count++] = at_ms;
}

static void add_spans(struct times *times, const struct timeline_span *spans, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add_time(times, spans[i].from_ms);
        add_time(times, spans[i].to_ms);
    }
}

static int compare_times(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Ascending, each once. */
static struct times collect_times(const struct timeline *timeline)
{
    struct times times = {0};
    add_time(&times, 0);
    add_time(&times, timeline->lasts_ms);
    for (size_t r = 0; r < timeline->row_count; r++) {
        add_spans(&times, timeline->rows[r].spans, timeline->rows[r].span_count);
        add_spans(&times, timeline->rows[r].gaps, timeline->rows[r].gap_count);
    }
    for (size_t m = 0; m < timeline->mark_count; m++)
        add_time(&times, timeline->marks[m].at_ms);
    qsort(times.items, times.count, sizeof *times.items, compare_times);
    size_t kept = 1;
    for (size_t i = 1; i < times.count; i++)
        if (times.items[i] != times.items[kept - 1])
            times.items[kept++] = times.items[i];
    times.count = kept;
    return times;
}

static int64_t shortest_gap_ms(const struct timeline *timeline)
{
    int64_t shortest_ms = timeline->lasts_ms;
    for (size_t r = 0; r < timeline->row_count; r++)
        for (size_t g = 0; g < timeline->rows[r].gap_count; g++) {
            const struct timeline_span *gap = &timeline->rows[r].gaps[g];
            if (gap->to_ms > gap->from_ms && gap->to_ms - gap->from_ms < shortest_ms)
                shortest_ms = gap->to_ms - gap->from_ms;
        }
    return shortest_ms;
}

/* ---- the scale ---- */

struct scale scale_new(const struct timeline *timeline, double left, double width)
{
    const struct times times = collect_times(timeline);
    const double seen = width * (double)shortest_gap_ms(timeline) / (double)timeline->lasts_ms;
    const double fair = LEAST_SHARE * width / (double)times.count;
    return (struct scale){.left = left,
                          .width = width,
                          .lasts_ms = timeline->lasts_ms,
                          .even = seen >= SEEN_WIDTH,
                          .times_ms = times.items,
                          .count = times.count,
                          .least = fair < LEAST_WIDTH ? fair : LEAST_WIDTH};
}

void scale_free(struct scale *scale)
{
    free(scale->times_ms);
    scale->times_ms = NULL;
}

/* In an uneven scale each stretch has the least width, and its share of what is left. */
double scale_x(const struct scale *scale, int64_t at_ms)
{
    const double share = (double)at_ms / (double)scale->lasts_ms;
    if (scale->even)
        return scale->left + share * scale->width;
    size_t before = 0;
    while (before + 2 < scale->count && scale->times_ms[before + 1] <= at_ms)
        before++;
    const int64_t from_ms = scale->times_ms[before];
    const int64_t to_ms = scale->times_ms[before + 1];
    assert(from_ms < to_ms);
    const double inside = (double)(at_ms - from_ms) / (double)(to_ms - from_ms);
    const double rest = scale->width - scale->least * (double)(scale->count - 1);
    return scale->left + scale->least * ((double)before + inside) + rest * share;
}

int64_t scale_step_ms(const struct scale *scale)
{
    static const int64_t steps_s[] = {1,      2,      5,       10,      20,       30,
                                      60,     120,    300,     600,     1200,     1800,
                                      3600,   7200,   10800,   21600,   43200,    86400,
                                      172800, 604800, 2592000, 7776000, 31536000, 315360000};
    const size_t count = sizeof steps_s / sizeof steps_s[0];
    for (size_t i = 0; i < count; i++)
        if (scale->lasts_ms / (steps_s[i] * 1000) <= LABELS_MAX)
            return steps_s[i] * 1000;
    return scale->lasts_ms;
}
