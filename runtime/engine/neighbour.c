/* Neighbours: who has to do with whom, as the image tells. */
#include "runtime/engine/state.h"

#include <stddef.h>

bool neighbour_wants_views(const struct deployment *deployment, const struct image_failover *entry)
{
    return (deployment->machines[entry->machine].features & (1u << FEATURE_VIEW)) != 0;
}

static bool is_peer(const struct image *image, uint32_t server, uint32_t other)
{
    const struct image_list peers = image_servers(image)[server].peers;
    return image_list_find(image, peers, other) != IMAGE_NONE;
}

uint32_t neighbour_common_peers(const struct image *image, uint32_t a, uint32_t b,
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

uint32_t neighbour_fellows(const struct image *image, uint32_t failover,
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

uint32_t neighbour_count_fellows(const struct image *image, const struct image_server *self)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < self->failovers.count; i++)
        count += neighbour_fellows(image, self->failovers.first + i, NULL, NULL);
    return count;
}

uint32_t neighbour_shell_views(const struct image *image, const struct image_failover *entry,
                               void (*visit)(void *context, uint32_t source), void *context)
{
    const bool arbiter = image_servers(image)[entry->monitor].arbiter != IMAGE_NONE;
    if (visit != NULL)
        visit(context, IMAGE_NONE);
    if (visit != NULL && arbiter)
        visit(context, IMAGE_COORDINATOR);
    return arbiter ? 2 : 1;
}

static uint32_t count_views_of(const struct deployment *deployment,
                               const struct image_failover *entry)
{
    if (!neighbour_wants_views(deployment, entry))
        return 0;
    return neighbour_shell_views(deployment->image, entry, NULL, NULL) +
           neighbour_common_peers(deployment->image, entry->standby, entry->monitor, NULL, NULL);
}

uint32_t neighbour_count_views(const struct deployment *deployment, const struct image_server *self)
{
    const struct image *image = deployment->image;
    uint32_t count = 0;
    for (uint32_t i = 0; i < self->failovers.count; i++)
        count += count_views_of(deployment, &image_failovers(image)[self->failovers.first + i]);
    return count;
}

uint32_t neighbour_looked_on(const struct deployment *deployment, uint32_t server,
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
                !neighbour_wants_views(deployment, entry))
                continue;
            count++;
            if (visit != NULL)
                visit(context, failover);
        }
    }
    return count;
}
