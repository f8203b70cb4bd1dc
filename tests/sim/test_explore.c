/* The exploration: every move that a machine has is made; a machine with an effect left out is
 * caught, by the shortest trace, and the dry run shows it too; what is alike is tried once, and
 * nothing is left out by it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/explored.h"
#include "tests/sim/wrong.h"

#define FOLDER "/tmp/understudy-explore-XXXXXX"
static char folder[sizeof FOLDER];

static void explore(struct exploration *exploration, const struct deployment *deployment,
                    uint32_t faults, bool first_break)
{
    run(exploration, deployment,
        &(struct explore_options){
            .faults = faults, .states = 20000000, .first_break = first_break});
}

/* The same search twice finds the same, whatever lay in memory before. */
static void a_search_repeats_itself(void **context)
{
    (void)context;
    const struct deployment *deployment = compile("tests/engine/sites/manual");
    struct exploration first;
    struct exploration second;
    explore(&first, deployment, 1, false);
    explore(&second, deployment, 1, false);
    assert_int_equal(first.visited.count, second.visited.count);
    assert_int_equal(first.transitions, second.transitions);
    assert_memory_equal(first.visited.nodes, second.visited.nodes,
                        first.visited.count * sizeof *first.visited.nodes);
    explore_free(&first);
    explore_free(&second);
}

/* ---- what is alike ---- */

/* The positions of a whole run, what is alike told apart, each by the fingerprint of all that are
 * alike. */
struct orbits {
    struct symmetry symmetry;
    struct visited visited;
    bool ready;
};

static void note_orbit(void *context, const struct board *board, const uint8_t *packed, size_t size)
{
    struct orbits *orbits = context;
    uint64_t fingerprint[2];
    if (!orbits->ready)
        symmetry_init(&orbits->symmetry, board, true);
    orbits->ready = true;
    symmetry_fingerprint(&orbits->symmetry, packed, size, fingerprint);
    visited_add(&orbits->visited, fingerprint, VISITED_NONE, (struct board_move){0});
}

static int compare_fingerprints(const void *a, const void *b)
{
    return memcmp(((const struct visited_node *)a)->fingerprint,
                  ((const struct visited_node *)b)->fingerprint,
                  sizeof(((const struct visited_node *)a)->fingerprint));
}

static void sort_by_fingerprint(struct visited *visited)
{
    qsort(visited->nodes, visited->count, sizeof *visited->nodes, compare_fingerprints);
}

/* All positions of the whole run, made equal where they are alike, are those of the reduced run: no
 * more and no less. */
static void a_reduced_run_is_the_whole(void **context)
{
    const struct site *site = *context;
    char error[TEXT_BYTES_MAX];
    static struct orbits orbits;
    struct exploration whole;
    struct exploration reduced;
    const struct deployment *deployment = compile(site->topology);
    memset(&orbits, 0, sizeof orbits);
    const struct explore_options options = {.faults = site->faults,
                                            .states = 8000000,
                                            .unreduced = true,
                                            .reached = note_orbit,
                                            .context = &orbits};
    if (!explore_run(&whole, deployment, &options, error))
        fail_msg("%s", error);
    assert_true(whole.complete);
    explore(&reduced, deployment, site->faults, false);
    assert_true(reduced.complete);
    print_message("%s, %u faults: %zu positions, %u ways to rename, %zu that differ\n",
                  site->topology, site->faults, whole.visited.count, orbits.symmetry.alike.count,
                  reduced.visited.count);
    assert_int_equal(orbits.symmetry.alike.count, site->states);
    assert_int_equal(orbits.visited.count, reduced.visited.count);
    sort_by_fingerprint(&orbits.visited);
    sort_by_fingerprint(&reduced.visited);
    for (size_t i = 0; i < reduced.visited.count; i++)
        assert_int_equal(compare_fingerprints(&orbits.visited.nodes[i], &reduced.visited.nodes[i]),
                         0);
    assert_int_equal(explore_is_broken(&whole), explore_is_broken(&reduced));
    symmetry_free(&orbits.symmetry);
    visited_free(&orbits.visited);
    explore_free(&whole);
    explore_free(&reduced);
}

static void a_bound_is_told(void **context)
{
    (void)context;
    char error[TEXT_BYTES_MAX];
    struct exploration exploration;
    const struct deployment *deployment = compile("tests/engine/sites/pair");
    const struct explore_options options = {.faults = 2, .states = 100};
    assert_true(explore_run(&exploration, deployment, &options, error));
    assert_false(exploration.complete);
    assert_non_null(exploration.unready);
    assert_true(exploration.visited.count < 200);
    explore_free(&exploration);
}

static void cameras_that_are_alike_are_two(void **context)
{
    (void)context;
    const struct deployment *deployment = compile("examples/02-shared-nas/topology");
    struct deployment *reduced = explore_reduce(deployment, EXPLORE_ALIKE);
    const struct image *image = reduced->image;
    assert_int_equal(deployment_image(deployment)->cameras.count, 14);
    assert_int_equal(image->cameras.count, 3);
    assert_int_equal(image_servers(image)[0].own_cameras.count, 3);
    assert_int_equal(image_failovers(image)[0].objects.count, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(image_numbers(image)[image_failovers(image)[0].objects.first + i], i);
    assert_string_equal(image_text(image, image_cameras(image)[0].name), "lobby");
    assert_string_equal(image_text(image, image_cameras(image)[1].name), "till");
    assert_string_equal(image_text(image, image_cameras(image)[2].name), "gate-1");
    free(reduced);
}

/* ---- one trace ---- */

static void make(struct board *board, uint32_t kind, uint32_t a, uint32_t b)
{
    assert_true(board_make(
        board, (struct board_move){.kind = kind & 0xff, .a = a & 0xfff, .b = b & 0xfff}));
}

/* A main tells one standby that another has its camera on disk, which is so; the other fails and
 * starts again before the one has heard it, and stops: the gap is the failure's (R23, R27). */
static void a_word_may_outlive_whom_it_is_about(void **context)
{
    (void)context;
    enum { MAIN, FIRST, SECOND };
    enum { TO_FIRST, TO_SECOND };
    char error[TEXT_BYTES_MAX];
    struct board board;
    assert_true(board_init(&board, compile("tests/engine/sites/two"), error));
    assert_string_equal(board_name(&board, SECOND), "second");
    assert_int_equal(image_failovers(board.image)[TO_SECOND].standby, SECOND);
    make(&board, ACT_FORCE_START, TO_FIRST, 0);
    make(&board, STEP_MESSAGE, MAIN, FIRST);
    make(&board, STEP_MESSAGE, SECOND, FIRST);
    make(&board, ACT_FORCE_STOP, TO_FIRST, 0);
    make(&board, STEP_MESSAGE, MAIN, FIRST);
    make(&board, STEP_MESSAGE, SECOND, MAIN);
    make(&board, STEP_ON_DISK, FIRST, 0);
    make(&board, ACT_FORCE_START, TO_SECOND, 0);
    make(&board, STEP_MESSAGE, MAIN, SECOND);
    make(&board, STEP_MESSAGE, FIRST, SECOND);
    make(&board, STEP_ON_DISK, SECOND, 0);
    make(&board, STEP_MESSAGE, MAIN, SECOND);
    assert_int_equal(board_message(&board, FIRST, MAIN)->kind, MESSAGE_ON_DISK);
    make(&board, ACT_FAIL, SECOND, 0);
    make(&board, ACT_RESTORE, SECOND, 0);
    make(&board, STEP_MESSAGE, FIRST, MAIN);
    assert_int_equal(engine_camera_state(board.engines[FIRST], 0), CAMERA_IDLE);
    if (board.broken != 0)
        fail_msg("%s", board.texts[BOARD_HAND_BACK]);
    board_free(&board);
}

/* ---- machines that are wrong ---- */

static void a_bug_is_found(void **context)
{
    const struct bug *bug = *context;
    struct machine machines[WRONG_MACHINES_MAX];
    struct exploration exploration;
    const struct deployment wrong = wrong_make(compile(bug->topology), bug, machines);
    explore(&exploration, &wrong, bug->faults, true);
    const struct explore_trace *trace = &exploration.traces[bug->property];
    if (!trace->broken || trace->count > bug->steps_max) {
        explore_report(stderr, &exploration, &wrong, true);
        fail_msg("%s: %s after %zu steps", bug->name, explore_property_name(bug->property),
                 trace->count);
    }
    char *outage = explore_outage(&exploration, &wrong, bug->property);
    print_message("%s: %zu states, %zu steps\n%s", bug->name, exploration.visited.count,
                  trace->count, outage);
    assert_non_null(strstr(outage, "outage \"explore: "));
    assert_int_equal(strstr(outage, "The dry run breaks it too") != NULL, bug->dry_run);
    free(outage);
    explore_free(&exploration);
}

/* An exploration that leaves moves out shows nothing of them. */
static void every_move_is_made(void **context)
{
    (void)context;
    static const struct bug none = {.kind = MACHINE_KIND_COUNT};
    static const struct site sites[] = {
        {"tests/engine/sites/pair", 2, 100000, false},
        {"tests/engine/sites/manual", 2, 50000, false},
        {"tests/engine/sites/mutual", 3, 300000, false},
        {"tests/engine/sites/also", 2, 50000, false},
        {"tests/engine/sites/two", 1, 10000, false},
        {"tests/engine/sites/two", FAULTS_OF_TWO, TWO_STATES, true}};
    enum { SITES = sizeof sites / sizeof sites[0] };
    const struct deployment *deployments[SITES];
    wrong_forget_moves();
    for (size_t i = 0; i < SITES; i++) {
        struct machine machines[WRONG_MACHINES_MAX];
        struct exploration exploration;
        deployments[i] = compile(sites[i].topology);
        const struct deployment same = wrong_make(deployments[i], &none, machines);
        explore_site(&exploration, &same, &sites[i]);
        explore_free(&exploration);
    }
    /* What takes slow words and two faults is met early on. */
    struct machine machines[WRONG_MACHINES_MAX];
    struct exploration exploration;
    const struct deployment same = wrong_make(deployments[SITES - 1], &none, machines);
    run(&exploration, &same, &(struct explore_options){.faults = 2, .states = 300000});
    assert_false(explore_is_broken(&exploration));
    explore_free(&exploration);
    for (size_t i = 0; i < SITES && FAULTS_OF_TWO > 1; i++)
        assert_int_equal(wrong_count_unmade(deployments[i]), 0);
}

/* What is written as an outage file is one: the front reads it and runs it. */
static void an_outage_file_can_be_run(void **context)
{
    (void)context;
    static const struct bug bug = {.name = "run",
                                   .topology = "tests/engine/sites/pair",
                                   .kind = MACHINE_FAILOVER,
                                   .state = FAILOVER_CARRYING,
                                   .event = FAILOVER_LINK_UP,
                                   .effect = EFFECT_COUNT,
                                   .to = MACHINE_STATES_MAX};
    const char *programs = getenv("UNDERSTUDY_BIN");
    char path[128];
    char command[512];
    struct machine machines[WRONG_MACHINES_MAX];
    struct exploration exploration;
    const struct deployment wrong = wrong_make(compile(bug.topology), &bug, machines);
    explore(&exploration, &wrong, 1, true);
    assert_true(exploration.traces[BOARD_ANSWER].broken);
    char *outage = explore_outage(&exploration, &wrong, BOARD_ANSWER);
    snprintf(path, sizeof path, "%s/found.outage.lua", folder);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(outage, file);
    assert_int_equal(fclose(file), 0);
    snprintf(command, sizeof command, "timeout 60 '%s/understudy' simulate %s.lua %s >/dev/null",
             programs != NULL ? programs : "build/bin", bug.topology, path);
    assert_int_equal(system(command), 0);
    free(outage);
    explore_free(&exploration);
}

/* ---- the tests ---- */

static int make_folder(void **context)
{
    (void)context;
    memcpy(folder, FOLDER, sizeof folder);
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **context)
{
    (void)context;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    static struct site symmetric[] = {{"examples/01-pair/topology", 2, 2, false},
                                      {"examples/02-shared-nas/topology", 2, 2, false},
                                      {"examples/04-mutual/topology", 2, 8, false},
                                      {"tests/engine/sites/ring", 1, 3, false},
                                      {"tests/engine/sites/double", 1, 2, false}};
#define PAIR                   "tests/engine/sites/pair"
#define MANUAL                 "tests/engine/sites/manual"
#define ALSO                   "tests/engine/sites/also"
#define CELL(state, event)     MACHINE_FAILOVER, FAILOVER_##state, FAILOVER_##event
#define WITHOUT(effect)        EFFECT_##effect, EFFECT_COUNT, 0
#define INSTEAD(effect, other) EFFECT_##effect, EFFECT_##other, 0
#define NO_ANSWER              EFFECT_COUNT, EFFECT_COUNT, MACHINE_STATES_MAX
#define LEADS_TO(state)        EFFECT_COUNT, EFFECT_COUNT, FAILOVER_##state
    static struct bug bugs[] = {
        {"a slot is not given back", MANUAL, CELL(RETURNING, ALL_BACK), WITHOUT(SLOT_FREE), 1,
         BOARD_STUCK, 20, false},
        {"a slot is given back too early", MANUAL, CELL(CARRYING, LINK_UP),
         INSTEAD(KEEP, SLOT_FREE), 2, BOARD_LIMIT, 20, false},
        {"an offer is not made", PAIR, CELL(CARRYING, LINK_UP), WITHOUT(OFFER), 1, BOARD_STUCK, 20,
         false},
        {"a camera is stopped at once", PAIR, CELL(CARRYING, LINK_UP), INSTEAD(OFFER, DROP), 1,
         BOARD_HAND_BACK, 20, false},
        {"no claim is made", PAIR, CELL(SUSPECT, WAIT_ELAPSED), WITHOUT(CLAIM), 1, BOARD_HOLDER, 20,
         true},
        {"nothing is dropped", PAIR, CELL(CARRYING, FORCE_STOP), WITHOUT(DROP), 2, BOARD_REST, 30,
         false},
        {"nothing is carried", PAIR, CELL(FORCED, LINK_LOST), WITHOUT(CARRY), 2, BOARD_RECORDED, 30,
         false},
        {"no wait begins", PAIR, CELL(WATCHING, LINK_LOST), WITHOUT(WAIT_START), 1, BOARD_STUCK, 5,
         false},
        {"a loss is overlooked", PAIR, CELL(WATCHING, LINK_LOST), LEADS_TO(WATCHING), 1,
         BOARD_WATCHED, 5, false},
        {"a slot is kept without a volume", MANUAL, CELL(TAKING_OVER, RETRY_ELAPSED),
         WITHOUT(SLOT_YIELD), 2, BOARD_STUCK, 20, false},
        {"a main without a volume is left alone", ALSO, CELL(TROUBLED, WAIT_ELAPSED),
         WITHOUT(CARRY), 1, BOARD_RECORDED, 20, false},
        {"a state has no answer", PAIR, CELL(CARRYING, LINK_UP), NO_ANSWER, 1, BOARD_ANSWER, 10,
         true},
    };
    enum {
        BUGS = sizeof bugs / sizeof bugs[0],
        SYMMETRIC = sizeof symmetric / sizeof symmetric[0],
        FIRST = 6
    };
    struct CMUnitTest tests[FIRST + BUGS + SYMMETRIC] = {
        cmocka_unit_test(a_search_repeats_itself),
        cmocka_unit_test(a_bound_is_told),
        cmocka_unit_test(cameras_that_are_alike_are_two),
        cmocka_unit_test(an_outage_file_can_be_run),
        cmocka_unit_test(every_move_is_made),
        cmocka_unit_test(a_word_may_outlive_whom_it_is_about),
    };
    for (size_t i = 0; i < BUGS; i++)
        tests[FIRST + i] = (struct CMUnitTest){
            .name = bugs[i].name, .test_func = a_bug_is_found, .initial_state = &bugs[i]};
    for (size_t i = 0; i < SYMMETRIC; i++)
        tests[FIRST + BUGS + i] = (struct CMUnitTest){.name = symmetric[i].topology,
                                                      .test_func = a_reduced_run_is_the_whole,
                                                      .initial_state = &symmetric[i]};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
