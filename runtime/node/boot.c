#include "runtime/node/boot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/deployment.h"
#include "runtime/node/clock.h"
#include "runtime/node/history.h"
#include "runtime/node/hook.h"
#include "runtime/node/options.h"
#include "runtime/node/order.h"
#include "runtime/node/renewal.h"
#include "runtime/node/state.h"

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

/* ---- the engine and its past ---- */

/* Takes what the history has found; its arrays go on as the node's. */
static void take_history(struct node *node, struct history *history)
{
    node->engine = history->engine;
    node->event_ms = history->event_ms;
    node->deployment = history->part->deployment;
    node->image = deployment_image(node->deployment);
    node->server = history->part->server;
    node->output = history->output;
    free(history->entry.transitions);
}

struct replayed {
    struct drill_room *drill;
    uint64_t differing; /* entries that are decided otherwise now */
};

/* An entry goes through the engine as it once did; what follows from it was done then. */
static bool take_entry(void *context, struct history *history)
{
    struct replayed *replayed = context;
    const struct entry *entry = &history->entry;
    drill_order_note(replayed->drill, deployment_image(history->part->deployment), &entry->event);
    replayed->differing += entry->transition_count != history->output.transition_count ||
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

static bool replay_journal(struct node *node, const struct past *past,
                           char error[static TEXT_BYTES_MAX])
{
    const int64_t from_ms = clock_now_ms();
    struct history history;
    struct replayed replayed = {.drill = &node->drill};
    const bool made = history_make(&history, past);
    const bool read = made && history_run(&history, HISTORY_LATEST, take_entry, &replayed, error);
    take_history(node, &history);
    if (!made)
        return FAIL(error, "out of memory");
    if (!read)
        return false;
    if (history.damaged > 0)
        return FAIL(error,
                    "entry %" PRIu64 " of the journal is damaged: move the folder " JOURNAL_FOLDER
                    " out of the state folder to start with an empty one (this server then no "
                    "longer knows what it carried)",
                    history.damaged);
    tell_history(&history, replayed.differing, from_ms);
    return true;
}

/* Whether there is a journal, and under which deployment it stands: only that one can go on. What
 * is wrong with it is said when it is opened to write. */
static void find_present(const char *folder, uint8_t hash[static HASH_BYTES])
{
    char ignored[TEXT_BYTES_MAX];
    struct journal_owner owner;
    struct journal *journal = journal_open_to_read(folder, &owner, ignored);
    if (journal != NULL)
        memcpy(hash, owner.hash, HASH_BYTES);
    journal_close(journal);
}

/* A deployment that was handed on counts until the command line names another one than before. */
static bool follow_named(struct node *node, const struct deployment *named, bool *adopted,
                         char error[static TEXT_BYTES_MAX])
{
    char present[13], other[13];
    uint8_t before[HASH_BYTES];
    const struct image *image = deployment_image(named);
    if (!journal_named(node->journal, before))
        return FAIL(error, "the journal cannot be read");
    const bool same_name = memcmp(before, image->hash, HASH_BYTES) == 0;
    const bool same_deployment = memcmp(node->image->hash, image->hash, HASH_BYTES) == 0;
    image_short_hash(node->image, present);
    image_short_hash(image, other);
    if (same_deployment)
        return same_name || journal_set_named(node->journal, image->hash, error);
    if (same_name) {
        log_line("goes on under deployment %s, which was handed on to it after it had been started "
                 "with %s",
                 present, other);
        return true;
    }
    log_line("was under deployment %s; what both know by name stays as it is (R41)", present);
    *adopted = true;
    return renewal_adopt(node, named, true, error);
}

/* The deployment that counted last may lie in the folder of an older version. */
static bool keep_present(const char *state, const uint8_t hash[static HASH_BYTES],
                         char error[static TEXT_BYTES_MAX])
{
    char shelf[STATE_PATH_BYTES], path[STATE_PATH_BYTES];
    return state_shelf_path(shelf, state, hash, error) &&
           state_path(path, state, STATE_DEPLOYMENT, error) &&
           (access(shelf, F_OK) == 0 || state_keep_deployment(state, path, hash, error));
}

/* The named deployment lies in the state folder before the journal speaks of it, and the one before
 * stays there. */
static bool open_journal(struct node *node, const struct node_setup *setup, bool *adopted,
                         char error[static TEXT_BYTES_MAX])
{
    char folder[STATE_PATH_BYTES];
    const struct deployment *named = node->deployment;
    struct journal_owner owner = journal_owner(node->image, node->server);
    if (!state_path(folder, setup->state, JOURNAL_FOLDER, error) ||
        !state_keep_deployment(setup->state, setup->deployment, owner.hash, error))
        return false;
    find_present(folder, owner.hash);
    node->journal = journal_open(folder, &owner, setup->journal_bytes, error);
    if (node->journal == NULL)
        return false;
    struct past past = {.journal = node->journal};
    const bool replayed = past_read(&past, setup->state, owner.server, error) &&
                          keep_present(setup->state, owner.hash, error) &&
                          replay_journal(node, &past, error);
    free(past.parts);
    return replayed && follow_named(node, named, adopted, error) &&
           state_present_deployment(setup->state, node->image->hash, error) &&
           state_shelf_path(node->deployment_path, setup->state, node->image->hash, error);
}

/* ---- the recorders ---- */

static bool send_parcel(void *owner, uint32_t server, const struct parcel *parcel)
{
    const struct node *node = owner;
    return links_carry(node->links, server, parcel);
}

static bool open_supervisor(struct node *node, const struct worker_program *recorder,
                            char error[static TEXT_BYTES_MAX])
{
    uint32_t count = 0;
    uint32_t *cameras = renewal_cameras(node->image, node->server, &count);
    if (cameras != NULL)
        node->supervisor =
            supervisor_open(&node->loop, node->image, node->server, cameras, count, recorder,
                            &node->inbox, (struct tunnel_way){node, send_parcel});
    free(cameras);
    return node->supervisor != NULL || FAIL(error, "out of memory");
}

/* ---- all of it ---- */

static void hear_parcel(void *owner, uint32_t server, const struct parcel *parcel)
{
    struct node *node = owner;
    if (!PARCEL_IS_OF_TUNNEL(parcel->kind))
        rollout_hear(node->rollout, server, parcel);
    else if (node->supervisor != NULL)
        supervisor_hear(node->supervisor, server, parcel);
}

static bool open_parts(struct node *node, const struct node_setup *setup,
                       char error[static TEXT_BYTES_MAX])
{
    bool adopted = false;
    if (!state_claim(setup->state, error) || !open_journal(node, setup, &adopted, error))
        return false;
    node->rollout = rollout_open(node, adopted, error);
    if (node->rollout == NULL)
        return false;
    node->timeline = timeline_open(node->deployment, node->server, node->journal);
    if (node->timeline == NULL || uv_loop_init(&node->loop) != 0)
        return FAIL(error, "out of memory or descriptors");
    node->publications = publications_open(&node->loop, setup->state, node->deployment,
                                           node->server, node->journal, HOOK_MS, error);
    if (node->publications == NULL)
        return false;
    const uint32_t failovers = image_servers(node->image)[node->server].failovers.count;
    if (!order_open(node, error))
        return false;
    node->alarms = alarms_open(&node->loop, node->image, node->server, HOOK_MS);
    node->alarm_memory.failed = calloc(failovers + 1, 1);
    if (node->alarms == NULL || node->alarm_memory.failed == NULL)
        return FAIL(error, "out of memory");
    node->links =
        links_open(&node->loop, node->image, node->server, setup->keys, &node->inbox, error);
    if (node->links == NULL)
        return false;
    links_take_parcels(node->links, hear_parcel, node);
    node->control = control_open(&node->loop, setup->state, node, error);
    if (node->control == NULL || !open_supervisor(node, &setup->recorder, error))
        return false;
    renewal_resume_filling(node);
    node->lookout =
        lookout_open(&node->loop, node->deployment_path, node->image, node->server, &node->inbox);
    if (node->lookout != NULL && node->image->coordinators.count > 0)
        node->coordinator =
            coordinator_open(&node->loop, node->deployment_path, setup->recorder.secrets,
                             node->image, node->server, &node->inbox);
    if (node->lookout == NULL || (node->coordinator == NULL && node->image->coordinators.count > 0))
        return FAIL(error, "out of memory");
    return page_open(&node->loop, &setup->page, node, &node->page, error);
}

int boot_node(struct node *node, const struct node_setup *setup, char error[static TEXT_BYTES_MAX])
{
    char hash[13];
    node->setup = setup;
    node->deployment = deployment_open(setup->deployment, error);
    if (node->deployment == NULL)
        return EXIT_SYSTEM;
    node->image = deployment_image(node->deployment);
    node->server = image_find_server(node->image, setup->server);
    if (!renewal_fits(node->deployment, setup->server, error))
        return node->server == IMAGE_NONE ? EXIT_COMMAND_LINE : EXIT_SYSTEM;
    node->started_wall_ms = clock_wall_ms();
    node->started_ms = clock_now_ms();
    renewal_speak_of_times(node->image);
    image_short_hash(node->image, hash);
    log_line("server %s starts, deployment %s, process %d", setup->server, hash,
             (int)uv_os_getpid());
    return open_parts(node, setup, error) ? 0 : EXIT_SYSTEM;
}

void boot_free(struct node *node)
{
    control_free(node->control);
    page_free(node->page);
    links_free(node->links);
    lookout_free(node->lookout);
    coordinator_free(node->coordinator);
    coordinator_free(node->coordinators_ended);
    rollout_free(node->rollout);
    supervisor_free(node->supervisor);
    publications_free(node->publications);
    alarms_free(node->alarms);
    maintenance_free(node->maintenance);
    drill_order_free(node);
    free(node->alarm_memory.failed);
    journal_close(node->journal);
    timeline_free(node->timeline);
    inbox_free(&node->inbox);
    uv_loop_close(&node->loop);
    free(node->output.transitions);
    free(node->output.actions);
    free(node->actions);
    free(node->engine);
}
