/* Loads: what each standby had to bear at its worst, and how long each failover was queued and
 * carried. */
#include "runtime/sim/result.h"

#include <stdlib.h>

#include "runtime/sim/array.h"

/* A moment at which the load of one server changes. */
struct edge {
    int64_t at_ms;
    int32_t mains;
    int32_t cameras;
    int64_t network_bps;
    int64_t write_bps;
};

struct edges {
    struct edge *items;
    size_t count;
    size_t max;
};

static void add_edges(struct edges *edges, int64_t from_ms, int64_t to_ms, struct edge load)
{
    edges->items = array_grow(edges->items, edges->count, &edges->max, sizeof *edges->items);
    load.at_ms = from_ms;
    edges->items[edges->count++] = load;
    edges->items = array_grow(edges->items, edges->count, &edges->max, sizeof *edges->items);
    edges->items[edges->count++] = (struct edge){.at_ms = to_ms,
                                                 .mains = -load.mains,
                                                 .cameras = -load.cameras,
                                                 .network_bps = -load.network_bps,
                                                 .write_bps = -load.write_bps};
}

static int64_t earliest(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

/* Walks through the states of a failover while its standby runs; collects when it carried, if edges
 * is not NULL. */
static struct failover_result walk_failover(const struct world *world, uint32_t failover,
                                            struct edges *edges)
{
    const int64_t lasts_ms = world->outage->lasts_ms;
    const uint32_t standby = image_failovers(world->image)[failover].standby;
    const struct history *states = &world->failovers[failover];
    const struct history *powers = &world->servers[standby].powers;
    struct failover_result result = {0};
    for (int64_t at_ms = 0, next_ms; at_ms < lasts_ms; at_ms = next_ms) {
        next_ms = earliest(history_next(states, at_ms), history_next(powers, at_ms));
        next_ms = earliest(next_ms, lasts_ms);
        const uint8_t state = history_at(states, at_ms);
        if (history_at(powers, at_ms) != POWER_ON)
            continue;
        if (state == FAILOVER_QUEUED)
            result.queued_ms += next_ms - at_ms;
        if (engine_state_carries(state))
            result.carried_ms += next_ms - at_ms;
        if (engine_state_carries(state) && edges != NULL)
            add_edges(edges, at_ms, next_ms, (struct edge){.mains = 1});
    }
    return result;
}

void load_failovers(struct result *result)
{
    const struct world *world = result->world;
    const uint32_t count = world->image->failovers.count;
    result->failovers = array_new(count, sizeof *result->failovers);
    for (uint32_t f = 0; f < count; f++) {
        const uint32_t standby = image_failovers(world->image)[f].standby;
        result->failovers[f] = walk_failover(world, f, NULL);
        result->failovers[f].starts = world->starts[f];
        result->failovers[f].stops = world->stops[f];
        result->failovers[f].fills = world->fills[f];
        result->failovers[f].flaps = engine_failover_flaps(world->servers[standby].engine, f);
    }
}

/* ---- standbys ---- */

/* All that changes at one moment becomes one step, so a change of epoch is no peak. */
static int compare_edges(const void *a, const void *b)
{
    const struct edge *x = a;
    const struct edge *y = b;
    return (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);
}

static bool is_overloaded(const struct image_server *server, const struct edge *load)
{
    return (server->capacity_cameras > 0 && (uint32_t)load->cameras > server->capacity_cameras) ||
           (server->capacity_network_bps > 0 &&
            (uint64_t)load->network_bps > server->capacity_network_bps) ||
           (server->capacity_write_bps > 0 &&
            (uint64_t)load->write_bps > server->capacity_write_bps);
}

/* All that changes at one moment is one step. */
static void add_step(struct standby_result *standby, const struct edge *load)
{
    if (standby->step_count == 0 || standby->steps[standby->step_count - 1].at_ms < load->at_ms) {
        standby->steps = array_grow(standby->steps, standby->step_count, &standby->step_max,
                                    sizeof *standby->steps);
        standby->step_count++;
    }
    standby->steps[standby->step_count - 1] =
        (struct load_step){.at_ms = load->at_ms,
                           .mains = (uint32_t)load->mains,
                           .cameras = (uint32_t)load->cameras,
                           .network_bps = (uint64_t)load->network_bps,
                           .write_bps = (uint64_t)load->write_bps};
}

static void take_peaks(struct standby_result *standby, const struct load_step *step)
{
    if (step->mains > standby->peak_mains)
        standby->peak_mains = step->mains;
    if (step->cameras > standby->peak_cameras)
        standby->peak_cameras = step->cameras;
    if (step->network_bps > standby->peak_network_bps)
        standby->peak_network_bps = step->network_bps;
    if (step->write_bps > standby->peak_write_bps)
        standby->peak_write_bps = step->write_bps;
}

static void sum_edges(const struct image_server *server, struct edges *edges,
                      struct standby_result *standby)
{
    struct edge load = {0};
    if (edges->count > 0)
        qsort(edges->items, edges->count, sizeof *edges->items, compare_edges);
    for (size_t i = 0; i < edges->count; i++) {
        const struct edge *edge = &edges->items[i];
        if (is_overloaded(server, &load))
            standby->overloaded_ms += edge->at_ms - load.at_ms;
        load.at_ms = edge->at_ms;
        load.mains += edge->mains;
        load.cameras += edge->cameras;
        load.network_bps += edge->network_bps;
        load.write_bps += edge->write_bps;
        add_step(standby, &load);
    }
    for (size_t i = 0; i < standby->step_count; i++)
        take_peaks(standby, &standby->steps[i]);
}

static bool is_standby(const struct image *image, uint32_t server)
{
    return image_servers(image)[server].failovers.count > 0;
}

/* What is received loads the network, what is recorded also the disks: a camera that is held ready
 * in memory is the one and not the other. */
static void collect_edges(const struct result *result, struct edges *edges)
{
    const struct world *world = result->world;
    const struct image *image = world->image;
    const int64_t lasts_ms = world->outage->lasts_ms;
    for (size_t i = 0; i < result->span_count; i++) {
        const struct span *span = &result->spans[i];
        const int64_t bps = (int64_t)image_cameras(image)[span->camera].rate_bps;
        const int64_t from_ms = span->written_ms > span->from_ms ? span->written_ms : span->from_ms;
        if (is_standby(image, span->server) && from_ms < span->to_ms)
            add_edges(&edges[span->server], from_ms, span->to_ms,
                      (struct edge){.cameras = 1, .write_bps = bps});
    }
    for (size_t i = 0; i < world->reading_count; i++) {
        const struct reading *reading = &world->readings[i];
        const int64_t from_ms = reading->from_ms > 0 ? reading->from_ms : 0;
        const int64_t bps = (int64_t)image_cameras(image)[reading->camera].rate_bps;
        if (bps > 0 && from_ms < earliest(reading->to_ms, lasts_ms))
            add_edges(&edges[reading->server], from_ms, earliest(reading->to_ms, lasts_ms),
                      (struct edge){.network_bps = bps});
    }
}

void load_standbys(struct result *result)
{
    const struct world *world = result->world;
    const struct image *image = world->image;
    struct edges *edges = array_new(image->servers.count, sizeof *edges);
    collect_edges(result, edges);
    result->standbys = array_new(image->servers.count, sizeof *result->standbys);
    for (uint32_t s = 0; s < image->servers.count; s++) {
        const struct image_server *server = &image_servers(image)[s];
        for (uint32_t f = 0; f < server->failovers.count; f++)
            walk_failover(world, server->failovers.first + f, &edges[s]);
        if (server->failovers.count > 0) {
            struct standby_result *standby = &result->standbys[result->standby_count++];
            standby->server = s;
            sum_edges(server, &edges[s], standby);
        }
        free(edges[s].items);
    }
    free(edges);
}
