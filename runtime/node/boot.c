#include "runtime/node/boot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/deployment.h"
#include "runtime/node/clock.h"
#include "runtime/node/history.h"
#include "runtime/node/hook.h"
#include "runtime/node/state.h"

#define EXIT_COMMAND_LINE 2
#define EXIT_SYSTEM       3

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

/* ---- the engine and its past ---- */

/* Takes what the history has found; its arrays go on as the node's. */
static void take_history(struct node *node, struct history *history)
{
    node->engine = history->engine;
    node->output = history->output;
    node->event_ms = history->event_ms;
    free(history->entry.transitions);
}

/* An entry goes through the engine as it once did; what follows from it was done then. */
static bool count_differing(void *context, struct history *history)
{
    uint64_t *differing = context;
    const struct entry *entry = &history->entry;
    *differing += entry->transition_count != history->output.transition_count ||
                  memcmp(entry->transitions, history->output.transitions,
                         entry->transition_count * sizeof *entry->transitions) != 0;
    return true;
}

static void tell_history(const struct history *history, uint64_t differing, int64_t from_ms)
{
    if (differing > 0)
        log_line("%" PRIu64 " entries of the journal were decided otherwise by an earlier version; "
                 "what this version decides from them counts",
                 differing);
    if (history->stepped > 0 || history->snapshots > 0)
        log_line("%" PRIu64 " entries of the journal are replayed%s in %" PRId64 " ms",
                 history->stepped, history->snapshots > 0 ? " after its snapshot" : "",
                 clock_now_ms() - from_ms);
}

static bool replay_journal(struct node *node, const char *folder, char error[static TEXT_BYTES_MAX])
{
    const int64_t from_ms = clock_now_ms();
    struct history history;
    uint64_t differing = 0;
    const bool made = history_make(&history, node->deployment, node->server, node->journal);
    const bool read =
        made && history_run(&history, HISTORY_LATEST, count_differing, &differing, error);
    take_history(node, &history);
    if (!made)
        return FAIL(error, "out of memory");
    if (!read)
        return false;
    if (history.damaged > 0)
        return FAIL(error,
                    "entry %" PRIu64 " of the journal in %.250s is damaged: move that folder away "
                    "to start with an empty one (this server then no longer knows what it carried)",
                    history.damaged, folder);
    tell_history(&history, differing, from_ms);
    return true;
}

static bool open_journal(struct node *node, const struct node_setup *setup,
                         char error[static TEXT_BYTES_MAX])
{
    char folder[STATE_PATH_BYTES];
    const struct journal_owner owner = journal_owner(node->image, node->server);
    if (!state_path(folder, setup->state, JOURNAL_FOLDER, error))
        return false;
    node->journal = journal_open(folder, &owner, setup->journal_bytes, error);
    return node->journal != NULL && replay_journal(node, folder, error);
}

/* ---- the recorders ---- */

static int compare_indices(const void *left, const void *right)
{
    const uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

/* The cameras that this server records or may record: its own and the objects of its failovers. */
static uint32_t *list_cameras(const struct node *node, uint32_t *count)
{
    const struct image *image = node->image;
    const struct image_server *self = &image_servers(image)[node->server];
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

static bool open_supervisor(struct node *node, const struct worker_program *recorder,
                            char error[static TEXT_BYTES_MAX])
{
    uint32_t count = 0;
    uint32_t *cameras = list_cameras(node, &count);
    if (cameras != NULL)
        node->supervisor = supervisor_open(&node->loop, node->image, node->server, cameras, count,
                                           recorder, &node->inbox);
    free(cameras);
    return node->supervisor != NULL || FAIL(error, "out of memory");
}

/* ---- all of it ---- */

static bool site_is_sound(const struct image *image, char error[static TEXT_BYTES_MAX])
{
    return (image->site.heartbeat_ms > 0 && image->site.misses > 0) ||
           FAIL(error, "the deployment has no heartbeat: compile the topology again");
}

static bool open_parts(struct node *node, const struct node_setup *setup,
                       char error[static TEXT_BYTES_MAX])
{
    if (!site_is_sound(node->image, error) || !state_claim(setup->state, error) ||
        !open_journal(node, setup, error) ||
        !state_keep_deployment(setup->state, setup->deployment, error))
        return false;
    if (uv_loop_init(&node->loop) != 0)
        return FAIL(error, "out of memory or descriptors");
    node->publications = publications_open(&node->loop, setup->state, node->deployment,
                                           node->server, node->journal, HOOK_MS, error);
    if (node->publications == NULL)
        return false;
    node->links =
        links_open(&node->loop, node->image, node->server, setup->keys, &node->inbox, error);
    if (node->links == NULL)
        return false;
    node->control = control_open(&node->loop, setup->state, node, error);
    if (node->control == NULL || !open_supervisor(node, &setup->recorder, error))
        return false;
    node->lookout =
        lookout_open(&node->loop, setup->deployment, node->image, node->server, &node->inbox);
    return node->lookout != NULL || FAIL(error, "out of memory");
}

int boot_node(struct node *node, const struct node_setup *setup, char error[static TEXT_BYTES_MAX])
{
    char hash[13];
    node->deployment = deployment_open(setup->deployment, error);
    if (node->deployment == NULL)
        return EXIT_SYSTEM;
    node->image = deployment_image(node->deployment);
    node->server = image_find_server(node->image, setup->server);
    if (node->server == IMAGE_NONE) {
        snprintf(error, TEXT_BYTES_MAX, "the deployment has no server \"%.60s\"", setup->server);
        return EXIT_COMMAND_LINE;
    }
    node->started_wall_ms = clock_wall_ms();
    image_short_hash(node->image, hash);
    log_line("server %s starts, deployment %s, process %d", setup->server, hash,
             (int)uv_os_getpid());
    return open_parts(node, setup, error) ? 0 : EXIT_SYSTEM;
}
