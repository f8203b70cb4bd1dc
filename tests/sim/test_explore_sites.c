/* Every order of faults on the example sites, and on small ones that have what these have not: no
 * property breaks. Apart from the other tests of the exploration, for each of the two takes
 * minutes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "runtime/sim/explore_part.h"
#include "tests/sim/explored.h"

static void a_site_holds(void **context)
{
    const struct site *site = *context;
    struct exploration exploration;
    explore_site(&exploration, compile(site->topology), site);
    explore_free(&exploration);
}

/* ---- parts of a site ---- */

struct part_count {
    const struct deployment *deployment;
    uint32_t faults;
    uint32_t count;
};

static bool explore_part(void *context, const uint32_t *servers, uint32_t count)
{
    struct part_count *parts = context;
    struct exploration exploration;
    struct deployment *part = part_cut(parts->deployment, servers, count);
    hold(&exploration, part,
         &(struct explore_options){.faults = parts->faults, .states = 20000000});
    explore_free(&exploration);
    free(part);
    parts->count++;
    return true;
}

/* All orders of up to so many faults on all parts of up to three servers. */
static void parts_hold(void **context)
{
    const struct site *site = *context;
    struct part_count parts = {.deployment = compile(site->topology), .faults = site->faults};
    print_message("%s\n", site->topology);
    part_each(parts.deployment, 3, explore_part, &parts);
    assert_int_equal(parts.count, site->states);
}

int main(void)
{
    /* The number is that of parts that differ. */
    static struct site parted[] = {
        {"examples/01-pair/topology", FAULTS, 1, false},
        {"examples/02-shared-nas/topology", FAULTS, 1, false},
        {"examples/03-n-to-one/topology", FAULTS, 2, false},
        {"examples/04-mutual/topology", FAULTS, 1, false},
        {"examples/06-campus/topology", FAULTS, 1, false},
    };
    static struct site sites[] = {
        /* One of them carries, by its claim. */
        {"examples/05-two-standbys/topology", 1, 40000, false},
        {"examples/05-two-standbys/topology", FAULTS_OF_TWO, FAULTS_OF_TWO * 5000, true},
        {"tests/engine/sites/ring", 1, 2000, false},
        {"tests/engine/sites/hot", 2, 5000, false},
        {"tests/engine/sites/coordinator", 3, 40000, false}, /* R30, R38 */
        {"tests/engine/sites/arbiter", 1, 15000, false},     /* R24 */
    };
    enum { PARTED = sizeof parted / sizeof parted[0], SITES = sizeof sites / sizeof sites[0] };
    struct CMUnitTest tests[PARTED + SITES];
    for (size_t i = 0; i < PARTED; i++)
        tests[i] = (struct CMUnitTest){
            .name = parted[i].topology, .test_func = parts_hold, .initial_state = &parted[i]};
    for (size_t i = 0; i < SITES; i++)
        tests[PARTED + i] = (struct CMUnitTest){
            .name = sites[i].topology, .test_func = a_site_holds, .initial_state = &sites[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
