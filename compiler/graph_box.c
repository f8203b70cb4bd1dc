#include "compiler/graph_box.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum role graph_role(const struct resolved_server *server)
{
    bool main = server->own_cameras.count > 0 || server->watchers.count > 0;
    bool standby = server->failovers.count > 0;
    return main && standby ? ROLE_BOTH : main ? ROLE_MAIN : standby ? ROLE_STANDBY : ROLE_IDLE;
}

bool graph_is_own_disk(const struct graph *graph, uint32_t volume)
{
    return graph->volume_users[volume] == 1 && graph->resolved->volumes[volume].nas == NULL;
}

/* What tells servers apart that are mains only: the failover that watches them, and their volumes.
 * Others stand alone. */
static const char *key_of(struct graph *graph, uint32_t index)
{
    const struct resolved *resolved = graph->resolved;
    const struct resolved_server *server = &resolved->servers[index];
    const char *alone = arena_format(graph->arena, "alone %010" PRIu32, index);
    if (!graph->folded || graph_role(server) != ROLE_MAIN || server->watchers.count != 1)
        return alone;
    const struct resolved_failover *failover = &resolved->failovers[server->watchers.items[0]];
    if (failover->objects.count < server->own_cameras.count)
        return alone;
    const char *key = arena_format(
        graph->arena,
        "%010" PRIu32 " %" PRId64 " %" PRId64 " %" PRIu32 " %" PRIu32 " %" PRId64 " %d",
        failover->standby, failover->model->expect_reconnection_ms, failover->model->hold_down_ms,
        failover->manager, failover->features, server->model->priority,
        server->model->fallback != NULL);
    for (uint32_t i = 0; i < server->volumes.count; i++) {
        uint32_t volume = server->volumes.items[i];
        key = graph_is_own_disk(graph, volume)
                  ? arena_format(graph->arena, "%s own", key)
                  : arena_format(graph->arena, "%s %" PRIu32, key, volume);
    }
    return key;
}

static int by_key(const void *a, const void *b)
{
    const struct member *left = a;
    const struct member *right = b;
    int order = strcmp(left->key, right->key);
    return order != 0 ? order : (left->server > right->server) - (left->server < right->server);
}

static void sort_into_boxes(struct graph *graph)
{
    uint32_t count = graph->resolved->server_count;
    graph->members = arena_alloc(graph->arena, count * sizeof *graph->members);
    graph->box_first = arena_alloc(graph->arena, (count + 1) * sizeof *graph->box_first);
    graph->box_of = arena_alloc(graph->arena, count * sizeof *graph->box_of);
    for (uint32_t i = 0; i < count; i++)
        graph->members[i] = (struct member){key_of(graph, i), i};
    qsort(graph->members, count, sizeof *graph->members, by_key);
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(graph->members[i].key, graph->members[i - 1].key) != 0)
            graph->box_first[graph->box_count++] = i;
        graph->box_of[graph->members[i].server] = graph->box_count - 1;
    }
    graph->box_first[graph->box_count] = count;
}

static void count_volume_users(struct graph *graph)
{
    const struct resolved *resolved = graph->resolved;
    graph->volume_users =
        arena_alloc(graph->arena, (resolved->volume_count + 1) * sizeof *graph->volume_users);
    for (uint32_t i = 0; i < resolved->server_count; i++)
        for (uint32_t k = 0; k < resolved->servers[i].volumes.count; k++)
            graph->volume_users[resolved->servers[i].volumes.items[k]]++;
}

/* The first member of a box stands for all of them. */
const struct resolved_server *graph_box_server(const struct graph *graph, uint32_t box)
{
    return &graph->resolved->servers[graph->members[graph->box_first[box]].server];
}

uint32_t graph_box_size(const struct graph *graph, uint32_t box)
{
    return graph->box_first[box + 1] - graph->box_first[box];
}

void graph_find_boxes(struct graph *graph)
{
    count_volume_users(graph);
    sort_into_boxes(graph);
}
