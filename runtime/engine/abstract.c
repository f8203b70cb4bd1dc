#include "runtime/engine/abstract.h"

#include <assert.h>
#include <string.h>

#include "runtime/engine/state.h"

static int64_t time_left(const struct engine *engine, int64_t deadline_ms)
{
    return deadline_ms == ENGINE_NEVER ? ENGINE_NEVER : deadline_ms - engine->now_ms;
}

/* The order in which mains wait matters, not since when (R37): times become -1, -2... from the
 * latest to the earliest. A rank is never below the time that it stands for, so what has got its
 * rank is not found again. */
static void abstract_queue(struct engine *engine)
{
    struct managed *managed = engine_managed(engine);
    for (uint32_t i = 0; i < engine->managed_count; i++)
        managed[i].since_ms =
            managed[i].slot == SLOT_WAITING ? managed[i].since_ms - engine->now_ms : 0;
    int64_t latest = 0;
    for (int64_t rank = -1;; rank--) {
        int64_t next = INT64_MIN;
        for (uint32_t i = 0; i < engine->managed_count; i++)
            if (managed[i].since_ms < latest && managed[i].since_ms > next)
                next = managed[i].since_ms;
        if (next == INT64_MIN)
            return;
        for (uint32_t i = 0; i < engine->managed_count; i++)
            if (managed[i].since_ms == next)
                managed[i].since_ms = rank;
        latest = next;
    }
}

void engine_abstract(struct engine *engine)
{
    assert(engine->queue_count == 0);
    abstract_queue(engine);
    engine->owner.deadline_ms = time_left(engine, engine->owner.deadline_ms);
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        struct failover *failover = &engine_failovers(engine)[f];
        failover->deadline_ms = time_left(engine, failover->deadline_ms);
        failover->flaps = 0;
    }
    for (uint32_t c = 0; c < engine->camera_count; c++)
        if (!camera_wanted(engine_cameras(engine)[c].state))
            engine_cameras(engine)[c].epoch = 0;
    engine->now_ms = 0;
    engine->queue_first = 0;
    memset((char *)engine + engine->at_queue, 0, engine->queue_max * sizeof(struct pending));
}

void engine_visit_epochs(struct engine *engine, engine_epoch_visit *visit, void *context)
{
    visit(context, engine->server, &engine->owner.epoch);
    visit(context, engine->server, &engine->owner.holder_epoch);
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        const uint32_t main = engine_failover_entry(engine, f)->monitor;
        visit(context, main, &engine_failovers(engine)[f].epoch);
        visit(context, main, &engine_failovers(engine)[f].known_epoch);
    }
    for (uint32_t c = 0; c < engine->camera_count; c++) {
        struct camera *camera = &engine_cameras(engine)[c];
        visit(context, engine_camera_entry(engine, camera->index)->server, &camera->epoch);
    }
}
