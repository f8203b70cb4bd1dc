/* How a part of an engine's block is found. */
#include "runtime/engine/state.h"

#include <assert.h>

const struct image_server *engine_self(const struct engine *engine)
{
    return &image_servers(engine->image)[engine->server];
}

const struct image_failover *engine_failover_entry(const struct engine *engine, uint32_t local)
{
    assert(local < engine->failover_count);
    return &image_failovers(engine->image)[engine_self(engine)->failovers.first + local];
}

const struct image_camera *engine_camera_entry(const struct engine *engine, uint32_t camera)
{
    assert(camera < engine->image->cameras.count);
    return &image_cameras(engine->image)[camera];
}

uint32_t engine_local_failover(const struct engine *engine, uint32_t failover)
{
    const struct image_list range = engine_self(engine)->failovers;
    if (failover < range.first || failover - range.first >= range.count)
        return IMAGE_NONE;
    return failover - range.first;
}

uint32_t engine_local_watcher(const struct engine *engine, uint32_t failover)
{
    const struct watcher *watchers = engine_watchers_of(engine);
    for (uint32_t w = 0; w < engine->watcher_count; w++)
        if (watchers[w].failover == failover)
            return w;
    return IMAGE_NONE;
}

uint32_t engine_local_peer(const struct engine *engine, uint32_t server)
{
    const struct image_list peers = engine_self(engine)->peers;
    return image_list_find(engine->image, peers, server);
}

uint32_t engine_local_managed(const struct engine *engine, uint32_t failover)
{
    const struct managed *managed = engine_managed_of(engine);
    uint32_t from = 0;
    uint32_t to = engine->managed_count;
    while (from < to) {
        const uint32_t middle = from + (to - from) / 2;
        if (managed[middle].failover < failover)
            from = middle + 1;
        else
            to = middle;
    }
    return from < engine->managed_count && managed[from].failover == failover ? from : IMAGE_NONE;
}

bool engine_counts_slots(const struct image *image, uint32_t failover, uint32_t server)
{
    const struct image_failover *entry = &image_failovers(image)[failover];
    return entry->manager != IMAGE_NONE &&
           (image_managers(image)[entry->manager].host == server ||
            (entry->own_manager != IMAGE_NONE && entry->standby == server));
}

bool engine_lists(const struct engine *engine, uint32_t failover, uint32_t camera)
{
    const struct image_list objects = image_failovers(engine->image)[failover].objects;
    return image_list_find(engine->image, objects, camera) != IMAGE_NONE;
}

uint32_t engine_local_camera(const struct engine *engine, uint32_t camera)
{
    const struct image_list own = engine_self(engine)->own_cameras;
    if (camera >= own.first && camera - own.first < own.count)
        return camera - own.first;
    if (camera >= engine->image->cameras.count)
        return IMAGE_NONE;
    const struct failover *failovers = engine_failovers_of(engine);
    const struct image_failover *entries =
        image_failovers(engine->image) + engine_self(engine)->failovers.first;
    const uint32_t main = engine_camera_entry(engine, camera)->server;
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        if (entries[f].monitor != main) /* a standby may have hundreds of mains */
            continue;
        const uint32_t at = image_list_find(engine->image, entries[f].objects, camera);
        if (at != IMAGE_NONE)
            return failovers[f].first_camera + at;
    }
    return IMAGE_NONE;
}

uint64_t engine_next_epoch(const struct engine *engine, uint32_t main, uint64_t after,
                           uint32_t writer)
{
    const uint64_t writers = image_servers(engine->image)[main].watchers.count + 1u;
    assert(writer < writers);
    const uint64_t next = after + 1;
    const uint64_t residue = (next - 1) % writers; /* the main's first epoch is 1 */
    return next + (writer + writers - residue) % writers;
}
