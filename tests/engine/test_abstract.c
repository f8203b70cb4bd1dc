/* What an exhaustive search leaves out of an engine makes no difference: one that is made abstract
 * after every event goes on like one that never is, whatever comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/engine/abstract.h"
#include "tests/compiled.h"

#define SERVERS 8
#define RUNS    60
#define EVENTS  400

/* One engine twice. */
struct twins {
    const struct deployment *deployment;
    const struct image *image;
    uint32_t server;
    struct engine *plain;
    struct engine *abstract;
    struct engine_output plain_output;
    struct engine_output abstract_output;
    int64_t now_ms;            /* of the plain one; for the other one it is always 0 */
    uint64_t offsets[SERVERS]; /* of each main's epochs: the plain one's less the other's */
    uint64_t lowest[SERVERS];
    uint64_t random;
};

static uint32_t roll(struct twins *twins, uint32_t sides)
{
    twins->random ^= twins->random << 13;
    twins->random ^= twins->random >> 7;
    twins->random ^= twins->random << 17;
    return (uint32_t)(twins->random >> 33) % sides;
}

/* ---- making one of them abstract ---- */

static void find_lowest(void *context, uint32_t main, uint64_t *epoch)
{
    struct twins *twins = context;
    if (*epoch > 0 && *epoch < twins->lowest[main])
        twins->lowest[main] = *epoch;
}

/* Whose an epoch may be is told by its residue, which stays. */
static uint64_t moved_by(const struct twins *twins, uint32_t main)
{
    const uint64_t writers = image_servers(twins->image)[main].watchers.count + 1u;
    return (twins->lowest[main] - 1) / writers * writers;
}

static void move_down(void *context, uint32_t main, uint64_t *epoch)
{
    const struct twins *twins = context;
    if (*epoch > 0)
        *epoch -= moved_by(twins, main);
}

static void make_abstract(struct twins *twins)
{
    for (uint32_t s = 0; s < SERVERS; s++)
        twins->lowest[s] = UINT64_MAX;
    engine_abstract(twins->abstract);
    engine_visit_epochs(twins->abstract, find_lowest, twins);
    engine_visit_epochs(twins->abstract, move_down, twins);
    for (uint32_t s = 0; s < SERVERS; s++)
        if (twins->lowest[s] != UINT64_MAX)
            twins->offsets[s] += moved_by(twins, s);
}

/* ---- events ---- */

/* An epoch as the plain one knows it: never, or one of the last few. */
static uint64_t roll_epoch(struct twins *twins, uint32_t main)
{
    return roll(twins, 8) == 0 ? 0 : twins->offsets[main] + 1 + roll(twins, 5);
}

static void roll_message(struct twins *twins, struct engine_event *event)
{
    const uint32_t failover = roll(twins, twins->image->failovers.count);
    const struct image_failover *entry = &image_failovers(twins->image)[failover];
    event->server = entry->standby == twins->server ? entry->monitor : entry->standby;
    if (roll(twins, 8) == 0) /* a third one speaks of what it sees (R45) */
        event->server = roll(twins, twins->image->servers.count);
    event->message = (struct engine_message){.kind = roll(twins, ENGINE_MESSAGE_COUNT),
                                             .failover = failover,
                                             .camera = roll(twins, twins->image->cameras.count),
                                             .epoch = roll_epoch(twins, entry->monitor)};
}

/* What is likely to change something: a deadline that has come, a recorder's report. */
static struct engine_event roll_event(struct twins *twins)
{
    static const uint8_t kinds[] = {
        EVENT_TIME,    EVENT_TIME,    EVENT_PEER_UP,     EVENT_PEER_UP,
        EVENT_MESSAGE, EVENT_MESSAGE, EVENT_MESSAGE,     EVENT_ON_DISK,
        EVENT_ON_DISK, EVENT_MUTE,    EVENT_FORCE_START, EVENT_FORCE_STOP,
        EVENT_MESSAGE, EVENT_ON_DISK, EVENT_PEER_LOST,   EVENT_PEER_LOST};
    static const uint8_t rare[] = {EVENT_BOOT,         EVENT_LOG_OFF,      EVENT_DISABLE,
                                   EVENT_ENABLE,       EVENT_ENABLE,       EVENT_LATE,
                                   EVENT_NETWORK_DOWN, EVENT_NETWORK_FINE, EVENT_VIEW_ALIVE,
                                   EVENT_VIEW_SILENT,  EVENT_VIEW_NONE,    EVENT_STORAGE_LOST,
                                   EVENT_STORAGE_BACK, EVENT_REACHED,      EVENT_UNREACHED};
    struct engine_event event = {.kind = kinds[roll(twins, sizeof kinds)],
                                 .server = roll(twins, twins->image->servers.count),
                                 .camera = roll(twins, twins->image->cameras.count),
                                 .failover = roll(twins, twins->image->failovers.count)};
    if (roll(twins, 10) == 0)
        event.kind = rare[roll(twins, sizeof rare)];
    if (event.kind == EVENT_MESSAGE)
        roll_message(twins, &event);
    if (engine_knows_camera(twins->plain, event.camera))
        event.epoch = engine_camera_epoch(twins->plain, event.camera);
    const int64_t deadline_ms = engine_deadline(twins->plain);
    event.at_ms = twins->now_ms + (roll(twins, 3) == 0 ? roll(twins, 3000) : 0);
    if (event.kind == EVENT_TIME && deadline_ms != ENGINE_NEVER && deadline_ms > event.at_ms)
        event.at_ms = deadline_ms;
    if (event.kind == EVENT_BOOT)
        event.wall_ms = event.at_ms; /* the clocks agree */
    return event;
}

static uint64_t moved(const struct twins *twins, uint32_t main, uint64_t epoch)
{
    return epoch > 0 ? epoch - twins->offsets[main] : 0;
}

/* The same event as the abstract one must see it. Of a camera that is not wanted it has no epoch.
 */
static struct engine_event seen_abstractly(const struct twins *twins, struct engine_event event)
{
    event.at_ms -= twins->now_ms;
    event.wall_ms = event.kind == EVENT_BOOT ? event.at_ms : 0;
    if (event.kind == EVENT_MESSAGE) {
        const uint32_t main = image_failovers(twins->image)[event.message.failover].monitor;
        event.message.epoch = moved(twins, main, event.message.epoch);
    }
    if (engine_knows_camera(twins->abstract, event.camera))
        event.epoch = engine_camera_epoch(twins->abstract, event.camera);
    return event;
}

/* ---- comparing ---- */

static void compare(const struct twins *twins)
{
    const struct engine_output *plain = &twins->plain_output;
    const struct engine_output *abstract = &twins->abstract_output;
    assert_int_equal(plain->transition_count, abstract->transition_count);
    assert_int_equal(plain->action_count, abstract->action_count);
    for (uint32_t i = 0; i < plain->transition_count; i++) {
        const struct engine_transition *a = &plain->transitions[i];
        const struct engine_transition *b = &abstract->transitions[i];
        assert_int_equal(a->machine, b->machine);
        assert_int_equal(a->subject, b->subject);
        assert_int_equal(a->from, b->from);
        assert_int_equal(a->to, b->to);
        assert_int_equal(a->event, b->event);
        assert_int_equal(a->verdict, b->verdict);
    }
    for (uint32_t i = 0; i < plain->action_count; i++) {
        const struct engine_action *a = &plain->actions[i];
        const struct engine_action *b = &abstract->actions[i];
        assert_int_equal(a->kind, b->kind);
        assert_int_equal(a->server, b->server);
        assert_int_equal(a->camera, b->camera);
        assert_int_equal(a->message.kind, b->message.kind);
        assert_int_equal(a->message.camera, b->message.camera);
        if (a->kind == ACTION_RECORD)
            assert_true(moved(twins, image_cameras(twins->image)[a->camera].server, a->epoch) ==
                        b->epoch);
        if (a->kind == ACTION_SEND && a->message.kind != MESSAGE_RELEASED)
            assert_true(moved(twins, image_failovers(twins->image)[a->message.failover].monitor,
                              a->message.epoch) == b->message.epoch);
    }
    const int64_t deadline_ms = engine_deadline(twins->plain);
    assert_true(deadline_ms == ENGINE_NEVER
                    ? engine_deadline(twins->abstract) == ENGINE_NEVER
                    : deadline_ms - twins->now_ms == engine_deadline(twins->abstract));
}

static void take(struct twins *twins, const struct engine_event *event)
{
    const struct engine_event other = seen_abstractly(twins, *event);
    engine_step(twins->plain, event, &twins->plain_output);
    engine_step(twins->abstract, &other, &twins->abstract_output);
    twins->now_ms = event->at_ms;
    const uint64_t *offsets = memcpy((uint64_t[SERVERS]){0}, twins->offsets, sizeof twins->offsets);
    make_abstract(twins);
    struct twins before = *twins; /* what was said was said under the epochs of before */
    memcpy(before.offsets, offsets, sizeof before.offsets);
    compare(&before);
}

static void run(struct twins *twins, uint64_t seed)
{
    twins->random = seed * 2654435769u + 88172645463325252u;
    twins->now_ms = 0;
    memset(twins->offsets, 0, sizeof twins->offsets);
    engine_init(twins->plain, twins->deployment, twins->server);
    engine_init(twins->abstract, twins->deployment, twins->server);
    take(twins, &(struct engine_event){.kind = EVENT_BOOT});
    for (uint32_t i = 0; i < EVENTS; i++) {
        const struct engine_event event = roll_event(twins);
        take(twins, &event);
    }
}

static struct engine_output make_output(uint32_t max)
{
    return (struct engine_output){.transitions = calloc(max, sizeof(struct engine_transition)),
                                  .actions = calloc(max, sizeof(struct engine_action)),
                                  .max = max};
}

static void free_output(struct engine_output *output)
{
    free(output->transitions);
    free(output->actions);
}

static void make_twins(struct twins *twins, const struct deployment *deployment, uint32_t server)
{
    const size_t size = engine_size(deployment, server);
    const uint32_t max = engine_output_max(deployment, server);
    *twins = (struct twins){.deployment = deployment,
                            .image = deployment->image,
                            .server = server,
                            .plain = malloc(size),
                            .abstract = malloc(size),
                            .plain_output = make_output(max),
                            .abstract_output = make_output(max)};
    assert_non_null(twins->plain);
    assert_non_null(twins->abstract);
}

static void free_twins(struct twins *twins)
{
    free_output(&twins->plain_output);
    free_output(&twins->abstract_output);
    free(twins->plain);
    free(twins->abstract);
}

static const struct deployment *compile(const char *site)
{
    char topology[64];
    snprintf(topology, sizeof topology, "tests/engine/sites/%s.lua", site);
    const struct deployment *deployment = compiled(topology);
    assert_true(deployment_image(deployment)->servers.count <= SERVERS);
    return deployment;
}

static void twins_stay_alike(void **context)
{
    const struct deployment *deployment = compile(*context);
    for (uint32_t s = 0; s < deployment_image(deployment)->servers.count; s++) {
        struct twins twins;
        make_twins(&twins, deployment, s);
        for (uint64_t seed = 1; seed <= RUNS; seed++)
            run(&twins, seed);
        free_twins(&twins);
    }
}

static struct engine_event slot(enum engine_message_kind kind, uint32_t sender,
                                const char *failover, const struct image *image, int64_t at_ms)
{
    return (struct engine_event){
        .kind = EVENT_MESSAGE,
        .at_ms = at_ms,
        .server = sender,
        .message = {.kind = kind, .failover = image_find_failover(image, failover)}};
}

/* Who waits longer is served first, however little is known of how long: f-3 before f-1, which has
 * the same priority and was declared before (R37). */
static void a_queue_keeps_its_order(void **context)
{
    (void)context;
    const struct deployment *deployment = compile("limited");
    const struct image *image = deployment_image(deployment);
    const uint32_t host = image_find_server(image, "standby-b");
    const uint32_t other = image_find_server(image, "standby-a");
    const uint32_t main = image_find_server(image, "main-3");
    const uint32_t waits = image_find_failover(image, "f-3");
    struct twins twins;
    make_twins(&twins, deployment, host);
    engine_init(twins.plain, deployment, host);
    engine_init(twins.abstract, deployment, host);
    const struct engine_event events[] = {
        {.kind = EVENT_BOOT},
        {.kind = EVENT_PEER_UP, .at_ms = 10, .server = other},
        {.kind = EVENT_PEER_UP, .at_ms = 20, .server = main},
        slot(MESSAGE_SLOT_TAKE, other, "f-2", image, 30),
        {.kind = EVENT_PEER_LOST, .at_ms = 40, .server = main},
        {.kind = EVENT_TIME, .at_ms = 3040},
        {.kind = EVENT_TIME, .at_ms = 8990},
        slot(MESSAGE_SLOT_ASK, other, "f-1", image, 9000),
        {.kind = EVENT_TIME, .at_ms = 9200},
        slot(MESSAGE_SLOT_FREE, other, "f-2", image, 9500),
    };
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        take(&twins, &events[i]);
    assert_int_equal(engine_failover_state(twins.plain, waits), FAILOVER_TAKING_OVER);
    assert_int_equal(engine_failover_state(twins.abstract, waits), FAILOVER_TAKING_OVER);
    free_twins(&twins);
}

int main(void)
{
    static char sites[][16] = {"pair",   "mutual", "manual",  "limited", "hold",
                               "limits", "ranked", "trouble", "ring",    "double"};
    enum { SITES = sizeof sites / sizeof sites[0] };
    struct CMUnitTest tests[SITES + 1] = {cmocka_unit_test(a_queue_keeps_its_order)};
    for (size_t i = 0; i < SITES; i++)
        tests[i + 1] = (struct CMUnitTest){
            .name = sites[i], .test_func = twins_stay_alike, .initial_state = sites[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
