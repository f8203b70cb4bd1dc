#include <assert.h>
#include <stdlib.h>

#include "compiler/check.h"

static int compare_descending(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return (left < right) - (left > right);
}

static uint64_t sum_of_heaviest(uint64_t *loads, uint32_t count, uint32_t limit)
{
    qsort(loads, count, sizeof *loads, compare_descending);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < limit; i++) {
        sum += loads[i];
    }
    return sum;
}

static uint64_t camera_rate(const struct resolved *resolved, uint32_t camera)
{
    return (uint64_t)resolved->cameras[camera].model->rate_bps;
}

static struct check_load load_of(const struct resolved *resolved, uint32_t index)
{
    const struct resolved_server *server = &resolved->servers[index];
    struct image_list under = server->failovers;
    struct arena *arena = resolved->model->arena;
    uint64_t *cameras = arena_alloc(arena, under.count * sizeof *cameras);
    uint64_t *rates = arena_alloc(arena, under.count * sizeof *rates);
    uint32_t limit = under.count;
    for (uint32_t i = 0; i < under.count; i++) {
        const struct resolved_failover *failover = &resolved->failovers[under.first + i];
        cameras[i] = failover->objects.count;
        for (uint32_t j = 0; j < failover->objects.count; j++) {
            rates[i] += camera_rate(resolved, failover->objects.items[j]);
        }
        if (failover->manager != IMAGE_NONE) {
            int64_t max_running = resolved->managers[failover->manager].model->max_running;
            limit = max_running < limit ? (uint32_t)max_running : limit;
        }
    }
    struct check_load load = {
        .server = index,
        .worst_mains = limit,
        .worst_cameras = server->own_cameras.count + sum_of_heaviest(cameras, under.count, limit),
        .worst_network_bps = sum_of_heaviest(rates, under.count, limit),
        .capacity_cameras = (uint64_t)server->model->capacity_cameras,
        .capacity_network_bps = (uint64_t)server->model->capacity_network_bps};
    for (uint32_t i = 0; i < server->own_cameras.count; i++) {
        load.worst_network_bps += camera_rate(resolved, server->own_cameras.first + i);
    }
    return load;
}

size_t check_loads(const struct resolved *resolved, struct check_load **loads)
{
    assert(resolved != NULL && loads != NULL);
    size_t count = 0;
    *loads = NULL;
    for (uint32_t i = 0; i < resolved->server_count; i++) {
        if (resolved->servers[i].failovers.count > 0) {
            *loads = arena_grow(resolved->model->arena, *loads, count, sizeof **loads);
            (*loads)[count++] = load_of(resolved, i);
        }
    }
    return count;
}

static void report_rate(const struct resolved_server *server, const struct check_load *load,
                        const char *field, const char *what, uint64_t capacity_bps,
                        struct diag *diag)
{
    const struct model_server *model = server->model;
    if (capacity_bps > 0 && load->worst_network_bps > capacity_bps) {
        struct diag_at at = {.place = model->place, .name = model->name, .field = field};
        diag_report(
            diag, DIAG_W201, at, NULL,
            "server \"%s\" may have to %s %.1f Mbit/s when %u of its mains fail at once, and "
            "its capacity is %.1f Mbit/s",
            model->name, what, (double)load->worst_network_bps / 1e6, load->worst_mains,
            (double)capacity_bps / 1e6);
    }
}

/* R8: warned of, not refused: the site works until the worst case comes. */
void check_capacity(const struct resolved *resolved, struct diag *diag)
{
    assert(resolved != NULL && diag != NULL);
    struct check_load *loads;
    size_t count = check_loads(resolved, &loads);
    for (size_t i = 0; i < count; i++) {
        const struct check_load *load = &loads[i];
        const struct resolved_server *server = &resolved->servers[load->server];
        const struct model_server *model = server->model;
        if (load->capacity_cameras > 0 && load->worst_cameras > load->capacity_cameras) {
            struct diag_at at = {
                .place = model->place, .name = model->name, .field = "capacity.cameras"};
            diag_report(
                diag, DIAG_W201, at, NULL,
                "server \"%s\" may have to record %llu cameras when %u of its mains fail at "
                "once, and its capacity is %llu",
                model->name, (unsigned long long)load->worst_cameras, load->worst_mains,
                (unsigned long long)load->capacity_cameras);
        }
        report_rate(server, load, "capacity.network", "receive", load->capacity_network_bps, diag);
        report_rate(server, load, "capacity.write", "write", (uint64_t)model->capacity_write_bps,
                    diag);
    }
}
