#include "runtime/node/boot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/deployment.h"
#include "runtime/node/clock.h"
#include "runtime/node/state.h"

#define EXIT_COMMAND_LINE 2
#define EXIT_SYSTEM       3

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

/* ---- the engine and its past ---- */

static bool make_engine(struct node *node, char error[static TEXT_BYTES_MAX])
{
    const uint32_t max = engine_output_max(node->deployment, node->server);
    void *memory = malloc(engine_size(node->deployment, node->server));
    node->output =
        (struct engine_output){.transitions = calloc(max, sizeof *node->output.transitions),
                               .actions = calloc(max, sizeof *node->output.actions),
                               .max = max};
    if (memory == NULL || node->output.transitions == NULL || node->output.actions == NULL)
        return FAIL(error, "out of memory");
    node->engine = engine_init(memory, node->deployment, node->server);
    return true;
}

struct replay {
    struct node *node;
    struct engine_transition *transitions; /* as journaled */
    uint64_t stepped;
    uint64_t differing;
    uint64_t damaged; /* the first entry that cannot be read, or 0 */
};

/* An entry goes through the engine as it once did; what follows from it was done then. */
static bool replay_entry(void *context, uint64_t number, const uint8_t *bytes, size_t size)
{
    struct replay *replay = context;
    struct node *node = replay->node;
    struct entry entry;
    const bool sound =
        entry_decode(bytes, size, node->deployment, replay->transitions, node->output.max, &entry);
    const bool is_boot = sound && entry.event.kind == EVENT_BOOT;
    if (!sound || number != replay->stepped + 1 ||
        (!is_boot && (replay->stepped == 0 || entry.event.at_ms < node->event_ms))) {
        replay->damaged = number;
        return false;
    }
    engine_step(node->engine, &entry.event, &node->output);
    node->event_ms = entry.event.at_ms;
    replay->stepped++;
    if (entry.transition_count != node->output.transition_count ||
        memcmp(entry.transitions, node->output.transitions,
               entry.transition_count * sizeof *entry.transitions) != 0)
        replay->differing++;
    return true;
}

static bool replay_journal(struct node *node, const char *folder, char error[static TEXT_BYTES_MAX])
{
    const int64_t from_ms = clock_now_ms();
    struct replay replay = {.node = node,
                            .transitions = calloc(node->output.max, sizeof *replay.transitions)};
    if (replay.transitions == NULL)
        return FAIL(error, "out of memory");
    const bool read = journal_walk(node->journal, 1, replay_entry, &replay, error);
    free(replay.transitions);
    if (!read)
        return false;
    if (replay.damaged > 0)
        return FAIL(error,
                    "entry %" PRIu64 " of the journal in %.250s is damaged: move that folder away "
                    "to start with an empty one (this server then no longer knows what it carried)",
                    replay.damaged, folder);
    if (replay.differing > 0)
        log_line("%" PRIu64 " entries of the journal were decided otherwise by an earlier version; "
                 "what this version decides from them counts",
                 replay.differing);
    if (replay.stepped > 0)
        log_line("%" PRIu64 " entries of the journal are replayed in %" PRId64 " ms",
                 replay.stepped, clock_now_ms() - from_ms);
    return true;
}

static bool open_journal(struct node *node, const char *state, char error[static TEXT_BYTES_MAX])
{
    char folder[STATE_PATH_BYTES];
    const struct journal_owner owner = journal_owner(node->image, node->server);
    if (!state_path(folder, state, JOURNAL_FOLDER, error))
        return false;
    node->journal = journal_open(folder, &owner, error);
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

static bool open_supervisor(struct node *node, const char *recorder,
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
        !make_engine(node, error) || !open_journal(node, setup->state, error) ||
        !state_keep_deployment(setup->state, setup->deployment, error))
        return false;
    if (uv_loop_init(&node->loop) != 0)
        return FAIL(error, "out of memory or descriptors");
    node->links =
        links_open(&node->loop, node->image, node->server, setup->keys, &node->inbox, error);
    if (node->links == NULL)
        return false;
    node->control = control_open(&node->loop, setup->state, node, error);
    return node->control != NULL && open_supervisor(node, setup->recorder, error);
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
