#include "runtime/node/renewal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/deployment.h"
#include "runtime/node/clock.h"
#include "runtime/node/snapshot.h"

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
