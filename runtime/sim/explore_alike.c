#include "runtime/sim/explore_alike.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/sim/array.h"

/* A way that is being made: servers one after the other, then cameras. */
struct search {
    struct alike *alike;
    uint32_t way_max;
    const struct image *image;
    const struct image *other; /* whose names are given; mostly the same */
    struct alike_way way;
    size_t way_size; /* numbers of one way */
    bool *taken;     /* of the cameras */
};

/* ---- what is declared of one thing ---- */

static bool are_servers_alike(const struct search *search, uint32_t a, uint32_t b)
{
    const struct image_server left = image_servers(search->image)[a];
    const struct image_server right = image_servers(search->other)[b];
    return left.machine == right.machine && left.ask_wait_ms == right.ask_wait_ms &&
           left.priority == right.priority && left.own_cameras.count == right.own_cameras.count &&
           left.failovers.count == right.failovers.count &&
           left.watchers.count == right.watchers.count && left.peers.count == right.peers.count &&
           left.volumes.count == right.volumes.count &&
           left.witnesses.count == right.witnesses.count;
}

/* All but names, places and objects. */
static bool are_failovers_alike(const struct search *search, uint32_t a, uint32_t b)
{
    struct image_failover left = image_failovers(search->image)[a];
    struct image_failover right = image_failovers(search->other)[b];
    left.name = right.name = 0;
    left.standby = right.standby = 0;
    left.monitor = right.monitor = 0;
    left.on_start = right.on_start = (struct image_list){0, 0};
    left.on_stop = right.on_stop = (struct image_list){0, 0};
    const bool limited = left.manager != IMAGE_NONE;
    const bool twice = left.own_manager != IMAGE_NONE;
    if (limited != (right.manager != IMAGE_NONE) || twice != (right.own_manager != IMAGE_NONE) ||
        left.objects.count != right.objects.count)
        return false;
    left.manager = right.manager = 0;
    left.own_manager = right.own_manager = 0;
    left.objects = right.objects = (struct image_list){0, 0};
    return memcmp(&left, &right, sizeof left) == 0;
}

static bool lists(const struct image *image, uint32_t failover, uint32_t camera)
{
    const struct image_list objects = image_failovers(image)[failover].objects;
    for (uint32_t i = 0; i < objects.count; i++)
        if (image_numbers(image)[objects.first + i] == camera)
            return true;
    return false;
}

static uint32_t watcher(const struct image *image, uint32_t server, uint32_t rank)
{
    return image_numbers(image)[image_servers(image)[server].watchers.first + rank];
}

/* ---- cameras ---- */

static bool are_cameras_alike(const struct search *search, uint32_t a, uint32_t b)
{
    const struct image *image = search->image;
    const struct image_camera *left = &image_cameras(image)[a];
    const struct image_camera *right = &image_cameras(search->other)[b];
    if (search->way.servers[left->server] != right->server || left->machine != right->machine ||
        left->sessions != right->sessions || left->arm != right->arm)
        return false;
    for (uint32_t w = 0; w < image_servers(image)[left->server].watchers.count; w++)
        if (lists(image, watcher(image, left->server, w), a) !=
            lists(search->other, watcher(search->other, right->server, w), b))
            return false;
    return true;
}

static struct alike_way lay_out(const struct image *image, uint32_t *numbers)
{
    struct alike_way way = {.servers = numbers};
    way.failovers = way.servers + image->servers.count;
    way.cameras = way.failovers + image->failovers.count;
    way.managers = way.cameras + image->cameras.count;
    way.volumes = way.managers + image->managers.count;
    return way;
}

static void add_way(struct search *search)
{
    struct alike *alike = search->alike;
    uint32_t *numbers = alike->block + search->way_size * alike->count;
    memcpy(numbers, search->way.servers, search->way_size * sizeof *numbers);
    alike->ways[alike->count++] = lay_out(search->image, numbers);
}

static void place_cameras(struct search *search, uint32_t camera)
{
    const struct image *image = search->image;
    if (camera == image->cameras.count) {
        add_way(search);
        return;
    }
    for (uint32_t to = 0; to < image->cameras.count && search->alike->count < search->way_max;
         to++) {
        if (search->taken[to] || !are_cameras_alike(search, camera, to))
            continue;
        search->taken[to] = true;
        search->way.cameras[camera] = to;
        place_cameras(search, camera + 1);
        search->taken[to] = false;
    }
}

/* ---- failovers and managers follow from the servers ---- */

/* The failover that watches the same main from the same standby, both renamed. */
static uint32_t find_failover(const struct search *search, uint32_t failover)
{
    const struct image *image = search->image;
    const struct image_failover *entry = &image_failovers(image)[failover];
    const uint32_t main = search->way.servers[entry->monitor];
    for (uint32_t w = 0; w < image_servers(search->other)[main].watchers.count; w++) {
        const uint32_t to = watcher(search->other, main, w);
        if (watcher(image, entry->monitor, w) == failover)
            return image_failovers(search->other)[to].standby ==
                               search->way.servers[entry->standby] &&
                           are_failovers_alike(search, failover, to)
                       ? to
                       : IMAGE_NONE;
    }
    return IMAGE_NONE;
}

static bool can_bind(const struct image *image, uint32_t manager)
{
    uint32_t count = 0;
    for (uint32_t f = 0; f < image->failovers.count; f++)
        count += image_failover_is_limited(&image_failovers(image)[f], manager);
    const uint32_t max = image_managers(image)[manager].max_running;
    return max != 0 && max < count;
}

static bool keeps_order(const struct search *search, uint32_t manager, uint32_t failover)
{
    const struct image_failover *failovers = image_failovers(search->image);
    for (uint32_t before = 0; before < failover; before++)
        if (image_failover_is_limited(&failovers[before], manager) &&
            search->way.failovers[before] > search->way.failovers[failover])
            return false;
    return true;
}

static bool has_peer(const struct image *image, uint32_t server, uint32_t peer)
{
    const struct image_list peers = image_servers(image)[server].peers;
    for (uint32_t p = 0; p < peers.count; p++)
        if (image_numbers(image)[peers.first + p] == peer)
            return true;
    return false;
}

/* Whether a third server speaks of the failover: another standby (R24), or one that looks on (R45).
 */
static bool is_spoken_of(const struct image *image, uint32_t failover)
{
    const struct image_failover *entry = &image_failovers(image)[failover];
    for (uint32_t s = 0; s < image->servers.count; s++)
        if (has_peer(image, entry->standby, s) && has_peer(image, entry->monitor, s))
            return true;
    return false;
}

/* What is said to one server of several failovers of one standby is said in their order, or in that
 * of their mains. */
static bool keeps_order_of_words(const struct search *search, uint32_t failover)
{
    const struct image_failover *failovers = image_failovers(search->image);
    const uint32_t *servers = search->way.servers;
    if (!is_spoken_of(search->image, failover))
        return true;
    for (uint32_t before = 0; before < failover; before++) {
        const uint32_t left = failovers[before].monitor;
        const uint32_t right = failovers[failover].monitor;
        if (failovers[before].standby == failovers[failover].standby &&
            is_spoken_of(search->image, before) &&
            (search->way.failovers[before] > search->way.failovers[failover] ||
             (left < right) != (servers[left] < servers[right])))
            return false;
    }
    return true;
}

static bool place_manager(struct search *search, uint32_t failover, uint32_t from, uint32_t to)
{
    const struct image *image = search->image;
    if (from == IMAGE_NONE)
        return true;
    const struct image_manager *left = &image_managers(image)[from];
    const struct image_manager *right = &image_managers(search->other)[to];
    if (search->way.managers[from] != IMAGE_NONE && search->way.managers[from] != to)
        return false;
    search->way.managers[from] = to;
    return left->max_running == right->max_running && left->allow == right->allow &&
           search->way.servers[left->host] == right->host &&
           (left->standby == IMAGE_NONE) == (right->standby == IMAGE_NONE) &&
           (!can_bind(image, from) || keeps_order(search, from, failover));
}

static bool place_managers(struct search *search, uint32_t failover)
{
    const struct image_failover *left = &image_failovers(search->image)[failover];
    const struct image_failover *right =
        &image_failovers(search->other)[search->way.failovers[failover]];
    return place_manager(search, failover, left->manager, right->manager) &&
           place_manager(search, failover, left->own_manager, right->own_manager);
}

static bool place_failovers(struct search *search)
{
    const struct image *image = search->image;
    for (uint32_t m = 0; m < image->managers.count; m++)
        search->way.managers[m] = IMAGE_NONE;
    for (uint32_t f = 0; f < image->failovers.count; f++) {
        search->way.failovers[f] = find_failover(search, f);
        if (search->way.failovers[f] == IMAGE_NONE || !place_managers(search, f) ||
            !keeps_order_of_words(search, f))
            return false;
    }
    for (uint32_t m = 0; m < image->managers.count; m++) /* of one that limits nothing */
        if (search->way.managers[m] == IMAGE_NONE)
            search->way.managers[m] = m;
    return true;
}

/* ---- so do volumes ---- */

static bool place_volume(struct search *search, uint32_t from, uint32_t to)
{
    uint32_t *volumes = search->way.volumes;
    for (uint32_t v = 0; v < search->image->volumes.count; v++)
        if (v != from && volumes[v] == to)
            return false;
    if (volumes[from] != IMAGE_NONE)
        return volumes[from] == to;
    volumes[from] = to;
    return image_volumes(search->image)[from].shared == image_volumes(search->other)[to].shared;
}

static bool place_arbiter(const struct search *search, uint32_t from, uint32_t to)
{
    return from < search->image->volumes.count ? search->way.volumes[from] == to : from == to;
}

/* Those that a server writes to, in their order; the others are never lost. */
static bool place_volumes(struct search *search)
{
    const struct image *image = search->image;
    for (uint32_t v = 0; v < image->volumes.count; v++)
        search->way.volumes[v] = IMAGE_NONE;
    for (uint32_t s = 0; s < image->servers.count; s++) {
        const struct image_list from = image_servers(image)[s].volumes;
        const struct image_list to = image_servers(search->other)[search->way.servers[s]].volumes;
        for (uint32_t i = 0; i < from.count; i++)
            if (!place_volume(search, image_numbers(image)[from.first + i],
                              image_numbers(search->other)[to.first + i]))
                return false;
    }
    for (uint32_t s = 0; s < image->servers.count; s++)
        if (!place_arbiter(search, image_servers(image)[s].arbiter,
                           image_servers(search->other)[search->way.servers[s]].arbiter))
            return false;
    return true;
}

/* ---- servers ---- */

static bool may_stand_for(const struct search *search, uint32_t server, uint32_t to)
{
    if (!are_servers_alike(search, server, to))
        return false;
    for (uint32_t before = 0; before < server; before++)
        if (search->way.servers[before] == to ||
            has_peer(search->image, before, server) !=
                has_peer(search->other, search->way.servers[before], to))
            return false;
    return true;
}

static void place_servers(struct search *search, uint32_t server)
{
    if (server == search->image->servers.count) {
        if (place_failovers(search) && place_volumes(search))
            place_cameras(search, 0);
        return;
    }
    /* Itself first, so that the first way of all changes nothing. */
    for (uint32_t i = 0; i < search->image->servers.count; i++) {
        const uint32_t to = i == 0 ? server : i - (i <= server);
        if (search->alike->count == search->way_max || !may_stand_for(search, server, to))
            continue;
        search->way.servers[server] = to;
        place_servers(search, server + 1);
    }
}

static void find(struct alike *alike, const struct image *image, const struct image *other,
                 uint32_t way_max)
{
    struct search search = {.alike = alike, .way_max = way_max, .image = image, .other = other};
    const size_t size = (size_t)image->servers.count + image->failovers.count +
                        image->cameras.count + image->managers.count + image->volumes.count;
    *alike = (struct alike){.block = array_new(size * way_max, sizeof *alike->block)};
    uint32_t *numbers = array_new(size, sizeof *numbers);
    search.way = lay_out(image, numbers);
    search.way_size = size;
    search.taken = array_new(image->cameras.count, sizeof *search.taken);
    place_servers(&search, 0);
    free(search.taken);
    free(numbers);
}

void alike_find(struct alike *alike, const struct image *image)
{
    find(alike, image, image, ALIKE_WAYS_MAX);
}

bool alike_sites(const struct image *a, const struct image *b)
{
    struct alike alike;
    if (a->servers.count != b->servers.count || a->failovers.count != b->failovers.count ||
        a->cameras.count != b->cameras.count || a->managers.count != b->managers.count ||
        a->volumes.count != b->volumes.count)
        return false;
    find(&alike, a, b, 1);
    const bool found = alike.count > 0;
    alike_free(&alike);
    return found;
}

void alike_free(struct alike *alike)
{
    free(alike->block);
    *alike = (struct alike){.count = 0};
}
