/* What a dry run costs by itself, in one process, on a compiled deployment.
 *
 *     dryrun fail DEPLOYMENT        one failure of the first watched main, for half an hour:
 * seconds dryrun years DEPLOYMENT Y     every server fails about once a year for an hour, for Y
 * years: seconds, acts, moves dryrun table DEPLOYMENT       the same outage with Ragel's machines
 * and with a table written by hand in their place: nanoseconds an event, both
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/deployment.h"
#include "runtime/sim/stopwatch.h"
#include "runtime/sim/world.h"

#define HOUR_MS 3600000
#define YEAR_MS (8766 * (int64_t)HOUR_MS)
#define FIRST_S 0.5 /* how long a measurement lasts at least */

struct plan {
    struct outage_header header;
    struct outage outage;
    struct outage_act *acts;
    struct script script;
};

static void make_plan(struct plan *plan, int64_t lasts_ms, uint32_t act_count)
{
    plan->header =
        (struct outage_header){.strings_size = 1, .outage_count = 1, .act_count = act_count};
    plan->outage = (struct outage){.act_count = act_count, .lasts_ms = lasts_ms};
    plan->script = (struct script){
        .header = &plan->header, .outages = &plan->outage, .acts = plan->acts, .strings = ""};
}

static uint64_t run(const struct deployment *deployment, const struct plan *plan)
{
    struct world *world = world_run(deployment, &plan->script, &plan->outage);
    const uint64_t moves = world->moment_count;
    if (world->fault_count > 0)
        fprintf(stderr, "dryrun: %s\n", world->faults[0]);
    world_free(world);
    return moves;
}

/* Best of several runs, each at least so long. */
static double time_one(const struct deployment *deployment, const struct plan *plan,
                       uint64_t *moves)
{
    double best_s = HUGE_VAL;
    for (int i = 0; i < 3; i++) {
        uint32_t runs = 0;
        const double begin_s = stopwatch_s();
        do {
            *moves = run(deployment, plan);
            runs++;
        } while (stopwatch_s() - begin_s < FIRST_S);
        const double one_s = (stopwatch_s() - begin_s) / runs;
        best_s = one_s < best_s ? one_s : best_s;
    }
    return best_s;
}

static uint32_t watched_main(const struct deployment *deployment)
{
    return image_failovers(deployment_image(deployment))[0].monitor;
}

static void fail_once(const struct deployment *deployment)
{
    struct outage_act act = {
        .at_ms = 10000, .kind = ACT_FAIL, .a = watched_main(deployment), .b = IMAGE_NONE};
    struct plan plan = {.acts = &act};
    uint64_t moves;
    make_plan(&plan, HOUR_MS / 2, 1);
    const double one_s = time_one(deployment, &plan, &moves);
    printf("%.9f %llu\n", one_s, (unsigned long long)moves);
}

/* ---- years ---- */

static int by_time(const void *a, const void *b)
{
    const struct outage_act *left = a;
    const struct outage_act *right = b;
    return (left->at_ms > right->at_ms) - (left->at_ms < right->at_ms);
}

static double share(uint64_t *random)
{
    *random = *random * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*random >> 11) + 1) / 9007199254740993.0;
}

static void bear_years(const struct deployment *deployment, int64_t years)
{
    const uint32_t servers = deployment_image(deployment)->servers.count;
    const int64_t lasts_ms = years * YEAR_MS;
    uint64_t random = 1;
    uint32_t count = 0;
    uint32_t max = 4 * servers * (uint32_t)years + 64;
    struct plan plan = {.acts = calloc(max, sizeof *plan.acts)};
    if (plan.acts == NULL)
        exit(3);
    for (uint32_t s = 0; s < servers; s++) {
        int64_t at_ms = (int64_t)(-log(share(&random)) * (double)YEAR_MS);
        while (at_ms + HOUR_MS < lasts_ms && count + 2 <= max) {
            plan.acts[count++] =
                (struct outage_act){.at_ms = at_ms, .kind = ACT_FAIL, .a = s, .b = IMAGE_NONE};
            plan.acts[count++] = (struct outage_act){
                .at_ms = at_ms + HOUR_MS, .kind = ACT_RESTORE, .a = s, .b = IMAGE_NONE};
            at_ms += HOUR_MS + 1000 + (int64_t)(-log(share(&random)) * (double)YEAR_MS);
        }
    }
    qsort(plan.acts, count, sizeof *plan.acts, by_time);
    make_plan(&plan, lasts_ms, count);
    const double begin_s = stopwatch_s();
    const uint64_t moves = run(deployment, &plan);
    printf("%.3f %u %llu\n", stopwatch_s() - begin_s, count, (unsigned long long)moves);
    free(plan.acts);
}

/* ---- a table in the place of Ragel's machines ---- */

/* A step knows its machine only by its own name in C. */
#define NUMBERS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
static const struct machine *generated;

static void step_by_table(const struct machine *machine, uint8_t state, uint8_t event,
                          struct machine_step *step)
{
    const struct machine_cell *cell = &machine->cells[state * machine->event_count + event];
    step->verdict = cell->verdict;
    step->to = cell->verdict == VERDICT_MOVE ? cell->to : state;
    step->effect_count = cell->effect_count;
    memcpy(step->effects, cell->effects, sizeof step->effects);
}

#define X(number)                                                                                  \
    static void step_##number(uint8_t state, uint8_t event, struct machine_step *step)             \
    {                                                                                              \
        step_by_table(&generated[number], state, event, step);                                     \
    }
NUMBERS(X)
#undef X

static void compare_table(const struct deployment *deployment)
{
#define X(number) step_##number,
    static void (*const steps[])(uint8_t, uint8_t, struct machine_step *) = {NUMBERS(X)};
#undef X
    const uint32_t count = deployment->machine_count;
    struct machine machines[sizeof steps / sizeof steps[0]];
    struct deployment by_hand = *deployment;
    struct outage_act acts[200];
    struct plan plan = {.acts = acts};
    uint64_t moves;
    if (count > sizeof steps / sizeof steps[0])
        exit(3);
    generated = deployment->machines;
    memcpy(machines, deployment->machines, count * sizeof *machines);
    for (uint32_t m = 0; m < count; m++)
        machines[m].step = steps[m];
    by_hand.machines = machines;
    for (uint32_t i = 0; i < 200; i++)
        acts[i] = (struct outage_act){.at_ms = (i + 1) * 60000,
                                      .kind = i % 2 == 0 ? ACT_FAIL : ACT_RESTORE,
                                      .a = watched_main(deployment),
                                      .b = IMAGE_NONE};
    make_plan(&plan, 202 * 60000, 200);
    const double ragel_s = time_one(deployment, &plan, &moves);
    const double table_s = time_one(&by_hand, &plan, &moves);
    printf("%.1f %.1f\n", ragel_s * 1e9 / (double)moves, table_s * 1e9 / (double)moves);
}

int main(int argc, char **argv)
{
    char error[TEXT_BYTES_MAX];
    if (argc < 3) {
        fputs("usage: dryrun fail|years|table DEPLOYMENT [YEARS]\n", stderr);
        return 2;
    }
    const struct deployment *deployment = deployment_open(argv[2], error);
    if (deployment == NULL) {
        fprintf(stderr, "dryrun: %s\n", error);
        return 3;
    }
    if (strcmp(argv[1], "fail") == 0)
        fail_once(deployment);
    else if (strcmp(argv[1], "table") == 0)
        compare_table(deployment);
    else
        bear_years(deployment, argc > 3 ? atoi(argv[3]) : 10);
    return 0;
}
