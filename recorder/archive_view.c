#include "recorder/archive_view.h"

#include <stdlib.h>
#include <string.h>

/* Segments that overlap one moment at most, beyond which the lowest epochs are not looked at. */
#define OVERLAP_MAX 64

struct sweep {
    struct archive_view *view;
    const struct archive_segment *segments;
    size_t count, next;
    const struct archive_segment *active[OVERLAP_MAX];
    size_t active_count;
    const struct archive_segment *last_shown;
    int64_t covered_to_ms;
};

static bool is_same_writer(const struct archive_segment *a, const struct archive_segment *b)
{
    return a->epoch == b->epoch && strcmp(a->server_name, b->server_name) == 0 &&
           strcmp(a->volume_name, b->volume_name) == 0;
}

/* The same footage twice is none that two servers recorded: a copy (R34), or a volume named twice.
 */
static bool is_same_recorder(const struct archive_segment *a, const struct archive_segment *b)
{
    return a->epoch == b->epoch && strcmp(a->server_name, b->server_name) == 0;
}

static const struct archive_segment *best(const struct sweep *sweep)
{
    const struct archive_segment *chosen = sweep->active[0];

    for (size_t i = 1; i < sweep->active_count; i++)
        if (sweep->active[i]->epoch > chosen->epoch)
            chosen = sweep->active[i];
    return chosen;
}

/* Another writer's segment that is active too, or NULL. */
static const struct archive_segment *other_writer(const struct sweep *sweep,
                                                  const struct archive_segment *shown)
{
    for (size_t i = 0; i < sweep->active_count; i++)
        if (!is_same_recorder(sweep->active[i], shown))
            return sweep->active[i];
    return NULL;
}

static void enter(struct sweep *sweep, int64_t now_ms)
{
    for (; sweep->next < sweep->count && sweep->segments[sweep->next].from_ms <= now_ms;
         sweep->next++)
        if (sweep->active_count < OVERLAP_MAX && sweep->segments[sweep->next].to_ms > now_ms)
            sweep->active[sweep->active_count++] = &sweep->segments[sweep->next];
}

static void leave(struct sweep *sweep, int64_t now_ms)
{
    size_t kept = 0;

    for (size_t i = 0; i < sweep->active_count; i++)
        if (sweep->active[i]->to_ms > now_ms)
            sweep->active[kept++] = sweep->active[i];
    sweep->active_count = kept;
}

/* The next moment at which a segment begins or ends. */
static int64_t next_edge(const struct sweep *sweep)
{
    int64_t edge_ms = sweep->next < sweep->count ? sweep->segments[sweep->next].from_ms : INT64_MAX;

    for (size_t i = 0; i < sweep->active_count; i++)
        if (sweep->active[i]->to_ms < edge_ms)
            edge_ms = sweep->active[i]->to_ms;
    return edge_ms;
}

static void add_slice(struct archive_view *view, const struct archive_segment *shown,
                      int64_t from_ms, int64_t to_ms)
{
    struct archive_slice *last =
        view->slice_count > 0 ? &view->slices[view->slice_count - 1] : NULL;

    if (last != NULL && last->segment == shown && last->to_ms == from_ms)
        last->to_ms = to_ms;
    else
        view->slices[view->slice_count++] = (struct archive_slice){from_ms, to_ms, shown};
}

static void add_run(struct archive_view *view, const struct archive_segment *shown, int64_t from_ms,
                    int64_t to_ms)
{
    struct archive_run *run = view->run_count > 0 ? &view->runs[view->run_count - 1] : NULL;

    if (run == NULL || !is_same_writer(run->first, shown) ||
        from_ms - run->to_ms > RECORDER_TOLERANCE_MS) {
        run = &view->runs[view->run_count++];
        *run = (struct archive_run){.from_ms = from_ms, .first = shown};
    }
    if (run->last != shown) {
        run->segments++;
        run->frames += shown->frames;
    }
    run->last = shown;
    run->to_ms = to_ms;
    run->growing = run->growing || shown->state == ARCHIVE_GROWING;
    view->recorded_ms += to_ms - from_ms;
}

static void add_gap(struct archive_view *view, int64_t from_ms, int64_t to_ms,
                    const struct archive_segment *before, const struct archive_segment *after)
{
    if (to_ms - from_ms <= RECORDER_TOLERANCE_MS)
        return;
    view->gaps[view->gap_count++] = (struct archive_stretch){from_ms, to_ms, before, after};
    view->gap_ms += to_ms - from_ms;
}

static void add_double(struct archive_view *view, int64_t from_ms, int64_t to_ms,
                       const struct archive_segment *shown, const struct archive_segment *other)
{
    struct archive_stretch *last =
        view->double_count > 0 ? &view->doubles[view->double_count - 1] : NULL;

    if (last != NULL && last->to_ms == from_ms && is_same_writer(last->before, other) &&
        is_same_writer(last->after, shown))
        last->to_ms = to_ms;
    else
        view->doubles[view->double_count++] =
            (struct archive_stretch){from_ms, to_ms, other, shown};
}

/* Overlaps within the tolerance are only the seam between two servers. */
static void drop_short_doubles(struct archive_view *view)
{
    size_t kept = 0;

    for (size_t i = 0; i < view->double_count; i++) {
        int64_t length_ms = view->doubles[i].to_ms - view->doubles[i].from_ms;

        if (length_ms <= RECORDER_TOLERANCE_MS)
            continue;
        view->double_ms += length_ms;
        view->doubles[kept++] = view->doubles[i];
    }
    view->double_count = kept;
}

/* From edge to edge of the segments: what is shown between two is one segment's, or nobody's. */
static void run_sweep(struct sweep *sweep, const struct archive_filter *filter)
{
    struct archive_view *view = sweep->view;
    int64_t now_ms = sweep->segments[0].from_ms;

    if (filter->from_ms != INT64_MIN)
        add_gap(view, filter->from_ms, now_ms, NULL, &sweep->segments[0]);
    while (sweep->next < sweep->count || sweep->active_count > 0) {
        const struct archive_segment *shown, *other;
        int64_t edge_ms, from_ms, to_ms;

        leave(sweep, now_ms);
        enter(sweep, now_ms);
        edge_ms = next_edge(sweep);
        if (sweep->active_count > 0) {
            shown = best(sweep);
            from_ms = now_ms > filter->from_ms ? now_ms : filter->from_ms;
            to_ms = edge_ms < filter->to_ms ? edge_ms : filter->to_ms;
            if (sweep->last_shown != NULL)
                add_gap(view, sweep->covered_to_ms, from_ms, sweep->last_shown, shown);
            if (to_ms > from_ms) {
                add_run(view, shown, from_ms, to_ms);
                add_slice(view, shown, from_ms, to_ms);
                other = other_writer(sweep, shown);
                if (other != NULL)
                    add_double(view, from_ms, to_ms, shown, other);
            }
            sweep->last_shown = shown;
            sweep->covered_to_ms = edge_ms;
        }
        if (edge_ms == INT64_MAX)
            break;
        now_ms = edge_ms;
    }
    if (filter->to_ms != INT64_MAX && sweep->last_shown != NULL)
        add_gap(view, sweep->covered_to_ms, filter->to_ms, sweep->last_shown, NULL);
    drop_short_doubles(view);
}

static size_t segments_of_camera(const struct archive *archive, size_t first)
{
    const struct archive_segment *a = &archive->segments[first];
    size_t end = first;

    while (end < archive->count && strcmp(archive->segments[end].main_name, a->main_name) == 0 &&
           strcmp(archive->segments[end].camera_name, a->camera_name) == 0)
        end++;
    return end - first;
}

bool archive_view_make(struct archive_view *view, const struct archive *archive, size_t *next,
                       const struct archive_filter *filter)
{
    struct sweep sweep = {.view = view, .segments = archive->segments + *next};
    size_t edges;

    sweep.count = segments_of_camera(archive, *next);
    *next += sweep.count;
    edges = 2 * sweep.count + 2; /* no stretch begins but at one of these */
    *view = (struct archive_view){
        .camera = sweep.segments, .losses = archive->losses, .loss_count = archive->loss_count};
    view->runs = calloc(edges, sizeof(*view->runs));
    view->slices = calloc(edges, sizeof(*view->slices));
    view->gaps = calloc(edges, sizeof(*view->gaps));
    view->doubles = calloc(edges, sizeof(*view->doubles));
    if (view->runs == NULL || view->slices == NULL || view->gaps == NULL || view->doubles == NULL)
        return false;
    run_sweep(&sweep, filter);
    return true;
}

void archive_view_free(struct archive_view *view)
{
    free(view->runs);
    free(view->slices);
    free(view->gaps);
    free(view->doubles);
}
