#include "compiler/features.h"

#include <string.h>

static bool has_warm(const struct resolved *resolved, const struct resolved_failover *failover)
{
    for (uint32_t i = 0; i < failover->objects.count; i++) {
        if (resolved->cameras[failover->objects.items[i]].arm == ARM_WARM) {
            return true;
        }
    }
    return false;
}

static bool list_holds(const struct resolved_list *list, uint32_t number)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->items[i] == number) {
            return true;
        }
    }
    return false;
}

/* Two ascending lists. */
static bool lists_meet(const struct resolved_list *a, const struct resolved_list *b)
{
    uint32_t i = 0;
    uint32_t k = 0;
    while (i < a->count && k < b->count) {
        if (a->items[i] == b->items[k]) {
            return true;
        }
        if (a->items[i] < b->items[k]) {
            i++;
        } else {
            k++;
        }
    }
    return false;
}

/* Another standby may carry some of the same cameras (R24). */
static bool has_rival(const struct resolved *resolved, const struct resolved_failover *failover)
{
    const struct resolved_list *watchers = &resolved->servers[failover->monitor].watchers;
    for (uint32_t w = 0; w < watchers->count; w++) {
        const struct resolved_failover *other = &resolved->failovers[watchers->items[w]];
        if (other != failover && lists_meet(&other->objects, &failover->objects)) {
            return true;
        }
    }
    return false;
}

/* Something but the link shows whether the main is alive (R45): a server with a link to both, a
 * volume on the network that both name, a coordinator. */
static bool has_second_view(const struct resolved *resolved,
                            const struct resolved_failover *failover)
{
    const struct resolved_server *standby = &resolved->servers[failover->standby];
    const struct resolved_server *main = &resolved->servers[failover->monitor];
    for (uint32_t i = 0; i < standby->volumes.count; i++) {
        uint32_t volume = standby->volumes.items[i];
        if (resolved->volumes[volume].nas != NULL && list_holds(&main->volumes, volume)) {
            return true;
        }
    }
    return lists_meet(&standby->peers, &main->peers) || resolved->model->coordinators_count > 0;
}

/* What the standby records may lie where the main does not look (R34). */
static bool has_own_volume(const struct resolved *resolved,
                           const struct resolved_failover *failover)
{
    const struct resolved_list *volumes = &resolved->servers[failover->standby].volumes;
    for (uint32_t i = 0; i < volumes->count; i++) {
        if (!list_holds(&resolved->servers[failover->monitor].volumes, volumes->items[i])) {
            return true;
        }
    }
    return false;
}

static uint32_t failover_features(const struct resolved *resolved,
                                  const struct resolved_failover *failover)
{
    const struct model_failover *model = failover->model;
    bool linked = failover->standby != IMAGE_NONE && failover->monitor != IMAGE_NONE;
    bool manual = strcmp(model->failback, "manual") == 0;
    const struct {
        enum machine_feature feature;
        bool wanted;
    } rows[] = {
        {FEATURE_QUEUE, failover->manager != IMAGE_NONE},
        {FEATURE_PREROLL, has_warm(resolved, failover)},
        {FEATURE_MANUAL, manual},
        {FEATURE_HOLD_DOWN, !manual && model->hold_down_ms > 0},
        {FEATURE_NO_PING, model->transfer_if_no_ping},
        {FEATURE_LICENCE, resolved->site->licence_bound},
        {FEATURE_RANKED, linked && has_rival(resolved, failover)},
        {FEATURE_VIEW, linked && has_second_view(resolved, failover)},
        {FEATURE_NETWORK, linked && resolved->servers[failover->standby].peers.count >= 2},
        {FEATURE_ALSO_ON, failover->also_on != 0},
        {FEATURE_FILL, linked && has_own_volume(resolved, failover)},
        {FEATURE_ARBITER, linked && resolved->servers[failover->monitor].arbiter != IMAGE_NONE},
    };
    uint32_t features = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        features |= rows[i].wanted ? 1u << rows[i].feature : 0;
    }
    return features;
}

static uint32_t server_features(const struct resolved *resolved,
                                const struct resolved_server *server)
{
    uint32_t features = server->watchers.count > 0 ? 1u << FEATURE_WATCHED : 0;
    features |= server->arbiter != IMAGE_NONE ? 1u << FEATURE_ARBITER : 0;
    for (uint32_t w = 0; w < server->watchers.count; w++) {
        if (resolved->failovers[server->watchers.items[w]].also_on != 0) {
            features |= 1u << FEATURE_ALSO_ON;
        }
    }
    return features;
}

static bool lists_equal(const struct resolved_list *a, const struct resolved_list *b)
{
    return a->count == b->count &&
           (a->count == 0 || memcmp(a->items, b->items, a->count * sizeof *a->items) == 0);
}

uint32_t features_common_nas(const struct resolved *resolved, const struct resolved_server *server)
{
    for (uint32_t v = 0; v < server->volumes.count; v++) {
        const uint32_t volume = server->volumes.items[v];
        bool common = resolved->volumes[volume].nas != NULL;
        for (uint32_t w = 0; w < server->watchers.count && common; w++) {
            const uint32_t standby = resolved->failovers[server->watchers.items[w]].standby;
            common =
                standby != IMAGE_NONE && list_holds(&resolved->servers[standby].volumes, volume);
        }
        if (common) {
            return volume;
        }
    }
    return IMAGE_NONE;
}

/* A claim is for all that is carried of a main: where its failovers list different cameras, two of
 * them may rightly carry it at once, and nobody decides between them. */
static uint32_t arbiter_of(const struct resolved *resolved, const struct resolved_server *server)
{
    const struct resolved_list *watchers = &server->watchers;
    for (uint32_t w = 0; w < watchers->count; w++) {
        if (!lists_equal(&resolved->failovers[watchers->items[w]].objects,
                         &resolved->failovers[watchers->items[0]].objects)) {
            return IMAGE_NONE;
        }
    }
    if (watchers->count == 0) {
        return IMAGE_NONE;
    }
    return resolved->model->coordinators_count > 0 ? IMAGE_COORDINATOR
                                                   : features_common_nas(resolved, server);
}

uint32_t features_manager_arbiter(const struct resolved *resolved, uint32_t manager)
{
    const struct resolved_manager *entry = &resolved->managers[manager];
    uint32_t common = IMAGE_NONE;
    if (entry->standby != IMAGE_NONE || entry->model->max_running == 0) {
        return IMAGE_NONE;
    }
    if (resolved->model->coordinators_count > 0) {
        return IMAGE_COORDINATOR;
    }
    for (uint32_t i = 0; i < resolved->failover_count; i++) {
        const struct resolved_failover *failover = &resolved->failovers[i];
        if (failover->manager != manager) {
            continue;
        }
        const uint32_t arbiter = resolved->servers[failover->monitor].arbiter;
        if (arbiter == IMAGE_NONE || (common != IMAGE_NONE && arbiter != common)) {
            return IMAGE_NONE;
        }
        common = arbiter;
    }
    return common;
}

void features_set(struct resolved *resolved)
{
    for (uint32_t i = 0; i < resolved->server_count; i++) {
        resolved->servers[i].arbiter = arbiter_of(resolved, &resolved->servers[i]);
    }
    for (uint32_t i = 0; i < resolved->failover_count; i++) {
        resolved->failovers[i].features = failover_features(resolved, &resolved->failovers[i]);
    }
    for (uint32_t i = 0; i < resolved->server_count; i++) {
        resolved->servers[i].features = server_features(resolved, &resolved->servers[i]);
    }
}
