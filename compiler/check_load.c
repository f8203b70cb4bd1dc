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

/* The rates of its objects, hot ones and others. */
struct rates {
    uint64_t hot_bps;
    uint64_t other_bps;
};

static struct rates rates_of(const struct resolved *resolved,
                             const struct resolved_failover *failover)
{
    struct rates rates = {0, 0};
    for (uint32_t i = 0; i < failover->objects.count; i++) {
        uint32_t camera = failover->objects.items[i];
        bool hot = resolved->cameras[camera].arm == ARM_HOT;
        *(hot ? &rates.hot_bps : &rates.other_bps) += camera_rate(resolved, camera);
    }
    return rates;
}

static uint32_t lower_limit(const struct resolved *resolved, uint32_t limit, uint32_t manager)
{
    if (manager == IMAGE_NONE || resolved->managers[manager].model->max_running >= limit) {
        return limit;
    }
    return (uint32_t)resolved->managers[manager].model->max_running;
}

/* How many mains it may carry at once: as the site's manager and its own allow. */
static uint32_t limit_of(const struct resolved *resolved, struct image_list under)
{
    uint32_t limit = under.count;
    for (uint32_t i = 0; i < under.count; i++) {
        const struct resolved_failover *failover = &resolved->failovers[under.first + i];
        limit = lower_limit(resolved, limit, failover->manager);
        limit = lower_limit(resolved, limit, failover->own_manager);
    }
    return limit;
}

static struct check_load load_of(const struct resolved *resolved, uint32_t index)
{
    const struct resolved_server *server = &resolved->servers[index];
    struct image_list under = server->failovers;
    struct arena *arena = resolved->model->arena;
    struct burden *cameras = arena_alloc(arena, under.count * sizeof *cameras);
    struct burden *network = arena_alloc(arena, under.count * sizeof *network);
    struct burden *write = arena_alloc(arena, under.count * sizeof *write);
    uint64_t hot_bps = 0;
    for (uint32_t i = 0; i < under.count; i++) {
        const struct resolved_failover *failover = &resolved->failovers[under.first + i];
        cameras[i] = (struct burden){failover->objects.count, failover->monitor};
        struct rates rates = rates_of(resolved, failover);
        network[i] = (struct burden){rates.other_bps, failover->monitor};
        write[i] = (struct burden){rates.other_bps + rates.hot_bps, failover->monitor};
        hot_bps += rates.hot_bps;
    }
    struct check_load load = {.server = index,
                              .worst_mains = limit_of(resolved, under),
                              .worst_cameras = server->own_cameras.count,
                              .capacity_cameras = (uint64_t)server->model->capacity_cameras,
                              .capacity_network_bps = (uint64_t)server->model->capacity_network_bps,
                              .capacity_write_bps = (uint64_t)server->model->capacity_write_bps};
    for (uint32_t i = 0; i < server->own_cameras.count; i++) {
        load.worst_write_bps += camera_rate(resolved, server->own_cameras.first + i);
    }
    load.worst_network_bps = load.worst_write_bps + hot_bps;
    load.worst_cameras +=
        heaviest(arena, cameras, under.count, load.worst_mains, &load.most_cameras);
    load.worst_network_bps +=
        heaviest(arena, network, under.count, load.worst_mains, &load.most_network);
    load.worst_write_bps += heaviest(arena, write, under.count, load.worst_mains, &load.most_write);
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

/* A rate against the capacity for it. */
struct demand {
    const char *field;
    const char *what;
    uint64_t bps;
    uint64_t capacity_bps;
    const uint32_t *mains; /* with which it comes */
};

static void report_rate(const struct resolved *resolved, const struct check_load *load,
                        struct demand demand, struct diag *diag)
{
    const struct model_server *model = resolved->servers[load->server].model;
    if (demand.capacity_bps > 0 && demand.bps > demand.capacity_bps) {
        diag_report(diag, DIAG_W201, at_capacity(model, demand.field), NULL,
                    "server \"%s\" may have to %s %.1f Mbit/s %s, and its capacity is %.1f Mbit/s",
                    model->name, demand.what, (double)demand.bps / 1e6,
                    when_failed(resolved, load, demand.mains), (double)demand.capacity_bps / 1e6);
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
        const struct demand network = {"capacity.network", "receive", loads[i].worst_network_bps,
                                       loads[i].capacity_network_bps, loads[i].most_network};
        const struct demand write = {"capacity.write", "write", loads[i].worst_write_bps,
                                     loads[i].capacity_write_bps, loads[i].most_write};
        report_rate(resolved, &loads[i], network, diag);
        report_rate(resolved, &loads[i], write, diag);
    }
}
