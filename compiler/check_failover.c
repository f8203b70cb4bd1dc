#include <assert.h>
#include <string.h>

#include "compiler/check.h"
#include "runtime/limits.h"

static struct diag_at at_failover(const struct resolved_failover *failover, const char *field,
                                  const char *value)
{
    const struct model_failover *model = failover->model;
    return (struct diag_at){
        .place = model->place, .name = model->name, .field = field, .value = value};
}

/* ---- failovers ---- */

/* When it fails, its standby fails. */
static void check_own_standby(const struct resolved *resolved,
                              const struct resolved_failover *failover, struct diag *diag)
{
    if (failover->standby == failover->monitor && failover->standby != IMAGE_NONE) {
        const char *server = resolved->servers[failover->standby].model->name;
        diag_report(diag, DIAG_E204, at_failover(failover, "monitor", server), NULL,
                    "failover \"%s\": server \"%s\" cannot be the standby of itself",
                    failover->model->name, server);
    }
}

/* Twice the same standby would take the cameras over twice. */
static void check_only_watcher(const struct resolved *resolved,
                               const struct resolved_failover *failover, struct diag *diag)
{
    if (failover->monitor == IMAGE_NONE) {
        return;
    }
    const struct resolved_list *watchers = &resolved->servers[failover->monitor].watchers;
    for (uint32_t i = 0; i < watchers->count; i++) {
        const struct resolved_failover *other = &resolved->failovers[watchers->items[i]];
        if (other->standby == failover->standby && other->model < failover->model) {
            const char *main = resolved->servers[failover->monitor].model->name;
            diag_report(diag, DIAG_E220, at_failover(failover, "monitor", main), NULL,
                        "failover \"%s\": server \"%s\" is monitored by the same standby in "
                        "failover \"%s\" of line %d already",
                        failover->model->name, main, other->model->name, other->model->place.line);
            return;
        }
    }
}

/* R3: a failover transfers cameras of its main; those of others have failovers of their own. */
static void check_objects_owner(const struct resolved *resolved,
                                const struct resolved_failover *failover, struct diag *diag)
{
    for (uint32_t i = 0; i < failover->objects.count; i++) {
        const struct resolved_camera *camera = &resolved->cameras[failover->objects.items[i]];
        if (failover->monitor != IMAGE_NONE && camera->server != IMAGE_NONE &&
            camera->server != failover->monitor) {
            diag_report(diag, DIAG_E213, at_failover(failover, "objects", camera->model->name),
                        NULL,
                        "failover \"%s\": camera \"%s\" belongs to server \"%s\", not to \"%s\"",
                        failover->model->name, camera->model->name, camera->model->server,
                        failover->model->monitor);
        }
    }
}

static void check_has_objects(const struct resolved *resolved,
                              const struct resolved_failover *failover, struct diag *diag)
{
    (void)resolved;
    if (failover->objects.count == 0 && failover->monitor != IMAGE_NONE &&
        (failover->model->all_objects || failover->model->objects.count == 0)) {
        diag_report(diag, DIAG_W202, at_failover(failover, NULL, NULL), NULL,
                    failover->model->all_objects
                        ? "failover \"%s\" has nothing to carry: server \"%s\" owns no cameras"
                        : "failover \"%s\" has nothing to carry: it lists no cameras of \"%s\"",
                    failover->model->name, failover->model->monitor);
    }
}

static bool has_hot(const struct resolved *resolved, const struct resolved_failover *failover)
{
    for (uint32_t i = 0; i < failover->objects.count; i++) {
        if (resolved->cameras[failover->objects.items[i]].arm == ARM_HOT) {
            return true;
        }
    }
    return false;
}

/* Memory keeps the last minute of an armed camera: a longer wait leaves a gap that the author may
 * not expect. */
static void check_preroll(const struct resolved *resolved, const struct resolved_failover *failover,
                          struct diag *diag)
{
    int64_t detection_ms = resolved->site->heartbeat_ms * resolved->site->misses;
    int64_t silent_ms = detection_ms + failover->model->expect_reconnection_ms;
    bool warm = (failover->features & (1u << FEATURE_PREROLL)) != 0;
    if (silent_ms > PREROLL_MS_MAX && (warm || has_hot(resolved, failover))) {
        diag_report(
            diag, DIAG_W204, at_failover(failover, "expect_reconnection", NULL), NULL,
            "failover \"%s\": a take-over comes after %lld s, and memory holds the last %d s "
            "of a %s camera: what was before is lost",
            failover->model->name, (long long)silent_ms / 1000, PREROLL_MS_MAX / 1000,
            warm ? "warm" : "hot");
    }
}

static void check_hold_down(const struct resolved *resolved,
                            const struct resolved_failover *failover, struct diag *diag)
{
    (void)resolved;
    if (failover->model->hold_down_ms > 0 && strcmp(failover->model->failback, "manual") == 0) {
        diag_report(diag, DIAG_W207, at_failover(failover, "hold_down", NULL), NULL,
                    "failover \"%s\": hold_down has no effect with failback = \"manual\"",
                    failover->model->name);
    }
}

static bool carries(const struct resolved_failover *failover, uint32_t camera)
{
    uint32_t from = 0;
    uint32_t to = failover->objects.count;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (failover->objects.items[middle] < camera) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from < failover->objects.count && failover->objects.items[from] == camera;
}

/* The main and every standby of a hot camera read it all the time: one that accepts fewer readers
 * would shut out its own main. */
static void check_hot(const struct resolved *resolved, uint32_t index, struct diag *diag)
{
    const struct resolved_camera *camera = &resolved->cameras[index];
    if (camera->arm != ARM_HOT || camera->server == IMAGE_NONE) {
        return;
    }
    const struct resolved_list *watchers = &resolved->servers[camera->server].watchers;
    int64_t standbys = 0;
    for (uint32_t i = 0; i < watchers->count; i++) {
        standbys += carries(&resolved->failovers[watchers->items[i]], index);
    }
    if (standbys > 0 && 1 + standbys > camera->model->sessions) {
        struct diag_at at = {
            .place = camera->model->place, .name = camera->model->name, .field = "arm"};
        diag_report(diag, DIAG_E226, at,
                    "raise sessions if the camera accepts more; else arm = \"warm\"",
                    "camera \"%s\": hot, it is read by its main and %lld standby%s all the time, "
                    "and it accepts %lld reader%s",
                    camera->model->name, (long long)standbys, standbys == 1 ? "" : "s",
                    (long long)camera->model->sessions, camera->model->sessions == 1 ? "" : "s");
    }
}

static void (*const failover_predicates[])(const struct resolved *,
                                           const struct resolved_failover *, struct diag *) = {
    check_own_standby, check_only_watcher, check_objects_owner,
    check_has_objects, check_preroll,      check_hold_down,
};

void check_failovers(const struct resolved *resolved, struct diag *diag)
{
    assert(resolved != NULL && diag != NULL);
    for (uint32_t i = 0; i < resolved->failover_count; i++) {
        for (size_t p = 0; p < sizeof failover_predicates / sizeof *failover_predicates; p++) {
            failover_predicates[p](resolved, &resolved->failovers[i], diag);
        }
    }
    for (uint32_t i = 0; i < resolved->camera_count; i++) {
        check_hot(resolved, i, diag);
    }
}

/* ---- managers ---- */

static struct diag_at at_manager(const struct model_manager *manager, const char *field)
{
    return (struct diag_at){.place = manager->place, .name = manager->name, .field = field};
}

/* R14: one manager for the site; and one under a standby, or its limit would be unclear. */
static void check_manager_pair(const struct model_manager *manager,
                               const struct model_manager *other, struct diag *diag)
{
    if (manager->standby == NULL && other->standby == NULL) {
        diag_report(
            diag, DIAG_E214, at_manager(manager, NULL), NULL,
            "failover_manager \"%s\": the whole site is limited by \"%s\" of line %d already",
            manager->name, other->name, other->place.line);
    } else if (manager->standby != NULL && other->standby != NULL &&
               strcmp(manager->standby, other->standby) == 0) {
        diag_report(diag, DIAG_E215, at_manager(manager, "standby"), NULL,
                    "failover_manager \"%s\": standby \"%s\" is limited by \"%s\" of line %d "
                    "already",
                    manager->name, manager->standby, other->name, other->place.line);
    }
}

static void check_manager(const struct resolved *resolved, const struct resolved_manager *manager,
                          struct diag *diag)
{
    const struct model_manager *model = manager->model;
    if (model->standby != NULL && model->on != NULL) {
        diag_report(diag, DIAG_E216, at_manager(model, "on"), NULL,
                    "failover_manager \"%s\" limits one standby, which keeps the count itself: "
                    "remove \"on\"",
                    model->name);
    }
    bool idle = model->standby == NULL
                    ? resolved->failover_count == 0
                    : manager->standby != IMAGE_NONE &&
                          resolved->servers[manager->standby].failovers.count == 0;
    if (idle) {
        diag_report(diag, DIAG_W208, at_manager(model, NULL), NULL,
                    "failover_manager \"%s\" limits nothing: there is no failover under it",
                    model->name);
    }
}

/* Every manager is held against one of the site and one of its standby, not against all: sites have
 * many standbys. */
void check_managers(const struct resolved *resolved, struct diag *diag)
{
    assert(resolved != NULL && diag != NULL);
    const struct model_manager *of_site = NULL;
    const struct model_manager **of_server =
        arena_alloc(resolved->model->arena,
                    (resolved->server_count + 1) * sizeof(const struct model_manager *));
    for (uint32_t i = 0; i < resolved->manager_count; i++) {
        const struct resolved_manager *manager = &resolved->managers[i];
        check_manager(resolved, manager, diag);
        if (of_site != NULL) {
            check_manager_pair(manager->model, of_site, diag);
        }
        if (manager->model->standby == NULL) {
            for (uint32_t j = 0; of_site == NULL && j < i; j++) {
                check_manager_pair(manager->model, resolved->managers[j].model, diag);
            }
            of_site = of_site == NULL ? manager->model : of_site;
        } else if (manager->standby != IMAGE_NONE) {
            const struct model_manager **first = &of_server[manager->standby];
            if (*first != NULL) {
                check_manager_pair(manager->model, *first, diag);
            } else {
                *first = manager->model;
            }
        }
    }
}
