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
#include "runtime/node/entry.h"
#include "runtime/node/journal.h"
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

static void write_entry(struct journal *journal, const struct entry *entry, bool damaged)
{
    uint8_t *room = journal_append(journal, entry_size(entry));
    assert_non_null(room);
    entry_encode(entry, room);
    room[entry_size(entry) - 1] ^= damaged;
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
    assert_true(state_keep_deployment(state, folder, error));
    snprintf(folder, sizeof folder, "%s/" JOURNAL_FOLDER, state);
    const struct journal_owner owner = journal_owner(deployment_image(deployment), omega);
    struct journal *journal = journal_open(folder, &owner, error);
    assert_non_null(journal);
    for (uint32_t i = 0; i < NIGHT; i++) {
        struct entry entry = {.wall_ms = 1700000000000 + i, .event = night[i]};
        engine_step(engine, &entry.event, &output);
        entry.transition_count = output.transition_count;
        entry.transitions = output.transitions;
        if (spoil != NULL)
            spoil(i + 1, &entry);
        write_entry(journal, &entry, damaged == i + 1);
    }
    assert_true(journal_commit(journal, error));
    journal_close(journal);
    free(engine);
    free(output.transitions);
    free(output.actions);
}

static int replay(const char *name, const char *option)
{
    const char *programs = getenv("UNDERSTUDY_BIN");
    char command[512];
    snprintf(command, sizeof command,
             "timeout 30 '%s/understudy-node' journal replay --state %s/%s %s 2>&1",
             programs != NULL ? programs : "build/bin", root, name, option);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    said[fread(said, 1, sizeof said - 1, pipe)] = '\0';
    const int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
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

static int make_site(void **context)
{
    (void)context;
    const char *programs = getenv("UNDERSTUDY_BIN");
    char command[512];
    char folder[128];
    if (mkdtemp(root) == NULL)
        return 1;
    snprintf(folder, sizeof folder, "%s/site", root);
    snprintf(command, sizeof command,
             "timeout 60 '%s/understudy' compile examples/01-pair/topology.lua -o %s >/dev/null",
             programs != NULL ? programs : "build/bin", folder);
    if (system(command) != 0)
        return 1;
    deployment = deployment_open(folder, error);
    return deployment == NULL;
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
    };
    return cmocka_run_group_tests(tests, make_site, remove_site);
}
