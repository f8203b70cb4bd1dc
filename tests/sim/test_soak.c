/* The random soak: whole sites, written by hand and made at random, bear years of faults; the same
 * seed does the same again; a machine that is wrong is found, and the month is told as an outage
 * file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/sim/soak.h"
#include "tests/compiled.h"

#define RANDOM_SITES 6

static char folder[] = "/tmp/understudy-soak-XXXXXX";

static void bear(const struct deployment *deployment, uint64_t seed, uint32_t years)
{
    struct soak soak;
    const struct soak_options options = {.seed = seed, .years = years, .time_s = 60};
    soak_run(&soak, deployment, &options);
    if (soak.broken)
        fail_msg("%s", soak.story);
    assert_true(soak.acts > 100 * years && soak.moves > soak.acts);
    soak_free(&soak);
}

static void a_site_bears_years(void **context)
{
    bear(compiled(*context), 1, 5);
}

/* Mains, standbys, cameras, policies, limits and priorities, all as a seed says. */
static void random_sites_bear_years(void **context)
{
    (void)context;
    for (uint32_t seed = 1; seed <= RANDOM_SITES; seed++) {
        char command[256];
        char path[128];
        snprintf(path, sizeof path, "%s/random-%u.lua", folder, seed);
        snprintf(command, sizeof command,
                 "sed 's/local seed = 1/local seed = %u/' tests/sim/random_site.lua >%s", seed,
                 path);
        assert_int_equal(system(command), 0);
        print_message("random site %u\n", seed);
        bear(compiled(path), seed, 2);
    }
}

static void a_seed_repeats_itself(void **context)
{
    (void)context;
    struct soak soaks[3];
    const struct deployment *deployment = compiled("tests/engine/sites/limited.lua");
    for (uint32_t i = 0; i < 3; i++) {
        const struct soak_options options = {.seed = i == 2 ? 6 : 5, .years = 1};
        soak_run(&soaks[i], deployment, &options);
    }
    assert_int_equal(soaks[0].acts, soaks[1].acts);
    assert_int_equal(soaks[0].moves, soaks[1].moves);
    assert_int_not_equal(soaks[0].moves, soaks[2].moves);
    for (uint32_t i = 0; i < 3; i++)
        soak_free(&soaks[i]);
}

/* ---- a machine that is wrong ---- */

static const struct machine *right;
static uint32_t claims_made;

/* One that carries has no answer when its main is back. */
static void step_without_answer(uint8_t state, uint8_t event, struct machine_step *step)
{
    right->step(state, event, step);
    if (state == FAILOVER_CARRYING && event == FAILOVER_LINK_UP)
        *step = (struct machine_step){.verdict = VERDICT_ILLEGAL, .to = state};
}

static void drop_effect(struct machine_step *step, uint8_t effect)
{
    uint8_t kept = 0;
    for (uint8_t i = 0; i < step->effect_count; i++)
        if (step->effects[i] != effect)
            step->effects[kept++] = step->effects[i];
    step->effect_count = kept;
}

static void step_without_claim(uint8_t state, uint8_t event, struct machine_step *step)
{
    right->step(state, event, step);
    if (event == FAILOVER_WAIT_ELAPSED)
        drop_effect(step, EFFECT_CLAIM);
}

/* The first take-over claims its epoch, and every later one goes on under it. */
static void step_with_one_claim(uint8_t state, uint8_t event, struct machine_step *step)
{
    right->step(state, event, step);
    if (event == FAILOVER_WAIT_ELAPSED && claims_made++ > 0)
        drop_effect(step, EFFECT_CLAIM);
}

struct bug {
    const char *name;
    void (*step)(uint8_t state, uint8_t event, struct machine_step *step);
    const char *told;
};

static void soak_wrongly(struct soak *soak, const struct deployment *deployment,
                         const struct bug *bug)
{
    struct machine machines[8];
    struct deployment wrong = *deployment;
    assert_true(deployment->machine_count <= 8);
    memcpy(machines, deployment->machines, deployment->machine_count * sizeof *machines);
    for (uint32_t m = 0; m < deployment->machine_count; m++)
        if (machines[m].kind == MACHINE_FAILOVER) {
            right = &deployment->machines[m];
            machines[m].step = bug->step;
        }
    wrong.machines = machines;
    claims_made = 0;
    const struct soak_options options = {.seed = 3, .years = 10};
    soak_run(soak, &wrong, &options);
}

static void a_bug_is_told_as_an_outage(void **context)
{
    const struct bug *bug = *context;
    const char *programs = getenv("UNDERSTUDY_BIN");
    char command[512];
    char path[128];
    struct soak soak;
    const struct deployment *deployment = compiled("tests/engine/sites/pair.lua");
    soak_wrongly(&soak, deployment, bug);
    assert_true(soak.broken);
    assert_non_null(strstr(soak.story, bug->told));
    assert_non_null(strstr(soak.story, "outage \"random"));
    char version[13]; /* with the seed it reproduces what is told */
    image_short_hash(deployment->image, version);
    assert_non_null(strstr(soak.story, version));
    snprintf(path, sizeof path, "%s/found.lua", folder);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(soak.story, file);
    assert_int_equal(fclose(file), 0);
    /* The right machines bear it. */
    snprintf(command, sizeof command,
             "timeout 60 '%s/understudy' simulate tests/engine/sites/pair.lua %s >/dev/null",
             programs != NULL ? programs : "build/bin", path);
    assert_int_equal(system(command), 0);
    soak_free(&soak);
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
    static char sites[][40] = {
        "examples/01-pair/topology.lua",   "examples/02-shared-nas/topology.lua",
        "examples/04-mutual/topology.lua", "tests/engine/sites/pair.lua",
        "tests/engine/sites/limited.lua",  "tests/engine/sites/manual.lua",
        "tests/engine/sites/hold.lua"};
    enum { SITES = sizeof sites / sizeof sites[0] };
    static struct bug bugs[] = {
        {"a state has no answer", step_without_answer, "has no answer to link_up"},
        {"no claim is made (R24, R31)", step_without_claim, "without an epoch"},
        {"only one claim is made (R24, R31)", step_with_one_claim, "which it has given back"}};
    enum { BUGS = sizeof bugs / sizeof bugs[0] };
    struct CMUnitTest tests[2 + BUGS + SITES] = {cmocka_unit_test(a_seed_repeats_itself),
                                                 cmocka_unit_test(random_sites_bear_years)};
    for (size_t i = 0; i < BUGS; i++)
        tests[2 + i] = (struct CMUnitTest){.name = bugs[i].name,
                                           .test_func = a_bug_is_told_as_an_outage,
                                           .initial_state = &bugs[i]};
    for (size_t i = 0; i < SITES; i++)
        tests[2 + BUGS + i] = (struct CMUnitTest){
            .name = sites[i], .test_func = a_site_bears_years, .initial_state = sites[i]};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
