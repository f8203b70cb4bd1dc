#include "runtime/sim/result.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/engine/trace.h"
#include "runtime/sim/array.h"

static int64_t min_ms(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

static int64_t max_ms(int64_t a_ms, int64_t b_ms)
{
    return a_ms > b_ms ? a_ms : b_ms;
}

/* ---- spans ---- */

static int compare_spans(const void *a, const void *b)
{
    const struct span *x = a;
    const struct span *y = b;
    if (x->camera != y->camera)
        return x->camera < y->camera ? -1 : 1;
    if (x->from_ms != y->from_ms)
        return x->from_ms < y->from_ms ? -1 : 1;
    if (x->to_ms != y->to_ms)
        return x->to_ms < y->to_ms ? -1 : 1;
    return x->server < y->server ? -1 : x->server > y->server;
}

static void take_spans(struct result *result)
{
    const struct world *world = result->world;
    result->spans = array_new(world->span_count, sizeof *result->spans);
    for (size_t i = 0; i < world->span_count; i++) {
        struct span span = world->spans[i];
        span.from_ms = max_ms(span.from_ms, 0);
        span.to_ms = min_ms(span.to_ms, world->outage->lasts_ms);
        if (span.from_ms < span.to_ms)
            result->spans[result->span_count++] = span;
    }
    qsort(result->spans, result->span_count, sizeof *result->spans, compare_spans);
}

/* ---- cameras ---- */

static void add_gap(struct result *result, struct camera_result *camera, const struct span *before,
                    int64_t from_ms, int64_t to_ms)
{
    if (from_ms >= to_ms)
        return;
    camera->gaps =
        array_grow(camera->gaps, camera->gap_count, &camera->gap_max, sizeof *camera->gaps);
    struct gap *gap = &camera->gaps[camera->gap_count++];
    *gap = (struct gap){.from_ms = from_ms, .to_ms = to_ms};
    camera->gap_ms += to_ms - from_ms;
    cause_explain(result->world, (uint32_t)(camera - result->cameras), before, gap);
}

/* One pass over the spans of a camera, which are in order of their beginning: what lies before the
 * furthest end so far is recorded twice. */
static void measure_camera(struct result *result, struct camera_result *camera)
{
    const int64_t lasts_ms = result->world->outage->lasts_ms;
    const struct span *furthest = NULL;
    int64_t end_ms = 0;
    int64_t double_end_ms = 0;
    for (size_t i = 0; i < camera->span_count; i++) {
        const struct span *span = &camera->spans[i];
        add_gap(result, camera, furthest, end_ms, span->from_ms);
        const int64_t both_ms = min_ms(span->to_ms, end_ms);
        camera->double_ms += max_ms(0, both_ms - max_ms(span->from_ms, double_end_ms));
        double_end_ms = max_ms(double_end_ms, both_ms);
        camera->recorded_ms += max_ms(0, span->to_ms - max_ms(span->from_ms, end_ms));
        if (furthest == NULL || span->to_ms > end_ms)
            furthest = span;
        end_ms = max_ms(end_ms, span->to_ms);
    }
    add_gap(result, camera, furthest, end_ms, lasts_ms);
    if (camera->recorded_ms + camera->gap_ms != lasts_ms)
        property_fault(result->world, "recorded and unrecorded time of a camera are not the whole");
}

static void measure_cameras(struct result *result)
{
    const uint32_t count = result->world->image->cameras.count;
    result->cameras = array_new(count, sizeof *result->cameras);
    size_t next = 0;
    for (uint32_t c = 0; c < count; c++) {
        struct camera_result *camera = &result->cameras[c];
        camera->spans = result->spans + next;
        while (next < result->span_count && result->spans[next].camera == c)
            next++;
        camera->span_count = (size_t)(result->spans + next - camera->spans);
        measure_camera(result, camera);
    }
}

/* ---- expectations ---- */

static void judge_limit(struct expect_result *judged, int64_t found_ms, bool at_least)
{
    const int64_t limit_ms = judged->expect->limit_ms;
    judged->held = at_least ? found_ms >= limit_ms : found_ms <= limit_ms;
    trace_duration(found_ms, judged->found, sizeof judged->found);
}

/* How long a server recorded the camera; overlaps are those of different epochs and count once. */
static int64_t recorded_by_ms(const struct camera_result *camera, uint32_t server)
{
    int64_t sum_ms = 0;
    int64_t end_ms = 0;
    for (size_t i = 0; i < camera->span_count; i++) {
        const struct span *span = &camera->spans[i];
        if (span->server != server)
            continue;
        sum_ms += max_ms(0, span->to_ms - max_ms(span->from_ms, end_ms));
        end_ms = max_ms(end_ms, span->to_ms);
    }
    return sum_ms;
}

static void judge_recorded(const struct result *result, struct expect_result *judged)
{
    const struct camera_result *camera = &result->cameras[judged->expect->subject];
    const uint32_t by = judged->expect->by;
    judge_limit(judged, by == IMAGE_NONE ? camera->recorded_ms : recorded_by_ms(camera, by), true);
}

static void judge_overload(const struct result *result, struct expect_result *judged)
{
    int64_t overloaded_ms = 0;
    for (uint32_t s = 0; s < result->standby_count; s++)
        if (result->standbys[s].server == judged->expect->subject)
            overloaded_ms = result->standbys[s].overloaded_ms;
    judged->held = overloaded_ms == 0;
    if (judged->held)
        snprintf(judged->found, sizeof judged->found, "never");
    else
        trace_duration(overloaded_ms, judged->found, sizeof judged->found);
}

/* The first span in which another server than the main recorded one of its cameras; by whom may be
 * given. */
static const struct span *find_carried(const struct result *result, uint32_t main, uint32_t by)
{
    const struct span *first = NULL;
    for (size_t i = 0; i < result->span_count; i++) {
        const struct span *span = &result->spans[i];
        if (image_cameras(result->world->image)[span->camera].server == main &&
            span->server != main && (by == IMAGE_NONE || span->server == by) &&
            (first == NULL || span->from_ms < first->from_ms))
            first = span;
    }
    return first;
}

/* Whether the grace of a failover has run out, as is expected or not (R11). */
static void judge_licence(const struct result *result, struct expect_result *judged)
{
    const struct failover_result *failover = &result->failovers[judged->expect->subject];
    char left[64];
    judged->held = failover->licence_expired == (judged->expect->limit_ms != 0);
    if (failover->licence_expired)
        snprintf(judged->found, sizeof judged->found, "it has expired");
    else if (failover->licence_left_ms == ENGINE_NEVER)
        snprintf(judged->found, sizeof judged->found, "its grace never ran");
    else
        snprintf(judged->found, sizeof judged->found, "%s left at the least",
                 trace_time_left(failover->licence_left_ms, left, sizeof left));
}

static void judge_carried(const struct result *result, struct expect_result *judged)
{
    const struct image *image = result->world->image;
    const struct outage_expect *expect = judged->expect;
    const struct span *span = find_carried(result, expect->subject, expect->by);
    judged->held = span != NULL;
    if (span == NULL)
        span = find_carried(result, expect->subject, IMAGE_NONE);
    if (span == NULL) {
        snprintf(judged->found, sizeof judged->found, "by nobody");
        return;
    }
    char when[64];
    snprintf(judged->found, sizeof judged->found, "by %s, from %s on",
             image_text(image, image_servers(image)[span->server].name),
             trace_duration(span->from_ms, when, sizeof when));
}

static void judge(const struct result *result, struct expect_result *judged)
{
    const uint32_t subject = judged->expect->subject;
    switch ((enum outage_expect_kind)judged->expect->kind) {
    case EXPECT_GAP:
        judge_limit(judged, result->cameras[subject].gap_ms, false);
        break;
    case EXPECT_CARRIED:
        judge_carried(result, judged);
        break;
    case EXPECT_OVERLOAD:
        judge_overload(result, judged);
        break;
    case EXPECT_RECORDED:
        judge_recorded(result, judged);
        break;
    case EXPECT_DOUBLE:
        judge_limit(judged, result->cameras[subject].double_ms, false);
        break;
    case EXPECT_QUEUED:
        judge_limit(judged, result->failovers[subject].queued_ms, false);
        break;
    case EXPECT_LICENCE:
        judge_licence(result, judged);
        break;
    case EXPECT_COUNT:
        assert(!"an expectation of no kind");
        break;
    }
}

static void judge_expectations(struct result *result)
{
    const struct outage *outage = result->world->outage;
    result->expects = array_new(outage->expect_count, sizeof *result->expects);
    for (uint32_t i = 0; i < outage->expect_count; i++) {
        struct expect_result *judged = &result->expects[i];
        judged->expect = &result->world->script->expects[outage->first_expect + i];
        judge(result, judged);
        result->broken_count += !judged->held;
    }
}

struct result *result_of(struct world *world)
{
    struct result *result = array_new(1, sizeof *result);
    result->world = world;
    take_spans(result);
    measure_cameras(result);
    load_failovers(result);
    load_standbys(result);
    grace_measure(result);
    storage_measure(result);
    judge_expectations(result);
    return result;
}

void result_free(struct result *result)
{
    for (uint32_t c = 0; c < result->world->image->cameras.count; c++) {
        struct camera_result *camera = &result->cameras[c];
        for (size_t g = 0; g < camera->gap_count; g++) {
            for (size_t p = 0; p < camera->gaps[g].part_count; p++)
                free(camera->gaps[g].parts[p].text);
            free(camera->gaps[g].parts);
            free(camera->gaps[g].lead);
            free(camera->gaps[g].cause);
        }
        free(camera->gaps);
    }
    for (uint32_t s = 0; s < result->standby_count; s++)
        free(result->standbys[s].steps);
    free(result->storage);
    free(result->alarms);
    free(result->licences);
    free(result->spans);
    free(result->cameras);
    free(result->standbys);
    free(result->failovers);
    free(result->expects);
    free(result);
}
