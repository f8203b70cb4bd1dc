#include "tests/engine/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/compiled.h"

bool world_moves[MACHINE_KIND_COUNT][MACHINE_STATES_MAX][MACHINE_EVENTS_MAX];
bool world_made[MACHINE_KIND_COUNT][MACHINE_STATES_MAX][MACHINE_EVENTS_MAX];

uint32_t world_roll(struct world *world, uint32_t sides)
{
    world->random ^= world->random << 13;
    world->random ^= world->random >> 7;
    world->random ^= world->random << 17;
    return (uint32_t)(world->random >> 33) % sides;
}

/* ---- the shell ---- */

static void perform(struct world *world, uint32_t server, const struct engine_action *action)
{
    struct mailbox *box;
    struct task *task = action->camera < CAMERAS ? &world->tasks[server][action->camera] : NULL;
    switch ((enum engine_action_kind)action->kind) {
    case ACTION_SEND:
        box = &world->box[action->server][server];
        assert_true(box->count < MAILBOX);
        if (world->up[server][action->server])
            box->messages[box->count++] = action->message;
        break;
    case ACTION_RECORD:
        assert_non_null(task);
        *task = (struct task){.recording = true, .epoch = action->epoch, .once = task->once};
        world_check_claim(world, image_cameras(world->image)[action->camera].server, action->epoch,
                          server);
        break;
    case ACTION_STOP:
        assert_non_null(task);
        world_check_hand_back(world, server, action->camera);
        *task = (struct task){0};
        break;
    case ACTION_PROBE:
        world->probed[server] = true;
        break;
    case ACTION_REACH:
        world->asked[server][action->camera] = true;
        break;
    case ACTION_CLAIM:
        world->wished[server][action->server] = action->epoch;
        break;
    case ACTION_FILL:
    case ACTION_ARM:
    case ACTION_DISARM:
    case ACTION_PUBLISH_START:
    case ACTION_PUBLISH_STOP:
    case ACTION_LEAVE:
    case ENGINE_ACTION_COUNT:
        break;
    }
}

void world_give(struct world *world, uint32_t server, struct engine_event event)
{
    event.at_ms = world->now_ms;
    engine_step(world->engines[server], &event, &world->outputs[server]);
    world_check_transitions(world, server);
    for (uint32_t i = 0; i < world->outputs[server].action_count; i++)
        perform(world, server, &world->outputs[server].actions[i]);
    world_check_limits(world);
}

void world_boot(struct world *world, uint32_t server)
{
    world->alive[server] = true;
    memset(world->tasks[server], 0, sizeof world->tasks[server]);
    world->probed[server] = world->storage_lost[server] = false;
    memset(world->asked[server], 0, sizeof world->asked[server]);
    memset(world->told_lost[server], 0, sizeof world->told_lost[server]);
    memset(world->wished[server], 0, sizeof world->wished[server]);
    world_give(world, server, (struct engine_event){.kind = EVENT_BOOT, .wall_ms = world->now_ms});
}

/* A loss at one end is a loss at the other before either sees it up again; what was under way is
 * gone. */
void world_lose(struct world *world, uint32_t a, uint32_t b)
{
    world->box[a][b].count = world->box[b][a].count = 0;
    const bool up_a = world->up[a][b];
    const bool up_b = world->up[b][a];
    world->up[a][b] = world->up[b][a] = false;
    if (up_a && world->alive[a])
        world_give(world, a, (struct engine_event){.kind = EVENT_PEER_LOST, .server = b});
    if (up_b && world->alive[b])
        world_give(world, b, (struct engine_event){.kind = EVENT_PEER_LOST, .server = a});
}

void world_crash(struct world *world, uint32_t server)
{
    world->alive[server] = false;
    memset(world->tasks[server], 0, sizeof world->tasks[server]);
    for (uint32_t other = 0; other < world->servers; other++)
        world->box[server][other].count = world->box[other][server].count = 0;
}

static bool path(const struct world *world, uint32_t a, uint32_t b)
{
    return world->alive[a] && world->alive[b] && !world->cut[a][b] && !world->cut[b][a];
}

static bool linked(const struct world *world, uint32_t a, uint32_t b)
{
    const struct image_list peers = image_servers(world->image)[a].peers;
    for (uint32_t i = 0; i < peers.count; i++)
        if (image_numbers(world->image)[peers.first + i] == b)
            return true;
    return false;
}

/* ---- what may happen by itself; each returns whether it did something ---- */

bool world_detect(struct world *world, uint32_t a, uint32_t b)
{
    if (!linked(world, a, b) || !world->alive[a])
        return false;
    if (world->up[a][b] && !path(world, a, b)) {
        world_lose(world, a, b);
        return true;
    }
    if (!world->up[a][b] && path(world, a, b)) {
        world->up[a][b] = true;
        world_give(world, a, (struct engine_event){.kind = EVENT_PEER_UP, .server = b});
        return true;
    }
    return false;
}

bool world_deliver(struct world *world, uint32_t to, uint32_t from)
{
    struct mailbox *box = &world->box[to][from];
    if (box->count == 0 || !world->up[to][from] || !path(world, to, from))
        return false;
    const struct engine_event event = {
        .kind = EVENT_MESSAGE, .server = from, .message = box->messages[0]};
    memmove(box->messages, box->messages + 1, --box->count * sizeof box->messages[0]);
    world_give(world, to, event);
    return true;
}

bool world_report(struct world *world, uint32_t server, uint32_t camera, bool faults)
{
    struct task *task = &world->tasks[server][camera];
    if (!world->alive[server] || !task->recording || (task->reported && !faults))
        return false;
    const bool mute = faults && world_roll(world, 6) == 0;
    task->reported = !mute;
    task->once |= !mute;
    world_give(world, server,
               (struct engine_event){.kind = mute ? EVENT_MUTE : EVENT_ON_DISK,
                                     .camera = camera,
                                     .epoch = task->epoch});
    return true;
}

static bool wake(struct world *world, uint32_t server)
{
    if (!world->alive[server])
        return false;
    const int64_t deadline_ms = engine_deadline(world->engines[server]);
    if (deadline_ms == ENGINE_NEVER)
        return false;
    for (uint32_t s = 0; s < world->servers; s++)
        if (world->alive[s] && engine_deadline(world->engines[s]) < deadline_ms)
            return false;
    if (deadline_ms > world->now_ms)
        world->now_ms = deadline_ms;
    world_give(world, server, (struct engine_event){.kind = EVENT_TIME});
    return true;
}

/* Nothing is in reach of a server only if it reaches no other server. */
static bool answer(struct world *world, uint32_t server, uint32_t camera)
{
    if (!world->alive[server])
        return false;
    if (world->probed[server]) {
        bool alone = world_roll(world, 2) == 0;
        for (uint32_t other = 0; other < world->servers; other++)
            alone = alone && !(other != server && path(world, server, other));
        world->probed[server] = false;
        world_give(world, server,
                   (struct engine_event){.kind = alone ? EVENT_NETWORK_DOWN : EVENT_NETWORK_FINE});
        return true;
    }
    if (!world->asked[server][camera])
        return false;
    world->asked[server][camera] = false;
    world_give(
        world, server,
        (struct engine_event){.kind = world_roll(world, 4) == 0 ? EVENT_UNREACHED : EVENT_REACHED,
                              .camera = camera});
    return true;
}

/* ---- arbiters ---- */

/* Whoever holds a main by its engine's word renews its claim, and enters one where none lives. */
static void renew_claims(struct world *world, uint32_t main)
{
    struct arbiter *arbiter = &world->arbiters[main];
    for (uint32_t s = 0; s < world->servers; s++) {
        const struct engine_claim held = engine_claim(world->engines[s], main);
        if (arbiter->holder == s && (!world->alive[s] || held.epoch == 0))
            arbiter->holder = SERVERS;
        if (arbiter->holder == SERVERS && world->alive[s] && held.grows &&
            held.epoch >= arbiter->epoch)
            *arbiter = (struct arbiter){.holder = s, .last = s, .epoch = held.epoch};
    }
}

void world_give_of_claim(struct world *world, uint32_t server, uint32_t main,
                         enum engine_event_kind kind, uint64_t epoch)
{
    world_give(world, server, (struct engine_event){.kind = kind, .server = main, .epoch = epoch});
}

/* Tells a server what it does not know of the arbiter of a main, or answers its question. */
static bool arbitrate(struct world *world, uint32_t server, uint32_t main)
{
    struct arbiter *arbiter = &world->arbiters[main];
    const uint64_t wished = world->wished[server][main];
    if (!world->alive[server] || image_servers(world->image)[main].arbiter == IMAGE_NONE)
        return false;
    if (world->told_lost[server][main] != world->arbiters_lost) {
        world->told_lost[server][main] = world->arbiters_lost;
        world_give_of_claim(world, server, main,
                            world->arbiters_lost ? EVENT_ARBITER_LOST : EVENT_ARBITER_BACK, 0);
        return true;
    }
    if (wished == 0 || world->arbiters_lost)
        return false;
    world->wished[server][main] = 0;
    renew_claims(world, main);
    if (server != main && world_roll(world, 4) == 0) { /* it counts as many as a limit allows */
        world_give_of_claim(world, server, main, EVENT_CLAIM_FULL, arbiter->epoch);
        return true;
    }
    const bool granted =
        (arbiter->holder == SERVERS || arbiter->holder == server) &&
        (wished > arbiter->epoch || (wished == arbiter->epoch && arbiter->last == server));
    if (granted)
        *arbiter = (struct arbiter){.holder = server, .last = server, .epoch = wished};
    world_give_of_claim(world, server, main, granted ? EVENT_CLAIM_GRANTED : EVENT_CLAIM_DENIED,
                        arbiter->epoch);
    return true;
}

void world_lose_storage(struct world *world, uint32_t server, bool lost)
{
    world->storage_lost[server] = lost;
    world_give(world, server,
               (struct engine_event){.kind = lost ? EVENT_STORAGE_LOST : EVENT_STORAGE_BACK});
}

void world_order(struct world *world, uint32_t failover, enum engine_event_kind kind)
{
    const uint32_t standby = image_failovers(world->image)[failover].standby;
    if (world->alive[standby])
        world_give(world, standby, (struct engine_event){.kind = kind, .failover = failover});
}

bool world_happen(struct world *world, bool faults)
{
    const uint32_t a = world_roll(world, world->servers);
    const uint32_t b = world_roll(world, world->servers);
    switch (world_roll(world, 6)) {
    case 5:
        return answer(world, a, world_roll(world, world->image->cameras.count)) ||
               arbitrate(world, a, b);
    case 0:
        return a != b && world_detect(world, a, b);
    case 1:
    case 2:
        return a != b && world_deliver(world, a, b);
    case 3:
        return world_report(world, a, world_roll(world, world->image->cameras.count), faults);
    default:
        return wake(world, a);
    }
}

void world_settle(struct world *world)
{
    for (uint32_t quiet = 0; quiet < 4000; quiet++) {
        world->step++;
        if (world_happen(world, false))
            quiet = 0;
    }
}

uint8_t world_failover_state(const struct world *world, uint32_t failover)
{
    const uint32_t standby = image_failovers(world->image)[failover].standby;
    return engine_failover_state(world->engines[standby], failover);
}

/* Lets happen what happens by itself until a failover is in a state. */
void world_until(struct world *world, uint32_t failover, uint8_t state)
{
    for (uint32_t i = 0; i < 4000 && world_failover_state(world, failover) != state; i++)
        world_happen(world, false);
    assert_int_equal(world_failover_state(world, failover), state);
}

/* All that can happen without time going on. */
void world_talk(struct world *world)
{
    bool any = true;
    while (any) {
        any = false;
        for (uint32_t a = 0; a < world->servers; a++) {
            for (uint32_t b = 0; b < world->servers; b++)
                any |= a != b && (world_detect(world, a, b) | world_deliver(world, a, b));
            for (uint32_t c = 0; c < world->image->cameras.count; c++)
                any |= world_report(world, a, c, false);
        }
    }
}

void world_cut(struct world *world, uint32_t a, uint32_t b, bool is_cut)
{
    world->cut[a][b] = world->cut[b][a] = is_cut;
}

/* ---- a site ---- */

static void note_moves(const struct world *world)
{
    for (uint32_t m = 0; m < world->deployment->machine_count; m++) {
        const struct machine *machine = &world->deployment->machines[m];
        for (uint8_t state = 0; state < machine->state_count; state++)
            for (uint8_t event = 0; event < machine->event_count; event++)
                if (machine->cells[state * machine->event_count + event].verdict == VERDICT_MOVE)
                    world_moves[machine->kind][state][event] = true;
    }
}

void world_begin(struct world *world, uint64_t seed)
{
    world->seed = seed;
    world->random = seed * 2654435769u + 88172645463325252u;
    world->claim_count = 0;
    world->now_ms = 0;
    world->step = 0;
    world->arbiters_lost = false;
    for (uint32_t s = 0; s < SERVERS; s++)
        world->arbiters[s] = (struct arbiter){.holder = SERVERS, .last = SERVERS};
    memset(world->cut, 0, sizeof world->cut);
    memset(world->up, 0, sizeof world->up);
    memset(world->box, 0, sizeof world->box);
    for (uint32_t s = 0; s < world->servers; s++) {
        engine_init(world->engines[s], world->deployment, s);
        world_boot(world, s);
    }
}

void world_open(struct world *world, const char *site)
{
    char topology[64];
    snprintf(topology, sizeof topology, "tests/engine/sites/%s.lua", site);
    memset(world, 0, sizeof *world);
    world->deployment = compiled(topology);
    world->image = deployment_image(world->deployment);
    world->servers = world->image->servers.count;
    assert_true(world->servers <= SERVERS && world->image->cameras.count <= CAMERAS);
    for (uint32_t s = 0; s < world->servers; s++) {
        struct engine_output *output = &world->outputs[s];
        output->max = engine_output_max(world->deployment, s);
        output->transitions = calloc(output->max, sizeof *output->transitions);
        output->actions = calloc(output->max, sizeof *output->actions);
        world->engines[s] = malloc(engine_size(world->deployment, s));
        assert_non_null(world->engines[s]);
    }
}

void world_close(struct world *world)
{
    note_moves(world);
    for (uint32_t s = 0; s < world->servers; s++) {
        free(world->outputs[s].transitions);
        free(world->outputs[s].actions);
        free(world->engines[s]);
    }
}
