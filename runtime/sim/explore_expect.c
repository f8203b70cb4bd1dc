#include "runtime/sim/explore_expect.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/sim/array.h"
#include "runtime/sim/explore.h"
#include "runtime/sim/label.h"
#include "runtime/sim/result.h"
#include "runtime/sim/stopwatch.h"

#define FIRST_MS 10000 /* when the first fault happens if the outage has no acts of its own */

/* What may break, and be whole again. */
struct trouble {
    uint8_t fault; /* enum outage_act_kind */
    uint8_t repair;
    uint32_t a;
    uint32_t b;
    bool broken; /* at the end of the order that is being made */
};

/* Orders in the making: the acts of one outage, and after them some faults and repairs. */
struct orders {
    struct expect_run *run;
    const struct deployment *deployment;
    const struct expect_options *options;
    double begin_s;
    double told_s;
    struct trouble *troubles;
    size_t trouble_count;
    size_t trouble_max;
    int64_t tempos_ms[EXPLORE_TEMPOS];

    uint32_t first_verdict; /* of the outage */
    uint32_t level;         /* faults in an order that is played now */
    int64_t after_ms;       /* the site is watched so long after the last act */
    struct outage outage;
    struct outage_header header;
    struct script script;
    struct outage_act *acts;
    bool ended; /* nothing more is to be found, or there is no time left */
};

/* ---- what may break ---- */

/* X(fault, repair) */
#define TROUBLES(X)                                                                                \
    X(ACT_FAIL, ACT_RESTORE)                                                                       \
    X(ACT_CUT, ACT_HEAL)                                                                           \
    X(ACT_ISOLATE, ACT_REJOIN)                                                                     \
    X(ACT_PAUSE, ACT_WAKE)                                                                         \
    X(ACT_LOSE, ACT_REGAIN)

#define X(fault, repair) | 1u << fault
_Static_assert((0 TROUBLES(X)) == EXPECT_ACTS,
               "the faults that are tried are those that are known");
#undef X

static uint8_t repair_of(uint8_t fault)
{
    switch (fault) {
#define X(symbol, repair)                                                                          \
    case symbol:                                                                                   \
        return repair;
        TROUBLES(X)
#undef X
    default:
        assert(!"no fault");
        return ACT_COUNT;
    }
}

static void add_trouble(struct orders *orders, uint8_t fault, uint32_t a, uint32_t b)
{
    if ((orders->options->acts & 1u << fault) == 0)
        return;
    orders->troubles = array_grow(orders->troubles, orders->trouble_count, &orders->trouble_max,
                                  sizeof *orders->troubles);
    orders->troubles[orders->trouble_count++] =
        (struct trouble){.fault = fault, .repair = repair_of(fault), .a = a, .b = b};
}

/* Several failovers may be about one path. */
static bool has_path(const struct orders *orders, uint32_t a, uint32_t b)
{
    for (size_t i = 0; i < orders->trouble_count; i++) {
        const struct trouble *trouble = &orders->troubles[i];
        if (trouble->fault == ACT_CUT &&
            ((trouble->a == a && trouble->b == b) || (trouble->a == b && trouble->b == a)))
            return true;
    }
    return false;
}

static void list_troubles(struct orders *orders)
{
    const struct image *image = orders->deployment->image;
    for (uint32_t s = 0; s < image->servers.count; s++)
        add_trouble(orders, ACT_FAIL, s, IMAGE_NONE);
    for (uint32_t f = 0; f < image->failovers.count; f++) {
        const struct image_failover *failover = &image_failovers(image)[f];
        if (!has_path(orders, failover->standby, failover->monitor))
            add_trouble(orders, ACT_CUT, failover->standby, failover->monitor);
    }
    for (uint32_t s = 0; s < image->servers.count; s++)
        add_trouble(orders, ACT_ISOLATE, s, IMAGE_NONE);
    for (uint32_t s = 0; s < image->servers.count; s++)
        add_trouble(orders, ACT_PAUSE, s, IMAGE_NONE);
    for (uint32_t v = 0; v < image->volumes.count; v++)
        add_trouble(orders, ACT_LOSE, v, IMAGE_NONE);
    if (image->coordinators.count > 0)
        add_trouble(orders, ACT_LOSE, IMAGE_NONE, IMAGE_NONE);
}

/* ---- one order ---- */

static char *tell(const struct orders *orders, const struct world *world,
                  const struct expect_verdict *verdict)
{
    const struct image *image = orders->deployment->image;
    char *story = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&story, &size);
    if (out == NULL)
        array_no_memory();
    if (verdict != NULL) {
        char *text = label_new(script_text(orders->run->script, verdict->expect->text));
        fprintf(out, "-- understudy explore: expected was %s\n-- found: %s\n", text,
                verdict->found);
        free(text);
    }
    for (size_t i = 0; i < world->fault_count; i++) {
        char *text = label_new(world->faults[i]);
        fprintf(out, "-- a fault of Understudy: %s\n", text);
        free(text);
    }
    fprintf(out, "outage \"explore: %u fault%s\" {\n", orders->level,
            orders->level == 1 ? "" : "s");
    for (uint32_t i = 0; i < orders->outage.act_count; i++)
        script_write_act(out, image, &orders->acts[i]);
    fprintf(out, "  lasts = \"%lld ms\",\n", (long long)orders->outage.lasts_ms);
    if (verdict != NULL)
        script_write_expect(out, image, verdict->expect);
    fputs("}\n", out);
    if (fclose(out) != 0 || story == NULL)
        array_no_memory();
    return story;
}

static void take_results(struct orders *orders, struct world *world)
{
    struct result *result = result_of(world);
    for (uint32_t i = 0; i < orders->outage.expect_count; i++) {
        struct expect_verdict *verdict = &orders->run->verdicts[orders->first_verdict + i];
        if (verdict->broken || result->expects[i].held)
            continue;
        verdict->broken = true;
        verdict->faults = orders->level;
        memcpy(verdict->found, result->expects[i].found, sizeof verdict->found);
        verdict->story = tell(orders, world, verdict);
        orders->run->broken++;
    }
    if (world->fault_count > 0 && orders->run->own_fault == NULL)
        orders->run->own_fault = tell(orders, world, NULL);
    result_free(result);
}

/* Whether there is anything left to be found in this outage. */
static bool all_broken(const struct orders *orders)
{
    bool all = orders->run->own_fault != NULL || orders->outage.expect_count > 0;
    for (uint32_t i = 0; i < orders->outage.expect_count; i++)
        all = all && orders->run->verdicts[orders->first_verdict + i].broken;
    return all;
}

static void look_at_the_clock(struct orders *orders)
{
    const double now_s = stopwatch_s();
    if (orders->options->progress && now_s - orders->told_s > 1) {
        fprintf(stderr, "\r%llu orders, %u faults ", (unsigned long long)orders->run->orders,
                orders->level);
        orders->told_s = now_s;
    }
    if (orders->options->time_s > 0 && now_s - orders->begin_s > orders->options->time_s) {
        orders->run->complete = false;
        orders->ended = true;
    }
}

static void play(struct orders *orders)
{
    struct world *world = world_run(orders->deployment, &orders->script, &orders->outage);
    orders->run->orders++;
    take_results(orders, world);
    world_free(world);
    if (all_broken(orders))
        orders->ended = true;
    look_at_the_clock(orders);
}

/* ---- all orders ---- */

static bool can_happen(struct orders *orders)
{
    return script_judge(&orders->script, &orders->outage, orders->deployment->image, NULL) == 0;
}

static void go_on(struct orders *orders, uint32_t faults, uint32_t repairs);

/* Tries one act more, at each of its times. */
static void try_act(struct orders *orders, struct trouble *trouble, uint32_t faults,
                    uint32_t repairs)
{
    const uint32_t at = orders->outage.act_count;
    const bool first = at == 0;
    const int64_t lasts_ms = orders->outage.lasts_ms;
    orders->outage.act_count++;
    orders->header.act_count++;
    trouble->broken = !trouble->broken;
    for (uint32_t t = first ? EXPLORE_TEMPOS - 1 : 0; t < EXPLORE_TEMPOS && !orders->ended; t++) {
        const int64_t at_ms = first ? FIRST_MS : orders->acts[at - 1].at_ms + orders->tempos_ms[t];
        orders->acts[at] =
            (struct outage_act){.at_ms = at_ms,
                                .kind = trouble->broken ? trouble->fault : trouble->repair,
                                .a = trouble->a,
                                .b = trouble->b};
        orders->outage.lasts_ms = at_ms + orders->after_ms;
        if (!can_happen(orders))
            break; /* nor at another time */
        go_on(orders, faults, repairs);
    }
    trouble->broken = !trouble->broken;
    orders->outage.act_count--;
    orders->header.act_count--;
    orders->outage.lasts_ms = lasts_ms;
}

/* Plays the order if nothing is missing, else adds each act that can be next. */
static void go_on(struct orders *orders, uint32_t faults, uint32_t repairs)
{
    if (faults == 0 && repairs == 0) {
        play(orders);
        return;
    }
    for (size_t i = 0; i < orders->trouble_count && !orders->ended; i++) {
        struct trouble *trouble = &orders->troubles[i];
        if (trouble->broken ? repairs > 0 : faults > 0)
            try_act(orders, trouble, faults - !trouble->broken, repairs - trouble->broken);
    }
}

static void play_outage(struct orders *orders, const struct outage *outage)
{
    const struct script *script = orders->run->script;
    orders->outage = *outage;
    orders->outage.first_act = 0;
    orders->acts =
        array_new(outage->act_count + 2 * (size_t)orders->options->faults, sizeof *orders->acts);
    memcpy(orders->acts, script->acts + outage->first_act,
           outage->act_count * sizeof *orders->acts);
    orders->header = *script->header;
    orders->header.act_count = outage->act_count;
    orders->script = *script;
    orders->script.header = &orders->header;
    orders->script.acts = orders->acts;
    orders->after_ms = outage->lasts_ms;
    if (outage->act_count > 0)
        orders->after_ms -= orders->acts[outage->act_count - 1].at_ms;
    orders->ended = false;
    uint32_t level = 0;
    while (level < orders->options->faults && !orders->ended) {
        orders->level = ++level;
        for (uint32_t repairs = 0; repairs <= level && !orders->ended; repairs++)
            go_on(orders, level, repairs);
    }
    if (orders->ended && !all_broken(orders))
        orders->run->faults = level - 1 < orders->run->faults ? level - 1 : orders->run->faults;
    free(orders->acts);
}

static void list_verdicts(struct expect_run *run)
{
    const struct script *script = run->script;
    run->verdicts = array_new(script->header->expect_count, sizeof *run->verdicts);
    for (uint32_t o = 0; o < script->header->outage_count; o++)
        for (uint32_t e = 0; e < script->outages[o].expect_count; e++)
            run->verdicts[run->verdict_count++] = (struct expect_verdict){
                .outage = &script->outages[o],
                .expect = &script->expects[script->outages[o].first_expect + e]};
}

void expect_run(struct expect_run *run, const struct deployment *deployment,
                const struct script *script, const struct expect_options *options)
{
    struct orders orders = {
        .run = run, .deployment = deployment, .options = options, .begin_s = stopwatch_s()};
    assert(options->faults >= 1);
    *run = (struct expect_run){.script = script, .complete = true, .faults = options->faults};
    list_verdicts(run);
    list_troubles(&orders);
    explore_tempos(deployment->image, orders.tempos_ms);
    for (uint32_t o = 0; o < script->header->outage_count && run->complete; o++) {
        if (script->outages[o].expect_count > 0)
            play_outage(&orders, &script->outages[o]);
        orders.first_verdict += script->outages[o].expect_count;
    }
    if (options->progress)
        fputc('\n', stderr);
    free(orders.troubles);
}

void expect_free(struct expect_run *run)
{
    for (uint32_t i = 0; i < run->verdict_count; i++)
        free(run->verdicts[i].story);
    free(run->verdicts);
    free(run->own_fault);
}
