#include "compiler/unpack.h"

#include <assert.h>
#include <string.h>

#include "compiler/arena.h"
#include "runtime/deployment.h"

/* What is from outside may be more than the model holds. */
static int64_t capped(uint64_t value)
{
    return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

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

/* An absent text is NULL in the model. */
static const char *given(const struct image *image, uint32_t text)
{
    return text == 0 ? NULL : image_text(image, text);
}

static struct model_names texts_of(const struct image *image, struct arena *arena,
                                   struct image_list list)
{
    struct model_names texts = {arena_alloc(arena, (list.count + 1) * sizeof *texts.names),
                                list.count};
    for (uint32_t i = 0; i < list.count; i++)
        texts.names[i] = image_text(image, image_numbers(image)[list.first + i]);
    return texts;
}

static struct model_names also_on_of(struct arena *arena, uint32_t bits)
{
    struct model_names words = {arena_alloc(arena, 2 * sizeof *words.names), 0};
    if ((bits & ALSO_ON_STORAGE) != 0)
        words.names[words.count++] = "storage";
    if ((bits & ALSO_ON_RECORDING) != 0)
        words.names[words.count++] = "recording";
    return words;
}

static void unpack_site(const struct image *image, struct arena *arena, struct model *model,
                        struct resolved *resolved)
{
    model->sites = arena_alloc(arena, sizeof *model->sites);
    model->sites_count = 1;
    model->sites[0] = (struct model_site){.name = image_text(image, image->site.name),
                                          .heartbeat_ms = image->site.heartbeat_ms,
                                          .misses = image->site.misses,
                                          .start_ms = image->site.start_ms,
                                          .claim_ms = image->site.claim_ms,
                                          .lease_ms = image->site.lease_ms,
                                          .licence_bound = image->site.licence_bound != 0,
                                          .grace_ms = image->site.grace_ms,
                                          .repair_ms = image->site.repair_ms,
                                          .time_zone = given(image, image->site.time_zone),
                                          .on_alarm = texts_of(image, arena, image->site.on_alarm)};
    resolved->site = &model->sites[0];
}

static void unpack_volumes(const struct image *image, struct arena *arena, struct model *model,
                           struct resolved *resolved)
{
    uint32_t count = image->volumes.count;
    model->volumes = arena_alloc(arena, count * sizeof *model->volumes);
    model->volumes_count = count;
    resolved->volumes = model->volumes;
    resolved->volume_count = count;
    for (uint32_t i = 0; i < count; i++) {
        const struct image_volume *volume = &image_volumes(image)[i];
        const char *path = image_text(image, volume->path);
        model->volumes[i] = (struct model_volume){
            .name = image_text(image, volume->name),
            .path = volume->shared ? NULL : path,
            .nas = volume->shared ? path : NULL,
            .size_bytes = capped(volume->size_bytes),
            .reserve_bytes = capped(volume->reserve_bytes),
        };
    }
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
        model->servers[i] = (struct model_server){
            .name = image_text(image, server->name),
            .address = image_text(image, server->address),
            .capacity_cameras = server->capacity_cameras,
            .capacity_network_bps = capped(server->capacity_network_bps),
            .capacity_write_bps = capped(server->capacity_write_bps),
            .ask_wait_ms = server->ask_wait_ms,
            .priority = server->priority,
            .witness = texts_of(image, arena, server->witnesses),
        };
        resolved->servers[i] = (struct resolved_server){
            .model = &model->servers[i],
            .own_cameras = server->own_cameras,
            .failovers = server->failovers,
            .watchers = list_of(image, arena, server->watchers),
            .peers = list_of(image, arena, server->peers),
            .volumes = list_of(image, arena, server->volumes),
            .fallback = server->fallback,
        };
    }
}

static void unpack_cameras(const struct image *image, struct arena *arena, struct model *model,
                           struct resolved *resolved)
{
    static const char *const arms[] = {"cold", "warm", "hot"};
    uint32_t count = image->cameras.count;
    model->cameras = arena_alloc(arena, count * sizeof *model->cameras);
    model->cameras_count = count;
    resolved->cameras = arena_alloc(arena, count * sizeof *resolved->cameras);
    resolved->camera_count = count;
    for (uint32_t i = 0; i < count; i++) {
        const struct image_camera *camera = &image_cameras(image)[i];
        model->cameras[i] = (struct model_camera){
            .name = image_text(image, camera->name),
            .server = image_text(image, image_servers(image)[camera->server].name),
            .url = image_text(image, camera->url),
            .rate_bps = capped(camera->rate_bps),
            .sessions = camera->sessions,
            .arm = arms[camera->arm],
            .keep_ms = camera->keep_ms,
            .credentials = given(image, camera->credentials),
        };
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
        model->failovers[i] = (struct model_failover){
            .name = image_text(image, failover->name),
            .standby = image_text(image, image_servers(image)[failover->standby].name),
            .monitor = image_text(image, image_servers(image)[failover->monitor].name),
            .expect_reconnection_ms = failover->wait_ms,
            .hold_down_ms = failover->hold_down_ms,
            .priority = failover->priority,
            .transfer_if_no_ping = failover->no_ping != 0,
            .failback = failover->manual != 0 ? "manual" : "auto",
            .also_on = also_on_of(arena, failover->also_on),
            .retry_for_ms = failover->retry_for_ms,
            .disabled = failover->disabled != 0,
            .on_start = texts_of(image, arena, failover->on_start),
            .on_stop = texts_of(image, arena, failover->on_stop),
        };
        resolved->failovers[i] = (struct resolved_failover){
            .model = &model->failovers[i],
            .standby = failover->standby,
            .monitor = failover->monitor,
            .manager = failover->manager,
            .own_manager = failover->own_manager,
            .objects = list_of(image, arena, failover->objects),
            .also_on = failover->also_on,
        };
    }
}

static void unpack_managers(const struct image *image, struct arena *arena, struct model *model,
                            struct resolved *resolved)
{
    uint32_t count = image->managers.count;
    model->managers = arena_alloc(arena, count * sizeof *model->managers);
    model->managers_count = count;
    resolved->managers = arena_alloc(arena, count * sizeof *resolved->managers);
    resolved->manager_count = count;
    for (uint32_t i = 0; i < count; i++) {
        const struct image_manager *manager = &image_managers(image)[i];
        model->managers[i] = (struct model_manager){
            .name = image_text(image, manager->name),
            .max_running = manager->max_running,
            .standby = manager->standby == IMAGE_NONE
                           ? NULL
                           : image_text(image, image_servers(image)[manager->standby].name),
            .on = manager->standby != IMAGE_NONE
                      ? NULL
                      : image_text(image, image_servers(image)[manager->host].name),
            .when_unreachable = manager->allow != 0 ? "allow" : "hold",
        };
        resolved->managers[i] = (struct resolved_manager){.model = &model->managers[i],
                                                          .host = manager->host,
                                                          .standby = manager->standby,
                                                          .allow = manager->allow != 0};
    }
}

static void unpack_coordinators(const struct image *image, struct arena *arena, struct model *model)
{
    uint32_t count = image->coordinators.count;
    model->coordinators = arena_alloc(arena, count * sizeof *model->coordinators);
    model->coordinators_count = count;
    for (uint32_t i = 0; i < count; i++) {
        const struct image_coordinator *coordinator = &image_coordinators(image)[i];
        model->coordinators[i] = (struct model_coordinator){
            .name = "",
            .etcd = texts_of(image, arena, coordinator->endpoints),
            .ca = given(image, coordinator->ca),
            .cert = given(image, coordinator->cert),
            .key = given(image, coordinator->key),
            .credentials = given(image, coordinator->credentials),
            .when_unreachable = coordinator->allow != 0 ? "allow" : "hold",
        };
    }
}

void unpack_image(const struct image *image, struct arena *arena, struct model *model,
                  struct resolved *resolved)
{
    *model = (struct model){.arena = arena, .source = ""};
    *resolved = (struct resolved){.model = model};
    unpack_site(image, arena, model, resolved);
    unpack_volumes(image, arena, model, resolved);
    unpack_servers(image, arena, model, resolved);
    unpack_cameras(image, arena, model, resolved);
    unpack_failovers(image, arena, model, resolved);
    unpack_managers(image, arena, model, resolved);
    unpack_coordinators(image, arena, model);
}

void unpack_deployment(const struct deployment *deployment, struct arena *arena,
                       struct model *model, struct resolved *resolved)
{
    const struct image *image = deployment_image(deployment);
    unpack_image(image, arena, model, resolved);
    for (uint32_t i = 0; i < resolved->server_count; i++) {
        uint32_t machine = image_servers(image)[i].machine;
        assert(machine < deployment->machine_count); /* deployment_open has checked it */
        resolved->servers[i].features = deployment->machines[machine].features;
    }
    for (uint32_t i = 0; i < resolved->failover_count; i++) {
        uint32_t machine = image_failovers(image)[i].machine;
        assert(machine < deployment->machine_count);
        resolved->failovers[i].features = deployment->machines[machine].features;
    }
}
