#include "compiler/resolve_relations.h"

/* A standby's failovers that monitor this server, in the order of R24. */
static void link_watchers(struct resolved *resolved, struct arena *arena)
{
    for (uint32_t i = 0; i < resolved->failover_count; i++) {
        uint32_t monitor = resolved->failovers[i].monitor;
        if (monitor != IMAGE_NONE) {
            resolved_list_add(arena, &resolved->servers[monitor].watchers, i);
        }
    }
    for (uint32_t s = 0; s < resolved->server_count; s++) {
        struct resolved_list *list = &resolved->servers[s].watchers;
        for (uint32_t i = 1; i < list->count; i++) { /* few, and stable */
            uint32_t item = list->items[i];
            const struct model_failover *model = resolved->failovers[item].model;
            uint32_t at = i;
            for (; at > 0; at--) {
                const struct model_failover *other = resolved->failovers[list->items[at - 1]].model;
                bool before = model->priority > other->priority ||
                              (model->priority == other->priority && model < other);
                if (!before) {
                    break;
                }
                list->items[at] = list->items[at - 1];
            }
            list->items[at] = item;
        }
    }
}

/* Where the site's manager and that of its standby both limit a failover, the site's counts (R14).
 */
static void apply_managers(struct resolved *resolved)
{
    for (uint32_t m = 0; m < resolved->manager_count; m++) {
        const struct resolved_manager *manager = &resolved->managers[m];
        bool own = manager->model->standby != NULL;
        struct image_list range = {0, resolved->failover_count};
        if (own) {
            range = manager->standby == IMAGE_NONE ? (struct image_list){0, 0}
                                                   : resolved->servers[manager->standby].failovers;
        }
        for (uint32_t i = 0; manager->model->max_running > 0 && i < range.count; i++) {
            struct resolved_failover *failover = &resolved->failovers[range.first + i];
            *(own ? &failover->own_manager : &failover->manager) = m;
        }
    }
    for (uint32_t i = 0; i < resolved->failover_count; i++) {
        struct resolved_failover *failover = &resolved->failovers[i];
        if (failover->manager == IMAGE_NONE) {
            failover->manager = failover->own_manager;
            failover->own_manager = IMAGE_NONE;
        }
    }
}

static void add_peer(struct resolved *resolved, struct arena *arena, uint32_t a, uint32_t b)
{
    if (a == IMAGE_NONE || b == IMAGE_NONE || a == b) {
        return;
    }
    resolved_list_add(arena, &resolved->servers[a].peers, b);
    resolved_list_add(arena, &resolved->servers[b].peers, a);
}

/* The standbys of one main hear from each other who has claimed it, and see when its carrier dies
 * (R23, R24). */
static void link_fellows(struct resolved *resolved, struct arena *arena,
                         const struct resolved_server *main)
{
    const struct resolved_failover *failovers = resolved->failovers;
    for (uint32_t i = 0; i < main->watchers.count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            add_peer(resolved, arena, failovers[main->watchers.items[i]].standby,
                     failovers[main->watchers.items[j]].standby);
        }
    }
}

/* Links go between a standby and its mains, between the standbys of one main, and between a standby
 * and the host of the manager that limits it. */
static void link_peers(struct resolved *resolved, struct arena *arena)
{
    for (uint32_t i = 0; i < resolved->failover_count; i++) {
        const struct resolved_failover *failover = &resolved->failovers[i];
        add_peer(resolved, arena, failover->standby, failover->monitor);
        if (failover->manager != IMAGE_NONE) {
            add_peer(resolved, arena, failover->standby,
                     resolved->managers[failover->manager].host);
        }
    }
    for (uint32_t s = 0; s < resolved->server_count; s++) {
        link_fellows(resolved, arena, &resolved->servers[s]);
    }
    for (uint32_t s = 0; s < resolved->server_count; s++) {
        struct resolved_list *peers = &resolved->servers[s].peers;
        resolved_list_sort(peers);
        uint32_t kept = 0;
        for (uint32_t i = 0; i < peers->count; i++) {
            if (i == 0 || peers->items[i] != peers->items[i - 1]) {
                peers->items[kept++] = peers->items[i];
            }
        }
        peers->count = kept;
    }
}

void resolve_relations(struct resolved *resolved, struct arena *arena)
{
    link_watchers(resolved, arena);
    apply_managers(resolved);
    link_peers(resolved, arena);
}
