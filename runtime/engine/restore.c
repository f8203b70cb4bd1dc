/* Going on from a block that was kept. Its bytes come from a disk: what never changes must be as in
 * a new engine, and whatever is used as an index must be one. */
#include "runtime/engine/state.h"

#include <string.h>

/* From one member of the head to just before another. */
#define SAME(engine, head, first, end)                                                             \
    (memcmp((const char *)(engine) + offsetof(struct engine, first),                               \
            (const char *)(head) + offsetof(struct engine, first),                                 \
            offsetof(struct engine, end) - offsetof(struct engine, first)) == 0)

/* The offsets are the last members of a head. */
static bool head_fits(const struct engine *engine, const struct engine *head)
{
    return SAME(engine, head, server, queue_first) && engine->queue_count == 0 &&
           engine->queue_max == head->queue_max && engine->queue_first < engine->queue_max &&
           memcmp(&engine->at_failovers, &head->at_failovers,
                  sizeof *engine - offsetof(struct engine, at_failovers)) == 0;
}

/* Every state that a shape has answers the start of its server. */
static bool has_state(const struct engine *engine, uint32_t machine, uint8_t state, uint8_t boot)
{
    const struct machine *shape = &engine->deployment->machines[machine];
    return state < shape->state_count &&
           shape->cells[state * shape->event_count + boot].verdict != VERDICT_ABSENT;
}

static bool failovers_fit(const struct engine *engine)
{
    uint32_t next = engine->own_count;
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        const struct failover *failover = &engine_failovers_of(engine)[f];
        if (!has_state(engine, engine_failover_entry(engine, f)->machine, failover->state,
                       FAILOVER_BOOT) ||
            failover->first_camera != next)
            return false;
        next += engine_failover_entry(engine, f)->objects.count;
    }
    return next == engine->camera_count;
}

/* What is found in an array of the block, one after the other, against what belongs there. */
struct comparison {
    const struct engine *engine;
    uint32_t next;
    bool fits;
};

static void compare_fellow(void *context, uint32_t failover)
{
    struct comparison *found = context;
    found->fits &= engine_fellows_of(found->engine)[found->next++].failover == failover;
}

static void compare_view(void *context, uint32_t server)
{
    struct comparison *found = context;
    found->fits &= engine_views_of(found->engine)[found->next++].server == server;
}

static void compare_onlooker(void *context, uint32_t failover)
{
    struct comparison *found = context;
    found->fits &= engine_onlookers_of(found->engine)[found->next++].failover == failover;
}

static bool fellows_fit(const struct engine *engine)
{
    struct comparison found = {.engine = engine, .fits = true};
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        const struct failover *failover = &engine_failovers_of(engine)[f];
        found.fits &= failover->first_fellow == found.next;
        found.fits &= failover->fellow_count ==
                      neighbour_fellows(engine->image, engine_self(engine)->failovers.first + f,
                                        compare_fellow, &found);
    }
    return found.fits;
}

static bool views_fit(const struct engine *engine)
{
    struct comparison found = {.engine = engine, .fits = true};
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        const struct failover *failover = &engine_failovers_of(engine)[f];
        const struct image_failover *entry = engine_failover_entry(engine, f);
        const uint32_t first = found.next;
        if (neighbour_wants_views(engine->deployment, entry)) {
            neighbour_shell_views(engine->image, entry, compare_view, &found);
            neighbour_common_peers(engine->image, entry->standby, entry->monitor, compare_view,
                                   &found);
        }
        found.fits &= failover->first_view == first && failover->view_count == found.next - first;
    }
    return found.fits;
}

static bool onlookers_fit(const struct engine *engine)
{
    struct comparison found = {.engine = engine, .fits = true};
    neighbour_looked_on(engine->deployment, engine->server, compare_onlooker, &found);
    return found.fits;
}

static bool camera_fits(const struct engine *engine, uint32_t at)
{
    const struct camera *camera = &engine_cameras_of(engine)[at];
    if (camera->index >= engine->image->cameras.count ||
        !has_state(engine, engine_camera_entry(engine, camera->index)->machine, camera->state,
                   CAMERA_BOOT))
        return false;
    if (at < engine->own_count)
        return camera->failover == IMAGE_NONE &&
               camera->index == engine_self(engine)->own_cameras.first + at;
    if (camera->failover >= engine->failover_count)
        return false;
    const struct image_list objects = engine_failover_entry(engine, camera->failover)->objects;
    const uint32_t place = at - engine_failovers_of(engine)[camera->failover].first_camera;
    return place < objects.count &&
           camera->index == image_numbers(engine->image)[objects.first + place];
}

static bool cameras_fit(const struct engine *engine)
{
    for (uint32_t i = 0; i < engine->camera_count; i++)
        if (!camera_fits(engine, i))
            return false;
    return true;
}

/* What failovers count of their cameras. */
static bool counts_fit(const struct engine *engine)
{
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        const struct failover *failover = &engine_failovers_of(engine)[f];
        const struct camera *cameras = engine_cameras_of(engine) + failover->first_camera;
        uint32_t active = 0;
        uint32_t troubled = 0;
        for (uint32_t i = 0; i < engine_failover_entry(engine, f)->objects.count; i++) {
            active += camera_active(cameras[i].state);
            troubled += cameras[i].silent && cameras[i].reached;
        }
        if (failover->active != active || failover->troubled != troubled)
            return false;
    }
    return true;
}

/* Those who watch this server, and those it speaks with. */
static bool others_fit(const struct engine *engine)
{
    const struct image_server *self = engine_self(engine);
    const uint32_t *numbers = image_numbers(engine->image);
    for (uint32_t w = 0; w < engine->watcher_count; w++)
        if (engine_watchers_of(engine)[w].failover != numbers[self->watchers.first + w])
            return false;
    for (uint32_t p = 0; p < engine->peer_count; p++)
        if (engine_peers_of(engine)[p].server != numbers[self->peers.first + p])
            return false;
    return true;
}

static bool managed_fit(const struct engine *engine)
{
    const struct image *image = engine->image;
    for (uint32_t i = 0; i < engine->managed_count; i++) {
        const uint32_t failover = engine_managed_of(engine)[i].failover;
        if (failover >= image->failovers.count ||
            !engine_counts_slots(image, failover, engine->server) ||
            (i > 0 && engine_managed_of(engine)[i - 1].failover >= failover))
            return false;
    }
    return true;
}

static bool owner_fits(const struct engine *engine)
{
    return has_state(engine, engine_self(engine)->machine, engine->owner.state, MAIN_BOOT) &&
           (engine->owner.holder == IMAGE_NONE || engine->owner.holder < engine->watcher_count);
}

struct engine *engine_restore(void *memory, const struct deployment *deployment, uint32_t server)
{
    struct engine *engine = memory;
    struct engine head;
    engine_layout(&head, deployment, server);
    if (!head_fits(engine, &head))
        return NULL;
    engine->deployment = deployment;
    engine->image = head.image;
    const bool fits = failovers_fit(engine) && cameras_fit(engine) && counts_fit(engine) &&
                      others_fit(engine) && managed_fit(engine) && owner_fits(engine) &&
                      fellows_fit(engine) && views_fit(engine) && onlookers_fit(engine);
    return fits ? engine : NULL;
}
