/* A new deployment in the field (R41): an engine goes on under another image, and what both know by
 * name is as it was: who is carried, under which epoch, who waits, what an operator has said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/deployment.h"
#include "runtime/engine/trace.h"

#define TEXT_MAX 2048

/* One server under a deployment, and what its last step gave. */
struct place {
    const struct deployment *deployment;
    const struct image *image;
    struct engine *engine;
    struct engine_output output;
};

/* ---- deployments ---- */

static const char servers[] =
    "volume 'd' { path = '/srv/d', size = '1 TiB' }\n"
    "server 'alpha' { address = '127.0.0.1:7401', archive = { 'd' } }\n"
    "server 'beta' { address = '127.0.0.1:7402', archive = { 'd' } }\n"
    "server 'omega' { address = '127.0.0.1:7403', archive = { 'd' } }\n"
    "camera 'lobby' { server = 'alpha', url = 'rtsp://127.0.0.1:8601/s' }\n"
    "camera 'hall' { server = 'beta', url = 'rtsp://127.0.0.1:8602/s' }\n";

#define GATE "camera 'gate' { server = 'alpha', url = 'rtsp://127.0.0.1:8603/s' }\n"
#define YARD "camera 'yard' { server = 'alpha', url = 'rtsp://127.0.0.1:8604/s' }\n"
/* Declared first, so that every number is another one. */
#define FIRST                                                                                      \
    "server 'first' { address = '127.0.0.1:7400', archive = { 'd' } }\n"                           \
    "camera 'first' { server = 'first', url = 'rtsp://127.0.0.1:8600/s' }\n"                       \
    "failover 'first-to-omega' { standby = 'omega', monitor = 'first',"                            \
    " expect_reconnection = '5 s' }\n"
#define WATCH(main, rest)                                                                          \
    "failover '" main "-to-omega' { standby = 'omega', monitor = '" main "',"                      \
    " expect_reconnection = '5 s'" rest " }\n"
#define BACK                                                                                       \
    "failover 'omega-to-beta' { standby = 'beta', monitor = 'omega', expect_reconnection = '5 s'}" \
    "camera 'own' { server = 'omega', url = 'rtsp://127.0.0.1:8609/s' }\n"

/* Each is compiled once: a deployment lives as long as the process. */
static const struct deployment *make(const char *before, const char *after)
{
    const char *bin = getenv("UNDERSTUDY_BIN");
    char folder[] = "/tmp/understudy-adopt-XXXXXX";
    char command[512];
    char error[TEXT_BYTES_MAX] = "";
    assert_non_null(mkdtemp(folder));
    snprintf(command, sizeof command, "%s/site.lua", folder);
    FILE *file = fopen(command, "w");
    assert_non_null(file);
    fprintf(file, "%s%s%s", before, servers, after);
    assert_int_equal(fclose(file), 0);
    snprintf(command, sizeof command, "%s/understudy compile %s/site.lua -o %s/made >%s/said 2>&1",
             bin != NULL ? bin : "build/bin", folder, folder, folder);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof command, "%s/made", folder);
    const struct deployment *made = deployment_open(command, error);
    if (made == NULL)
        fail_msg("%s", error);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
    return made;
}

static const struct deployment *compile(const char *before, const char *after)
{
    static struct {
        char text[TEXT_MAX];
        const struct deployment *deployment;
    } made[32];
    char text[TEXT_MAX];
    size_t at = 0;
    snprintf(text, sizeof text, "%s|%s", before, after);
    while (made[at].deployment != NULL && strcmp(made[at].text, text) != 0)
        assert_true(++at < sizeof made / sizeof made[0]);
    if (made[at].deployment == NULL) {
        memcpy(made[at].text, text, sizeof text);
        made[at].deployment = make(before, after);
    }
    return made[at].deployment;
}

/* ---- a server ---- */

static struct place stand(const struct deployment *deployment, const char *server)
{
    struct place place = {.deployment = deployment, .image = deployment_image(deployment)};
    const uint32_t self = image_find_server(place.image, server);
    place.output.max = engine_output_max(deployment, self);
    place.output.transitions = calloc(place.output.max, sizeof *place.output.transitions);
    place.output.actions = calloc(place.output.max, sizeof *place.output.actions);
    place.engine = engine_init(malloc(engine_size(deployment, self)), deployment, self);
    return place;
}

static void leave(struct place *place)
{
    free(place->engine);
    free(place->output.transitions);
    free(place->output.actions);
}

static void step(struct place *place, int64_t at_ms, struct engine_event event)
{
    event.at_ms = at_ms;
    engine_step(place->engine, &event, &place->output);
    for (uint32_t i = 0; i < place->output.transition_count; i++)
        assert_int_not_equal(place->output.transitions[i].verdict, VERDICT_ILLEGAL);
}

static void peer(struct place *place, int64_t at_ms, enum engine_event_kind kind, const char *name)
{
    step(place, at_ms,
         (struct engine_event){.kind = kind, .server = image_find_server(place->image, name)});
}

static void order(struct place *place, int64_t at_ms, enum engine_event_kind kind, const char *name)
{
    step(place, at_ms,
         (struct engine_event){.kind = kind, .failover = image_find_failover(place->image, name)});
}

static void hear(struct place *place, int64_t at_ms, const char *from,
                 enum engine_message_kind kind, const char *failover, uint64_t epoch)
{
    step(place, at_ms,
         (struct engine_event){.kind = EVENT_MESSAGE,
                               .server = image_find_server(place->image, from),
                               .message = {.kind = kind,
                                           .failover = image_find_failover(place->image, failover),
                                           .camera = IMAGE_NONE,
                                           .epoch = epoch}});
}

static void on_disk(struct place *place, int64_t at_ms, const char *camera)
{
    const uint32_t index = image_find_camera(place->image, camera);
    step(place, at_ms,
         (struct engine_event){.kind = EVENT_ON_DISK,
                               .camera = index,
                               .epoch = engine_camera_epoch(place->engine, index)});
}

/* The same server under another deployment, while its recorders go on. */
static void deploy(struct place *place, const struct deployment *deployment, const char *server,
                   int64_t at_ms)
{
    struct place next = stand(deployment, server);
    const uint32_t self = image_find_server(next.image, server);
    engine_adopt(next.engine, deployment, self, place->engine);
    void *kept = malloc(engine_size(deployment, self));
    memcpy(kept, next.engine, engine_size(deployment, self));
    assert_non_null(engine_restore(kept, deployment, self)); /* fit for a snapshot */
    free(kept);
    leave(place);
    *place = next;
    step(place, at_ms, (struct engine_event){.kind = EVENT_DEPLOY});
}

static uint8_t state_of(const struct place *place, const char *failover)
{
    return engine_failover_state(place->engine, image_find_failover(place->image, failover));
}

static uint64_t epoch_of(const struct place *place, const char *failover)
{
    return engine_failover_epoch(place->engine, image_find_failover(place->image, failover));
}

/* "record yard 2; send alpha offer;": the actions of the last step. */
static const char *acted(const struct place *place)
{
    static char text[TEXT_MAX];
    size_t end = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < place->output.action_count && end < sizeof text; i++) {
        const struct engine_action *action = &place->output.actions[i];
        const struct image *image = place->image;
        char what[128] = "";
        if (action->kind == ACTION_SEND)
            snprintf(what, sizeof what, " %s %s",
                     image_text(image, image_servers(image)[action->server].name),
                     trace_message_kind(action->message.kind));
        else if (action->camera < image->cameras.count)
            snprintf(what, sizeof what, " %s %llu",
                     image_text(image, image_cameras(image)[action->camera].name),
                     (unsigned long long)action->epoch);
        end += (size_t)snprintf(text + end, sizeof text - end, "%s%s; ",
                                trace_action_kind(action->kind), what);
    }
    return text;
}

static void assert_acted(const struct place *place, const char *what, bool wanted)
{
    if ((strstr(acted(place), what) != NULL) != wanted)
        fail_msg("\"%s\" is%s in: %s", what, wanted ? " not" : "", acted(place));
}

static struct place watching(const struct deployment *deployment)
{
    struct place place = stand(deployment, "omega");
    step(&place, 0, (struct engine_event){.kind = EVENT_BOOT, .wall_ms = 1000000});
    peer(&place, 10, EVENT_PEER_UP, "alpha");
    if (image_find_failover(place.image, "beta-to-omega") != IMAGE_NONE)
        peer(&place, 10, EVENT_PEER_UP, "beta");
    return place;
}

static struct place carrying(const struct deployment *deployment)
{
    struct place place = watching(deployment);
    peer(&place, 1000, EVENT_PEER_LOST, "alpha");
    step(&place, 6000, (struct engine_event){.kind = EVENT_TIME});
    on_disk(&place, 6500, "lobby");
    return place;
}

/* ---- the tests ---- */

/* R41: what is carried stays carried under its epoch, added cameras are started, removed ones are
 * known no more, and an unchanged one hears of nothing. */
static void what_is_carried_stays_carried(void **context)
{
    (void)context;
    struct place place = carrying(compile("", GATE WATCH("alpha", "")));
    const uint64_t epoch = epoch_of(&place, "alpha-to-omega");
    assert_int_equal(state_of(&place, "alpha-to-omega"), FAILOVER_CARRYING);
    deploy(&place, compile(FIRST, YARD WATCH("alpha", "")), "omega", 7000);
    assert_int_equal(state_of(&place, "alpha-to-omega"), FAILOVER_CARRYING);
    assert_int_equal(epoch_of(&place, "alpha-to-omega"), epoch);
    assert_acted(&place, "record yard 2", true);
    assert_acted(&place, "lobby", false);
    assert_int_equal(engine_camera_state(place.engine, image_find_camera(place.image, "lobby")),
                     CAMERA_RECORDING);
    /* What is new begins; the return is as ever (R5, R27). */
    assert_int_equal(state_of(&place, "first-to-omega"), FAILOVER_UNSEEN);
    peer(&place, 8000, EVENT_PEER_UP, "alpha");
    assert_int_equal(state_of(&place, "alpha-to-omega"), FAILOVER_RETURNING);
    assert_acted(&place, "send alpha offer", true);
    leave(&place);
}

/* R41: a wait that runs goes on, and an epoch never goes back. */
static void a_wait_goes_on(void **context)
{
    (void)context;
    struct place place = watching(compile("", WATCH("alpha", "")));
    hear(&place, 20, "alpha", MESSAGE_ALIVE, "alpha-to-omega", 41);
    peer(&place, 1000, EVENT_PEER_LOST, "alpha");
    deploy(&place, compile(FIRST, GATE WATCH("alpha", "")), "omega", 2000);
    assert_int_equal(state_of(&place, "alpha-to-omega"), FAILOVER_SUSPECT);
    assert_int_equal(engine_deadline(place.engine), 6000);
    assert_acted(&place, "arm gate", true);
    step(&place, 6000, (struct engine_event){.kind = EVENT_TIME});
    assert_int_equal(state_of(&place, "alpha-to-omega"), FAILOVER_TAKING_OVER);
    assert_true(epoch_of(&place, "alpha-to-omega") > 41);
    leave(&place);
}

/* R20, R41: an operator's disabling stands until the topology changes its mind. */
static void an_operator_s_word_stands(void **context)
{
    (void)context;
    const struct deployment *plain = compile("", WATCH("alpha", ""));
    const struct deployment *off = compile(FIRST, WATCH("alpha", ", disabled = true"));
    struct place place = watching(plain);
    order(&place, 100, EVENT_DISABLE, "alpha-to-omega");
    deploy(&place, compile(FIRST, WATCH("alpha", "")), "omega", 200);
    assert_int_equal(state_of(&place, "alpha-to-omega"), FAILOVER_DISABLED);
    deploy(&place, off, "omega", 300);
    assert_int_equal(state_of(&place, "alpha-to-omega"), FAILOVER_DISABLED);
    deploy(&place, plain, "omega", 400);
    assert_int_equal(state_of(&place, "alpha-to-omega"), FAILOVER_WATCHING);
    leave(&place);
    place = watching(plain);
    deploy(&place, off, "omega", 200);
    assert_int_equal(state_of(&place, "alpha-to-omega"), FAILOVER_DISABLED);
    leave(&place);
}

/* R17, R41: what an operator has moved stays moved, and the main is told of what was added. */
static void a_forced_start_stays_forced(void **context)
{
    (void)context;
    struct place place = watching(compile("", WATCH("alpha", "")));
    order(&place, 100, EVENT_FORCE_START, "alpha-to-omega");
    on_disk(&place, 200, "lobby");
    assert_int_equal(state_of(&place, "alpha-to-omega"), FAILOVER_FORCED);
    deploy(&place, compile(FIRST, GATE WATCH("alpha", "")), "omega", 300);
    assert_int_equal(state_of(&place, "alpha-to-omega"), FAILOVER_FORCED);
    assert_acted(&place, "record gate", true);
    assert_acted(&place, "send alpha lend", true);
    assert_acted(&place, "send alpha on_disk", true);
    leave(&place);
}

#define LIMIT "failover_manager 'limit' { max_running = 1, on = 'omega' }\n"

/* R14, R15, R41: who waits for a slot waits on; where the limit is gone, nobody does. */
static void the_queue_goes_on(void **context)
{
    (void)context;
    const struct deployment *limited = compile("", WATCH("alpha", "") WATCH("beta", "") LIMIT);
    struct place place = carrying(limited);
    peer(&place, 7000, EVENT_PEER_LOST, "beta");
    step(&place, 12000, (struct engine_event){.kind = EVENT_TIME});
    assert_int_equal(state_of(&place, "beta-to-omega"), FAILOVER_QUEUED);
    deploy(&place, compile(FIRST, WATCH("alpha", "") WATCH("beta", "") LIMIT), "omega", 13000);
    assert_int_equal(state_of(&place, "beta-to-omega"), FAILOVER_QUEUED);
    assert_int_equal(engine_slots_held(place.engine, 0), 1);
    assert_int_equal(engine_slots_waiting(place.engine, 0), 1);
    deploy(&place, compile("", WATCH("alpha", "") WATCH("beta", "")), "omega", 14000);
    step(&place, 14000, (struct engine_event){.kind = EVENT_TIME});
    assert_int_equal(state_of(&place, "beta-to-omega"), FAILOVER_TAKING_OVER);
    assert_int_equal(state_of(&place, "alpha-to-omega"), FAILOVER_CARRYING);
    /* And where a limit is new, what is carried is counted, never stopped. */
    deploy(&place, limited, "omega", 15000);
    assert_int_equal(engine_slots_held(place.engine, 0), 2);
    leave(&place);
}

/* R28, R41: a state that the new policy does not have. */
static void a_return_that_waited_begins(void **context)
{
    (void)context;
    struct place place = carrying(compile("", WATCH("alpha", ", failback = 'manual'")));
    peer(&place, 7000, EVENT_PEER_UP, "alpha");
    assert_int_equal(state_of(&place, "alpha-to-omega"), FAILOVER_KEEPING);
    deploy(&place, compile("", WATCH("alpha", "")), "omega", 8000);
    assert_int_equal(state_of(&place, "alpha-to-omega"), FAILOVER_RETURNING);
    assert_acted(&place, "send alpha offer", true);
    leave(&place);
}

#define BOUND "site { licence_bound = true, grace = '10 d' }\n"

/* R9, R12, R41: a grace that runs goes on; where licences are bound from now on, it begins. */
static void the_grace_goes_on(void **context)
{
    (void)context;
    struct place place = carrying(compile(BOUND, WATCH("alpha", "")));
    const int64_t left_ms = engine_licence_left(place.engine, 0);
    assert_true(left_ms > 0 && left_ms < 864000000);
    deploy(&place, compile(BOUND FIRST, WATCH("alpha", "")), "omega", 6500);
    const uint32_t failover = image_find_failover(place.image, "alpha-to-omega");
    assert_int_equal(engine_licence_left(place.engine, failover), left_ms);
    deploy(&place, compile("", WATCH("alpha", "")), "omega", 6500);
    assert_int_equal(engine_licence_left(place.engine, 0), ENGINE_NEVER);
    deploy(&place, compile(BOUND, WATCH("alpha", "")), "omega", 6500);
    assert_int_equal(engine_licence_left(place.engine, 0), 864000000);
    leave(&place);
}

/* R41, the main's side: its recordings go on, what was added is recorded too, and a carrier that is
 * not in the new deployment is as one that is lost (R30). */
static void a_main_goes_on(void **context)
{
    (void)context;
    struct place place = stand(compile("", BACK), "omega");
    step(&place, 0, (struct engine_event){.kind = EVENT_BOOT});
    peer(&place, 10, EVENT_PEER_UP, "beta");
    hear(&place, 20, "beta", MESSAGE_FREE, "omega-to-beta", 0);
    on_disk(&place, 1000, "own");
    assert_int_equal(engine_main_state(place.engine), MAIN_RECORDING);
    deploy(&place,
           compile("", BACK "camera 'more' { server = 'omega', url = 'rtsp://127.0.0.1:8610/s' }"),
           "omega", 2000);
    assert_int_equal(engine_main_state(place.engine), MAIN_RECORDING);
    assert_acted(&place, "record more 1", true);
    assert_acted(&place, "record own", false);
    hear(&place, 3000, "beta", MESSAGE_LEND, "omega-to-beta", 2);
    assert_int_equal(engine_main_state(place.engine), MAIN_LENT);
    deploy(&place,
           compile("", "camera 'own' { server = 'omega', url = 'rtsp://127.0.0.1:8609/s' }" WATCH(
                           "alpha", "")),
           "omega", 4000);
    assert_int_equal(engine_main_state(place.engine), MAIN_RECORDING);
    leave(&place);
}

/* R41: a failover that only has another name carries on; two of one name are never made. */
static void another_name_changes_nothing(void **context)
{
    (void)context;
    struct place place = carrying(compile("", WATCH("alpha", "")));
    deploy(&place,
           compile(FIRST, "failover 'renamed' { standby = 'omega', monitor = 'alpha',"
                          " expect_reconnection = '9 s' }\n"),
           "omega", 7000);
    assert_int_equal(state_of(&place, "renamed"), FAILOVER_CARRYING);
    assert_int_equal(epoch_of(&place, "renamed"), 2);
    assert_int_equal(state_of(&place, "first-to-omega"), FAILOVER_UNSEEN);
    assert_acted(&place, "lobby", false);
    leave(&place);
}

/* A deployment that says the same changes no byte of what is known, and roll-back is one more. */
static void there_and_back_is_nothing(void **context)
{
    (void)context;
    const struct deployment *old = compile("", GATE WATCH("alpha", ""));
    const struct deployment *new = compile(FIRST, GATE WATCH("alpha", ""));
    struct place place = carrying(old);
    const uint32_t self = image_find_server(place.image, "omega");
    const uint32_t moved = image_find_server(deployment_image(new), "omega");
    struct engine *there = malloc(engine_size(new, moved));
    struct engine *back = malloc(engine_size(old, self));
    struct engine *same = malloc(engine_size(old, self));
    engine_adopt(there, new, moved, place.engine);
    engine_adopt(back, old, self, there);
    engine_adopt(same, old, self, place.engine);
    assert_memory_equal(back, same, engine_size(old, self));
    assert_int_equal(engine_failover_state(back, 0), engine_failover_state(place.engine, 0));
    assert_int_equal(engine_deadline(back), engine_deadline(place.engine));
    free(there);
    free(back);
    free(same);
    leave(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_carried_stays_carried),
        cmocka_unit_test(a_wait_goes_on),
        cmocka_unit_test(an_operator_s_word_stands),
        cmocka_unit_test(a_forced_start_stays_forced),
        cmocka_unit_test(the_queue_goes_on),
        cmocka_unit_test(a_return_that_waited_begins),
        cmocka_unit_test(the_grace_goes_on),
        cmocka_unit_test(a_main_goes_on),
        cmocka_unit_test(another_name_changes_nothing),
        cmocka_unit_test(there_and_back_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
