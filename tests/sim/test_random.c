/* Whole sites under random outages: after every step the properties of the world hold, and every
 * second of every camera is recorded or explained (R42). What fails names the seed and the acts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/sim/result.h"
#include "tests/compiled.h"

#define RUNS     400
#define ACTS_MAX 16

/* An outage in the making, as a script of its own. */
struct draft {
    const struct image *image;
    struct outage_header header;
    struct outage outage;
    struct outage_act acts[ACTS_MAX];
    struct script script;
    uint64_t random;
};

static uint32_t roll(struct draft *draft, uint32_t sides)
{
    draft->random ^= draft->random << 13;
    draft->random ^= draft->random >> 7;
    draft->random ^= draft->random << 17;
    return (uint32_t)(draft->random >> 33) % sides;
}

#define X(symbol, word, target) target,
static const enum act_target targets[] = {OUTAGE_ACTS(X)};
#undef X

/* How many there are of what an act is done to. */
static uint32_t count_targets(const struct image *image, enum act_target target)
{
    if (target == TARGET_FAILOVER)
        return image->failovers.count;
    if (target == TARGET_CAMERA)
        return image->cameras.count;
    return target == TARGET_VOLUME || target == TARGET_STORE ? image->volumes.count
                                                             : image->servers.count;
}

/* Any act, at the time of the last one or up to 20 s later; often within the wait of a failover. */
static struct outage_act roll_act(struct draft *draft, int64_t after_ms)
{
    struct outage_act act = {.at_ms = after_ms + 500 * roll(draft, 5) * roll(draft, 9),
                             .kind = roll(draft, ACT_COUNT),
                             .b = IMAGE_NONE};
    act.a = roll(draft, count_targets(draft->image, targets[act.kind]));
    if (targets[act.kind] == TARGET_PATH) {
        act.end = roll(draft, END_COUNT);
        act.b = act.end == END_SERVER   ? roll(draft, draft->image->servers.count)
                : act.end == END_VOLUME ? roll(draft, draft->image->volumes.count)
                                        : IMAGE_NONE;
    }
    return act;
}

/* Acts that cannot happen are rolled again. */
static void make_draft(struct draft *draft, const struct image *image, uint64_t seed, FILE *nowhere)
{
    *draft = (struct draft){.image = image,
                            .header = {.strings_size = 8},
                            .outage = {.lasts_ms = 400000},
                            .random = seed * 2654435761u + 1};
    draft->script = (struct script){.header = &draft->header,
                                    .outages = &draft->outage,
                                    .acts = draft->acts,
                                    .strings = "random\0"};
    int64_t at_ms = 0;
    while (draft->outage.act_count < ACTS_MAX) {
        struct outage_act *act = &draft->acts[draft->outage.act_count++];
        *act = roll_act(draft, at_ms);
        if (script_judge(&draft->script, &draft->outage, image, nowhere) > 0)
            draft->outage.act_count--;
        else
            at_ms = act->at_ms;
    }
    draft->outage.lasts_ms = at_ms + 30000;
}

static void tell(const struct draft *draft, const struct world *world, uint64_t seed)
{
    char text[TEXT_BYTES_MAX];
    fprintf(stderr, "seed %llu: %s\n", (unsigned long long)seed, world->faults[0]);
    for (uint32_t i = 0; i < draft->outage.act_count; i++)
        fprintf(stderr, "%9lld  %s\n", (long long)draft->acts[i].at_ms,
                script_act(draft->image, &draft->acts[i], text, sizeof text));
}

static void check_cameras(const struct result *result)
{
    for (uint32_t c = 0; c < result->world->image->cameras.count; c++) {
        const struct camera_result *camera = &result->cameras[c];
        assert_int_equal(camera->recorded_ms + camera->gap_ms, result->world->outage->lasts_ms);
        for (size_t g = 0; g < camera->gap_count; g++) {
            int64_t at_ms = camera->gaps[g].from_ms;
            for (size_t p = 0; p < camera->gaps[g].part_count; p++) {
                assert_int_equal(camera->gaps[g].parts[p].from_ms, at_ms);
                at_ms = camera->gaps[g].parts[p].to_ms;
            }
            assert_int_equal(camera->gaps[g].to_ms, at_ms);
        }
    }
}

static void a_site_bears_random_outages(void **context)
{
    const char *site = *context;
    char topology[64];
    snprintf(topology, sizeof topology, "tests/engine/sites/%s.lua", site);
    const struct deployment *deployment = compiled(topology);
    FILE *nowhere = fopen("/dev/null", "we");
    assert_non_null(nowhere);
    uint32_t bad = 0;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct draft draft;
        make_draft(&draft, deployment_image(deployment), seed, nowhere);
        struct world *world = world_run(deployment, &draft.script, &draft.outage);
        struct result *result = result_of(world);
        check_cameras(result);
        if (world->fault_count > 0 && bad++ < 3)
            tell(&draft, world, seed);
        result_free(result);
        world_free(world);
    }
    fclose(nowhere);
    assert_int_equal(bad, 0);
}

int main(void)
{
    static char sites[][16] = {"pair", "mutual", "manual", "limited", "hold"};
    struct CMUnitTest tests[sizeof sites / sizeof sites[0]];
    for (size_t i = 0; i < sizeof sites / sizeof sites[0]; i++)
        tests[i] = (struct CMUnitTest){
            .name = sites[i], .test_func = a_site_bears_random_outages, .initial_state = sites[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
