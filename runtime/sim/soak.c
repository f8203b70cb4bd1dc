#include "runtime/sim/soak.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "runtime/sim/array.h"
#include "runtime/sim/explore.h"
#include "runtime/sim/result.h"
#include "runtime/sim/stopwatch.h"

#define HOUR_MS       3600000.0
#define MONTH_MS      (30 * 24 * (int64_t)HOUR_MS)
#define MONTHS_A_YEAR 12.175
#define QUIET_MS      (12 * HOUR_MS) /* on average, between two troubles */
#define TROUBLE_MS    8000.0         /* on average, between the acts of one */
#define REPAIR_EACH   3              /* of so many acts one breaks something, the rest repair */
#define ACTS_MAX      4096

/* A month in the making: a script with one outage, and what is broken so far. */
struct month {
    const struct image *image;
    struct outage_header header;
    struct outage outage;
    struct outage_act *acts;
    struct script script;
    uint8_t *powers; /* enum power of each server */
    bool *cuts;      /* of each failover: the path between its two servers */
    bool coordinator_lost;
    bool *cut_off; /* of each server: from the coordinator */
    uint64_t random;
};

static uint64_t draw(struct month *month)
{
    month->random += 0x9e3779b97f4a7c15u;
    uint64_t value = month->random;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

static uint32_t roll(struct month *month, uint32_t sides)
{
    return (uint32_t)((draw(month) >> 32) * sides >> 32);
}

static int64_t draw_ms(struct month *month, double mean_ms)
{
    const double share = ((double)(draw(month) >> 11) + 1) / 9007199254740993.0;
    return (int64_t)(-log(share) * mean_ms) / 100 * 100;
}

/* ---- acts ---- */

static void add(struct month *month, int64_t at_ms, uint32_t kind, uint32_t a, uint32_t b)
{
    month->acts[month->outage.act_count++] =
        (struct outage_act){.at_ms = at_ms, .kind = kind, .a = a, .b = b};
}

/* Several failovers may be about one path. */
static void set_cut(struct month *month, uint32_t a, uint32_t b, bool cut)
{
    for (uint32_t f = 0; f < month->image->failovers.count; f++) {
        const struct image_failover *failover = &image_failovers(month->image)[f];
        if ((failover->standby == a && failover->monitor == b) ||
            (failover->standby == b && failover->monitor == a))
            month->cuts[f] = cut;
    }
}

static void change_path(struct month *month, int64_t at_ms, uint32_t failover)
{
    const struct image_failover *entry = &image_failovers(month->image)[failover];
    const bool cut = !month->cuts[failover];
    add(month, at_ms, cut ? ACT_CUT : ACT_HEAL, entry->standby, entry->monitor);
    set_cut(month, entry->standby, entry->monitor, cut);
}

static void change_server(struct month *month, int64_t at_ms, uint32_t server)
{
    uint8_t *power = &month->powers[server];
    if (*power != POWER_ON) {
        add(month, at_ms, *power == POWER_FAILED ? ACT_RESTORE : ACT_LOG_ON, server, IMAGE_NONE);
        *power = POWER_ON;
        return;
    }
    *power = roll(month, 4) == 0 ? POWER_OFF : POWER_FAILED;
    add(month, at_ms, *power == POWER_FAILED ? ACT_FAIL : ACT_LOG_OFF, server, IMAGE_NONE);
}

static void give_order(struct month *month, int64_t at_ms, uint32_t failover)
{
    if (month->powers[image_failovers(month->image)[failover].standby] == POWER_ON)
        add(month, at_ms, roll(month, 2) == 0 ? ACT_FORCE_START : ACT_FORCE_STOP, failover,
            IMAGE_NONE);
}

static void change_coordinator(struct month *month, int64_t at_ms)
{
    month->coordinator_lost = !month->coordinator_lost;
    add(month, at_ms, month->coordinator_lost ? ACT_LOSE : ACT_REGAIN, IMAGE_NONE, IMAGE_NONE);
}

static void change_reach(struct month *month, int64_t at_ms, uint32_t server)
{
    month->cut_off[server] = !month->cut_off[server];
    add(month, at_ms, month->cut_off[server] ? ACT_CUT : ACT_HEAL, server, IMAGE_NONE);
    month->acts[month->outage.act_count - 1].end = END_COORDINATOR;
}

static void act(struct month *month, int64_t at_ms)
{
    const uint32_t server = roll(month, month->image->servers.count);
    const uint32_t failover = roll(month, month->image->failovers.count);
    const uint32_t what = roll(month, month->image->coordinators.count > 0 ? 8 : 6);
    const bool repair = roll(month, REPAIR_EACH) != 0;
    if (what < 3 && (!repair || month->powers[server] != POWER_ON))
        change_server(month, at_ms, server);
    else if (what < 5 && (!repair || month->cuts[failover]))
        change_path(month, at_ms, failover);
    else if (what == 5)
        give_order(month, at_ms, failover);
    else if (what == 6 && (!repair || month->coordinator_lost))
        change_coordinator(month, at_ms);
    else if (what == 7 && (!repair || month->cut_off[server]))
        change_reach(month, at_ms, server);
}

/* Quiet for hours, then several things within seconds: what is rare happens at its edges. */
static void make_acts(struct month *month)
{
    int64_t at_ms = draw_ms(month, QUIET_MS);
    while (at_ms < MONTH_MS && month->outage.act_count < ACTS_MAX) {
        act(month, at_ms);
        at_ms += draw_ms(month, roll(month, 16) == 0 ? QUIET_MS : TROUBLE_MS);
    }
    month->outage.lasts_ms = MONTH_MS;
}

static void make_month(struct month *month, const struct image *image, uint64_t seed)
{
    *month = (struct month){.image = image,
                            .header = {.strings_size = 1, .outage_count = 1},
                            .acts = array_new(ACTS_MAX, sizeof *month->acts),
                            .powers = array_new(image->servers.count, 1),
                            .cuts = array_new(image->failovers.count, sizeof *month->cuts),
                            .cut_off = array_new(image->servers.count, sizeof *month->cut_off),
                            .random = seed};
    month->script = (struct script){
        .header = &month->header, .outages = &month->outage, .acts = month->acts, .strings = ""};
    make_acts(month);
    month->header.act_count = month->outage.act_count;
}

static void free_month(struct month *month)
{
    free(month->acts);
    free(month->powers);
    free(month->cuts);
    free(month->cut_off);
}

/* ---- what must hold ---- */

/* Every moment of every camera is recorded or lost, and each loss has its causes from its beginning
 * to its end. Returns the camera for which that is not so, or IMAGE_NONE. */
static uint32_t find_unexplained(const struct world *world)
{
    struct result *result = result_of((struct world *)world);
    uint32_t found = IMAGE_NONE;
    for (uint32_t c = 0; c < world->image->cameras.count && found == IMAGE_NONE; c++) {
        const struct camera_result *camera = &result->cameras[c];
        bool fine = camera->recorded_ms + camera->gap_ms == world->outage->lasts_ms;
        for (size_t g = 0; g < camera->gap_count && fine; g++) {
            int64_t at_ms = camera->gaps[g].from_ms;
            for (size_t p = 0; p < camera->gaps[g].part_count; p++) {
                fine = fine && camera->gaps[g].parts[p].from_ms == at_ms;
                at_ms = camera->gaps[g].parts[p].to_ms;
            }
            fine = fine && camera->gaps[g].to_ms == at_ms;
        }
        found = fine ? IMAGE_NONE : c;
    }
    result_free(result);
    return found;
}

static void tell(struct soak *soak, const struct month *month, const struct world *world,
                 uint32_t unexplained, uint64_t seed)
{
    size_t size;
    FILE *out = open_memstream(&soak->story, &size);
    if (out == NULL)
        array_no_memory();
    fprintf(out,
            "-- understudy explore --random: month %llu of this seed, deployment %s, ABI %u.%u\n",
            (unsigned long long)soak->months, soak->deployment, MACHINE_ABI, ENGINE_ABI);
    for (size_t i = 0; i < world->fault_count; i++)
        fprintf(out, "-- %s\n", world->faults[i]);
    if (unexplained != IMAGE_NONE)
        fprintf(out, "-- the gaps of %s are not explained from beginning to end\n",
                image_text(month->image, image_cameras(month->image)[unexplained].name));
    fprintf(out, "outage \"random %llu\" {\n", (unsigned long long)seed);
    for (uint32_t i = 0; i < month->outage.act_count; i++)
        script_write_act(out, month->image, &month->acts[i]);
    fprintf(out, "  lasts = \"%lld ms\",\n}\n", (long long)month->outage.lasts_ms);
    if (fclose(out) != 0)
        array_no_memory();
    soak->broken = true;
}

/* ---- a run ---- */

static void run_month(struct soak *soak, const struct deployment *deployment, uint64_t seed)
{
    struct month month;
    make_month(&month, deployment->image, seed);
    struct world *world = world_run(deployment, &month.script, &month.outage);
    const uint32_t unexplained = find_unexplained(world);
    soak->months++;
    soak->acts += month.outage.act_count;
    soak->moves += world->moment_count;
    if (world->fault_count > 0 || unexplained != IMAGE_NONE)
        tell(soak, &month, world, unexplained, seed);
    world_free(world);
    free_month(&month);
}

void soak_run(struct soak *soak, const struct deployment *deployment,
              const struct soak_options *options)
{
    const double begin_s = stopwatch_s();
    const uint64_t months = (uint64_t)ceil(options->years * MONTHS_A_YEAR);
    double told_s = begin_s;
    *soak = (struct soak){.months = 0};
    image_short_hash(deployment->image, soak->deployment);
    while (soak->months < months && !soak->broken) {
        run_month(soak, deployment, options->seed + (soak->months << 32));
        const double now_s = stopwatch_s();
        soak->seconds = now_s - begin_s;
        if (options->progress && now_s - told_s > 1) {
            fprintf(stderr, "\r%.1f of %u years ", (double)soak->months / MONTHS_A_YEAR,
                    options->years);
            told_s = now_s;
        }
        if (options->time_s > 0 && soak->seconds > options->time_s)
            break;
    }
    if (options->progress)
        fputc('\n', stderr);
}

void soak_free(struct soak *soak)
{
    free(soak->story);
}

/* ---- reports ---- */

static double years_of(const struct soak *soak)
{
    return (double)soak->months / MONTHS_A_YEAR;
}

static double years_an_hour(const struct soak *soak)
{
    return soak->seconds > 0 ? years_of(soak) * 3600 / soak->seconds : 0;
}

void soak_report(FILE *out, const struct soak *soak, const struct soak_options *options)
{
    if (soak->broken)
        fputs("A property is broken: that is a fault of Understudy.\n\n", out);
    else
        fprintf(out, "All properties hold after every step of %.1f simulated years.\n\n",
                years_of(soak));
    fprintf(out,
            "  seed    %llu\n  version deployment %s, ABI %u.%u\n  months  %llu\n  acts    %llu\n"
            "  moves   %llu\n  speed   %.0f simulated years an hour\n",
            (unsigned long long)options->seed, soak->deployment, MACHINE_ABI, ENGINE_ABI,
            (unsigned long long)soak->months, (unsigned long long)soak->acts,
            (unsigned long long)soak->moves, years_an_hour(soak));
    if (soak->broken)
        fprintf(out, "\n%s", soak->story);
}

void soak_json(FILE *out, const struct soak *soak, const struct soak_options *options)
{
    json_t *object =
        json_pack("{s:I, s:s, s:i, s:i, s:f, s:I, s:I, s:f, s:b, s:s?}", "seed",
                  (json_int_t)options->seed, "deployment", soak->deployment, "machine_abi",
                  (int)MACHINE_ABI, "engine_abi", (int)ENGINE_ABI, "years", years_of(soak), "acts",
                  (json_int_t)soak->acts, "moves", (json_int_t)soak->moves, "years_an_hour",
                  years_an_hour(soak), "held", !soak->broken, "outage", soak->story);
    if (object == NULL || json_dumpf(object, out, JSON_INDENT(2)) != 0)
        array_no_memory();
    fputc('\n', out);
    json_decref(object);
}
