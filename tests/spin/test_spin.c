/* SPIN as a second opinion: the failover machines of several sites, and two standbys of one main
 * that claim it from each other and from its arbiter, as their tables say, explored by SPIN and by
 * a search of our own. Both know nothing of each other but the table; they must find the same
 * number of states and transitions, and no event without an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/compiled.h"
#include "tests/spin/model.h"
#include "tests/spin/rivals.h"

static char folder[] = "/tmp/understudy-spin-XXXXXX";

struct site {
    const char *topology; /* whose first failover gives the machine */
    uint32_t mains;
    uint32_t standbys;
    uint32_t limit;
};

static const struct machine *compile(const char *site)
{
    char topology[128];
    snprintf(topology, sizeof topology, "%s.lua", site);
    const struct deployment *deployment = compiled(topology);
    return &deployment->machines[image_failovers(deployment_image(deployment))[0].machine];
}

static FILE *begin_promela(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s/site.pml", folder);
    FILE *out = fopen(path, "we");
    assert_non_null(out);
    return out;
}

/* What pan says: "   123 states, stored" and "   456 transitions (= stored+matched)". */
static void run_spin(uint64_t *states, uint64_t *transitions, uint32_t *errors)
{
    char command[512];
    char line[256];
    snprintf(command, sizeof command,
             "cd %s && spin -a site.pml >spin.log 2>&1 && "
             "gcc -O0 -DSAFETY -DNOREDUCE -DMEMLIM=2048 -w -o pan pan.c && "
             "timeout 120 ./pan -m2000000 -w22 2>&1",
             folder);
    *states = *transitions = 0;
    *errors = 1;
    FILE *in = popen(command, "re");
    assert_non_null(in);
    while (fgets(line, sizeof line, in) != NULL) {
        const char *found = strstr(line, "errors: ");
        if (strstr(line, "states, stored") != NULL)
            *states = strtoull(line, NULL, 10);
        else if (strstr(line, "transitions (= stored+matched)") != NULL)
            *transitions = strtoull(line, NULL, 10);
        else if (found != NULL)
            *errors = (uint32_t)strtoul(found + strlen("errors: "), NULL, 10);
    }
    assert_int_equal(pclose(in), 0);
}

static void both_find_the_same(void **context)
{
    const struct site *site = *context;
    const struct model model = {.machine = compile(site->topology),
                                .mains = site->mains,
                                .standbys = site->standbys,
                                .limit = site->limit};
    struct model_counts counts;
    uint64_t states;
    uint64_t transitions;
    uint32_t errors;
    model_explore(&model, 5000000, &counts);
    assert_true(counts.complete);
    assert_int_equal(counts.illegal, 0);
    FILE *out = begin_promela();
    model_write_promela(&model, out);
    assert_int_equal(fclose(out), 0);
    run_spin(&states, &transitions, &errors);
    print_message("%s, %u mains, %u standbys, limit %u: %llu states, %llu transitions; SPIN %llu "
                  "and %llu\n",
                  model.machine->name, site->mains, site->standbys, site->limit,
                  (unsigned long long)counts.states, (unsigned long long)counts.transitions,
                  (unsigned long long)states, (unsigned long long)transitions);
    assert_int_equal(errors, 0);
    assert_int_equal(states, counts.states);
    assert_int_equal(transitions, counts.transitions + 1); /* SPIN counts the way to the start */
}

/* A table with a fault is told apart by both. */
static void both_find_an_event_without_an_answer(void **context)
{
    (void)context;
    struct machine machine = *compile("tests/engine/sites/pair");
    struct machine_cell cells[MACHINE_STATES_MAX * MACHINE_EVENTS_MAX];
    const size_t count = (size_t)machine.state_count * machine.event_count;
    memcpy(cells, machine.cells, count * sizeof *cells);
    cells[FAILOVER_CARRYING * machine.event_count + FAILOVER_LINK_UP].verdict = VERDICT_ILLEGAL;
    machine.cells = cells;
    const struct model model = {.machine = &machine, .mains = 2, .standbys = 1};
    struct model_counts counts;
    uint64_t states;
    uint64_t transitions;
    uint32_t errors;
    model_explore(&model, 5000000, &counts);
    assert_true(counts.illegal > 0);
    FILE *out = begin_promela();
    model_write_promela(&model, out);
    assert_int_equal(fclose(out), 0);
    run_spin(&states, &transitions, &errors);
    assert_int_equal(errors, 1);
}

/* ---- two standbys of one main ---- */

static void explore_rivals(const struct machine *machine, struct model_counts *counts,
                           uint64_t *states, uint64_t *transitions, uint32_t *errors)
{
    rivals_explore(machine, 5000000, counts);
    assert_true(counts->complete);
    FILE *out = begin_promela();
    rivals_write_promela(machine, out);
    assert_int_equal(fclose(out), 0);
    run_spin(states, transitions, errors);
}

/* Their claims, by word of each other and by an arbiter (R24, R30). */
static void both_find_the_same_of_rivals(void **context)
{
    const struct machine *machine = compile(*context);
    struct model_counts counts;
    uint64_t states;
    uint64_t transitions;
    uint32_t errors;
    explore_rivals(machine, &counts, &states, &transitions, &errors);
    print_message("%s, two standbys: %llu states, %llu transitions; SPIN %llu and %llu\n",
                  machine->name, (unsigned long long)counts.states,
                  (unsigned long long)counts.transitions, (unsigned long long)states,
                  (unsigned long long)transitions);
    assert_int_equal(counts.illegal, 0);
    assert_int_equal(errors, 0);
    assert_int_equal(states, counts.states);
    assert_int_equal(transitions, counts.transitions + 1);
}

/* The main is back while the other standby carries it, and there is no answer to that. */
static void both_find_a_return_without_an_answer(void **context)
{
    (void)context;
    struct machine machine = *compile("examples/05-two-standbys/topology");
    struct machine_cell cells[MACHINE_STATES_MAX * MACHINE_EVENTS_MAX];
    struct model_counts counts;
    uint64_t states;
    uint64_t transitions;
    uint32_t errors;
    memcpy(cells, machine.cells, (size_t)machine.state_count * machine.event_count * sizeof *cells);
    cells[FAILOVER_COVERED * machine.event_count + FAILOVER_LINK_UP].verdict = VERDICT_ILLEGAL;
    machine.cells = cells;
    explore_rivals(&machine, &counts, &states, &transitions, &errors);
    assert_true(counts.illegal > 0);
    assert_int_equal(errors, 1);
}

static int make_folder(void **context)
{
    (void)context;
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
    static struct site sites[] = {
        {"tests/engine/sites/pair", 1, 1, 0},       {"tests/engine/sites/pair", 3, 1, 0},
        {"tests/engine/sites/manual", 3, 1, 1},     {"tests/engine/sites/limited", 3, 2, 1},
        {"tests/engine/sites/limited", 4, 2, 2},    {"tests/engine/sites/hold", 3, 1, 2},
        {"examples/03-n-to-one/topology", 4, 1, 2},
    };
    static char two[] = "tests/engine/sites/two";
    static char shared[] = "examples/05-two-standbys/topology";
    enum { SITES = sizeof sites / sizeof sites[0] };
    struct CMUnitTest tests[SITES + 4] = {
        cmocka_unit_test(both_find_an_event_without_an_answer),
        cmocka_unit_test(both_find_a_return_without_an_answer),
        {.name = two, .test_func = both_find_the_same_of_rivals, .initial_state = two},
        {.name = shared, .test_func = both_find_the_same_of_rivals, .initial_state = shared},
    };
    for (size_t i = 0; i < SITES; i++)
        tests[4 + i] = (struct CMUnitTest){
            .name = sites[i].topology, .test_func = both_find_the_same, .initial_state = &sites[i]};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
