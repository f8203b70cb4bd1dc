#include "compiler/unpack.h"

#include <string.h>

#include "compiler/arena.h"

static struct resolved_list list_of(const struct image *image, struct arena *arena,
                                    struct image_list list)
{
    struct resolved_list copy = {NULL, list.count};
    if (list.count == 0)
        return copy;
    copy.items = arena_alloc(arena, list.count * sizeof *copy.items);
    memcpy(copy.items, image_numbers(image) + list.first, list.count * sizeof *copy.items);
    return copy;
}

static void unpack_servers(const struct image *image, struct arena *arena, struct model *model,
                           struct resolved *resolved)
{
    uint32_t count = image->servers.count;
    model->servers = arena_alloc(arena, count * sizeof *model->servers);
    model->servers_count = count;
    resolved->servers = arena_alloc(arena, count * sizeof *resolved->servers);
    resolved->server_count = count;
    for (uint32_t i = 0; i < count; i++) {
        const struct image_server *server = &image_servers(image)[i];
        model->servers[i].name = image_text(image, server->name);
        resolved->servers[i] = (struct resolved_server){
            .model = &model->servers[i],
            .own_cameras = server->own_cameras,
            .failovers = server->failovers,
            .watchers = list_of(image, arena, server->watchers),
            .peers = list_of(image, arena, server->peers),
            .volumes = list_of(image, arena, server->volumes),
        };
    }
}

static void unpack_cameras(const struct image *image, struct arena *arena, struct model *model,
                           struct resolved *resolved)
{
    uint32_t count = image->cameras.count;
    model->cameras = arena_alloc(arena, count * sizeof *model->cameras);
    model->cameras_count = count;
    resolved->cameras = arena_alloc(arena, count * sizeof *resolved->cameras);
    resolved->camera_count = count;
    for (uint32_t i = 0; i < count; i++) {
        const struct image_camera *camera = &image_cameras(image)[i];
        model->cameras[i].name = image_text(image, camera->name);
        model->cameras[i].server = image_text(image, image_servers(image)[camera->server].name);
        resolved->cameras[i] = (struct resolved_camera){&model->cameras[i], camera->server,
                                                        (enum image_arm)camera->arm};
    }
}

static void unpack_failovers(const struct image *image, struct arena *arena, struct model *model,
                             struct resolved *resolved)
{
    uint32_t count = image->failovers.count;
    model->failovers = arena_alloc(arena, count * sizeof *model->failovers);
    model->failovers_count = count;
    resolved->failovers = arena_alloc(arena, count * sizeof *resolved->failovers);
    resolved->failover_count = count;
    for (uint32_t i = 0; i < count; i++) {
        const struct image_failover *failover = &image_failovers(image)[i];
        struct model_failover *named = &model->failovers[i];
        named->name = image_text(image, failover->name);
        named->standby = image_text(image, image_servers(image)[failover->standby].name);
        named->monitor = image_text(image, image_servers(image)[failover->monitor].name);
        resolved->failovers[i] = (struct resolved_failover){
            .model = named,
            .standby = failover->standby,
            .monitor = failover->monitor,
            .manager = failover->manager,
            .objects = list_of(image, arena, failover->objects),
        };
    }
}

void unpack_image(const struct image *image, struct arena *arena, struct model *model,
                  struct resolved *resolved)
{
    *model = (struct model){.arena = arena, .source = ""};
    *resolved = (struct resolved){.model = model};
    unpack_servers(image, arena, model, resolved);
    unpack_cameras(image, arena, model, resolved);
    unpack_failovers(image, arena, model, resolved);
}
