/* The replay of a journal: what a node decided is decided again; what was decided otherwise is
 * named, and what is damaged is not believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/deployment.h"
#include "runtime/node/history.h"
#include "runtime/node/past.h"
#include "runtime/node/snapshot.h"
#include "runtime/node/state.h"

static char root[] = "/tmp/understudy-test-replay-XXXXXX";
static char error[TEXT_BYTES_MAX];
static const struct deployment *deployment;
static char said[8192]; /* by the last command, on both outputs */

/* ---- a night of omega: alpha is lost, carried, and back ---- */

static const struct engine_event night[] = {
    {.at_ms = 0, .kind = EVENT_BOOT, .server = IMAGE_NONE},
    {.at_ms = 100, .kind = EVENT_PEER_UP, .server = 0},
    {.at_ms = 5000, .kind = EVENT_PEER_LOST, .server = 0},
    {.at_ms = 10000, .kind = EVENT_TIME, .server = IMAGE_NONE},
    {.at_ms = 11000, .kind = EVENT_ON_DISK, .server = IMAGE_NONE, .camera = 0, .epoch = 2},
    {.at_ms = 30000, .kind = EVENT_PEER_UP, .server = 0},
    {.at_ms = 50,
     .kind = EVENT_BOOT,
     .server = IMAGE_NONE}, /* the machine has started again: its clock too */
    {.at_ms = 900, .kind = EVENT_FORCE_STOP, .server = IMAGE_NONE, .failover = 0},
};
enum { NIGHT = sizeof night / sizeof night[0] };

typedef void change(uint32_t number, struct entry *entry);

/* The entries after which a snapshot is taken, one bit each, and that whose snapshot is damaged. */
static uint32_t snapshots_after, damaged_snapshot;

static void write_entry(struct journal *journal, const struct entry *entry, bool damaged)
{
    uint8_t *room = journal_append(journal, entry_size(entry));
    assert_non_null(room);
    entry_encode(entry, room);
    room[entry_size(entry) - 1] ^= damaged;
}

static void write_snapshot(struct journal *journal, const struct engine *engine, uint32_t number)
{
    const uint32_t omega = image_find_server(deployment_image(deployment), "omega");
    const struct snapshot snapshot = {.event_ms = night[number - 1].at_ms};
    const size_t size = snapshot_size(deployment, omega);
    uint8_t *room = journal_append_snapshot(journal, size);
    assert_non_null(room);
    snapshot_encode(&snapshot, engine, engine_size(deployment, omega), room);
    room[size / 2] ^= damaged_snapshot == number;
}

/* Writes the state folder of a node that has lived through the night; spoil changes entries. */
static void write_state(const char *name, change *spoil, uint32_t damaged)
{
    char state[96];
    char folder[128];
    const uint32_t omega = image_find_server(deployment_image(deployment), "omega");
    const uint32_t max = engine_output_max(deployment, omega);
    struct engine *engine = engine_init(malloc(engine_size(deployment, omega)), deployment, omega);
    struct engine_output output = {.transitions = calloc(max, sizeof *output.transitions),
                                   .actions = calloc(max, sizeof *output.actions),
                                   .max = max};
    snprintf(state, sizeof state, "%s/%s", root, name);
    assert_int_equal(mkdir(state, 0700), 0);
    snprintf(folder, sizeof folder, "%s/site", root);
    assert_true(state_keep_deployment(state, folder, deployment_image(deployment)->hash, error));
    snprintf(folder, sizeof folder, "%s/" JOURNAL_FOLDER, state);
    const struct journal_owner owner = journal_owner(deployment_image(deployment), omega);
    struct journal *journal = journal_open(folder, &owner, JOURNAL_RING_MIN_BYTES, error);
    assert_non_null(journal);
    for (uint32_t i = 0; i < NIGHT; i++) {
        struct entry entry = {.wall_ms = 1700000000000 + i, .event = night[i]};
        engine_step(engine, &entry.event, &output);
        entry.transition_count = output.transition_count;
        entry.transitions = output.transitions;
        if (spoil != NULL)
            spoil(i + 1, &entry);
        write_entry(journal, &entry, damaged == i + 1);
        if ((snapshots_after >> (i + 1) & 1u) != 0)
            write_snapshot(journal, engine, i + 1);
    }
    assert_true(journal_commit(journal, error));
    journal_close(journal);
    free(engine);
    free(output.transitions);
    free(output.actions);
}

/* journal VERB --state ROOT/NAME OPTION */
static int run(const char *verb, const char *name, const char *option)
{
    const char *programs = getenv("UNDERSTUDY_BIN");
    char command[512];
    snprintf(command, sizeof command,
             "timeout 30 '%s/understudy-node' journal %s --state %s/%s %s 2>&1",
             programs != NULL ? programs : "build/bin", verb, root, name, option);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    said[fread(said, 1, sizeof said - 1, pipe)] = '\0';
    const int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int replay(const char *name, const char *option)
{
    return run("replay", name, option);
}

static void assert_said(const char *text)
{
    if (strstr(said, text) == NULL)
        fail_msg("\"%s\" is not in: %s", text, said);
}

/* ---- the tests ---- */

static void an_honest_journal_is_equal(void **context)
{
    (void)context;
    write_state("honest", NULL, 0);
    assert_int_equal(replay("honest", ""), 0);
    assert_said("8 entries with ");
    assert_said(" transitions are decided as they were\n");
    assert_int_equal(replay("honest", "--json"), 0);
    assert_said("\"equal\": true");
    assert_said("\"first_difference\": null");
}

static void another_rule(uint32_t number, struct entry *entry)
{
    if (number == 4)
        entry->transitions[0].rule = 19;
}

static void another_decision_is_named(void **context)
{
    (void)context;
    write_state("rule", another_rule, 0);
    assert_int_equal(replay("rule", ""), 1);
    assert_said("entry 4 of 2023-11-14T22:13:20.003Z, on time, is decided otherwise");
    assert_said("expected failover alpha-to-omega: suspect -> taking_over on wait_elapsed, move, "
                "R19, epoch 2");
    assert_said("found    failover alpha-to-omega: suspect -> taking_over on wait_elapsed, move, "
                "R1, epoch 2");
    assert_int_equal(replay("rule", "--json"), 1);
    assert_said("\"equal\": false");
    assert_said("\"entry\": 4");
}

static void one_less(uint32_t number, struct entry *entry)
{
    if (number == 5)
        entry->transition_count--;
}

static void a_decision_too_many_is_named(void **context)
{
    (void)context;
    write_state("less", one_less, 0);
    assert_int_equal(replay("less", ""), 1);
    assert_said("expected nothing");
    assert_said("found    failover alpha-to-omega: taking_over -> carrying on first_on_disk");
}

static void back_in_time(uint32_t number, struct entry *entry)
{
    if (number == 3)
        entry->event.at_ms = 1;
}

static void what_is_damaged_is_not_believed(void **context)
{
    (void)context;
    write_state("damaged", NULL, 5);
    assert_int_equal(replay("damaged", ""), 3);
    assert_said("entry 5 of the journal is damaged");
    write_state("time", back_in_time, 0);
    assert_int_equal(replay("time", ""), 3);
    assert_said("entry 3 of the journal is damaged");
    assert_int_equal(replay("nowhere", ""), 3);
    assert_said("there is no journal in");
    assert_int_equal(replay("honest", "--last 3"), 2);
}

static bool nothing(void *context, struct history *history)
{
    (void)context;
    (void)history;
    return true;
}

static void open_history(const char *name, struct past *past, struct history *history,
                         enum history_start start)
{
    char state[96];
    snprintf(state, sizeof state, "%s/%s", root, name);
    assert_true(past_open(state, past, error));
    assert_true(history_make(history, past));
    assert_true(history_run(history, start, nothing, NULL, error));
    assert_int_equal(history->damaged, 0);
}

static void close_history(struct past *past, struct history *history)
{
    past_close(past);
    free(history->engine);
    history_free(history);
}

/* What a start from a snapshot knows is what a replay from the beginning knows. */
static void assert_as_whole(const char *name, uint64_t stepped)
{
    struct past whole_past, late_past;
    struct history whole, late;
    open_history(name, &whole_past, &whole, HISTORY_WHOLE);
    open_history(name, &late_past, &late, HISTORY_LATEST);
    assert_int_equal(whole.stepped, NIGHT);
    assert_int_equal(late.stepped, stepped);
    assert_int_equal(late.number, NIGHT);
    assert_int_equal(late.event_ms, whole.event_ms);
    assert_int_equal(engine_failover_state(late.engine, 0), engine_failover_state(whole.engine, 0));
    assert_int_equal(engine_failover_epoch(late.engine, 0), engine_failover_epoch(whole.engine, 0));
    assert_int_equal(engine_deadline(late.engine), engine_deadline(whole.engine));
    close_history(&whole_past, &whole);
    close_history(&late_past, &late);
}

/* R21: wherever the snapshot is taken, the start goes on as if all had been replayed. */
static void a_start_goes_on_from_any_snapshot(void **context)
{
    (void)context;
    char name[32];
    for (uint32_t after = 1; after <= NIGHT; after++) {
        snprintf(name, sizeof name, "after-%u", after);
        snapshots_after = 1u << after;
        write_state(name, NULL, 0);
        assert_as_whole(name, NIGHT - after);
        assert_int_equal(replay(name, ""), 0);
        assert_said("8 entries with ");
    }
    snapshots_after = 0;
}

static void a_damaged_snapshot_is_passed_over(void **context)
{
    (void)context;
    snapshots_after = 1u << 2 | 1u << 6;
    damaged_snapshot = 6;
    write_state("spoilt", NULL, 0);
    assert_as_whole("spoilt", NIGHT - 2);
    assert_int_equal(run("verify", "spoilt", ""), 1);
    assert_said("the snapshot after entry 6 is damaged");
    snapshots_after = damaged_snapshot = 0;
}

static void a_journal_is_verified(void **context)
{
    (void)context;
    snapshots_after = 1u << 4;
    write_state("sound", NULL, 0);
    snapshots_after = 0;
    assert_int_equal(run("verify", "sound", ""), 0);
    assert_said("the journal is sound: 8 entries from number 1 on, 2023-11-14T22:13:20.000Z to "
                "2023-11-14T22:13:20.007Z, 1 snapshots");
    assert_int_equal(run("verify", "sound", "--json"), 0);
    assert_said("\"sound\": true");
    write_state("unsound", NULL, 5);
    assert_int_equal(run("verify", "unsound", ""), 1);
    assert_said("entry 5 is damaged");
    assert_int_equal(run("verify", "nowhere", ""), 3);
    assert_int_equal(run("verify", "sound", "--last 3"), 2);
}

static void a_copy_reads_as_the_journal(void **context)
{
    (void)context;
    char option[128];
    write_state("original", NULL, 0);
    snprintf(option, sizeof option, "-o %s/copy", root);
    assert_int_equal(run("export", "original", option), 0);
    assert_int_equal(replay("copy", ""), 0);
    assert_said("8 entries with ");
    assert_int_equal(run("export", "original", option), 1);
    assert_said("File exists");
    assert_int_equal(run("export", "original", ""), 2);
    assert_int_equal(run("export", "nowhere", option), 3);
}

/* ---- another deployment in the middle of the night (R41) ---- */

static const struct deployment *later; /* the same site with one server more, declared first */

/* What a node writes when it goes on under the later deployment after the entry `after`; spoilt: it
 * has taken over something else. */
static void write_change(struct journal *journal, struct engine **engine, uint32_t after,
                         bool spoilt)
{
    const uint32_t omega = image_find_server(deployment_image(later), "omega");
    const size_t size = snapshot_size(later, omega);
    const struct snapshot snapshot = {.event_ms = night[after - 1].at_ms};
    const struct journal_owner owner = journal_owner(deployment_image(later), omega);
    uint8_t *bytes = malloc(size);
    struct engine *next = engine_adopt(malloc(engine_size(later, omega)), later, omega, *engine);
    if (spoilt)
        engine_init(next, later, omega);
    snapshot_encode(&snapshot, next, engine_size(later, omega), bytes);
    assert_true(journal_commit(journal, error));
    assert_true(journal_change(journal, &owner, bytes, size, true, error));
    free(bytes);
    free(*engine);
    *engine = next;
}

/* An event of the night as the later deployment numbers it. */
static struct engine_event renumbered(struct engine_event event)
{
    const struct image *from = deployment_image(deployment), *to = deployment_image(later);
    if (event.kind == EVENT_PEER_UP || event.kind == EVENT_PEER_LOST)
        event.server = image_find_server(to, image_text(from, image_servers(from)[0].name));
    if (event.kind == EVENT_ON_DISK)
        event.camera = image_find_camera(to, image_text(from, image_cameras(from)[0].name));
    if (event.kind == EVENT_FORCE_STOP)
        event.failover = image_find_failover(to, "alpha-to-omega");
    return event;
}

/* A state folder whose node went on under the later deployment after an entry; its present
 * deployment is still the one before, as if it had been killed just then. */
static void write_changed_state(const char *name, uint32_t after, bool spoilt)
{
    char state[96], folder[128];
    const uint32_t omega = image_find_server(deployment_image(deployment), "omega");
    const uint32_t max =
        engine_output_max(later, image_find_server(deployment_image(later), "omega"));
    struct engine *engine = engine_init(malloc(engine_size(deployment, omega)), deployment, omega);
    struct engine_output output = {.transitions = calloc(max, sizeof *output.transitions),
                                   .actions = calloc(max, sizeof *output.actions),
                                   .max = max};
    snprintf(state, sizeof state, "%s/%s", root, name);
    assert_int_equal(mkdir(state, 0700), 0);
    snprintf(folder, sizeof folder, "%s/site", root);
    assert_true(state_keep_deployment(state, folder, deployment_image(deployment)->hash, error));
    assert_true(state_present_deployment(state, deployment_image(deployment)->hash, error));
    snprintf(folder, sizeof folder, "%s/later", root);
    assert_true(state_keep_deployment(state, folder, deployment_image(later)->hash, error));
    snprintf(folder, sizeof folder, "%s/" JOURNAL_FOLDER, state);
    const struct journal_owner owner = journal_owner(deployment_image(deployment), omega);
    struct journal *journal = journal_open(folder, &owner, JOURNAL_RING_MIN_BYTES, error);
    assert_non_null(journal);
    for (uint32_t i = 0; i < NIGHT; i++) {
        struct entry entry = {.wall_ms = 1700000000000 + i,
                              .event = i < after ? night[i] : renumbered(night[i])};
        engine_step(engine, &entry.event, &output);
        entry.transition_count = output.transition_count;
        entry.transitions = output.transitions;
        write_entry(journal, &entry, false);
        if (i + 1 == after)
            write_change(journal, &engine, after, spoilt);
    }
    assert_true(journal_commit(journal, error));
    journal_close(journal);
    free(engine);
    free(output.transitions);
    free(output.actions);
}

/* R41: wherever the deployment changes, all of it is decided again as it was, each part under its
 * own, and a start knows what a replay of the whole knows. */
static void a_journal_of_two_deployments_is_one(void **context)
{
    (void)context;
    char name[32], option[128];
    const uint32_t failover = image_find_failover(deployment_image(later), "alpha-to-omega");
    for (uint32_t after = 1; after <= NIGHT; after++) {
        struct past whole_past, late_past;
        struct history whole, late;
        snprintf(name, sizeof name, "changed-%u", after);
        write_changed_state(name, after, false);
        open_history(name, &whole_past, &whole, HISTORY_WHOLE);
        open_history(name, &late_past, &late, HISTORY_LATEST);
        assert_int_equal(whole.stepped, NIGHT);
        assert_int_equal(late.stepped, NIGHT - after);
        assert_int_equal(whole.adopted_otherwise, 0);
        assert_memory_equal(late.part->hash, deployment_image(later)->hash, HASH_BYTES);
        assert_int_equal(engine_failover_state(late.engine, failover),
                         engine_failover_state(whole.engine, failover));
        assert_int_equal(engine_failover_epoch(late.engine, failover),
                         engine_failover_epoch(whole.engine, failover));
        assert_true(engine_failover_epoch(late.engine, failover) >= 2);
        close_history(&whole_past, &whole);
        close_history(&late_past, &late);
        assert_int_equal(replay(name, ""), 0);
        assert_said("8 entries with ");
        assert_int_equal(run("verify", name, ""), 0);
        assert_said("2 deployments one after the other");
    }
    assert_int_equal(run("show", "changed-4", ""), 0);
    assert_said("from here on under deployment");
    snprintf(option, sizeof option, "-o %s/changed-copy", root);
    assert_int_equal(run("export", "changed-4", option), 0);
    assert_int_equal(replay("changed-copy", ""), 0);
    write_changed_state("otherwise", 4, true);
    assert_int_equal(replay("otherwise", ""), 1);
}

/* Without the deployment of its first part a journal cannot be read to its beginning, and says so.
 */
static void a_missing_deployment_is_named(void **context)
{
    (void)context;
    char path[STATE_PATH_BYTES], state[96];
    snprintf(state, sizeof state, "%s/changed-2", root);
    assert_true(state_shelf_path(path, state, deployment_image(deployment)->hash, error));
    assert_int_equal(unlink(path), 0);
    snprintf(path, sizeof path, "%s/" STATE_DEPLOYMENT, state);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(replay("changed-2", ""), 3);
    assert_said("No such file");
}

static bool compile(const char *topology, const char *name, const struct deployment **made)
{
    const char *programs = getenv("UNDERSTUDY_BIN");
    char command[512], folder[128];
    snprintf(folder, sizeof folder, "%s/%s", root, name);
    snprintf(command, sizeof command, "timeout 60 '%s/understudy' compile %s -o %s >/dev/null 2>&1",
             programs != NULL ? programs : "build/bin", topology, folder);
    if (system(command) != 0)
        return false;
    *made = deployment_open(folder, error);
    return *made != NULL;
}

static bool write_later(char path[static 128])
{
    char command[512];
    snprintf(path, 128, "%s/later.lua", root);
    snprintf(
        command, sizeof command,
        "{ echo 'server \"first\" { address = \"127.0.0.1:7499\", archive = { \"disk-o\" } }'; "
        "echo 'camera \"first\" { server = \"first\", url = \"rtsp://127.0.0.1:8699/s\" }'; "
        "cat examples/01-pair/topology.lua; } >%s",
        path);
    return system(command) == 0;
}

static int make_site(void **context)
{
    (void)context;
    char path[128];
    if (mkdtemp(root) == NULL)
        return 1;
    return !(compile("examples/01-pair/topology.lua", "site", &deployment) && write_later(path) &&
             compile(path, "later", &later));
}

static int remove_site(void **context)
{
    (void)context;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", root);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_journal_is_equal),
        cmocka_unit_test(another_decision_is_named),
        cmocka_unit_test(a_decision_too_many_is_named),
        cmocka_unit_test(what_is_damaged_is_not_believed),
        cmocka_unit_test(a_start_goes_on_from_any_snapshot),
        cmocka_unit_test(a_damaged_snapshot_is_passed_over),
        cmocka_unit_test(a_journal_is_verified),
        cmocka_unit_test(a_copy_reads_as_the_journal),
        cmocka_unit_test(a_journal_of_two_deployments_is_one),
        cmocka_unit_test(a_missing_deployment_is_named),
    };
    return cmocka_run_group_tests(tests, make_site, remove_site);
}
