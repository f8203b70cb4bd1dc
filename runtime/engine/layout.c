/* Where everything lies in an engine's block, how it begins, and how a part of it is found. */
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
        const uint32_t manager = image_failovers(image)[i].manager;
        if (manager != IMAGE_NONE && image_managers(image)[manager].host == server)
            count++;
    }
    return count;
}

static bool has_feature(const struct deployment *deployment, const struct image_failover *entry,
                        enum machine_feature feature)
{
    return (deployment->machines[entry->machine].features & (1u << feature)) != 0;
}

/* The position of value among count ascending numbers, or IMAGE_NONE. */
static uint32_t find_number(const uint32_t *numbers, uint32_t count, uint32_t value)
{
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (numbers[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && numbers[low] == value ? low : IMAGE_NONE;
}

static bool is_peer(const struct image *image, uint32_t server, uint32_t other)
{
    const struct image_list peers = image_servers(image)[server].peers;
    return find_number(image_numbers(image) + peers.first, peers.count, other) != IMAGE_NONE;
}

/* Calls visit with every server that has a link with both (R45). */
static uint32_t visit_common_peers(const struct image *image, uint32_t a, uint32_t b,
                                   void (*visit)(void *context, uint32_t server), void *context)
{
    const struct image_list peers = image_servers(image)[a].peers;
    uint32_t count = 0;
    for (uint32_t i = 0; i < peers.count; i++) {
        const uint32_t server = image_numbers(image)[peers.first + i];
        if (!is_peer(image, b, server))
            continue;
        count++;
        if (visit != NULL)
            visit(context, server);
    }
    return count;
}

/* Calls visit with every other failover that competes with this one for its main's objects (R24).
 */
static uint32_t visit_fellows(const struct image *image, uint32_t failover,
                              void (*visit)(void *context, uint32_t fellow), void *context)
{
    const uint32_t main = image_failovers(image)[failover].monitor;
    const struct image_list watchers = image_servers(image)[main].watchers;
    uint32_t count = 0;
    for (uint32_t w = 0; w < watchers.count; w++) {
        const uint32_t fellow = image_numbers(image)[watchers.first + w];
        if (fellow == failover || !image_failovers_overlap(image, failover, fellow))
            continue;
        count++;
        if (visit != NULL)
            visit(context, fellow);
    }
    return count;
}

static uint32_t count_fellows(const struct image *image, const struct image_server *self)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < self->failovers.count; i++)
        count += visit_fellows(image, self->failovers.first + i, NULL, NULL);
    return count;
}

/* One more for what the shell sees. */
static uint32_t count_views_of(const struct deployment *deployment,
                               const struct image_failover *entry)
{
    if (!has_feature(deployment, entry, FEATURE_VIEW))
        return 0;
    return 1 + visit_common_peers(deployment->image, entry->standby, entry->monitor, NULL, NULL);
}

static uint32_t count_views(const struct deployment *deployment, const struct image_server *self)
{
    const struct image *image = deployment->image;
    uint32_t count = 0;
    for (uint32_t i = 0; i < self->failovers.count; i++)
        count += count_views_of(deployment, &image_failovers(image)[self->failovers.first + i]);
    return count;
}

/* Calls visit with every failover between two of this server's peers that wants second views. */
static uint32_t visit_looked_on(const struct deployment *deployment, uint32_t server,
                                void (*visit)(void *context, uint32_t failover), void *context)
{
    const struct image *image = deployment->image;
    const struct image_list peers = image_servers(image)[server].peers;
    uint32_t count = 0;
    for (uint32_t p = 0; p < peers.count; p++) {
        const uint32_t main = image_numbers(image)[peers.first + p];
        const struct image_list watchers = image_servers(image)[main].watchers;
        for (uint32_t w = 0; w < watchers.count; w++) {
            const uint32_t failover = image_numbers(image)[watchers.first + w];
            const struct image_failover *entry = &image_failovers(image)[failover];
            if (entry->standby == server || !is_peer(image, server, entry->standby) ||
                !has_feature(deployment, entry, FEATURE_VIEW))
                continue;
            count++;
            if (visit != NULL)
                visit(context, failover);
        }
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
    head->fellow_count = count_fellows(image, self);
    head->view_count = count_views(deployment, self);
    head->onlooker_count = visit_looked_on(deployment, server, NULL, NULL);
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
        const uint32_t manager = image_failovers(engine->image)[i].manager;
        if (manager != IMAGE_NONE && image_managers(engine->image)[manager].host == engine->server)
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
            visit_fellows(engine->image, fellows.failover, add_fellow, &fellows);
    }
    assert(fellows.next == engine->fellow_count);
}

static void init_views(struct engine *engine)
{
    struct filler views = {.engine = engine};
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        const struct image_failover *entry = engine_failover_entry(engine, f);
        engine_failovers(engine)[f].first_view = views.next;
        if (has_feature(engine->deployment, entry, FEATURE_VIEW)) {
            add_view(&views, IMAGE_NONE);
            visit_common_peers(engine->image, entry->standby, entry->monitor, add_view, &views);
        }
        engine_failovers(engine)[f].view_count =
            views.next - engine_failovers(engine)[f].first_view;
    }
    struct filler onlookers = {.engine = engine};
    visit_looked_on(engine->deployment, engine->server, add_onlooker, &onlookers);
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

/* ---- looking up ---- */

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
    return find_number(image_numbers(engine->image) + peers.first, peers.count, server);
}

bool engine_lists(const struct engine *engine, uint32_t failover, uint32_t camera)
{
    const struct image_list objects = image_failovers(engine->image)[failover].objects;
    return find_number(image_numbers(engine->image) + objects.first, objects.count, camera) !=
           IMAGE_NONE;
}

uint32_t engine_local_camera(const struct engine *engine, uint32_t camera)
{
    const struct image_list own = engine_self(engine)->own_cameras;
    if (camera >= own.first && camera - own.first < own.count)
        return camera - own.first;
    const struct failover *failovers = engine_failovers_of(engine);
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        const struct image_list objects = engine_failover_entry(engine, f)->objects;
        const uint32_t at =
            find_number(image_numbers(engine->image) + objects.first, objects.count, camera);
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
