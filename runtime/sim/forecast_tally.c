#include "runtime/sim/forecast_tally.h"

#include <assert.h>
#include <stdlib.h>

#include "runtime/sim/array.h"

void tally_init(struct tally *tally, struct world *world)
{
    const uint32_t count = world->image->cameras.count;
    *tally = (struct tally){.world = world,
                            .cameras = array_new(count, sizeof *tally->cameras),
                            .touched = array_new(count, sizeof *tally->touched),
                            .from_ms = world->now_ms,
                            .to_ms = world->now_ms};
    for (uint32_t c = 0; c < count; c++)
        tally->cameras[c] = (struct camera_tally){
            .done_ms = world->now_ms, .last_server = IMAGE_NONE, .waits = true};
    world->span_count = 0;
}

void tally_free(struct tally *tally)
{
    free(tally->cameras);
    free(tally->touched);
    free(tally->pieces);
}

/* ---- what has come in ---- */

static int compare_spans(const void *a, const void *b)
{
    const struct span *x = a;
    const struct span *y = b;
    if (x->camera != y->camera)
        return x->camera < y->camera ? -1 : 1;
    return x->from_ms < y->from_ms ? -1 : x->from_ms > y->from_ms;
}

static void touch(struct tally *tally, uint32_t camera)
{
    if (tally->cameras[camera].seen)
        return;
    tally->cameras[camera].seen = true;
    tally->touched[tally->touched_count++] = camera;
}

/* Which cameras there is something to say of: those whose recordings have ended somewhere, and
 * those that wait. */
static void find_touched(struct tally *tally)
{
    struct world *world = tally->world;
    assert(world->span_count < UINT32_MAX);
    if (world->span_count > 0)
        qsort(world->spans, world->span_count, sizeof *world->spans, compare_spans);
    tally->touched_count = 0;
    for (uint32_t i = 0; i < world->span_count; i++) {
        struct camera_tally *camera = &tally->cameras[world->spans[i].camera];
        if (!camera->seen)
            camera->first_span = i;
        touch(tally, world->spans[i].camera);
        camera->span_count++;
    }
    for (uint32_t c = 0; c < world->image->cameras.count; c++)
        if (tally->cameras[c].waits)
            touch(tally, c);
}

/* ---- one camera ---- */

static void add_piece(struct tally *tally, size_t *count, struct span piece)
{
    tally->pieces = array_grow(tally->pieces, *count, &tally->piece_max, sizeof *tally->pieces);
    size_t at = (*count)++;
    for (; at > 0 && tally->pieces[at - 1].from_ms > piece.from_ms; at--)
        tally->pieces[at] = tally->pieces[at - 1];
    tally->pieces[at] = piece;
}

/* A recording that goes on is one until now. */
static void add_open(struct tally *tally, size_t *count, uint32_t server, uint32_t camera)
{
    const struct recorder *recorder = recorder_find(tally->world, server, camera);
    if (recorder == NULL || !recorder_covers(recorder) ||
        recorder->covers_from_ms > tally->world->now_ms)
        return;
    if (recorder->covers_from_ms < tally->open_from_ms)
        tally->open_from_ms = recorder->covers_from_ms;
    add_piece(tally, count,
              (struct span){.camera = camera,
                            .server = server,
                            .from_ms = recorder->covers_from_ms,
                            .to_ms = tally->world->now_ms});
}

static size_t collect_pieces(struct tally *tally, uint32_t camera)
{
    const struct world *world = tally->world;
    const struct image *image = world->image;
    const uint32_t main = image_cameras(image)[camera].server;
    const struct image_list watchers = image_servers(image)[main].watchers;
    const struct camera_tally *entry = &tally->cameras[camera];
    size_t count = 0;
    tally->open_from_ms = INT64_MAX;
    for (uint32_t i = 0; i < entry->span_count; i++)
        add_piece(tally, &count, world->spans[entry->first_span + i]);
    add_open(tally, &count, main, camera);
    for (uint32_t w = 0; w < watchers.count; w++) {
        const uint32_t failover = image_numbers(image)[watchers.first + w];
        add_open(tally, &count, image_failovers(image)[failover].standby, camera);
    }
    return count;
}

static void take_loss(void *context, enum loss loss, int64_t from_ms, int64_t to_ms)
{
    struct tally *tally = context;
    tally->cameras[tally->running].lost_to_ms[loss] += to_ms - from_ms;
}

static void lose(struct tally *tally, uint32_t camera, int64_t until_ms)
{
    struct camera_tally *entry = &tally->cameras[camera];
    if (entry->done_ms >= until_ms)
        return;
    const struct span before = {
        .camera = camera, .server = entry->last_server, .to_ms = entry->last_ms};
    tally->running = camera;
    cause_sort(tally->world, camera, entry->last_server != IMAGE_NONE ? &before : NULL,
               entry->done_ms, until_ms, take_loss, tally);
    entry->lost_ms += until_ms - entry->done_ms;
    entry->done_ms = until_ms;
}

/* Goes through the pieces that begin until a moment; a camera that is recorded still waits for
 * nothing. */
static void settle(struct tally *tally, uint32_t camera, int64_t until_ms)
{
    struct camera_tally *entry = &tally->cameras[camera];
    const size_t count = collect_pieces(tally, camera);
    for (size_t i = 0; i < count && tally->pieces[i].from_ms <= until_ms; i++) {
        const struct span *piece = &tally->pieces[i];
        lose(tally, camera, piece->from_ms);
        if (piece->to_ms <= entry->done_ms)
            continue;
        entry->recorded_ms += piece->to_ms - entry->done_ms;
        entry->done_ms = piece->to_ms;
        entry->last_ms = piece->to_ms;
        entry->last_server = piece->server;
    }
    entry->waits = tally->open_from_ms > until_ms;
    entry->span_count = 0;
    entry->seen = false;
}

/* ---- the run ---- */

/* Settles all that begins until a moment; what begins later stays in the world. */
static void settle_all(struct tally *tally, int64_t until_ms)
{
    struct world *world = tally->world;
    size_t kept = 0;
    find_touched(tally);
    for (uint32_t i = 0; i < tally->touched_count; i++)
        settle(tally, tally->touched[i], until_ms);
    for (size_t i = 0; i < world->span_count; i++)
        if (world->spans[i].from_ms > until_ms)
            world->spans[kept++] = world->spans[i];
    world->span_count = kept;
}

void tally_take(struct tally *tally)
{
    int64_t needed_ms = tally->world->now_ms - PREROLL_MS_MAX;
    settle_all(tally, needed_ms);
    for (uint32_t c = 0; c < tally->world->image->cameras.count; c++)
        if (tally->cameras[c].waits && tally->cameras[c].done_ms < needed_ms)
            needed_ms = tally->cameras[c].done_ms;
    world_forget(tally->world, needed_ms);
}

double tally_batch(struct tally *tally)
{
    double sum_ms = 0;
    for (uint32_t c = 0; c < tally->world->image->cameras.count; c++) {
        struct camera_tally *camera = &tally->cameras[c];
        const double lost_ms = (double)(camera->lost_ms - camera->lost_before_ms);
        camera->squares += lost_ms * lost_ms;
        camera->lost_before_ms = camera->lost_ms;
        sum_ms += lost_ms;
    }
    return sum_ms;
}

void tally_finish(struct tally *tally)
{
    struct world *world = tally->world;
    tally->to_ms = world->now_ms;
    for (uint32_t c = 0; c < world->image->cameras.count; c++)
        tally->cameras[c].waits = true; /* so that each is looked at */
    settle_all(tally, tally->to_ms);
    for (uint32_t c = 0; c < world->image->cameras.count; c++) {
        const struct camera_tally *camera = &tally->cameras[c];
        lose(tally, c, tally->to_ms);
        int64_t sorted_ms = 0;
        for (uint32_t l = 0; l < LOSS_COUNT; l++)
            sorted_ms += camera->lost_to_ms[l];
        if (camera->recorded_ms + camera->lost_ms != tally->to_ms - tally->from_ms)
            property_fault(world, "recorded and unrecorded time of a camera are not the whole");
        if (sorted_ms != camera->lost_ms)
            property_fault(world, "what a camera has lost is not lost to anything");
    }
}
