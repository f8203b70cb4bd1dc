#include "runtime/sim/picture_fold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/sim/array.h"

static bool same_spans(const struct timeline_span *a, size_t a_count, const struct timeline_span *b,
                       size_t b_count, bool servers_too)
{
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++)
        if (a[i].from_ms != b[i].from_ms || a[i].to_ms != b[i].to_ms ||
            (servers_too && a[i].server != b[i].server))
            return false;
    return true;
}

static bool fared_alike(const struct timeline_row *a, const struct timeline_row *b)
{
    return strcmp(a->main, b->main) == 0 &&
           same_spans(a->spans, a->span_count, b->spans, b->span_count, true) &&
           same_spans(a->gaps, a->gap_count, b->gaps, b->gap_count, false);
}

static bool is_quiet(const struct timeline *timeline, const struct timeline_row *row)
{
    return row->gap_count == 0 && row->span_count == 1 && row->spans[0].from_ms == 0 &&
           row->spans[0].to_ms == timeline->lasts_ms &&
           strcmp(timeline->servers[row->spans[0].server], row->main) == 0;
}

static size_t end_of_main(const struct timeline *timeline, size_t first)
{
    size_t end = first + 1;
    while (end < timeline->row_count &&
           strcmp(timeline->rows[end].main, timeline->rows[first].main) == 0)
        end++;
    return end;
}

static bool all_quiet(const struct timeline *timeline, size_t first, size_t end)
{
    while (first < end && is_quiet(timeline, &timeline->rows[first]))
        first++;
    return first == end;
}

/* The label is new, for it is freed with the row; the stretches are those of the first. */
static void add_row(struct timeline *folded, const struct timeline_row *first, size_t count,
                    bool is_whole_main)
{
    struct timeline_row *row = &folded->rows[folded->row_count++];
    int length;
    *row = *first;
    if (count == 1)
        length = asprintf(&row->camera, "%s", first->camera);
    else if (is_whole_main)
        length = asprintf(&row->camera, "all %zu cameras", count);
    else
        length = asprintf(&row->camera, "%s and %zu more", first->camera, count - 1);
    if (length < 0)
        array_no_memory();
}

static void fold_main(struct timeline *folded, const struct timeline *timeline, size_t first,
                      size_t end)
{
    for (size_t i = first, next; i < end; i = next) {
        next = i + 1;
        while (next < end && fared_alike(&timeline->rows[i], &timeline->rows[next]))
            next++;
        add_row(folded, &timeline->rows[i], next - i, i == first && next == end);
    }
}

static void add_quiet(struct timeline *folded, const struct timeline_row *first, size_t mains,
                      size_t cameras)
{
    struct timeline_row *row = &folded->rows[folded->row_count++];
    *row = *first;
    if (asprintf(&row->heading, "%zu mains undisturbed", mains) < 0 ||
        asprintf(&row->camera, "%zu cameras", cameras) < 0)
        array_no_memory();
}

struct timeline picture_fold(const struct timeline *timeline, bool mains_too)
{
    struct timeline folded = *timeline;
    const struct timeline_row *quiet = NULL;
    size_t mains = 0;
    size_t cameras = 0;
    folded.rows = array_new(timeline->row_count, sizeof *folded.rows);
    folded.row_count = 0;
    for (size_t i = 0, end; i < timeline->row_count; i = end) {
        end = end_of_main(timeline, i);
        if (mains_too && all_quiet(timeline, i, end)) {
            quiet = &timeline->rows[i];
            cameras += end - i;
            mains++;
        } else {
            fold_main(&folded, timeline, i, end);
        }
    }
    if (mains == 1)
        add_row(&folded, quiet, cameras, true);
    else if (mains > 1)
        add_quiet(&folded, quiet, mains, cameras);
    return folded;
}

void picture_fold_free(struct timeline *folded)
{
    for (size_t r = 0; r < folded->row_count; r++) {
        free(folded->rows[r].camera);
        free(folded->rows[r].heading);
    }
    free(folded->rows);
}
