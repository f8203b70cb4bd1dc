/* The archive of one camera as one view (R33): the union of what all servers wrote, in time order.
 * Where two wrote at the same time the higher epoch is shown; then the earlier beginning. A hole of
 * at most RECORDER_TOLERANCE_MS is not called a gap. */
#ifndef RECORDER_ARCHIVE_VIEW_H
#define RECORDER_ARCHIVE_VIEW_H

#include "recorder/archive.h"

/* A stretch of time that is shown from one writer's segments. */
struct archive_run {
    int64_t from_ms, to_ms;
    const struct archive_segment *first; /* names the writer, epoch and volume */
    const struct archive_segment *last;
    uint64_t segments, frames;
    bool growing;
};

/* A part of a segment that is shown. */
struct archive_slice {
    int64_t from_ms, to_ms;
    const struct archive_segment *segment;
};

/* A stretch of time that nobody recorded, between two segments; or, with `double`, that both
 * recorded. */
struct archive_stretch {
    int64_t from_ms, to_ms;
    const struct archive_segment *before, *after; /* NULL at a bound that was asked for */
};

struct archive_view {
    const struct archive_segment *camera; /* any of its segments: for its names */
    const struct archive_loss *losses;    /* of all cameras */
    size_t loss_count;
    struct archive_run *runs;
    struct archive_slice *slices; /* what is shown, in time order: to play and to export */
    struct archive_stretch *gaps, *doubles;
    size_t run_count, slice_count, gap_count, double_count;
    int64_t recorded_ms, gap_ms, double_ms;
};

/* Makes the view of the camera whose segments begin at `*next` of a sorted archive, and moves
 * `*next` behind them. A bound in the filter is where a gap may begin or end. False: memory is out.
 * Free it with archive_view_free either way. */
bool archive_view_make(struct archive_view *view, const struct archive *archive, size_t *next,
                       const struct archive_filter *filter);
void archive_view_free(struct archive_view *view);

#endif
