/* Drills (R42): a copy of the engine plays the loss of a main by its own tables (R1, R2), second
 * views (R45), slots (R14, R15) and claims (R30) included; the engine itself is not touched, what
 * really happens ends the drill, and nothing is done but that cameras are opened where that was
 * asked for. In virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/deployment.h"
#include "runtime/node/drill.h"
#include "runtime/node/drill_report.h"

#define START_MS 100000 /* when drills begin */

static char root[] = "/tmp/understudy-test-drill-XXXXXX";
static char error[TEXT_BYTES_MAX];

static const char head[] =
    "volume \"disk-o\" { path = \"/nowhere/o\", size = \"1 TiB\" }\n"
    "volume \"disk-a\" { path = \"/nowhere/a\", size = \"1 TiB\" }\n"
    "volume \"vault\" { nas = \"/nowhere/v\", size = \"1 TiB\" }\n"
    "server \"alpha\" { address = \"10.0.0.1:7400\", archive = { \"disk-a\" } }\n"
    "server \"beta\" { address = \"10.0.0.2:7400\", archive = { \"vault\" } }\n"
    "server \"omega\" { address = \"10.0.0.9:7400\", archive = { \"disk-o\", \"vault\" } }\n"
    "local function cam(name, main, arm, sessions)\n"
    "  camera(name) { server = main, url = \"rtsp://10.0.1.1/\" .. name, arm = arm,\n"
    "    sessions = sessions }\n"
    "end\n"
    "cam(\"lobby\", \"alpha\", \"warm\")\n"
    "cam(\"gate\", \"alpha\", \"cold\")\n"
    "cam(\"yard\", \"alpha\", \"hot\")\n"
    "cam(\"door\", \"alpha\", \"cold\", 1)\n"
    "cam(\"hall\", \"beta\", \"cold\")\n"
    "failover \"a\" { standby = \"omega\", monitor = \"alpha\", expect_reconnection = \"5 s\" }\n"
    "failover \"b\" { standby = \"omega\", monitor = \"beta\", expect_reconnection = \"3 s\" }\n";

enum site { PLAIN, LIMITED, REMOTE, COORDINATED, WARM, SITE_COUNT };
static const char *const tails[SITE_COUNT] = {
    "", "failover_manager \"limit\" { max_running = 1, standby = \"omega\" }\n",
    "server \"psi\" { address = \"10.0.0.8:7400\", archive = { \"vault\" } }\n"
    "failover \"c\" { standby = \"psi\", monitor = \"omega\", expect_reconnection = \"3 s\" }\n"
    "failover_manager \"limit\" { max_running = 1, on = \"psi\" }\n",
    "coordinator { etcd = { \"http://10.0.2.1:2379\", \"http://10.0.2.2:2379\", "
    "\"http://10.0.2.3:2379\" } }\n",
    "volume \"disk-g\" { path = \"/srv/g\", size = \"1 TiB\" }\n"
    "server \"gamma\" { address = \"10.0.0.3:7400\", archive = { \"disk-g\" } }\n"
    "cam(\"porch\", \"gamma\", \"warm\")\n"
    "failover \"d\" { standby = \"omega\", monitor = \"gamma\", expect_reconnection = \"3 s\" }\n"};
static const struct deployment *deployments[SITE_COUNT];

/* ---- omega, and a drill of it ---- */

static struct {
    const struct deployment *deployment;
    const struct image *image;
    uint32_t omega;
    struct engine *engine;
    struct engine_output output;
    struct drill *drill;
    char armed[128]; /* by the drill, in its order */
    enum drill_claim claim;
} world;

static void arm(void *owner, uint32_t camera)
{
    (void)owner;
    strcat(world.armed, image_text(world.image, image_cameras(world.image)[camera].name));
    strcat(world.armed, " ");
}

static enum drill_claim look_at_claim(void *owner, uint32_t main)
{
    (void)owner, (void)main;
    return world.claim;
}

static uint32_t server(const char *name)
{
    return image_find_server(world.image, name);
}

static uint32_t camera(const char *name)
{
    return image_find_camera(world.image, name);
}

static struct engine_event event_at(int64_t at_ms, enum engine_event_kind kind)
{
    return (struct engine_event){.at_ms = at_ms,
                                 .kind = kind,
                                 .server = IMAGE_NONE,
                                 .camera = IMAGE_NONE,
                                 .failover = IMAGE_NONE};
}

static void give(struct engine_event event)
{
    engine_step(world.engine, &event, &world.output);
    if (world.drill != NULL)
        drill_take(world.drill, &event);
}

static void give_of(int64_t at_ms, enum engine_event_kind kind, const char *name)
{
    struct engine_event event = event_at(at_ms, kind);
    event.server = server(name);
    give(event);
}

static void begin_world(enum site site)
{
    memset(&world, 0, sizeof world);
    world.deployment = deployments[site];
    world.image = deployment_image(world.deployment);
    world.omega = server("omega");
    const uint32_t max = engine_output_max(world.deployment, world.omega);
    world.engine = engine_init(malloc(engine_size(world.deployment, world.omega)), world.deployment,
                               world.omega);
    world.output =
        (struct engine_output){.transitions = calloc(max, sizeof *world.output.transitions),
                               .actions = calloc(max, sizeof *world.output.actions),
                               .max = max};
    give(event_at(0, EVENT_BOOT));
    give_of(100, EVENT_PEER_UP, "alpha");
    give_of(100, EVENT_PEER_UP, "beta");
    if (site == REMOTE)
        give_of(100, EVENT_PEER_UP, "psi");
}

static void begin_drill(const char *failover, bool opens, bool dead)
{
    const struct drill_setup setup = {.failover = image_find_failover(world.image, failover),
                                      .for_ms = 60000,
                                      .opens = opens,
                                      .dead = dead};
    const struct drill_shell shell = {.arm = arm, .claim = look_at_claim};
    world.drill =
        drill_begin(&setup, world.deployment, world.omega, world.engine, &shell, START_MS);
    assert_non_null(world.drill);
}

/* To its end, without anything else that happens. */
static void play(void)
{
    while (drill_view(world.drill).end == DRILL_RUNS)
        drill_advance(world.drill, drill_deadline(world.drill));
}

static void end_world(void)
{
    drill_free(world.drill);
    free(world.engine);
    free(world.output.transitions);
    free(world.output.actions);
}

/* ---- what it shows ---- */

static const char *state_name(uint8_t state)
{
    static const char *const names[] = {
#define X(symbol, name) name,
        FAILOVER_STATES(X)
#undef X
    };
    return names[state];
}

/* "2000 suspect R1, ..." */
static void assert_steps(const char *wanted)
{
    char found[1024] = "";
    const struct drill_view view = drill_view(world.drill);
    for (uint32_t i = 0; i < view.step_count; i++) {
        const size_t used = strlen(found);
        snprintf(found + used, sizeof found - used, "%s%lld %s R%u", i > 0 ? ", " : "",
                 (long long)view.steps[i].after_ms, state_name(view.steps[i].transition.to),
                 view.steps[i].transition.rule);
    }
    assert_string_equal(found, wanted);
}

/* "lobby assumed 3000, ..." */
static void assert_cameras(const char *wanted)
{
    char found[1024] = "";
    const struct drill_view view = drill_view(world.drill);
    for (uint32_t i = 0; i < view.camera_count; i++) {
        const struct drill_camera shown = drill_camera(world.drill, i);
        const size_t used = strlen(found);
        snprintf(found + used, sizeof found - used, "%s%s %s %lld", i > 0 ? ", " : "",
                 image_text(world.image, image_cameras(world.image)[shown.camera].name),
                 drill_camera_state_name(shown.state), (long long)shown.gap_ms);
    }
    assert_string_equal(found, wanted);
}

static void assert_end(enum drill_end end)
{
    assert_string_equal(drill_end_name(drill_view(world.drill).end), drill_end_name(end));
}

static void assert_told(const char *key, const char *text)
{
    json_t *report = drill_report(world.drill, world.deployment, START_MS);
    char *found = json_dumps(json_object_get(report, key), 0);
    if (strstr(found, text) == NULL)
        fail_msg("\"%s\" is not among the %s: %s", text, key, found);
    free(found);
    json_decref(report);
}

/* ---- the tests ---- */

/* The same times as the dry run's model: 2 s to notice, 5 s to wait, 1 s to start; a warm camera
 * from suspicion on, a hot one at once. */
static void a_loss_is_played_and_nothing_is_done(void **context)
{
    (void)context;
    begin_world(PLAIN);
    const size_t bytes = engine_size(world.deployment, world.omega);
    void *before = malloc(bytes);
    memcpy(before, world.engine, bytes);
    begin_drill("a", false, false);
    drill_keyframe(world.drill, camera("yard"), 4000); /* read into memory, as ever */
    play();
    assert_end(DRILL_PLAYED_OUT);
    assert_steps("2000 suspect R1, 7000 taking_over R1, 7000 carrying R2");
    assert_cameras("lobby assumed 3000, gate assumed 8000, yard seen 0, door assumed 8000");
    assert_string_equal(world.armed, "");
    assert_memory_equal(world.engine, before, bytes);
    assert_told("notes", "no camera was opened");
    assert_told("troubles", "[]");
    free(before);
    end_world();
}

/* Warm at the suspicion, cold at the take-over; one that accepts one reader is the main's. */
static void cameras_are_opened_as_a_take_over_would(void **context)
{
    (void)context;
    begin_world(PLAIN);
    begin_drill("a", true, false);
    drill_keyframe(world.drill, camera("lobby"), START_MS - 50); /* not of this drill */
    drill_keyframe(world.drill, camera("yard"), 4000);
    drill_advance(world.drill, START_MS + 2000);
    assert_string_equal(world.armed, "lobby ");
    drill_advance(world.drill, START_MS + 2700);
    drill_keyframe(world.drill, camera("lobby"), START_MS + 2600);
    drill_advance(world.drill, START_MS + 7000);
    assert_string_equal(world.armed, "lobby gate ");
    drill_silent(world.drill, camera("gate"), "the camera refuses the connection");
    play();
    assert_end(DRILL_PLAYED_OUT);
    assert_cameras("lobby seen 2600, gate failed -1, yard seen 0, door assumed 8000");
    assert_told("troubles", "gate: no keyframe of it came: the camera refuses the connection");
    assert_told("notes", "door accepts one reader, which is alpha: it was not opened");
    end_world();
}

static void a_camera_that_comes_late_is_waited_for(void **context)
{
    (void)context;
    begin_world(PLAIN);
    begin_drill("b", true, true);
    for (int64_t at_ms = START_MS; at_ms < START_MS + 15000; at_ms += 500)
        drill_advance(world.drill, at_ms);
    assert_end(DRILL_RUNS);
    drill_keyframe(world.drill, camera("hall"), START_MS + 14900);
    play();
    assert_end(DRILL_PLAYED_OUT);
    assert_cameras("hall seen 14900");
    end_world();
}

/* What is in memory as the wait runs out is on disk with the take-over. */
static void cameras_that_are_all_there_are_carried_at_once(void **context)
{
    (void)context;
    begin_world(WARM);
    give_of(START_MS, EVENT_PEER_UP, "gamma");
    begin_drill("d", true, false);
    drill_advance(world.drill, START_MS + 2000);
    assert_string_equal(world.armed, "porch ");
    drill_keyframe(world.drill, camera("porch"), START_MS + 2900);
    play();
    assert_end(DRILL_PLAYED_OUT);
    assert_steps("2000 suspect R1, 5000 taking_over R1, 5000 carrying R2");
    assert_cameras("porch seen 2900");
    assert_told("troubles", "[]");
    end_world();
}

/* The engine does what it does without a drill, and the drill is over at once. */
static void a_real_loss_ends_it(void **context)
{
    (void)context;
    begin_world(PLAIN);
    begin_drill("a", false, false);
    drill_advance(world.drill, START_MS + 2000);
    assert_steps("2000 suspect R1");
    give_of(START_MS + 2500, EVENT_PEER_LOST, "beta"); /* another one: it goes on */
    assert_end(DRILL_RUNS);
    give_of(START_MS + 3000, EVENT_PEER_LOST, "alpha");
    assert_end(DRILL_REAL_LOSS);
    assert_int_equal(engine_failover_state(world.engine, drill_view(world.drill).setup.failover),
                     FAILOVER_SUSPECT);
    assert_int_equal(engine_failover_deadline(world.engine, 0), START_MS + 8000);
    assert_int_equal(drill_deadline(world.drill), ENGINE_NEVER);
    assert_cameras("lobby waits -1, gate waits -1, yard waits -1, door waits -1");
    drill_advance(world.drill, START_MS + 60000);
    assert_steps("2000 suspect R1");
    end_world();
}

static void what_else_is_real_ends_it(void **context)
{
    (void)context;
    static const struct {
        enum engine_event_kind kind;
        enum drill_end end;
    } ends[] = {{EVENT_FORCE_START, DRILL_ORDER},
                {EVENT_DISABLE, DRILL_ORDER},
                {EVENT_DEPLOY, DRILL_DEPLOYMENT},
                {EVENT_LOG_OFF, DRILL_LOG_OFF}};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        begin_world(PLAIN);
        begin_drill("a", false, false);
        struct engine_event event = event_at(START_MS + 100, ends[i].kind);
        event.failover = image_find_failover(world.image, "b");
        if (ends[i].end == DRILL_ORDER)
            give(event); /* on another failover */
        assert_end(DRILL_RUNS);
        event.failover = image_find_failover(world.image, "a");
        give(event);
        assert_end(ends[i].end);
        end_world();
    }
    begin_world(PLAIN);
    begin_drill("a", false, false);
    struct engine_event event = event_at(START_MS + 100, EVENT_MESSAGE);
    event.server = server("alpha");
    event.message = (struct engine_message){.kind = MESSAGE_LEFT,
                                            .failover = image_find_failover(world.image, "a")};
    give(event);
    assert_end(DRILL_LOG_OFF);
    end_world();
}

static void it_is_bounded(void **context)
{
    (void)context;
    begin_world(PLAIN);
    begin_drill("a", true, false);
    for (int i = 1; i <= 6; i++) { /* it stands still, and waits afresh each time (R29) */
        drill_advance(world.drill, START_MS + i * 10000 - 6000);
        give(event_at(START_MS + i * 10000 - 6000, EVENT_LATE));
    }
    play();
    assert_true(drill_view(world.drill).ended_ms <= START_MS + 60000);
    end_world();
}

/* R45: beta lives by the shared volume, and that is what a lost link would be met with; as if it
 * were dead, its signs of life there end as well, after a lease. */
static void second_views_count(void **context)
{
    (void)context;
    for (int dead = 0; dead <= 1; dead++) {
        begin_world(PLAIN);
        struct engine_event event = event_at(200, EVENT_VIEW_ALIVE);
        event.failover = image_find_failover(world.image, "b");
        give(event);
        begin_drill("b", false, dead != 0);
        event.at_ms = START_MS + 7900; /* told again in the middle */
        drill_advance(world.drill, START_MS + 6000);
        if (drill_view(world.drill).end == DRILL_RUNS)
            give(event);
        play();
        assert_end(DRILL_PLAYED_OUT);
        if (dead) {
            assert_steps("2000 suspect R1, 5000 withheld R45, 8000 claiming R45, "
                         "8000 taking_over R30, 9000 carrying R2");
            assert_cameras("hall assumed 9000");
        } else {
            assert_steps("2000 suspect R1, 5000 withheld R45");
            assert_told("troubles", "beta would not have been taken over: it is alive by a second "
                                    "view (R45); --dead plays that it is dead");
        }
        end_world();
    }
}

/* R15: the only slot is taken, for real. */
static void a_slot_that_is_taken_is_missed(void **context)
{
    (void)context;
    begin_world(LIMITED);
    give_of(1000, EVENT_PEER_LOST, "alpha");
    give(event_at(6000, EVENT_TIME));
    give_of(7000, EVENT_PEER_UP, "alpha"); /* the return runs */
    begin_drill("b", false, false);
    play();
    assert_end(DRILL_PLAYED_OUT);
    assert_steps("2000 suspect R1, 5000 queued R14");
    assert_told("troubles", "no slot is free: beta would wait for one, unrecorded (R15)");
    end_world();
}

static void what_others_grant_is_assumed(void **context)
{
    (void)context;
    begin_world(REMOTE);
    begin_drill("a", false, false);
    play();
    assert_steps("2000 suspect R1, 7000 queued R14, 7000 taking_over R15, 8000 carrying R2");
    assert_told("notes", "a free slot of limit was assumed");
    end_world();
}

/* R30: who holds the claim is read, and none is made. */
static void claims_are_read(void **context)
{
    (void)context;
    static const struct {
        enum drill_claim claim;
        bool dead;
        const char *steps;
    } cases[] = {
        {DRILL_CLAIM_ALIVE, false, "2000 suspect R1, 7000 claiming R30, 7000 withheld R30"},
        {DRILL_CLAIM_ALIVE, true,
         "2000 suspect R1, 7000 claiming R30, 7000 taking_over R30, 8000 carrying R2"},
        {DRILL_CLAIM_FREE, false,
         "2000 suspect R1, 7000 claiming R30, 7000 taking_over R30, 8000 carrying R2"},
        {DRILL_CLAIM_UNKNOWN, false,
         "2000 suspect R1, 7000 claiming R30, 7000 taking_over R30, 8000 carrying R2"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin_world(COORDINATED);
        world.claim = cases[i].claim;
        begin_drill("a", false, cases[i].dead);
        play();
        assert_steps(cases[i].steps);
        if (cases[i].claim == DRILL_CLAIM_UNKNOWN)
            assert_told("notes", "the claim of alpha was assumed to be granted");
        end_world();
    }
}

static void what_the_journal_keeps_is_text(void **context)
{
    (void)context;
    char text[DRILL_SUMMARY_BYTES], long_text[DRILL_SUMMARY_BYTES * 2] = "";
    while (strlen(long_text) < DRILL_SUMMARY_BYTES)
        strcat(long_text, "é");
    json_t *report = json_pack("{s:s, s:s, s:[], s:[s]}", "how", "it was played to its end", "end",
                               "played_out", "cameras", "troubles", long_text);
    json_t *kept = json_string(drill_report_summary(report, text));
    assert_non_null(kept); /* cut, but not in the middle of a character */
    json_decref(kept);
    json_decref(report);
}

/* ---- the sites ---- */

static bool compile(enum site site)
{
    const char *programs = getenv("UNDERSTUDY_BIN");
    char command[512], path[96];
    snprintf(path, sizeof path, "%s/%d.lua", root, site);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;
    fprintf(file, "%s%s", head, tails[site]);
    fclose(file);
    snprintf(path, sizeof path, "%s/%d", root, site);
    snprintf(command, sizeof command,
             "timeout 60 '%s/understudy' compile %s.lua -o %s >%s.log 2>&1 || cat %s.log",
             programs != NULL ? programs : "build/bin", path, path, path, path);
    if (system(command) != 0)
        return false;
    deployments[site] = deployment_open(path, error);
    return deployments[site] != NULL;
}

static int make_sites(void **context)
{
    (void)context;
    if (mkdtemp(root) == NULL)
        return 1;
    for (int site = 0; site < SITE_COUNT; site++)
        if (!compile((enum site)site)) {
            fprintf(stderr, "%s\n", error);
            return 1;
        }
    return 0;
}

static int remove_sites(void **context)
{
    (void)context;
    char command[96];
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loss_is_played_and_nothing_is_done),
        cmocka_unit_test(cameras_are_opened_as_a_take_over_would),
        cmocka_unit_test(a_camera_that_comes_late_is_waited_for),
        cmocka_unit_test(cameras_that_are_all_there_are_carried_at_once),
        cmocka_unit_test(a_real_loss_ends_it),
        cmocka_unit_test(what_else_is_real_ends_it),
        cmocka_unit_test(it_is_bounded),
        cmocka_unit_test(second_views_count),
        cmocka_unit_test(a_slot_that_is_taken_is_missed),
        cmocka_unit_test(what_others_grant_is_assumed),
        cmocka_unit_test(claims_are_read),
        cmocka_unit_test(what_the_journal_keeps_is_text),
    };
    return cmocka_run_group_tests(tests, make_sites, remove_sites);
}
