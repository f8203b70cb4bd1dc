#include "runtime/node/renewal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/deployment.h"
#include "runtime/node/clock.h"
#include "runtime/node/hook.h"
#include "runtime/node/order.h"
#include "runtime/node/snapshot.h"
#include "runtime/node/zone.h"

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

bool renewal_fits(const struct deployment *deployment, const char *server,
                  char error[static TEXT_BYTES_MAX])
{
    const struct image *image = deployment_image(deployment);
    if (image->site.heartbeat_ms == 0 || image->site.misses == 0)
        return FAIL(error, "the deployment has no heartbeat: compile the topology again");
    return image_find_server(image, server) != IMAGE_NONE ||
           FAIL(error, "the deployment has no server \"%.60s\"", server);
}

void renewal_speak_of_times(const struct image *image)
{
    const char *zone = image_text(image, image->site.time_zone);
    if (zone_use(zone))
        return;
    zone_use("");
    log_line("this machine has no data of the time zone %s (package tzdata): times are shown in "
             "UTC",
             zone);
}

/* What a node is under one deployment. */
struct stand {
    const struct deployment *deployment;
    uint32_t server;
    struct engine *engine;
    struct engine_output output;
    uint8_t *snapshot;
    size_t snapshot_bytes;
};

static void free_stand(struct stand *stand)
{
    free(stand->engine);
    free(stand->output.transitions);
    free(stand->output.actions);
    free(stand->snapshot);
}

static bool make_stand(struct stand *stand, const struct node *node,
                       const struct deployment *deployment)
{
    const char *name = image_text(node->image, image_servers(node->image)[node->server].name);
    const uint32_t server = image_find_server(deployment_image(deployment), name);
    const uint32_t max = engine_output_max(deployment, server);
    const size_t bytes = engine_size(deployment, server);
    *stand =
        (struct stand){.deployment = deployment,
                       .server = server,
                       .engine = malloc(bytes),
                       .output = {.transitions = calloc(max, sizeof *stand->output.transitions),
                                  .actions = calloc(max, sizeof *stand->output.actions),
                                  .max = max},
                       .snapshot_bytes = snapshot_size(deployment, server)};
    stand->snapshot = malloc(stand->snapshot_bytes);
    if (stand->engine == NULL || stand->output.transitions == NULL ||
        stand->output.actions == NULL || stand->snapshot == NULL)
        return false;
    const struct snapshot head = {.wall_ms = clock_wall_ms(), .event_ms = node->event_ms};
    engine_adopt(stand->engine, deployment, server, node->engine);
    snapshot_encode(&head, stand->engine, bytes, stand->snapshot);
    return true;
}

bool renewal_adopt(struct node *node, const struct deployment *deployment, bool named,
                   char error[static TEXT_BYTES_MAX])
{
    struct stand stand;
    const struct image *image = deployment_image(deployment);
    if (!make_stand(&stand, node, deployment)) {
        free_stand(&stand);
        return FAIL(error, "out of memory");
    }
    const struct journal_owner owner = journal_owner(image, stand.server);
    if (!journal_change(node->journal, &owner, stand.snapshot, stand.snapshot_bytes, named,
                        error)) {
        free_stand(&stand);
        return false;
    }
    struct stand old = {.engine = node->engine, .output = node->output, .snapshot = stand.snapshot};
    free_stand(&old);
    node->engine = stand.engine;
    node->output = stand.output;
    node->deployment = deployment;
    node->image = image;
    node->server = stand.server;
    return true;
}

/* ---- the cameras ---- */

static int compare_indices(const void *left, const void *right)
{
    const uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

uint32_t *renewal_cameras(const struct image *image, uint32_t server, uint32_t *count)
{
    const struct image_server *self = &image_servers(image)[server];
    size_t max = self->own_cameras.count;
    for (uint32_t f = 0; f < self->failovers.count; f++)
        max += image_failovers(image)[self->failovers.first + f].objects.count;
    uint32_t *cameras = calloc(max + 1, sizeof *cameras);
    if (cameras == NULL)
        return NULL;
    uint32_t found = 0;
    for (uint32_t i = 0; i < self->own_cameras.count; i++)
        cameras[found++] = self->own_cameras.first + i;
    for (uint32_t f = 0; f < self->failovers.count; f++) {
        const struct image_list list = image_failovers(image)[self->failovers.first + f].objects;
        for (uint32_t i = 0; i < list.count; i++)
            cameras[found++] = image_numbers(image)[list.first + i];
    }
    qsort(cameras, found, sizeof *cameras, compare_indices);
    *count = 0;
    for (uint32_t i = 0; i < found; i++)
        if (*count == 0 || cameras[*count - 1] != cameras[i])
            cameras[(*count)++] = cameras[i];
    return cameras;
}

/* ---- a running node ---- */

void renewal_resume_filling(struct node *node)
{
    const struct image_list own = image_servers(node->image)[node->server].failovers;
    for (uint32_t f = own.first; f < own.first + own.count; f++)
        if (engine_failover_epoch(node->engine, f) > 0 &&
            !engine_state_carries(engine_failover_state(node->engine, f)))
            supervisor_fill(node->supervisor, f);
}

/* What the engine no longer wants of a camera ends: it was carried by a failover that is gone. */
static void end_unwanted(struct node *node, const uint32_t *cameras, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t state = engine_camera_state(node->engine, cameras[i]);
        const bool recorded = state != CAMERA_IDLE && state != CAMERA_ARMED;
        if (!recorded && supervisor_records(node->supervisor, cameras[i]))
            supervisor_stop(node->supervisor, cameras[i]);
        if (state == CAMERA_IDLE)
            supervisor_arm(node->supervisor, cameras[i], false);
    }
}

static bool renew_lookout(struct node *node)
{
    struct lookout *lookout =
        lookout_open(&node->loop, node->deployment_path, node->image, node->server, &node->inbox);
    if (lookout == NULL)
        return false;
    lookout_inherit(lookout, node->lookout);
    lookout_retire(lookout, node->lookout);
    node->lookout = lookout;
    return true;
}

/* A site may begin to have a coordinator, or to have none any more. */
static bool renew_coordinator(struct node *node)
{
    struct coordinator *former = node->coordinator;
    const bool wanted = node->image->coordinators.count > 0;
    if (wanted)
        node->coordinator =
            coordinator_open(&node->loop, node->deployment_path, node->setup->recorder.secrets,
                             node->image, node->server, &node->inbox);
    else
        node->coordinator = NULL;
    if (node->coordinator != NULL)
        coordinator_inherit(node->coordinator);
    if (former != NULL)
        coordinator_retire(&node->coordinators_ended, former);
    return !wanted || node->coordinator != NULL;
}

static bool renew_alarms(struct node *node)
{
    const uint32_t failovers = image_servers(node->image)[node->server].failovers.count;
    uint8_t *failed = calloc(failovers + 1, 1);
    if (failed == NULL)
        return false;
    free(node->alarm_memory.failed);
    node->alarm_memory.failed = failed;
    alarms_renew(node->alarms, node->image, node->server);
    return true;
}

static bool renew_timeline(struct node *node)
{
    struct timeline *timeline = timeline_open(node->deployment, node->server, node->journal);
    if (timeline == NULL)
        return false;
    timeline_free(node->timeline);
    node->timeline = timeline;
    return true;
}

static bool renew_publications(struct node *node, char error[static TEXT_BYTES_MAX])
{
    struct publications *publications =
        publications_open(&node->loop, node->setup->state, node->deployment, node->server,
                          node->journal, HOOK_MS, error);
    if (publications == NULL)
        return false;
    publications_retire(publications, node->publications);
    node->publications = publications;
    return true;
}

/* The engine and the journal are under the new deployment already: what fails now fails for want of
 * memory, and the node that is started again begins where this one ends. */
static void renew_parts(struct node *node)
{
    char error[TEXT_BYTES_MAX] = "out of memory";
    uint32_t count = 0;
    uint32_t *cameras = renewal_cameras(node->image, node->server, &count);
    if (cameras == NULL ||
        !supervisor_renew(node->supervisor, node->image, node->server, cameras, count) ||
        !links_renew(node->links, node->image, node->server, error) || !renew_timeline(node) ||
        !renew_alarms(node) || !renew_coordinator(node) || !renew_lookout(node) ||
        !renew_publications(node, error) || !order_open(node, error)) {
        log_line("the new deployment cannot be carried out: %s; the node ends and is to be started "
                 "again",
                 error);
        exit(3);
    }
    end_unwanted(node, cameras, count);
    free(cameras);
    renewal_resume_filling(node);
}

const struct deployment *renewal_open(struct node *node, const uint8_t hash[static HASH_BYTES],
                                      char error[static TEXT_BYTES_MAX])
{
    const char *name = image_text(node->image, image_servers(node->image)[node->server].name);
    const struct deployment *deployment = state_open_deployment(node->setup->state, hash, error);
    if (deployment == NULL || !renewal_fits(deployment, name, error))
        return NULL;
    const struct image *image = deployment_image(deployment);
    return links_can_renew(node->links, image, image_find_server(image, name), error) ? deployment
                                                                                      : NULL;
}

/* By its standby and its main; its name may be another one. */
static bool has_failover(const struct image *image, const struct image *old, uint32_t failover)
{
    const struct image_failover *entry = &image_failovers(old)[failover];
    const uint32_t standby =
        image_find_server(image, image_text(old, image_servers(old)[entry->standby].name));
    const uint32_t main =
        image_find_server(image, image_text(old, image_servers(old)[entry->monitor].name));
    if (standby == IMAGE_NONE || main == IMAGE_NONE)
        return false;
    const struct image_list under = image_servers(image)[standby].failovers;
    for (uint32_t f = under.first; f < under.first + under.count; f++)
        if (image_failovers(image)[f].monitor == main)
            return true;
    return false;
}

bool renewal_hands_back(struct node *node, const struct deployment *deployment)
{
    const struct image_list own = image_servers(node->image)[node->server].failovers;
    bool any = false;
    for (uint32_t f = own.first; f < own.first + own.count; f++) {
        const uint8_t state = engine_failover_state(node->engine, f);
        struct engine_transition transition;
        if (!engine_state_carries(state) ||
            !engine_peer_up(node->engine, image_failovers(node->image)[f].monitor) ||
            has_failover(deployment_image(deployment), node->image, f))
            continue;
        any = true;
        if (state != FAILOVER_RETURNING)
            node_order(node, f, EVENT_FORCE_STOP, "it is not in the new deployment", &transition);
    }
    return any;
}

bool renewal_switch(struct node *node, const struct deployment *deployment,
                    char error[static TEXT_BYTES_MAX])
{
    char before[13], after[13], path[STATE_PATH_BYTES];
    const uint8_t *hash = deployment_image(deployment)->hash;
    if (node->leaving)
        return FAIL(error, "this server is logging off");
    if (!state_shelf_path(path, node->setup->state, hash, error))
        return false;
    drill_order_end(node, DRILL_DEPLOYMENT);
    node_turn(node); /* what came before is decided before */
    image_short_hash(node->image, before);
    if (!renewal_adopt(node, deployment, false, error))
        return false;
    memcpy(node->deployment_path, path, sizeof path);
    renewal_speak_of_times(node->image);
    image_short_hash(node->image, after);
    log_line("goes on under deployment %s instead of %s; what both know by name stays as it is "
             "(R41)",
             after, before);
    renew_parts(node);
    if (!state_present_deployment(node->setup->state, hash, error))
        log_line("%s", error);
    const struct engine_event event = inbox_event(EVENT_DEPLOY);
    inbox_put(&node->inbox, &event, NULL);
    node_turn(node);
    node_keep_time(node);
    return true;
}
