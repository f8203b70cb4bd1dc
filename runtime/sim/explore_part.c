#include "runtime/sim/explore_part.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/sim/array.h"
#include "runtime/sim/explore.h"

/* The deployment and the image that it points to, in one block. */
struct block {
    struct deployment deployment;
    struct image image; /* and what follows it */
};

/* New numbers of what is kept, IMAGE_NONE for the rest. */
struct cut {
    const struct image *from;
    struct image *to;
    uint32_t *servers;
    uint32_t *cameras;
    uint32_t *failovers;
    uint32_t *managers;
};

/* ---- which things are kept ---- */

static void number_all(struct cut *cut)
{
    const struct image *from = cut->from;
    uint32_t next = 0;
    for (uint32_t c = 0; c < from->cameras.count; c++)
        cut->cameras[c] =
            cut->servers[image_cameras(from)[c].server] != IMAGE_NONE ? next++ : IMAGE_NONE;
    next = 0;
    for (uint32_t m = 0; m < from->managers.count; m++)
        cut->managers[m] =
            cut->servers[image_managers(from)[m].host] != IMAGE_NONE ? next++ : IMAGE_NONE;
    next = 0;
    for (uint32_t f = 0; f < from->failovers.count; f++) {
        const struct image_failover *failover = &image_failovers(from)[f];
        const bool kept =
            cut->servers[failover->standby] != IMAGE_NONE &&
            cut->servers[failover->monitor] != IMAGE_NONE &&
            (failover->manager == IMAGE_NONE || cut->managers[failover->manager] != IMAGE_NONE);
        cut->failovers[f] = kept ? next++ : IMAGE_NONE;
    }
}

/* ---- lists and ranges ---- */

/* Two things may share a list: it is read where it was, and comes out the same each time. */
static void cut_list(const struct cut *cut, struct image_list *list, const uint32_t *names)
{
    uint32_t *numbers = (void *)((char *)cut->to + cut->to->numbers.offset);
    uint32_t count = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        const uint32_t to = names[image_numbers(cut->from)[list->first + i]];
        if (to != IMAGE_NONE)
            numbers[list->first + count++] = to;
    }
    list->count = count;
}

static void cut_range(struct image_list *range, const uint32_t *names)
{
    struct image_list kept = {0, 0};
    for (uint32_t i = range->first; i < range->first + range->count; i++)
        if (names[i] != IMAGE_NONE && kept.count++ == 0)
            kept.first = names[i];
    *range = kept;
}

/* ---- sections ---- */

static void cut_servers(struct cut *cut)
{
    struct image_server *servers = (void *)((char *)cut->to + cut->to->servers.offset);
    uint32_t count = 0;
    for (uint32_t s = 0; s < cut->from->servers.count; s++) {
        if (cut->servers[s] == IMAGE_NONE)
            continue;
        struct image_server server = image_servers(cut->from)[s];
        cut_range(&server.own_cameras, cut->cameras);
        cut_range(&server.failovers, cut->failovers);
        cut_list(cut, &server.watchers, cut->failovers);
        cut_list(cut, &server.peers, cut->servers);
        servers[count++] = server;
    }
    cut->to->servers.count = count;
}

static void cut_cameras(struct cut *cut)
{
    struct image_camera *cameras = (void *)((char *)cut->to + cut->to->cameras.offset);
    uint32_t count = 0;
    for (uint32_t c = 0; c < cut->from->cameras.count; c++) {
        if (cut->cameras[c] == IMAGE_NONE)
            continue;
        cameras[count] = image_cameras(cut->from)[c];
        cameras[count].server = cut->servers[cameras[count].server];
        count++;
    }
    cut->to->cameras.count = count;
}

static void cut_failovers(struct cut *cut)
{
    struct image_failover *failovers = (void *)((char *)cut->to + cut->to->failovers.offset);
    uint32_t count = 0;
    for (uint32_t f = 0; f < cut->from->failovers.count; f++) {
        if (cut->failovers[f] == IMAGE_NONE)
            continue;
        struct image_failover failover = image_failovers(cut->from)[f];
        failover.standby = cut->servers[failover.standby];
        failover.monitor = cut->servers[failover.monitor];
        if (failover.manager != IMAGE_NONE)
            failover.manager = cut->managers[failover.manager];
        if (failover.own_manager != IMAGE_NONE)
            failover.own_manager = cut->managers[failover.own_manager];
        cut_list(cut, &failover.objects, cut->cameras);
        failovers[count++] = failover;
    }
    cut->to->failovers.count = count;
}

static void cut_managers(struct cut *cut)
{
    struct image_manager *managers = (void *)((char *)cut->to + cut->to->managers.offset);
    uint32_t count = 0;
    for (uint32_t m = 0; m < cut->from->managers.count; m++) {
        if (cut->managers[m] == IMAGE_NONE)
            continue;
        struct image_manager manager = image_managers(cut->from)[m];
        manager.host = cut->servers[manager.host];
        if (manager.standby != IMAGE_NONE)
            manager.standby = cut->servers[manager.standby];
        managers[count++] = manager;
    }
    cut->to->managers.count = count;
}

struct deployment *part_cut(const struct deployment *deployment, const uint32_t *servers,
                            uint32_t count)
{
    const struct image *from = deployment->image;
    struct block *block = array_new(1, offsetof(struct block, image) + deployment->image_size);
    block->deployment = *deployment;
    memcpy(&block->image, from, deployment->image_size);
    block->deployment.image = &block->image;
    struct cut cut = {.from = from,
                      .to = &block->image,
                      .servers = array_new(from->servers.count, sizeof(uint32_t)),
                      .cameras = array_new(from->cameras.count, sizeof(uint32_t)),
                      .failovers = array_new(from->failovers.count, sizeof(uint32_t)),
                      .managers = array_new(from->managers.count, sizeof(uint32_t))};
    memset(cut.servers, 0xff, from->servers.count * sizeof(uint32_t));
    for (uint32_t i = 0; i < count; i++)
        cut.servers[servers[i]] = i;
    number_all(&cut);
    cut_servers(&cut);
    cut_cameras(&cut);
    cut_failovers(&cut);
    cut_managers(&cut);
    free(cut.servers);
    free(cut.cameras);
    free(cut.failovers);
    free(cut.managers);
    return &block->deployment;
}

/* ---- all parts ---- */

struct parts {
    const struct deployment *deployment;
    uint32_t max;
    part_visit *each;
    void *context;
    struct visited met;       /* sets of servers */
    struct deployment **seen; /* reduced (explore_reduce) */
    size_t seen_count;
    size_t seen_max;
    bool ended;
};

static bool has_peer_beyond(const struct image *image, const uint32_t *servers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct image_list peers = image_servers(image)[servers[i]].peers;
        for (uint32_t p = 0; p < peers.count; p++) {
            bool inside = false;
            for (uint32_t k = 0; k < count; k++)
                inside = inside || image_numbers(image)[peers.first + p] == servers[k];
            if (!inside)
                return true;
        }
    }
    return false;
}

static bool is_seen(const struct parts *parts, const struct deployment *part)
{
    for (size_t i = 0; i < parts->seen_count; i++)
        if (alike_sites(parts->seen[i]->image, part->image))
            return true;
    return false;
}

static void visit(struct parts *parts, const uint32_t *servers, uint32_t count)
{
    const uint64_t set[2] = {(uint64_t)servers[0] << 32 | (count > 1 ? servers[1] + 1 : 0),
                             (uint64_t)(count > 2 ? servers[2] + 1 : 0) << 32 |
                                 (count > 3 ? servers[3] + 1 : 0)};
    if (visited_add(&parts->met, set, VISITED_NONE, (struct board_move){0}) == VISITED_NONE)
        return;
    struct deployment *part = part_cut(parts->deployment, servers, count);
    struct deployment *reduced = explore_reduce(part, EXPLORE_ALIKE);
    free(part);
    if (is_seen(parts, reduced)) {
        free(reduced);
        return;
    }
    parts->seen =
        array_grow(parts->seen, parts->seen_count, &parts->seen_max, sizeof(struct deployment *));
    parts->seen[parts->seen_count++] = reduced;
    parts->ended = !parts->each(parts->context, servers, count);
}

/* Adds neighbours until the set is full or has none: every connected set is met, some more than
 * once. */
static void grow(struct parts *parts, uint32_t *servers, uint32_t count)
{
    const struct image *image = parts->deployment->image;
    if (parts->ended)
        return;
    if (count == parts->max || !has_peer_beyond(image, servers, count)) {
        uint32_t sorted[PART_SERVERS_MAX] = {0};
        uint32_t filled = 0;
        for (uint32_t s = 0; s < image->servers.count && filled < count; s++)
            for (uint32_t k = 0; k < count; k++)
                if (servers[k] == s)
                    sorted[filled++] = s;
        visit(parts, sorted, count);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct image_list peers = image_servers(image)[servers[i]].peers;
        for (uint32_t p = 0; p < peers.count; p++) {
            const uint32_t peer = image_numbers(image)[peers.first + p];
            bool inside = false;
            for (uint32_t k = 0; k < count; k++)
                inside = inside || servers[k] == peer;
            if (inside)
                continue;
            servers[count] = peer;
            grow(parts, servers, count + 1);
        }
    }
}

void part_each(const struct deployment *deployment, uint32_t max, part_visit *each, void *context)
{
    struct parts parts = {.deployment = deployment, .max = max, .each = each, .context = context};
    const struct image *image = deployment->image;
    assert(max >= 1 && max <= PART_SERVERS_MAX);
    for (uint32_t s = 0; s < image->servers.count && !parts.ended; s++) {
        uint32_t servers[PART_SERVERS_MAX] = {s};
        grow(&parts, servers, 1);
    }
    for (size_t i = 0; i < parts.seen_count; i++)
        free(parts.seen[i]);
    free(parts.seen);
    visited_free(&parts.met);
}
