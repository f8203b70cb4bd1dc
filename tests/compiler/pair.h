/* A resolved pair of servers, made by hand: alpha with three cameras, omega watching it. For tests
 * of what comes after resolve, whatever becomes of the stages before. */
#ifndef TESTS_COMPILER_PAIR_H
#define TESTS_COMPILER_PAIR_H

#include "compiler/arena.h"
#include "compiler/resolve.h"

struct pair {
    struct arena *arena;
    struct model model;
    struct resolved resolved;
};

/* `source` is the topology's path as a user would give it. Free with pair_free. */
static inline void pair_make(struct pair *pair, const char *source)
{
    struct arena *arena = arena_new();
    *pair = (struct pair){.arena = arena};
    struct model *model = &pair->model;
    model->arena = arena;
    model->source = source;

    struct model_site *site = arena_alloc(arena, sizeof *site);
    *site = (struct model_site){.name = "",
                                .heartbeat_ms = 500,
                                .misses = 4,
                                .start_ms = 1000,
                                .claim_ms = 2000,
                                .lease_ms = 8000,
                                .grace_ms = DAYS_MS(60),
                                .time_zone = "UTC"};

    struct model_volume *volumes = arena_alloc(arena, 2 * sizeof *volumes);
    volumes[0] = (struct model_volume){
        .name = "disk-a", .place = {source, 3, 0}, .path = "/srv/alpha", .size_bytes = 1 << 30};
    volumes[1] = (struct model_volume){
        .name = "vault", .place = {source, 4, 0}, .nas = "/mnt/vault", .size_bytes = 1 << 30};

    struct model_server *servers = arena_alloc(arena, 2 * sizeof *servers);
    servers[0] = (struct model_server){
        .name = "alpha", .place = {source, 6, 0}, .address = "127.0.0.1:7401", .ask_wait_ms = 2000};
    servers[1] = (struct model_server){
        .name = "omega", .place = {source, 7, 0}, .address = "127.0.0.1:7402", .ask_wait_ms = 2000};

    struct model_camera *cameras = arena_alloc(arena, 3 * sizeof *cameras);
    struct resolved_camera *resolved_cameras = arena_alloc(arena, 3 * sizeof *resolved_cameras);
    uint32_t *objects = arena_alloc(arena, 3 * sizeof *objects);
    static const char *const names[] = {"lobby", "gate-1", "gate-2"};
    for (uint32_t i = 0; i < 3; i++) {
        cameras[i] = (struct model_camera){.name = names[i],
                                           .place = {source, 9 + (int)i, 0},
                                           .server = "alpha",
                                           .url = "rtsp://127.0.0.1:9554/clip",
                                           .rate_bps = 2000000,
                                           .sessions = i == 2 ? 1 : 2};
        resolved_cameras[i] =
            (struct resolved_camera){&cameras[i], 0, i == 0 ? ARM_COLD : ARM_WARM};
        objects[i] = i;
    }

    struct model_failover *failover = arena_alloc(arena, sizeof *failover);
    *failover = (struct model_failover){.name = "alpha-to-omega",
                                        .place = {source, 13, 0},
                                        .standby = "omega",
                                        .monitor = "alpha",
                                        .expect_reconnection_ms = 5000,
                                        .all_objects = true,
                                        .failback = "auto",
                                        .retry_for_ms = 60000};
    struct resolved_failover *failovers = arena_alloc(arena, sizeof *failovers);
    *failovers = (struct resolved_failover){.model = failover,
                                            .standby = 1,
                                            .monitor = 0,
                                            .manager = IMAGE_NONE,
                                            .own_manager = IMAGE_NONE,
                                            .objects = {objects, 3},
                                            .features = 1u << FEATURE_PREROLL};

    struct resolved_server *resolved_servers = arena_alloc(arena, 2 * sizeof *resolved_servers);
    uint32_t *numbers = arena_alloc(arena, 5 * sizeof *numbers);
    const uint32_t values[] = {0, 0, 1, 1, 0};
    for (int i = 0; i < 5; i++)
        numbers[i] = values[i];
    resolved_servers[0] = (struct resolved_server){.model = &servers[0],
                                                   .own_cameras = {0, 3},
                                                   .failovers = {0, 0},
                                                   .watchers = {&numbers[0], 1},
                                                   .peers = {&numbers[2], 1},
                                                   .volumes = {&numbers[1], 2},
                                                   .fallback = 1,
                                                   .arbiter = IMAGE_NONE,
                                                   .features = 1u << FEATURE_WATCHED};
    resolved_servers[1] = (struct resolved_server){.model = &servers[1],
                                                   .own_cameras = {3, 0},
                                                   .failovers = {0, 1},
                                                   .peers = {&numbers[4], 1},
                                                   .volumes = {&numbers[3], 1},
                                                   .fallback = IMAGE_NONE,
                                                   .arbiter = IMAGE_NONE};

    model->sites = site, model->sites_count = 1;
    model->volumes = volumes, model->volumes_count = 2;
    model->servers = servers, model->servers_count = 2;
    model->cameras = cameras, model->cameras_count = 3;
    model->failovers = failover, model->failovers_count = 1;
    pair->resolved = (struct resolved){.model = model,
                                       .site = site,
                                       .volumes = volumes,
                                       .servers = resolved_servers,
                                       .cameras = resolved_cameras,
                                       .failovers = failovers,
                                       .volume_count = 2,
                                       .server_count = 2,
                                       .camera_count = 3,
                                       .failover_count = 1};
}

static inline void pair_free(struct pair *pair)
{
    arena_free(pair->arena);
}

#endif
