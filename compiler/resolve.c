#include "compiler/resolve.h"
#include "compiler/features.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/names.h"
#include "compiler/resolve_relations.h"

struct resolver {
    struct arena *arena;
    struct diag *diag;
    struct model *model;
    struct resolved *resolved;
    struct names volumes;
    struct names servers;
    struct names cameras; /* by declaration */
    struct names failovers;
    struct names managers;
    uint32_t *camera_at; /* from the order of declaration to that of the image */
    bool failed;
};

/* ---- names ---- */

static void report_twice(struct resolver *resolver, const char *word, const char *name,
                         struct place place, struct place first)
{
    resolver->failed = true;
    struct diag_at at = {.place = place, .name = name};
    bool same_file = strcmp(place.file, first.file) == 0;
    diag_report(resolver->diag, DIAG_E202, at, NULL,
                "%s \"%s\" is declared twice, first in %s%sline %d", word, name,
                same_file ? "" : first.file, same_file ? "" : ", ", first.line);
}

/* Defines index_servers(resolver) and the like: enters all names of a kind and reports those that
 * stand twice. */
#define X(array, type, word)                                                                       \
    static void index_##array(struct resolver *resolver, struct names *names)                      \
    {                                                                                              \
        const struct type *records = resolver->model->array;                                       \
        names_start(names, resolver->arena, resolver->model->array##_count);                       \
        for (uint32_t i = 0; i < resolver->model->array##_count; i++) {                            \
            if (i + NAMES_AHEAD < resolver->model->array##_count) {                                \
                names_expect(names, records[i + NAMES_AHEAD].name);                                \
            }                                                                                      \
            uint32_t first = names_add(names, records[i].name);                                    \
            if (first != i) {                                                                      \
                report_twice(resolver, word, records[i].name, records[i].place,                    \
                             records[first].place);                                                \
            }                                                                                      \
        }                                                                                          \
    }
X(volumes, model_volume, "volume")
X(servers, model_server, "server")
X(cameras, model_camera, "camera")
X(failovers, model_failover, "failover")
X(managers, model_manager, "failover_manager")
#undef X

/* A place that uses a name. */
struct use {
    const char *word; /* of the declaration */
    const char *name;
    struct place place;
    const char *field;
};

/* The index of a name that a field uses. A field that was left out or reported is NULL and gives
 * IMAGE_NONE. */
static uint32_t find(struct resolver *resolver, const struct names *names, const char *kind,
                     const char *wanted, struct use use)
{
    if (wanted == NULL) {
        return IMAGE_NONE;
    }
    uint32_t index = names_find(names, wanted);
    if (index == IMAGE_NONE) {
        resolver->failed = true;
        struct diag_at at = {
            .place = use.place, .name = use.name, .field = use.field, .value = wanted};
        diag_report(resolver->diag, DIAG_E201, at, names_suggestion(names, resolver->diag, wanted),
                    "%s \"%s\": unknown %s \"%s\"", use.word, use.name, kind, wanted);
    }
    return index;
}

/* The indices of a list of names; one that stands twice is reported and taken once. */
static void find_all(struct resolver *resolver, const struct names *names, const char *kind,
                     const struct model_names *wanted, struct use use, struct resolved_list *list)
{
    for (size_t i = 0; i < wanted->count; i++) {
        uint32_t index = find(resolver, names, kind, wanted->names[i], use);
        if (index != IMAGE_NONE) {
            resolved_list_add(resolver->arena, list, index);
        }
    }
}

static void report_repeated(struct resolver *resolver, const char *value, struct use use)
{
    resolver->failed = true;
    struct diag_at at = {.place = use.place, .name = use.name, .field = use.field, .value = value};
    diag_report(resolver->diag, DIAG_E217, at, NULL, "%s \"%s\": \"%s\" stands twice in %s",
                use.word, use.name, value, use.field);
}

/* ---- servers ---- */

static void link_server(struct resolver *resolver, uint32_t index)
{
    const struct model_server *model = &resolver->model->servers[index];
    struct resolved_server *server = &resolver->resolved->servers[index];
    server->model = model;
    struct use use = {"server", model->name, model->place, "archive"};
    server->fallback = IMAGE_NONE;
    for (size_t i = 0; i < model->archive.count; i++) {
        const char *name = model->archive.names[i];
        uint32_t volume = find(resolver, &resolver->volumes, "volume", name, use);
        if (volume != IMAGE_NONE && resolved_list_has(&server->volumes, volume)) {
            report_repeated(resolver, name, use);
        } else if (volume != IMAGE_NONE) {
            resolved_list_add(resolver->arena, &server->volumes, volume);
        }
        if (server->volumes.count > SERVER_VOLUMES_MAX) {
            return; /* check says that there are too many */
        }
    }
    use.field = "fallback";
    uint32_t fallback = find(resolver, &resolver->volumes, "volume", model->fallback, use);
    if (fallback != IMAGE_NONE && resolved_list_has(&server->volumes, fallback)) {
        report_repeated(resolver, model->fallback, use);
    } else if (fallback != IMAGE_NONE) {
        resolved_list_add(resolver->arena, &server->volumes, fallback);
        server->fallback = fallback;
    }
}

/* ---- cameras: by owner, then by declaration ---- */

static enum image_arm camera_arm(const struct model_camera *camera)
{
    assert(camera->arm != NULL);
    return strcmp(camera->arm, "cold") == 0   ? ARM_COLD
           : strcmp(camera->arm, "warm") == 0 ? ARM_WARM
                                              : ARM_HOT;
}

/* The owner of every camera. Cameras of one server mostly stand together and share one text. */
static uint32_t *find_owners(struct resolver *resolver)
{
    uint32_t count = resolver->resolved->camera_count;
    uint32_t *owners = arena_alloc(resolver->arena, (count + 1) * sizeof *owners);
    const char *last_name = NULL;
    for (uint32_t i = 0; i < count; i++) {
        const struct model_camera *camera = &resolver->model->cameras[i];
        struct use use = {"camera", camera->name, camera->place, "server"};
        bool same = last_name != NULL && camera->server == last_name && owners[i - 1] != IMAGE_NONE;
        owners[i] = same ? owners[i - 1]
                         : find(resolver, &resolver->servers, "server", camera->server, use);
        last_name = camera->server;
    }
    return owners;
}

/* Cameras without an owner, which were reported, come last. */
static void link_cameras(struct resolver *resolver)
{
    struct resolved *resolved = resolver->resolved;
    const uint32_t *owners = find_owners(resolver);
    uint32_t *next = arena_alloc(resolver->arena, (resolved->server_count + 1) * sizeof *next);
    for (uint32_t i = 0; i < resolved->camera_count; i++) {
        if (owners[i] != IMAGE_NONE) {
            resolved->servers[owners[i]].own_cameras.count++;
        }
    }
    uint32_t at = 0;
    for (uint32_t s = 0; s < resolved->server_count; s++) {
        struct image_list *own = &resolved->servers[s].own_cameras;
        own->first = own->count == 0 ? 0 : at;
        next[s] = at;
        at += own->count;
    }
    next[resolved->server_count] = at;
    for (uint32_t i = 0; i < resolved->camera_count; i++) {
        const struct model_camera *model = &resolver->model->cameras[i];
        uint32_t bin = owners[i] == IMAGE_NONE ? resolved->server_count : owners[i];
        resolver->camera_at[i] = next[bin];
        resolved->cameras[next[bin]++] =
            (struct resolved_camera){.model = model, .server = owners[i], .arm = camera_arm(model)};
    }
}

/* ---- failovers: by standby, then by declaration ---- */

static int compare_failovers(const void *a, const void *b)
{
    const struct resolved_failover *left = a;
    const struct resolved_failover *right = b;
    if (left->standby != right->standby) {
        return left->standby < right->standby ? -1 : 1;
    }
    return left->model < right->model ? -1 : 1;
}

/* What it transfers: the main's cameras, or those of them that it lists. */
static void link_objects(struct resolver *resolver, struct resolved_failover *failover)
{
    const struct resolved *resolved = resolver->resolved;
    const struct model_failover *model = failover->model;
    if (model->all_objects) {
        if (failover->monitor != IMAGE_NONE) {
            struct image_list own = resolved->servers[failover->monitor].own_cameras;
            failover->objects.items =
                arena_alloc(resolver->arena, own.count * sizeof *failover->objects.items);
            failover->objects.count = own.count;
            for (uint32_t i = 0; i < own.count; i++) {
                failover->objects.items[i] = own.first + i;
            }
        }
        return;
    }
    struct use use = {"failover", model->name, model->place, "objects"};
    find_all(resolver, &resolver->cameras, "camera", &model->objects, use, &failover->objects);
    for (uint32_t i = 0; i < failover->objects.count; i++) {
        failover->objects.items[i] = resolver->camera_at[failover->objects.items[i]];
    }
    resolved_list_sort(&failover->objects);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < failover->objects.count; i++) {
        uint32_t item = failover->objects.items[i];
        if (i > 0 && item == failover->objects.items[i - 1]) {
            report_repeated(resolver, resolved->cameras[item].model->name, use);
        } else {
            failover->objects.items[kept++] = item;
        }
    }
    failover->objects.count = kept;
}

/* The reasons for a take-over besides R1, as bits. */
static uint32_t also_on_bits(const struct model_names *words)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < words->count; i++) {
        bits |= strcmp(words->names[i], "storage") == 0 ? ALSO_ON_STORAGE : ALSO_ON_RECORDING;
    }
    return bits;
}

static void link_failovers(struct resolver *resolver)
{
    struct resolved *resolved = resolver->resolved;
    for (uint32_t i = 0; i < resolved->failover_count; i++) {
        const struct model_failover *model = &resolver->model->failovers[i];
        struct resolved_failover *failover = &resolved->failovers[i];
        struct use use = {"failover", model->name, model->place, "standby"};
        failover->model = model;
        failover->manager = IMAGE_NONE;
        failover->own_manager = IMAGE_NONE;
        failover->also_on = also_on_bits(&model->also_on);
        failover->standby = find(resolver, &resolver->servers, "server", model->standby, use);
        use.field = "monitor";
        failover->monitor = find(resolver, &resolver->servers, "server", model->monitor, use);
        link_objects(resolver, failover);
    }
    qsort(resolved->failovers, resolved->failover_count, sizeof *resolved->failovers,
          compare_failovers);
    for (uint32_t i = 0; i < resolved->failover_count; i++) {
        uint32_t standby = resolved->failovers[i].standby;
        if (standby != IMAGE_NONE) {
            struct image_list *under = &resolved->servers[standby].failovers;
            under->first = under->count == 0 ? i : under->first;
            under->count++;
        }
    }
}

/* ---- managers ---- */

/* The first server, by declaration, that some failover names as its standby; without any, the first
 * server. */
static uint32_t first_standby(const struct resolved *resolved)
{
    for (uint32_t i = 0; i < resolved->server_count; i++) {
        if (resolved->servers[i].failovers.count > 0) {
            return i;
        }
    }
    return resolved->server_count > 0 ? 0 : IMAGE_NONE;
}

static void link_managers(struct resolver *resolver)
{
    struct resolved *resolved = resolver->resolved;
    for (uint32_t i = 0; i < resolved->manager_count; i++) {
        const struct model_manager *model = &resolver->model->managers[i];
        struct resolved_manager *manager = &resolved->managers[i];
        struct use use = {"failover_manager", model->name, model->place, "standby"};
        manager->model = model;
        manager->allow = strcmp(model->when_unreachable, "allow") == 0;
        manager->standby = find(resolver, &resolver->servers, "server", model->standby, use);
        use.field = "on";
        manager->host = find(resolver, &resolver->servers, "server", model->on, use);
        if (model->standby != NULL) {
            manager->host = manager->standby;
        } else if (model->on == NULL) {
            manager->host = first_standby(resolved);
        }
    }
}

/* ---- the whole ---- */

static void resolve_start(struct resolver *resolver)
{
    struct model *model = resolver->model;
    struct resolved *resolved = resolver->resolved;
    struct arena *arena = resolver->arena;
    *resolved = (struct resolved){.model = model,
                                  .site = &model->sites[0],
                                  .volumes = model->volumes,
                                  .volume_count = (uint32_t)model->volumes_count,
                                  .server_count = (uint32_t)model->servers_count,
                                  .camera_count = (uint32_t)model->cameras_count,
                                  .failover_count = (uint32_t)model->failovers_count,
                                  .manager_count = (uint32_t)model->managers_count};
    /* One more than there are: an array without elements has an address too. */
    resolved->servers = arena_alloc(arena, (model->servers_count + 1) * sizeof *resolved->servers);
    resolved->cameras = arena_alloc(arena, (model->cameras_count + 1) * sizeof *resolved->cameras);
    resolved->failovers =
        arena_alloc(arena, (model->failovers_count + 1) * sizeof *resolved->failovers);
    resolved->managers =
        arena_alloc(arena, (model->managers_count + 1) * sizeof *resolved->managers);
    resolver->camera_at =
        arena_alloc(arena, (model->cameras_count + 1) * sizeof *resolver->camera_at);
}

bool resolve_topology(struct model *model, struct resolved *resolved, struct diag *diag)
{
    assert(model != NULL && resolved != NULL && diag != NULL);
    if (model->partial) {
        *resolved = (struct resolved){.model = model};
        return false;
    }
    assert(model->sites_count > 0);
    struct resolver resolver = {
        .arena = model->arena, .diag = diag, .model = model, .resolved = resolved};
    resolve_start(&resolver);
    index_volumes(&resolver, &resolver.volumes);
    index_servers(&resolver, &resolver.servers);
    index_cameras(&resolver, &resolver.cameras);
    index_failovers(&resolver, &resolver.failovers);
    index_managers(&resolver, &resolver.managers);
    for (uint32_t i = 0; i < resolved->server_count; i++) {
        link_server(&resolver, i);
    }
    link_cameras(&resolver);
    link_failovers(&resolver);
    link_managers(&resolver);
    resolve_relations(resolved, model->arena);
    features_set(resolved);
    return !resolver.failed;
}
