/* Whole sites under random faults: engines, links that break, recorders that fail, operators who
 * interfere. After every step: nothing illegal has happened, no epoch has two holders, no limit is
 * exceeded without leave. Servers go on under new deployments in between (R41). After every run the
 * site is healed, and must come back to rest with every camera recorded by its main, and by nobody
 * else (R5, R27, R30).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/engine/trace.h"
#include "tests/engine/world.h"

/* An arbiter is lost or back, or a claim lapses, for its holder does not reach the arbiter. */
static void disturb_arbiters(struct world *world, uint32_t main)
{
    if (world_roll(world, 3) == 0)
        world->arbiters_lost = !world->arbiters_lost;
    else
        world->arbiters[main].holder = SERVERS;
}

/* What a shell says by itself. */
static void find_out(struct world *world, uint32_t server, uint32_t failover)
{
    static const enum engine_event_kind views[] = {EVENT_VIEW_ALIVE, EVENT_VIEW_SILENT,
                                                   EVENT_VIEW_NONE};
    const uint32_t standby = image_failovers(world->image)[failover].standby;
    const uint32_t what = world_roll(world, 6);
    if (what < 3 && world->alive[standby])
        world_give(world, standby,
                   (struct engine_event){.kind = views[what],
                                         .server = world_roll(world, 2) == 0 ? IMAGE_NONE
                                                                             : IMAGE_COORDINATOR,
                                         .failover = failover});
    else if (what == 3 && world->alive[server])
        world_give(world, server, (struct engine_event){.kind = EVENT_LATE});
    else if (what == 4 && world->alive[server])
        world_give(world, server,
                   (struct engine_event){.kind = EVENT_CLOCK_JUMP, .wall_ms = 90000});
    else if (world->alive[server])
        world_lose_storage(world, server, !world->storage_lost[server]);
}

/* A server goes on under a new deployment, which says the same as the old one: it knows all that it
 * knew, and what it then says to its peers once more does no harm (R41). */
static void deploy(struct world *world, uint32_t server)
{
    const size_t size = engine_size(world->deployment, server);
    struct engine *again = malloc(size);
    assert_non_null(again);
    engine_adopt(again, world->deployment, server, world->engines[server]);
    if (engine_deadline(again) != engine_deadline(world->engines[server]))
        world_fail(world, "a new deployment has forgotten a deadline");
    free(world->engines[server]);
    world->engines[server] = again;
    memset(world->told_lost[server], 0, sizeof world->told_lost[server]);
    world_give(world, server, (struct engine_event){.kind = EVENT_DEPLOY});
    for (uint32_t other = 0; other < world->servers; other++)
        if (other != server && world->alive[other] && world->up[other][server])
            world_give(world, other,
                       (struct engine_event){.kind = EVENT_PEER_CHANGED, .server = server});
}

static void interfere(struct world *world)
{
    const uint32_t a = world_roll(world, world->servers);
    const uint32_t b = world_roll(world, world->servers);
    const uint32_t failover = world_roll(world, world->image->failovers.count);
    switch (world_roll(world, 13)) {
    case 0:
        if (world->alive[a])
            world_crash(world, a);
        break;
    case 1:
    case 2:
        for (uint32_t other = 0; !world->alive[a] && other < world->servers; other++)
            world_lose(world, other, a); /* a peer that has restarted is lost first */
        if (!world->alive[a])
            world_boot(world, a);
        break;
    case 3:
        world->cut[a][b] = true;
        break;
    case 4:
        world->cut[a][b] = world->cut[b][a] = false;
        break;
    case 5:
        world_order(world, failover, EVENT_FORCE_START);
        break;
    case 6:
        world_order(world, failover, EVENT_FORCE_STOP);
        break;
    case 8:
        world_order(world, failover, world_roll(world, 3) == 0 ? EVENT_DISABLE : EVENT_ENABLE);
        break;
    case 9:
    case 10:
        find_out(world, a, failover);
        break;
    case 7:
        if (world->alive[a]) {
            world_give(world, a, (struct engine_event){.kind = EVENT_LOG_OFF});
            for (uint32_t other = 0; other < world->servers; other++)
                while (world_deliver(world, other, a))
                    ;
            world_crash(world, a);
        }
        break;
    case 12:
        disturb_arbiters(world, b);
        break;
    default:
        if (world->alive[a])
            deploy(world, a);
        break;
    }
}

/* ---- a run ---- */

static void show_nothing(struct world *world, uint32_t failover)
{
    const uint32_t standby = image_failovers(world->image)[failover].standby;
    static const uint32_t sources[] = {IMAGE_NONE, IMAGE_COORDINATOR};
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        world_give(world, standby,
                   (struct engine_event){
                       .kind = EVENT_VIEW_NONE, .server = sources[i], .failover = failover});
}

static void heal(struct world *world)
{
    memset(world->cut, 0, sizeof world->cut);
    for (uint32_t s = 0; s < world->servers; s++) {
        for (uint32_t other = 0; !world->alive[s] && other < world->servers; other++)
            world_lose(world, other, s);
        if (!world->alive[s])
            world_boot(world, s);
        if (world->storage_lost[s])
            world_lose_storage(world, s, false);
    }
    world->arbiters_lost = false;
    for (uint32_t f = 0; f < world->image->failovers.count; f++) {
        show_nothing(world, f);
        world_order(world, f, EVENT_ENABLE);
    }
}

/* Operators undo what they did, and what waits for them. */
static void undo_by_hand(struct world *world)
{
    for (uint32_t f = 0; f < world->image->failovers.count; f++) {
        const uint32_t standby = image_failovers(world->image)[f].standby;
        const uint8_t state = engine_failover_state(world->engines[standby], f);
        if (state == FAILOVER_FORCED || state == FAILOVER_KEEPING)
            world_give(world, standby,
                       (struct engine_event){.kind = EVENT_FORCE_STOP, .failover = f});
    }
}

static void check_rest(struct world *world)
{
    for (uint32_t f = 0; f < world->image->failovers.count; f++) {
        const uint32_t standby = image_failovers(world->image)[f].standby;
        const uint8_t state = engine_failover_state(world->engines[standby], f);
        if (state != FAILOVER_WATCHING) {
            char text[TEXT_BYTES_MAX];
            snprintf(text, sizeof text, "failover %s rests in %s",
                     image_text(world->image, image_failovers(world->image)[f].name),
                     trace_state(MACHINE_FAILOVER, state));
            world_fail(world, text);
        }
    }
    for (uint32_t s = 0; s < world->servers; s++) {
        if (engine_main_state(world->engines[s]) != MAIN_RECORDING)
            world_fail(world, "a main does not come back to recording");
        for (uint32_t c = 0; c < world->image->cameras.count; c++) {
            const bool own = image_cameras(world->image)[c].server == s;
            if (world->tasks[s][c].recording != own)
                world_fail(world, own ? "a main does not record its camera"
                                      : "a standby still records a camera");
            if (own && engine_camera_state(world->engines[s], c) != CAMERA_RECORDING)
                world_fail(world, "a camera does not come to rest");
        }
    }
}

static void run(struct world *world, uint64_t seed)
{
    world_begin(world, seed);
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 400; i++) {
            world->step++;
            world_happen(world, true);
            if (world_roll(world, 8) == 0)
                interfere(world);
        }
        heal(world);
        world_settle(world);
        undo_by_hand(world);
        world_settle(world);
        check_rest(world);
    }
}

static struct world soaked;

/* The rarer the moves of a site, the more runs they need: times as many. */
struct soak {
    const char *site;
    uint64_t times;
};

static void soak(void **context)
{
    const struct soak *soak = *context;
    const char *runs = getenv("SOAK_RUNS");
    const uint64_t last = runs != NULL ? strtoull(runs, NULL, 10) : 300 * soak->times;
    world_open(&soaked, soak->site);
    for (uint64_t seed = 1; seed <= last; seed++)
        run(&soaked, seed);
    world_close(&soaked);
}

/* ---- what chance makes too rarely ---- */

/* Too rare for chance: two standbys that do not see each other record for one main that is alive
 * (R36); when they see each other, the one with the higher epoch goes on (R24). */
static void two_standbys_replace_one_main(void **state)
{
    (void)state;
    struct world *world = &soaked;
    world_open(world, "trouble");
    const uint32_t two = image_find_server(world->image, "two");
    const uint32_t spare = image_find_server(world->image, "spare");
    const uint32_t other = image_find_server(world->image, "other");
    const uint32_t by_spare = image_find_failover(world->image, "two-to-spare");
    const uint32_t by_other = image_find_failover(world->image, "two-to-other");
    for (uint64_t seed = 1; seed <= 20; seed++) {
        world_begin(world, seed);
        world_settle(world);
        world_cut(world, spare, other, true);
        world_settle(world);
        world_lose_storage(world, two, true);
        world_talk(world);
        world_until(world, by_other, FAILOVER_REPLACING);
        world_order(world, by_spare, EVENT_ENABLE);
        world_talk(world);
        world_until(world, by_spare, FAILOVER_REPLACING);
        world_talk(world);
        world_cut(world, spare, other, false);
        world_talk(world);
        const bool spare_first = engine_failover_epoch(world->engines[spare], by_spare) >
                                 engine_failover_epoch(world->engines[other], by_other);
        assert_int_equal(world_failover_state(world, spare_first ? by_spare : by_other),
                         FAILOVER_REPLACING);
        assert_int_equal(world_failover_state(world, spare_first ? by_other : by_spare),
                         FAILOVER_WATCHING);
    }
    world_close(world);
}

/* Too rare for chance: an operator moves the objects to another standby while the first one still
 * returns them. The main lends them on and never takes them back from the first, which ends when
 * the other one has them on disk (R24). */
static void a_return_ends_when_another_standby_carries(void **state)
{
    (void)state;
    struct world *world = &soaked;
    world_open(world, "ranked");
    const uint32_t one = image_find_server(world->image, "one");
    const uint32_t left = image_find_server(world->image, "left");
    const uint32_t by_left = image_find_failover(world->image, "one-to-left");
    const uint32_t by_right = image_find_failover(world->image, "one-to-right");
    world_begin(world, 1);
    world_settle(world);
    world_order(world, by_left, EVENT_FORCE_START);
    world_talk(world);
    assert_int_equal(world_failover_state(world, by_left), FAILOVER_FORCED);
    world_order(world, by_left, EVENT_FORCE_STOP);
    while (world_deliver(world, one, left))
        ;
    assert_int_equal(world_failover_state(world, by_left), FAILOVER_RETURNING);
    world_order(world, by_right, EVENT_FORCE_START);
    world_talk(world);
    assert_int_equal(world_failover_state(world, by_right), FAILOVER_FORCED);
    assert_int_equal(world_failover_state(world, by_left), FAILOVER_WATCHING);
    world_close(world);
}

/* Likewise: the main hears that one standby returns its objects before it hears that another one,
 * earlier, was to have them. It takes back what is offered, and leaves the rest as it is. */
static void a_late_word_of_a_loan_ends_no_return(void **state)
{
    (void)state;
    struct world *world = &soaked;
    world_open(world, "ranked");
    const uint32_t one = image_find_server(world->image, "one");
    const uint32_t left = image_find_server(world->image, "left");
    const uint32_t right = image_find_server(world->image, "right");
    const uint32_t by_left = image_find_failover(world->image, "one-to-left");
    const uint32_t by_right = image_find_failover(world->image, "one-to-right");
    world_begin(world, 1);
    world_settle(world);
    world_order(world, by_left, EVENT_FORCE_START);
    while (world_deliver(world, right, left))
        ;
    world_order(world, by_right, EVENT_FORCE_START);
    world_order(world, by_right, EVENT_FORCE_STOP);
    while (world_deliver(world, one, right))
        ;
    while (world_deliver(world, one, left))
        ;
    world_talk(world);
    assert_int_equal(world_failover_state(world, by_left), FAILOVER_FORCED);
    assert_int_equal(world_failover_state(world, by_right), FAILOVER_WATCHING);
    world_close(world);
}

/* A main that takes back from one standby and has lent to another: that a camera is on disk is no
 * word for the latter, which would stop it when it hands back much later (R27). */
static void who_keeps_hears_of_no_disk(void **state)
{
    (void)state;
    struct world *world = &soaked;
    world_open(world, "ranked");
    const uint32_t one = image_find_server(world->image, "one");
    const uint32_t left = image_find_server(world->image, "left");
    const uint32_t right = image_find_server(world->image, "right");
    const uint32_t by_left = image_find_failover(world->image, "one-to-left");
    world_begin(world, 1);
    world_settle(world);
    world_order(world, by_left, EVENT_FORCE_START);
    while (world_deliver(world, one, left) || world_deliver(world, right, left))
        ;
    world_order(world, by_left, EVENT_FORCE_STOP);
    world_order(world, image_find_failover(world->image, "one-to-right"), EVENT_FORCE_START);
    while (world_deliver(world, one, right))
        ;
    while (world_deliver(world, one, left))
        ;
    while (world_deliver(world, left, one) || world_deliver(world, right, one))
        ;
    assert_int_equal(engine_main_state(world->engines[one]), MAIN_RECLAIMING);
    assert_true(world_report(world, one, 0, false));
    assert_int_equal(world->box[left][one].count, 1);
    assert_int_equal(world->box[right][one].count, 0);
    world_close(world);
}

/* It asks again under a higher epoch than the one that it was denied for first. */
static void deny_own(struct world *world, uint32_t server)
{
    world_boot(world, server);
    for (int i = 0; i < 2; i++)
        world_give_of_claim(world, server, server, EVENT_CLAIM_DENIED, 2);
    world->now_ms += image_servers(world->image)[server].ask_wait_ms;
}

/* What may reach a main whose claim a standby has that it cannot hear (R30): rarely by chance. */
static void test_r30_a_main_that_yields(void **state)
{
    static struct world yielding;
    struct world *world = &yielding;
    (void)state;
    world_open(world, "trouble");
    const uint32_t one = image_find_server(world->image, "one");
    const uint32_t spare = image_find_server(world->image, "spare");
    const struct engine_message said[] = {
        {.kind = MESSAGE_LEND, .epoch = 8},  {.kind = MESSAGE_REPLACE, .epoch = 8},
        {.kind = MESSAGE_FREE, .epoch = 1},  {.kind = MESSAGE_KEPT, .epoch = 8},
        {.kind = MESSAGE_OFFER, .epoch = 8}, {.kind = MESSAGE_REPLACE, .epoch = 8}};
    static const uint8_t follows[] = {MAIN_LENT, MAIN_REPLACED,   MAIN_RECORDING,
                                      MAIN_LENT, MAIN_RECLAIMING, MAIN_REPLACED};
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        world_begin(world, i + 1);
        deny_own(world, one);
        if (i < 5) { /* the last one is heard while it still asks */
            world_give(world, one, (struct engine_event){.kind = EVENT_TIME});
            assert_int_equal(engine_main_state(world->engines[one]), MAIN_YIELDING);
        }
        struct engine_event event = {.kind = EVENT_MESSAGE, .server = spare, .message = said[i]};
        event.message.failover = image_find_failover(world->image, "one-to-spare");
        world_give(world, one, (struct engine_event){.kind = EVENT_PEER_UP, .server = spare});
        world_give(world, one, event);
        assert_int_equal(engine_main_state(world->engines[one]), follows[i]);
    }
    const struct engine_event others[] = {{.kind = EVENT_ARBITER_LOST, .server = one},
                                          {.kind = EVENT_CLAIM_GRANTED, .server = one, .epoch = 2},
                                          {.kind = EVENT_BOOT},
                                          {.kind = EVENT_LOG_OFF}};
    static const uint8_t then[] = {MAIN_RECORDING, MAIN_RECORDING, MAIN_ASKING, MAIN_OFF};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        world_begin(world, i + 9);
        deny_own(world, one);
        world_give(world, one, (struct engine_event){.kind = EVENT_TIME});
        world_give(world, one, others[i]);
        assert_int_equal(engine_main_state(world->engines[one]), then[i]);
    }
    world_close(world);
}

/* A soak that leaves moves out shows nothing of them. Runs last. No site here holds a failover back
 * whose arbiter is lost: r38-coordinator-hold of the dry run does. */
static void soak_made_every_move(void **state)
{
    (void)state;
    uint32_t missing = 0;
    for (uint32_t kind = 0; kind < MACHINE_KIND_COUNT; kind++)
        for (uint32_t from = 0; from < MACHINE_STATES_MAX; from++)
            for (uint32_t event = 0; event < MACHINE_EVENTS_MAX; event++)
                if (world_moves[kind][from][event] && !world_made[kind][from][event] &&
                    !(kind == MACHINE_FAILOVER && event == FAILOVER_CLAIM_HELD)) {
                    print_message("never made: %s %s on %s\n", trace_machine_kind(kind),
                                  trace_state(kind, from), trace_event(kind, event));
                    missing++;
                }
    assert_int_equal(missing, 0);
}

int main(void)
{
    static struct soak soaks[] = {{"pair", 1},   {"limited", 1}, {"limits", 1},  {"hold", 1},
                                  {"mutual", 1}, {"manual", 1},  {"ranked", 10}, {"trouble", 10}};
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(test_r30_a_main_that_yields),
        cmocka_unit_test(two_standbys_replace_one_main),
        cmocka_unit_test(a_return_ends_when_another_standby_carries),
        cmocka_unit_test(a_late_word_of_a_loan_ends_no_return),
        cmocka_unit_test(who_keeps_hears_of_no_disk),
        cmocka_unit_test(soak_made_every_move),
    };
    enum { SOAKS = sizeof soaks / sizeof soaks[0] };
    struct CMUnitTest tests[SOAKS + sizeof others / sizeof others[0]];
    for (size_t i = 0; i < SOAKS; i++)
        tests[i] = (struct CMUnitTest){
            .name = soaks[i].site, .test_func = soak, .initial_state = &soaks[i]};
    memcpy(tests + SOAKS, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
