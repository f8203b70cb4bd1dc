/* Where the footage of an outage lies: whether it can be had while the main is dead, and what it
 * takes its space from. */
#include <assert.h>

#include "compiler/check.h"

bool check_lists_volume(const struct resolved_server *server, uint32_t volume)
{
    assert(server != NULL);
    for (uint32_t i = 0; i < server->volumes.count; i++) {
        if (server->volumes.items[i] == volume) {
            return true;
        }
    }
    return false;
}

uint32_t check_common_nas(const struct resolved *resolved, const struct resolved_server *one,
                          const struct resolved_server *other)
{
    assert(resolved != NULL && one != NULL && other != NULL);
    for (uint32_t i = 0; i < one->volumes.count; i++) {
        uint32_t volume = one->volumes.items[i];
        if (resolved->volumes[volume].nas != NULL && check_lists_volume(other, volume)) {
            return volume;
        }
    }
    return IMAGE_NONE;
}

/* Names the first of its NAS volumes. */
static const char *first_nas(const struct resolved *resolved, const struct resolved_server *server)
{
    for (uint32_t i = 0; i < server->volumes.count; i++) {
        const struct model_volume *volume = &resolved->volumes[server->volumes.items[i]];
        if (volume->nas != NULL) {
            return volume->name;
        }
    }
    return NULL;
}

/* R6: the main records on a NAS, so its standby could share it. */
static void check_shared(const struct resolved *resolved, const struct resolved_failover *failover,
                         struct diag *diag)
{
    if (failover->standby == IMAGE_NONE || failover->monitor == IMAGE_NONE ||
        failover->objects.count == 0) {
        return;
    }
    const struct resolved_server *standby = &resolved->servers[failover->standby];
    const struct resolved_server *main = &resolved->servers[failover->monitor];
    const char *nas = first_nas(resolved, main);
    if (nas != NULL && standby->volumes.count > 0 &&
        check_common_nas(resolved, standby, main) == IMAGE_NONE) {
        struct diag_at at = {
            .place = standby->model->place, .name = standby->model->name, .field = "archive"};
        diag_report(diag, DIAG_W215, at,
                    arena_format(resolved->model->arena,
                                 "add \"%s\" to the archive of \"%s\" if it can reach that NAS",
                                 nas, standby->model->name),
                    "server \"%s\" is the standby of \"%s\", which records on the NAS \"%s\", and "
                    "has no volume in common with it: the footage of an outage lies apart from the "
                    "rest",
                    standby->model->name, main->model->name, nas);
    }
}

/* Whether some main of the standby records on the volume too. */
static bool is_of_mains(const struct resolved *resolved, const struct resolved_server *standby,
                        uint32_t volume)
{
    for (uint32_t i = 0; i < standby->failovers.count; i++) {
        uint32_t main = resolved->failovers[standby->failovers.first + i].monitor;
        if (main != IMAGE_NONE && check_lists_volume(&resolved->servers[main], volume)) {
            return true;
        }
    }
    return false;
}

bool check_has_own_volume(const struct resolved *resolved, const struct resolved_server *standby)
{
    assert(resolved != NULL && standby != NULL);
    for (uint32_t i = 0; i < standby->volumes.count; i++) {
        uint32_t volume = standby->volumes.items[i];
        if (resolved->volumes[volume].nas == NULL || !is_of_mains(resolved, standby, volume)) {
            return true;
        }
    }
    return false;
}

/* R7: the mains that share a NAS with a standby, if it has no other place to record. */
static void check_mixed(const struct resolved *resolved, const struct resolved_server *standby,
                        struct diag *diag)
{
    uint32_t *mains =
        arena_alloc(resolved->model->arena, ((size_t)standby->failovers.count + 1) * sizeof *mains);
    size_t count = 0;
    for (uint32_t i = 0; i < standby->failovers.count; i++) {
        uint32_t main = resolved->failovers[standby->failovers.first + i].monitor;
        if (main != IMAGE_NONE &&
            check_common_nas(resolved, standby, &resolved->servers[main]) != IMAGE_NONE) {
            mains[count++] = main;
        }
    }
    if (count >= 2 && !check_has_own_volume(resolved, standby)) {
        struct diag_at at = {
            .place = standby->model->place, .name = standby->model->name, .field = "archive"};
        diag_report(
            diag, DIAG_W216, at, "fallback = \"...\": a volume of its own",
            "server \"%s\" records on the volumes of its mains %s and on nothing of its own, "
            "where the reference product would mix their archives (R7); here each server "
            "writes in directories of its own, but what \"%s\" writes takes the space of its "
            "mains, and all stop with that storage",
            standby->model->name, check_names(resolved, mains, count), standby->model->name);
    }
}

void check_archives(const struct resolved *resolved, struct diag *diag)
{
    assert(resolved != NULL && diag != NULL);
    for (uint32_t i = 0; i < resolved->failover_count; i++) {
        check_shared(resolved, &resolved->failovers[i], diag);
    }
    for (uint32_t i = 0; i < resolved->server_count; i++) {
        if (resolved->servers[i].failovers.count >= 2) {
            check_mixed(resolved, &resolved->servers[i], diag);
        }
    }
}
