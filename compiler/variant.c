#include "compiler/variant.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "compiler/arena.h"
#include "compiler/check.h"

/* ---- a model that is changed ---- */

/* A copy of an array with room for some more. */
static void *copy_with_room(struct arena *arena, const void *items, size_t count, size_t more,
                            size_t size)
{
    void *copy = arena_alloc(arena, (count + more + 1) * size);
    if (count > 0)
        memcpy(copy, items, count * size);
    return copy;
}

/* Whether the changed model is a sound topology; what is wrong with it is nobody's fault. */
static bool is_sound(struct variant *variant)
{
    struct diag *diag = diag_new(variant->model.arena);
    variant->resolved = (struct resolved){.model = &variant->model};
    resolve_topology(&variant->model, &variant->resolved, diag);
    check_topology(&variant->resolved, diag);
    return diag_error_count(diag) == 0;
}

static bool has_server(const struct model *model, const char *name)
{
    for (size_t s = 0; s < model->servers_count; s++)
        if (strcmp(model->servers[s].name, name) == 0)
            return true;
    return false;
}

static bool has_failover(const struct model *model, const char *name)
{
    for (size_t f = 0; f < model->failovers_count; f++)
        if (strcmp(model->failovers[f].name, name) == 0)
            return true;
    return false;
}

static bool has_volume(const struct model *model, const char *name)
{
    for (size_t v = 0; v < model->volumes_count; v++)
        if (strcmp(model->volumes[v].name, name) == 0)
            return true;
    return false;
}

static bool has_manager(const struct model *model, const char *name)
{
    for (size_t m = 0; m < model->managers_count; m++)
        if (strcmp(model->managers[m].name, name) == 0)
            return true;
    return false;
}

/* A name that is not taken, made of one that is. */
static const char *new_name(const struct model *model, const char *name,
                            bool (*has)(const struct model *model, const char *name))
{
    for (int number = 2;; number++) {
        const char *tried = arena_format(model->arena, "%.*s-%d", NAME_BYTES_MAX - 8, name, number);
        if (!has(model, tried))
            return tried;
    }
}

static void note_added(struct variant *variant, const char *kind, const char *name,
                       const char *like)
{
    variant->added = arena_grow(variant->model.arena, variant->added, variant->added_count,
                                sizeof *variant->added);
    variant->added[variant->added_count++] = (struct variant_added){kind, name, like};
}

/* A volume like another one, in a place of its own. Returns its name. */
static const char *add_volume(struct variant *variant, const struct model_volume *like)
{
    struct model *model = &variant->model;
    const char *name = new_name(model, like->name, has_volume);
    const struct model_volume volume = *like;
    model->volumes = copy_with_room(model->arena, model->volumes, model->volumes_count, 1,
                                    sizeof *model->volumes);
    struct model_volume *added = &model->volumes[model->volumes_count++];
    *added = volume;
    added->name = name;
    *(volume.nas != NULL ? &added->nas : &added->path) =
        arena_format(model->arena, "/forecast-%zu", model->volumes_count);
    note_added(variant, "volume", name, volume.name);
    return name;
}

static const struct model_volume *find_volume(const struct model *model, const char *name)
{
    for (size_t v = 0; v < model->volumes_count; v++)
        if (strcmp(model->volumes[v].name, name) == 0)
            return &model->volumes[v];
    return NULL;
}

/* ---- a standby ---- */

static uint64_t cameras_to_carry(const struct resolved *resolved, uint32_t standby)
{
    const struct image_list failovers = resolved->servers[standby].failovers;
    uint64_t count = 0;
    for (uint32_t f = 0; f < failovers.count; f++)
        count += resolved->failovers[failovers.first + f].objects.count;
    return count;
}

static uint32_t most_loaded(const struct resolved *resolved)
{
    uint32_t most = 0;
    for (uint32_t s = 1; s < resolved->server_count; s++)
        if (cameras_to_carry(resolved, s) > cameras_to_carry(resolved, most))
            most = s;
    return most;
}

/* The volume that another server has in this one's place: the same NAS, or a disk of its own. */
static const char *volume_of_another(struct variant *variant, const char *name)
{
    const struct model_volume *volume = find_volume(&variant->model, name);
    return volume == NULL || volume->nas != NULL ? name : add_volume(variant, volume);
}

/* A server like the standby, without cameras of its own, with disks of its own. */
static const char *add_standby(struct variant *variant, const struct model_server *standby)
{
    struct model *model = &variant->model;
    const char *name = new_name(model, standby->name, has_server);
    model->servers = copy_with_room(model->arena, model->servers, model->servers_count, 1,
                                    sizeof *model->servers);
    struct model_server *added = &model->servers[model->servers_count++];
    *added = *standby;
    added->name = name;
    const char **archive = copy_with_room(model->arena, standby->archive.names,
                                          standby->archive.count, 0, sizeof *archive);
    for (size_t v = 0; v < standby->archive.count; v++)
        archive[v] = volume_of_another(variant, archive[v]);
    added->archive.names = archive;
    if (standby->fallback != NULL)
        added->fallback = volume_of_another(variant, standby->fallback);
    note_added(variant, "server", name, standby->name);
    /* An address that nobody can have declared (RFC 2606). */
    added->address = arena_format(model->arena, "forecast-%zu.invalid:7400", model->servers_count);
    return name;
}

/* A manager that limits the standby alone limits the new one in the same way. */
static void add_manager(struct variant *variant, const char *standby, const char *added)
{
    struct model *model = &variant->model;
    const size_t count = model->managers_count;
    for (size_t m = 0; m < count; m++) {
        if (model->managers[m].standby == NULL || strcmp(model->managers[m].standby, standby) != 0)
            continue;
        model->managers =
            copy_with_room(model->arena, model->managers, count, 1, sizeof *model->managers);
        struct model_manager *manager = &model->managers[model->managers_count++];
        *manager = model->managers[m];
        manager->name = new_name(model, manager->name, has_manager);
        manager->standby = added;
        return;
    }
}

static void begin_standby(struct variant *variant, const struct resolved *resolved,
                          const struct model_server *standby, const char **added)
{
    *variant = (struct variant){.model = *resolved->model};
    *added = add_standby(variant, standby);
    add_manager(variant, standby->name, *added);
}

/* A second standby for all that the first one watches. */
static bool try_second(struct variant *variant, const struct resolved *resolved, uint32_t standby)
{
    const char *added;
    const struct resolved_server *server = &resolved->servers[standby];
    begin_standby(variant, resolved, server->model, &added);
    struct model *model = &variant->model;
    model->failovers = copy_with_room(model->arena, model->failovers, model->failovers_count,
                                      server->failovers.count, sizeof *model->failovers);
    for (uint32_t f = 0; f < server->failovers.count; f++) {
        struct model_failover *failover = &model->failovers[model->failovers_count];
        *failover = *resolved->failovers[server->failovers.first + f].model;
        failover->name = new_name(model, failover->name, has_failover);
        failover->standby = added;
        model->failovers_count++;
    }
    variant->label =
        arena_format(model->arena, "one more standby, the second one of all that \"%s\" watches",
                     server->model->name);
    return is_sound(variant);
}

/* Every other main of the standby goes to the new one. */
static bool try_split(struct variant *variant, const struct resolved *resolved, uint32_t standby)
{
    const char *added;
    const struct resolved_server *server = &resolved->servers[standby];
    begin_standby(variant, resolved, server->model, &added);
    struct model *model = &variant->model;
    model->failovers = copy_with_room(model->arena, model->failovers, model->failovers_count, 0,
                                      sizeof *model->failovers);
    for (uint32_t f = 1; f < server->failovers.count; f += 2) {
        const struct model_failover *moved = resolved->failovers[server->failovers.first + f].model;
        model->failovers[moved - resolved->model->failovers].standby = added;
    }
    variant->label = arena_format(
        model->arena,
        "one more standby, which takes over %" PRIu32 " of the %" PRIu32 " failovers of \"%s\"",
        server->failovers.count / 2, server->failovers.count, server->model->name);
    return server->failovers.count > 1 && is_sound(variant);
}

void variant_standby(struct variant *variant, const struct resolved *resolved)
{
    *variant = (struct variant){.label = NULL};
    const uint32_t standby = most_loaded(resolved);
    if (resolved->server_count == 0 || cameras_to_carry(resolved, standby) == 0)
        variant->why_not = "a standby more: no standby carries any camera yet, so there is none to "
                           "add another one to";
    else if (!try_second(variant, resolved, standby) && !try_split(variant, resolved, standby))
        variant->why_not = arena_format(
            resolved->model->arena,
            "a standby more: what \"%s\", which has most to carry, watches takes no second one",
            resolved->servers[standby].model->name);
}

/* ---- a slot ---- */

static void count_under(uint32_t manager, uint32_t *counts, uint32_t *most)
{
    if (manager == IMAGE_NONE)
        return;
    counts[manager]++;
    if (*most == IMAGE_NONE || counts[manager] > counts[*most])
        *most = manager;
}

void variant_slot(struct variant *variant, const struct resolved *resolved)
{
    *variant = (struct variant){.why_not = "a slot more: no failover manager limits this site"};
    uint32_t *counts =
        arena_alloc(resolved->model->arena, (resolved->manager_count + 1) * sizeof *counts);
    uint32_t most = IMAGE_NONE;
    for (uint32_t f = 0; f < resolved->failover_count; f++) {
        count_under(resolved->failovers[f].manager, counts, &most);
        count_under(resolved->failovers[f].own_manager, counts, &most);
    }
    if (most == IMAGE_NONE)
        return;
    variant->model = *resolved->model;
    struct model *model = &variant->model;
    model->managers = copy_with_room(model->arena, model->managers, model->managers_count, 0,
                                     sizeof *model->managers);
    struct model_manager *manager = &model->managers[most];
    manager->max_running++;
    variant->label = arena_format(model->arena, "one more slot in \"%s\": %" PRId64 " at once",
                                  manager->name, manager->max_running);
    variant->why_not = is_sound(variant) ? NULL
                                         : arena_format(model->arena,
                                                        "a slot more: with %" PRId64
                                                        " at once in \"%s\", more can fall on a "
                                                        "standby than it is declared to bear",
                                                        manager->max_running, manager->name);
}

/* ---- a volume ---- */

static uint64_t cameras_to_record(const struct resolved *resolved, uint32_t server)
{
    return resolved->servers[server].own_cameras.count + cameras_to_carry(resolved, server);
}

/* Of the servers that have the fewest volumes, but some, the one with the most cameras. */
static uint32_t most_exposed(const struct resolved *resolved)
{
    uint32_t most = IMAGE_NONE;
    for (uint32_t s = 0; s < resolved->server_count; s++) {
        const uint32_t volumes = resolved->servers[s].volumes.count;
        if (volumes == 0 || cameras_to_record(resolved, s) == 0)
            continue;
        const uint32_t fewest =
            most == IMAGE_NONE ? UINT32_MAX : resolved->servers[most].volumes.count;
        if (volumes < fewest || (volumes == fewest && cameras_to_record(resolved, s) >
                                                          cameras_to_record(resolved, most)))
            most = s;
    }
    return most;
}

void variant_volume(struct variant *variant, const struct resolved *resolved)
{
    *variant =
        (struct variant){.why_not = "a volume more: no server of this site lists its volumes"};
    const uint32_t most = most_exposed(resolved);
    if (most == IMAGE_NONE)
        return;
    variant->model = *resolved->model;
    struct model *model = &variant->model;
    model->servers = copy_with_room(model->arena, model->servers, model->servers_count, 0,
                                    sizeof *model->servers);
    struct model_server *server = &model->servers[most];
    const struct model_names old = server->archive;
    const char **archive = copy_with_room(model->arena, old.names, old.count, 1, sizeof *archive);
    const char *like = old.count > 0 ? old.names[0] : server->fallback;
    archive[old.count] = add_volume(variant, find_volume(model, like));
    server->archive = (struct model_names){.names = archive, .count = old.count + 1};
    variant->label =
        arena_format(model->arena, "one more volume in \"%s\", like \"%s\"", server->name, like);
    variant->why_not =
        is_sound(variant) ? NULL
                          : arena_format(model->arena, "a volume more: \"%s\" takes no further one",
                                         server->name);
}
