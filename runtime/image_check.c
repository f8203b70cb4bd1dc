/* Checking an image: a block from outside, in which everything may be wrong. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "runtime/hash.h"
#include "runtime/image.h"

struct check {
    const struct image *image;
    char *error;
};

/* Each check is a sentence about what is wrong; the first one that fails ends the checking. */
static bool holds(const struct check *check, bool fine, const char *what)
{
    if (!fine)
        snprintf(check->error, TEXT_BYTES_MAX, "the image of the deployment is damaged: %s", what);
    return fine;
}

static bool section_fits(const struct image *image, const struct image_section *section,
                         size_t element_size, uint32_t max)
{
    uint64_t end = section->offset + (uint64_t)section->count * element_size;
    return section->offset % 8 == 0 && section->offset >= sizeof *image && end <= image->size &&
           section->count <= max;
}

/* A text that is there and shorter than max bytes. The section of strings ends with a NUL, so the
 * search is bounded. */
static bool text_fits(const struct image *image, uint32_t offset, size_t max)
{
    return offset < image->strings.count && strlen(image_text(image, offset)) < max;
}

/* A name becomes part of paths and of log lines. */
static bool name_fits(const struct image *image, uint32_t offset)
{
    if (!text_fits(image, offset, NAME_BYTES_MAX))
        return false;
    const char *name = image_text(image, offset);
    if (*name == '\0' || *name == '.')
        return false;
    for (; *name != '\0'; name++)
        if ((unsigned char)*name < 0x20 || *name == 0x7f || *name == '/')
            return false;
    return true;
}

/* A text that programs of the system will read: without control characters. */
static bool plain_fits(const struct image *image, uint32_t offset, size_t max)
{
    if (!text_fits(image, offset, max))
        return false;
    for (const char *c = image_text(image, offset); *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return false;
    return true;
}

/* The empty text, or the absolute path of a file. */
static bool path_fits(const struct image *image, uint32_t offset)
{
    return plain_fits(image, offset, PATH_BYTES_MAX) &&
           (offset == 0 || *image_text(image, offset) == '/');
}

/* It becomes part of a path below the zones of the system. */
static bool zone_fits(const struct image *image, uint32_t offset)
{
    return plain_fits(image, offset, ZONE_BYTES_MAX) && *image_text(image, offset) != '/' &&
           strchr(image_text(image, offset), '.') == NULL;
}

static bool range_fits(struct image_list range, uint32_t count)
{
    return range.first <= count && range.count <= count - range.first;
}

/* A list of numbers, each below limit; ascending where that is promised. */
static bool list_fits(const struct image *image, struct image_list list, uint32_t limit,
                      bool ascending)
{
    if (!range_fits(list, image->numbers.count))
        return false;
    const uint32_t *items = image_numbers(image) + list.first;
    for (uint32_t i = 0; i < list.count; i++)
        if (items[i] >= limit || (ascending && i > 0 && items[i] <= items[i - 1]))
            return false;
    return true;
}

/* A list of numbers that are texts. */
static bool texts_fit(const struct image *image, struct image_list list, uint32_t limit)
{
    if (!range_fits(list, image->numbers.count) || list.count > limit)
        return false;
    for (uint32_t i = 0; i < list.count; i++)
        if (!plain_fits(image, image_numbers(image)[list.first + i], HOST_BYTES_MAX))
            return false;
    return true;
}

/* A program, and what it is run with. */
static bool hook_fits(const struct image *image, struct image_list list)
{
    if (!range_fits(list, image->numbers.count) || list.count > HOOK_WORDS_MAX)
        return false;
    const uint32_t *words = image_numbers(image) + list.first;
    for (uint32_t i = 0; i < list.count; i++)
        if (words[i] == 0 || !plain_fits(image, words[i], PATH_BYTES_MAX))
            return false;
    return list.count == 0 || *image_text(image, words[0]) == '/';
}

static bool between(int64_t value, int64_t least, int64_t most)
{
    return value >= least && value <= most;
}

static bool check_sections(const struct check *check)
{
    const struct image *image = check->image;
    const struct {
        const struct image_section *section;
        size_t element_size;
        uint32_t max;
    } sections[] = {
        {&image->volumes, sizeof(struct image_volume), VOLUMES_MAX},
        {&image->servers, sizeof(struct image_server), SERVERS_MAX},
        {&image->cameras, sizeof(struct image_camera), CAMERAS_MAX},
        {&image->failovers, sizeof(struct image_failover), FAILOVERS_MAX},
        {&image->managers, sizeof(struct image_manager), SERVERS_MAX + 1},
        {&image->coordinators, sizeof(struct image_coordinator), 1},
        {&image->numbers, sizeof(uint32_t), UINT32_MAX},
        {&image->strings, 1, UINT32_MAX},
    };
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        if (!holds(
                check,
                section_fits(image, sections[i].section, sections[i].element_size, sections[i].max),
                "a section lies outside of it"))
            return false;
    const char *strings = (const char *)image + image->strings.offset;
    uint32_t count = image->strings.count;
    return holds(check, count > 0 && strings[0] == '\0' && strings[count - 1] == '\0',
                 "its texts do not end");
}

static bool site_fits(const struct image *image)
{
    const struct image_site *site = &image->site;
    return text_fits(image, site->name, TEXT_BYTES_MAX) && site->heartbeat_ms > 0 &&
           site->misses > 0 && site->claim_ms <= CLAIM_MS_MAX &&
           between(site->lease_ms, LEASE_MS_MIN, LEASE_MS_MAX) && site->licence_bound <= 1 &&
           zone_fits(image, site->time_zone) && between(site->grace_ms, 1, GRACE_MS_MAX) &&
           between(site->repair_ms, 0, GRACE_MS_MAX) && hook_fits(image, site->on_alarm);
}

static bool volume_fits(const struct image *image, uint32_t index)
{
    const struct image_volume *volume = &image_volumes(image)[index];
    return name_fits(image, volume->name) && text_fits(image, volume->path, PATH_BYTES_MAX) &&
           volume->shared <= 1;
}

static bool arbiter_fits(const struct image *image, uint32_t arbiter)
{
    if (arbiter == IMAGE_COORDINATOR)
        return image->coordinators.count == 1;
    return arbiter == IMAGE_NONE ||
           (arbiter < image->volumes.count && image_volumes(image)[arbiter].shared == 1);
}

static bool server_fits(const struct image *image, uint32_t index)
{
    const struct image_server *server = &image_servers(image)[index];
    if (!name_fits(image, server->name) || !text_fits(image, server->address, NAME_BYTES_MAX * 4) ||
        !range_fits(server->own_cameras, image->cameras.count) ||
        !range_fits(server->failovers, image->failovers.count) ||
        !list_fits(image, server->watchers, image->failovers.count, false) ||
        !list_fits(image, server->peers, image->servers.count, true) ||
        !list_fits(image, server->volumes, image->volumes.count, false) ||
        server->volumes.count > SERVER_VOLUMES_MAX ||
        !texts_fit(image, server->witnesses, WITNESSES_MAX))
        return false;
    if (!arbiter_fits(image, server->arbiter))
        return false;
    const uint32_t *volumes = image_numbers(image) + server->volumes.first;
    if (server->fallback != IMAGE_NONE &&
        (server->volumes.count == 0 || volumes[server->volumes.count - 1] != server->fallback))
        return false;
    for (uint32_t i = 0; i < server->own_cameras.count; i++)
        if (image_cameras(image)[server->own_cameras.first + i].server != index)
            return false;
    for (uint32_t i = 0; i < server->failovers.count; i++)
        if (image_failovers(image)[server->failovers.first + i].standby != index)
            return false;
    for (uint32_t i = 0; i < server->watchers.count; i++)
        if (image_failovers(image)[image_numbers(image)[server->watchers.first + i]].monitor !=
            index)
            return false;
    return true;
}

static bool camera_fits(const struct image *image, uint32_t index)
{
    const struct image_camera *camera = &image_cameras(image)[index];
    return name_fits(image, camera->name) && text_fits(image, camera->url, URL_BYTES_MAX) &&
           camera->server < image->servers.count && camera->arm <= ARM_HOT &&
           camera->sessions > 0 && between(camera->keep_ms, 0, GRACE_MS_MAX) &&
           (camera->credentials == 0 || name_fits(image, camera->credentials));
}

static bool is_watcher(const struct image *image, uint32_t main, uint32_t failover)
{
    const struct image_list watchers = image_servers(image)[main].watchers;
    for (uint32_t i = 0; i < watchers.count; i++)
        if (image_numbers(image)[watchers.first + i] == failover)
            return true;
    return false;
}

/* One limit, or the site's and that of its standby. */
static bool limits_fit(const struct image *image, const struct image_failover *failover)
{
    const struct image_manager *managers = image_managers(image);
    if (failover->manager == IMAGE_NONE)
        return failover->own_manager == IMAGE_NONE;
    if (failover->manager >= image->managers.count)
        return false;
    if (failover->own_manager == IMAGE_NONE)
        return true;
    return failover->own_manager < image->managers.count &&
           managers[failover->manager].standby == IMAGE_NONE &&
           managers[failover->own_manager].standby == failover->standby;
}

static bool failover_fits(const struct image *image, uint32_t index)
{
    const struct image_failover *failover = &image_failovers(image)[index];
    if (!name_fits(image, failover->name) || failover->standby >= image->servers.count ||
        failover->monitor >= image->servers.count || failover->standby == failover->monitor ||
        failover->wait_ms > WAIT_S_MAX * 1000u || failover->retry_for_ms > RETRY_MS_MAX ||
        failover->also_on > (ALSO_ON_STORAGE | ALSO_ON_RECORDING) || failover->no_ping > 1 ||
        failover->manual > 1 || failover->disabled > 1 || !hook_fits(image, failover->on_start) ||
        !hook_fits(image, failover->on_stop) || !limits_fit(image, failover) ||
        failover->retry_for_ms == 0 || !is_watcher(image, failover->monitor, index) ||
        !list_fits(image, failover->objects, image->cameras.count, true))
        return false;
    for (uint32_t i = 0; i < failover->objects.count; i++)
        if (image_cameras(image)[image_numbers(image)[failover->objects.first + i]].server !=
            failover->monitor)
            return false;
    return true;
}

static bool manager_fits(const struct image *image, uint32_t index)
{
    const struct image_manager *manager = &image_managers(image)[index];
    return name_fits(image, manager->name) && manager->host < image->servers.count &&
           manager->allow <= 1 &&
           (manager->standby == IMAGE_NONE || manager->standby == manager->host);
}

static bool coordinator_fits(const struct image *image, uint32_t index)
{
    const struct image_coordinator *coordinator = &image_coordinators(image)[index];
    return coordinator->endpoints.count > 0 &&
           texts_fit(image, coordinator->endpoints, ENDPOINTS_MAX) &&
           path_fits(image, coordinator->ca) && path_fits(image, coordinator->cert) &&
           path_fits(image, coordinator->key) && coordinator->allow <= 1 &&
           (coordinator->credentials == 0 || name_fits(image, coordinator->credentials));
}

static bool check_rows(const struct check *check)
{
    const struct image *image = check->image;
    const struct {
        uint32_t count;
        bool (*fits)(const struct image *image, uint32_t index);
        const char *what;
    } rows[] = {
        {image->volumes.count, volume_fits, "a volume in it is not sound"},
        {image->servers.count, server_fits, "a server in it is not sound"},
        {image->cameras.count, camera_fits, "a camera in it is not sound"},
        {image->failovers.count, failover_fits, "a failover in it is not sound"},
        {image->managers.count, manager_fits, "a failover manager in it is not sound"},
        {image->coordinators.count, coordinator_fits, "the coordinator in it is not sound"},
    };
    for (size_t kind = 0; kind < sizeof rows / sizeof rows[0]; kind++)
        for (uint32_t i = 0; i < rows[kind].count; i++)
            if (!holds(check, rows[kind].fits(image, i), rows[kind].what))
                return false;
    return holds(check, site_fits(image), "its site is not sound");
}

static bool check_hash(const struct check *check)
{
    static const uint8_t zeros[HASH_BYTES];
    const struct image *image = check->image;
    const size_t after = offsetof(struct image, hash) + HASH_BYTES;
    const struct hash_part parts[] = {
        {image, offsetof(struct image, hash)},
        {zeros, HASH_BYTES},
        {(const char *)image + after, image->size - after},
    };
    uint8_t digest[HASH_BYTES];
    hash_sha256(parts, sizeof parts / sizeof parts[0], digest);
    return holds(check, memcmp(digest, image->hash, HASH_BYTES) == 0, "its hash does not fit it");
}

const struct image *image_check(const void *block, size_t size, char error[static TEXT_BYTES_MAX])
{
    const struct check check = {block, error};
    assert((uintptr_t)block % 8 == 0);
    if (!holds(&check, size >= sizeof(struct image), "it is too short") ||
        !holds(&check, memcmp(check.image->magic, IMAGE_MAGIC, sizeof check.image->magic) == 0,
               "it does not begin like one"))
        return NULL;
    if (check.image->abi != IMAGE_ABI) {
        snprintf(error, TEXT_BYTES_MAX,
                 "the deployment was compiled by another version of Understudy (image %u, this one "
                 "reads "
                 "%u): compile the topology again",
                 check.image->abi, IMAGE_ABI);
        return NULL;
    }
    if (!holds(&check, check.image->size == size, "its length is not what it says") ||
        !check_hash(&check) || !check_sections(&check) || !check_rows(&check))
        return NULL;
    return check.image;
}
