#include <assert.h>
#include <stdlib.h>

#include "compiler/check.h"

/* What one main would bring. */
struct burden {
    uint64_t weight;
    uint32_t main;
};

static int compare_burdens(const void *a, const void *b)
{
    const struct burden *left = a;
    const struct burden *right = b;
    if (left->weight != right->weight) {
        return left->weight < right->weight ? 1 : -1;
    }
    return (left->main > right->main) - (left->main < right->main);
}

/* The heaviest set of `limit` mains: its weight, and who is in it. */
static uint64_t heaviest(struct arena *arena, struct burden *burdens, uint32_t count,
                         uint32_t limit, const uint32_t **mains)
{
    uint32_t *set = arena_alloc(arena, (limit + 1) * sizeof *set);
    uint64_t sum = 0;
    qsort(burdens, count, sizeof *burdens, compare_burdens);
    for (uint32_t i = 0; i < limit; i++) {
        sum += burdens[i].weight;
        set[i] = burdens[i].main;
    }
    *mains = set;
    return sum;
}

static uint64_t camera_rate(const struct resolved *resolved, uint32_t camera)
{
    return (uint64_t)resolved->cameras[camera].model->rate_bps;
}

static uint64_t rate_of_objects(const struct resolved *resolved,
                                const struct resolved_failover *failover)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < failover->objects.count; i++) {
        sum += camera_rate(resolved, failover->objects.items[i]);
    }
    return sum;
}

/* How many mains it may carry at once. */
static uint32_t limit_of(const struct resolved *resolved, struct image_list under)
{
    uint32_t limit = under.count;
    for (uint32_t i = 0; i < under.count; i++) {
        uint32_t manager = resolved->failovers[under.first + i].manager;
        if (manager != IMAGE_NONE && resolved->managers[manager].model->max_running < limit) {
            limit = (uint32_t)resolved->managers[manager].model->max_running;
        }
    }
    return limit;
}

static struct check_load load_of(const struct resolved *resolved, uint32_t index)
{
    const struct resolved_server *server = &resolved->servers[index];
    struct image_list under = server->failovers;
    struct arena *arena = resolved->model->arena;
    struct burden *cameras = arena_alloc(arena, under.count * sizeof *cameras);
    struct burden *rates = arena_alloc(arena, under.count * sizeof *rates);
    for (uint32_t i = 0; i < under.count; i++) {
        const struct resolved_failover *failover = &resolved->failovers[under.first + i];
        cameras[i] = (struct burden){failover->objects.count, failover->monitor};
        rates[i] = (struct burden){rate_of_objects(resolved, failover), failover->monitor};
    }
    struct check_load load = {.server = index,
                              .worst_mains = limit_of(resolved, under),
                              .worst_cameras = server->own_cameras.count,
                              .capacity_cameras = (uint64_t)server->model->capacity_cameras,
                              .capacity_network_bps = (uint64_t)server->model->capacity_network_bps,
                              .capacity_write_bps = (uint64_t)server->model->capacity_write_bps};
    for (uint32_t i = 0; i < server->own_cameras.count; i++) {
        load.worst_network_bps += camera_rate(resolved, server->own_cameras.first + i);
    }
    load.worst_cameras +=
        heaviest(arena, cameras, under.count, load.worst_mains, &load.most_cameras);
    load.worst_network_bps +=
        heaviest(arena, rates, under.count, load.worst_mains, &load.most_network);
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

/* "when alpha and beta fail at once" */
static const char *when_failed(const struct resolved *resolved, const struct check_load *load,
                               const uint32_t *mains)
{
    const char *names = check_names(resolved, mains, load->worst_mains);
    return load->worst_mains == 1
               ? arena_format(resolved->model->arena, "when %s fails", names)
               : arena_format(resolved->model->arena, "when %s fail at once", names);
}

static struct diag_at at_capacity(const struct model_server *model, const char *field)
{
    return (struct diag_at){.place = model->place, .name = model->name, .field = field};
}

static void report_rate(const struct resolved *resolved, const struct check_load *load,
                        const char *field, const char *what, uint64_t capacity_bps,
                        struct diag *diag)
{
    const struct model_server *model = resolved->servers[load->server].model;
    if (capacity_bps > 0 && load->worst_network_bps > capacity_bps) {
        diag_report(diag, DIAG_W201, at_capacity(model, field), NULL,
                    "server \"%s\" may have to %s %.1f Mbit/s %s, and its capacity is %.1f Mbit/s",
                    model->name, what, (double)load->worst_network_bps / 1e6,
                    when_failed(resolved, load, load->most_network), (double)capacity_bps / 1e6);
    }
}

static void report_cameras(const struct resolved *resolved, const struct check_load *load,
                           struct diag *diag)
{
    const struct model_server *model = resolved->servers[load->server].model;
    if (load->capacity_cameras > 0 && load->worst_cameras > load->capacity_cameras) {
        diag_report(diag, DIAG_W201, at_capacity(model, "capacity.cameras"), NULL,
                    "server \"%s\" may have to record %llu cameras %s, and its capacity is %llu",
                    model->name, (unsigned long long)load->worst_cameras,
                    when_failed(resolved, load, load->most_cameras),
                    (unsigned long long)load->capacity_cameras);
    }
}

/* R8: warned of, not refused: the site works until the worst case comes. */
void check_capacity(const struct resolved *resolved, struct diag *diag)
{
    assert(resolved != NULL && diag != NULL);
    struct check_load *loads;
    size_t count = check_loads(resolved, &loads);
    for (size_t i = 0; i < count; i++) {
        report_cameras(resolved, &loads[i], diag);
        report_rate(resolved, &loads[i], "capacity.network", "receive",
                    loads[i].capacity_network_bps, diag);
        report_rate(resolved, &loads[i], "capacity.write", "write", loads[i].capacity_write_bps,
                    diag);
    }
}
