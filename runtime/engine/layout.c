/* Where everything lies in an engine's block, and how it begins. */
#include "runtime/engine/state.h"

#include <assert.h>
#include <string.h>

/* ---- layout: one block, arrays behind the head ---- */

static uint32_t count_cameras(const struct image *image, const struct image_server *self)
{
    uint32_t count = self->own_cameras.count;
    for (uint32_t i = 0; i < self->failovers.count; i++)
        count += image_failovers(image)[self->failovers.first + i].objects.count;
    return count;
}

static uint32_t count_managed(const struct image *image, uint32_t server)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < image->failovers.count; i++) {
        count += engine_counts_slots(image, i, server);
    }
    return count;
}

static uint32_t place(uint32_t *end, size_t size)
{
    const uint32_t at = (*end + 15u) & ~15u;
    *end = at + (uint32_t)size;
    return at;
}

uint32_t engine_layout(struct engine *head, const struct deployment *deployment, uint32_t server)
{
    const struct image *image = deployment->image;
    assert(server < image->servers.count);
    const struct image_server *self = &image_servers(image)[server];
    memset(head, 0, sizeof *head);
    head->deployment = deployment;
    head->image = image;
    head->server = server;
    head->own_count = self->own_cameras.count;
    head->camera_count = count_cameras(image, self);
    head->failover_count = self->failovers.count;
    head->watcher_count = self->watchers.count;
    head->managed_count = count_managed(image, server);
    head->peer_count = self->peers.count;
    head->fellow_count = neighbour_count_fellows(image, self);
    head->view_count = neighbour_count_views(deployment, self);
    head->onlooker_count = neighbour_looked_on(deployment, server, NULL, NULL);
    head->queue_max = 4 * head->camera_count + 8 * head->failover_count + 16;
    uint32_t end = sizeof *head;
    head->at_failovers = place(&end, head->failover_count * sizeof(struct failover));
    head->at_cameras = place(&end, head->camera_count * sizeof(struct camera));
    head->at_watchers = place(&end, head->watcher_count * sizeof(struct watcher));
    head->at_managed = place(&end, head->managed_count * sizeof(struct managed));
    head->at_peers = place(&end, head->peer_count * sizeof(struct peer));
    head->at_fellows = place(&end, head->fellow_count * sizeof(struct fellow));
    head->at_views = place(&end, head->view_count * sizeof(struct view));
    head->at_onlookers = place(&end, head->onlooker_count * sizeof(struct onlooker));
    head->at_queue = place(&end, head->queue_max * sizeof(struct pending));
    return end;
}

size_t engine_size(const struct deployment *deployment, uint32_t server)
{
    struct engine head;
    return engine_layout(&head, deployment, server);
}

uint32_t engine_output_max(const struct deployment *deployment, uint32_t server)
{
    struct engine head;
    engine_layout(&head, deployment, server);
    return 8 * head.camera_count +
           16 * (head.failover_count + head.watcher_count + head.managed_count) +
           4 * (head.fellow_count + head.onlooker_count) + head.own_count * head.watcher_count + 32;
}

struct failover *engine_failovers(struct engine *engine)
{
    return (struct failover *)(void *)((char *)engine + engine->at_failovers);
}

struct camera *engine_cameras(struct engine *engine)
{
    return (struct camera *)(void *)((char *)engine + engine->at_cameras);
}

struct watcher *engine_watchers(struct engine *engine)
{
    return (struct watcher *)(void *)((char *)engine + engine->at_watchers);
}

struct managed *engine_managed(struct engine *engine)
{
    return (struct managed *)(void *)((char *)engine + engine->at_managed);
}

struct peer *engine_peers(struct engine *engine)
{
    return (struct peer *)(void *)((char *)engine + engine->at_peers);
}

struct fellow *engine_fellows(struct engine *engine)
{
    return (struct fellow *)(void *)((char *)engine + engine->at_fellows);
}

struct view *engine_views(struct engine *engine)
{
    return (struct view *)(void *)((char *)engine + engine->at_views);
}

struct onlooker *engine_onlookers(struct engine *engine)
{
    return (struct onlooker *)(void *)((char *)engine + engine->at_onlookers);
}

const struct failover *engine_failovers_of(const struct engine *engine)
{
    return (const void *)((const char *)engine + engine->at_failovers);
}

const struct camera *engine_cameras_of(const struct engine *engine)
{
    return (const void *)((const char *)engine + engine->at_cameras);
}

const struct watcher *engine_watchers_of(const struct engine *engine)
{
    return (const void *)((const char *)engine + engine->at_watchers);
}

const struct managed *engine_managed_of(const struct engine *engine)
{
    return (const void *)((const char *)engine + engine->at_managed);
}

const struct fellow *engine_fellows_of(const struct engine *engine)
{
    return (const void *)((const char *)engine + engine->at_fellows);
}

const struct view *engine_views_of(const struct engine *engine)
{
    return (const void *)((const char *)engine + engine->at_views);
}

const struct onlooker *engine_onlookers_of(const struct engine *engine)
{
    return (const void *)((const char *)engine + engine->at_onlookers);
}

const struct peer *engine_peers_of(const struct engine *engine)
{
    return (const void *)((const char *)engine + engine->at_peers);
}

/* ---- start ---- */

static void init_cameras(struct engine *engine)
{
    const struct image_server *self = engine_self(engine);
    struct camera *cameras = engine_cameras(engine);
    uint32_t next = 0;
    for (uint32_t i = 0; i < engine->own_count; i++)
        cameras[next++] = (struct camera){
            .index = self->own_cameras.first + i, .failover = IMAGE_NONE, .state = CAMERA_IDLE};
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        const struct image_list objects = engine_failover_entry(engine, f)->objects;
        engine_failovers(engine)[f].first_camera = next;
        for (uint32_t i = 0; i < objects.count; i++)
            cameras[next++] =
                (struct camera){.index = image_numbers(engine->image)[objects.first + i],
                                .failover = f,
                                .state = CAMERA_IDLE};
    }
    assert(next == engine->camera_count);
}

static void init_managed(struct engine *engine)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < engine->image->failovers.count && next < engine->managed_count; i++) {
        if (engine_counts_slots(engine->image, i, engine->server))
            engine_managed(engine)[next++] = (struct managed){.failover = i};
    }
    assert(next == engine->managed_count);
}

struct filler {
    struct engine *engine;
    uint32_t next;
    uint32_t failover; /* whose fellows they are */
};

static void add_view(void *context, uint32_t server)
{
    struct filler *filler = context;
    engine_views(filler->engine)[filler->next++] = (struct view){.server = server};
}

static void add_onlooker(void *context, uint32_t failover)
{
    struct filler *filler = context;
    engine_onlookers(filler->engine)[filler->next++] = (struct onlooker){.failover = failover};
}

static void add_fellow(void *context, uint32_t fellow)
{
    struct filler *filler = context;
    engine_fellows(filler->engine)[filler->next++] = (struct fellow){
        .failover = fellow,
        .includes = image_failover_includes(filler->engine->image, fellow, filler->failover)};
}

static void init_fellows(struct engine *engine)
{
    struct filler fellows = {.engine = engine};
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        struct failover *failover = &engine_failovers(engine)[f];
        failover->first_fellow = fellows.next;
        fellows.failover = engine_self(engine)->failovers.first + f;
        failover->fellow_count =
            neighbour_fellows(engine->image, fellows.failover, add_fellow, &fellows);
    }
    assert(fellows.next == engine->fellow_count);
}

static void init_views(struct engine *engine)
{
    struct filler views = {.engine = engine};
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        const struct image_failover *entry = engine_failover_entry(engine, f);
        engine_failovers(engine)[f].first_view = views.next;
        if (neighbour_wants_views(engine->deployment, entry)) {
            neighbour_shell_views(engine->image, entry, add_view, &views);
            neighbour_common_peers(engine->image, entry->standby, entry->monitor, add_view, &views);
        }
        engine_failovers(engine)[f].view_count =
            views.next - engine_failovers(engine)[f].first_view;
    }
    struct filler onlookers = {.engine = engine};
    neighbour_looked_on(engine->deployment, engine->server, add_onlooker, &onlookers);
    assert(views.next == engine->view_count && onlookers.next == engine->onlooker_count);
}

static void init_failovers(struct engine *engine)
{
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        const bool disabled = engine_failover_entry(engine, f)->disabled != 0;
        engine_failovers(engine)[f] =
            (struct failover){.deadline_ms = ENGINE_NEVER,
                              .licence_end_ms = ENGINE_NEVER,
                              .known_epoch = 1,
                              .state = disabled ? FAILOVER_DISABLED : FAILOVER_UNSEEN,
                              .disabled = disabled};
    }
}

struct engine *engine_init(void *memory, const struct deployment *deployment, uint32_t server)
{
    struct engine *engine = memory;
    const uint32_t size = engine_layout(engine, deployment, server);
    memset((char *)memory + sizeof *engine, 0, size - sizeof *engine);
    const struct image_server *self = engine_self(engine);
    const uint32_t *numbers = image_numbers(engine->image);

    engine->owner = (struct owner){
        .deadline_ms = ENGINE_NEVER, .epoch = 1, .holder = IMAGE_NONE, .state = MAIN_OFF};
    engine->network.probe_end_ms = ENGINE_NEVER;
    init_failovers(engine);
    for (uint32_t w = 0; w < engine->watcher_count; w++)
        engine_watchers(engine)[w].failover = numbers[self->watchers.first + w];
    for (uint32_t p = 0; p < engine->peer_count; p++)
        engine_peers(engine)[p] =
            (struct peer){.lost_ms = ENGINE_NEVER, .server = numbers[self->peers.first + p]};
    init_fellows(engine);
    init_views(engine);
    init_cameras(engine);
    init_managed(engine);
    return engine;
}
