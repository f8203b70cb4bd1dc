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
#include <unistd.h>

#include "runtime/engine/trace.h"
#include "tests/compiled.h"

#define SERVERS 8
#define CAMERAS 16
#define MAILBOX 256
#define CLAIMS  4096

struct mailbox {
    struct engine_message messages[MAILBOX];
    uint32_t count;
};

/* A recorder's task for one camera at one server. */
struct task {
    bool recording;
    bool reported; /* on disk, under this epoch */
    bool once;     /* was on disk since it began */
    uint64_t epoch;
};

struct claim {
    uint32_t main;
    uint64_t epoch;
    uint32_t server;
};

struct world {
    const struct deployment *deployment;
    const struct image *image;
    uint32_t servers;
    struct engine *engines[SERVERS];
    struct engine_output outputs[SERVERS];
    bool alive[SERVERS];
    bool booted[SERVERS];
    bool cut[SERVERS][SERVERS];
    bool up[SERVERS][SERVERS];            /* as the first sees the second */
    struct mailbox box[SERVERS][SERVERS]; /* to, from */
    struct task tasks[SERVERS][CAMERAS];
    bool probed[SERVERS];         /* asks what of its network is in reach (R29) */
    bool asked[SERVERS][CAMERAS]; /* asks whether the camera delivers (R36) */
    bool storage_lost[SERVERS];
    bool forced[SERVERS]; /* beyond its own limit, by an order */
    struct arbiter {      /* of one main (R30) */
        uint32_t holder;  /* SERVERS: nobody has a living claim */
        uint32_t last;    /* who had the highest epoch */
        uint64_t epoch;   /* that was granted */
    } arbiters[SERVERS];
    bool arbiters_lost;
    bool told_lost[SERVERS][SERVERS];  /* a server, of the arbiter of a main */
    uint64_t wished[SERVERS][SERVERS]; /* the epoch that a server asks for of a main; 0: none */
    struct claim claims[CLAIMS];
    uint32_t claim_count;
    int64_t now_ms;
    uint64_t seed;
    uint64_t random;
    uint32_t step;
};

/* Over all sites: the moves that their machines have, and those that were made. */
static bool moves[MACHINE_KIND_COUNT][MACHINE_STATES_MAX][MACHINE_EVENTS_MAX];
static bool made[MACHINE_KIND_COUNT][MACHINE_STATES_MAX][MACHINE_EVENTS_MAX];

static uint32_t roll(struct world *world, uint32_t sides)
{
    world->random ^= world->random << 13;
    world->random ^= world->random >> 7;
    world->random ^= world->random << 17;
    return (uint32_t)(world->random >> 33) % sides;
}

static void fail_world(const struct world *world, const char *what)
{
    for (uint32_t f = 0; f < world->image->failovers.count; f++) {
        const struct image_failover *entry = &image_failovers(world->image)[f];
        const uint8_t state = engine_failover_state(world->engines[entry->standby], f);
        print_message("%s: %s, its main: %s\n", image_text(world->image, entry->name),
                      trace_state(MACHINE_FAILOVER, state),
                      trace_state(MACHINE_MAIN, engine_main_state(world->engines[entry->monitor])));
    }
    fail_msg("seed %llu, step %u: %s", (unsigned long long)world->seed, world->step, what);
}

/* ---- properties ---- */

static void check_claim(struct world *world, uint32_t main, uint64_t epoch, uint32_t server)
{
    for (uint32_t i = 0; i < world->claim_count; i++) {
        const struct claim *claim = &world->claims[i];
        if (claim->main == main && claim->epoch == epoch) {
            if (claim->server != server)
                fail_world(world, "an epoch has two holders");
            return;
        }
    }
    assert_true(world->claim_count < CLAIMS);
    world->claims[world->claim_count++] =
        (struct claim){.main = main, .epoch = epoch, .server = server};
}

static void check_transitions(struct world *world, uint32_t server)
{
    const struct engine_output *output = &world->outputs[server];
    for (uint32_t i = 0; i < output->transition_count; i++) {
        const struct engine_transition *transition = &output->transitions[i];
        const uint8_t kind = world->deployment->machines[transition->machine].kind;
        if (transition->verdict == VERDICT_ILLEGAL) {
            char text[TEXT_BYTES_MAX];
            snprintf(text, sizeof text, "illegal: %s %s in %s got %s", trace_machine_kind(kind),
                     trace_subject(world->deployment, transition),
                     trace_state(kind, transition->from), trace_event(kind, transition->event));
            fail_world(world, text);
        }
        made[kind][transition->from][transition->event] = true;
        if (kind == MACHINE_FAILOVER && transition->event == FAILOVER_FORCE_START)
            world->forced[server] = true;
    }
}

/* The limit of a standby is kept by itself: nothing but an operator's order exceeds it (R14, R17).
 */
static void check_own_limit(struct world *world, const struct image_manager *manager)
{
    const uint32_t standby = manager->standby;
    const struct image_list under = image_servers(world->image)[standby].failovers;
    uint32_t running = 0;
    for (uint32_t f = under.first; f < under.first + under.count; f++)
        running += engine_state_carries(engine_failover_state(world->engines[standby], f));
    if (running <= manager->max_running)
        world->forced[standby] = false;
    else if (!world->forced[standby])
        fail_world(world, "more run on a standby than its manager allows");
}

static void check_limits(struct world *world)
{
    for (uint32_t m = 0; m < world->image->managers.count; m++) {
        const struct image_manager *manager = &image_managers(world->image)[m];
        const struct engine *host = world->engines[manager->host];
        if (!world->alive[manager->host] || manager->max_running == 0)
            continue;
        if (manager->standby != IMAGE_NONE)
            check_own_limit(world, manager);
        if (engine_slot_is_wasted(host, m))
            fail_world(world, "somebody is queued beside a free slot");
    }
}

/* A hand-back without a gap (R27): the standby stops a camera that it has on disk only when the
 * main has it on disk. Where a main has several standbys, one may also stop for another (R24). */
static void check_hand_back(const struct world *world, uint32_t server, uint32_t camera)
{
    const struct image_camera *entry = &image_cameras(world->image)[camera];
    const struct image_list under = image_servers(world->image)[server].failovers;
    if (entry->server == server || entry->sessions == 1 || !world->alive[entry->server] ||
        engine_main_state(world->engines[entry->server]) == MAIN_OFF ||
        !world->tasks[server][camera].reported ||
        image_servers(world->image)[entry->server].watchers.count > 1)
        return;
    for (uint32_t f = under.first; f < under.first + under.count; f++) {
        const uint8_t state = engine_failover_state(world->engines[server], f);
        if (image_failovers(world->image)[f].monitor == entry->server &&
            (state == FAILOVER_RETURNING || state == FAILOVER_WATCHING) &&
            !world->tasks[entry->server][camera].once)
            fail_world(world, "a camera is given back before its main has it on disk");
    }
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
        check_claim(world, image_cameras(world->image)[action->camera].server, action->epoch,
                    server);
        break;
    case ACTION_STOP:
        assert_non_null(task);
        check_hand_back(world, server, action->camera);
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

static void give(struct world *world, uint32_t server, struct engine_event event)
{
    event.at_ms = world->now_ms;
    engine_step(world->engines[server], &event, &world->outputs[server]);
    check_transitions(world, server);
    for (uint32_t i = 0; i < world->outputs[server].action_count; i++)
        perform(world, server, &world->outputs[server].actions[i]);
    check_limits(world);
}

static void boot(struct world *world, uint32_t server)
{
    world->alive[server] = true;
    memset(world->tasks[server], 0, sizeof world->tasks[server]);
    world->probed[server] = world->storage_lost[server] = false;
    memset(world->asked[server], 0, sizeof world->asked[server]);
    memset(world->told_lost[server], 0, sizeof world->told_lost[server]);
    memset(world->wished[server], 0, sizeof world->wished[server]);
    give(world, server, (struct engine_event){.kind = EVENT_BOOT, .wall_ms = world->now_ms});
}

/* A loss at one end is a loss at the other before either sees it up again; what was under way is
 * gone. */
static void lose(struct world *world, uint32_t a, uint32_t b)
{
    world->box[a][b].count = world->box[b][a].count = 0;
    const bool up_a = world->up[a][b];
    const bool up_b = world->up[b][a];
    world->up[a][b] = world->up[b][a] = false;
    if (up_a && world->alive[a])
        give(world, a, (struct engine_event){.kind = EVENT_PEER_LOST, .server = b});
    if (up_b && world->alive[b])
        give(world, b, (struct engine_event){.kind = EVENT_PEER_LOST, .server = a});
}

static void crash(struct world *world, uint32_t server)
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

static bool detect(struct world *world, uint32_t a, uint32_t b)
{
    if (!linked(world, a, b) || !world->alive[a])
        return false;
    if (world->up[a][b] && !path(world, a, b)) {
        lose(world, a, b);
        return true;
    }
    if (!world->up[a][b] && path(world, a, b)) {
        world->up[a][b] = true;
        give(world, a, (struct engine_event){.kind = EVENT_PEER_UP, .server = b});
        return true;
    }
    return false;
}

static bool deliver(struct world *world, uint32_t to, uint32_t from)
{
    struct mailbox *box = &world->box[to][from];
    if (box->count == 0 || !world->up[to][from] || !path(world, to, from))
        return false;
    const struct engine_event event = {
        .kind = EVENT_MESSAGE, .server = from, .message = box->messages[0]};
    memmove(box->messages, box->messages + 1, --box->count * sizeof box->messages[0]);
    give(world, to, event);
    return true;
}

static bool report(struct world *world, uint32_t server, uint32_t camera, bool faults)
{
    struct task *task = &world->tasks[server][camera];
    if (!world->alive[server] || !task->recording || (task->reported && !faults))
        return false;
    const bool mute = faults && roll(world, 6) == 0;
    task->reported = !mute;
    task->once |= !mute;
    give(world, server,
         (struct engine_event){
             .kind = mute ? EVENT_MUTE : EVENT_ON_DISK, .camera = camera, .epoch = task->epoch});
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
    give(world, server, (struct engine_event){.kind = EVENT_TIME});
    return true;
}

/* Nothing is in reach of a server only if it reaches no other server. */
static bool answer(struct world *world, uint32_t server, uint32_t camera)
{
    if (!world->alive[server])
        return false;
    if (world->probed[server]) {
        bool alone = roll(world, 2) == 0;
        for (uint32_t other = 0; other < world->servers; other++)
            alone = alone && !(other != server && path(world, server, other));
        world->probed[server] = false;
        give(world, server,
             (struct engine_event){.kind = alone ? EVENT_NETWORK_DOWN : EVENT_NETWORK_FINE});
        return true;
    }
    if (!world->asked[server][camera])
        return false;
    world->asked[server][camera] = false;
    give(world, server,
         (struct engine_event){.kind = roll(world, 4) == 0 ? EVENT_UNREACHED : EVENT_REACHED,
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

static void give_of_claim(struct world *world, uint32_t server, uint32_t main,
                          enum engine_event_kind kind, uint64_t epoch)
{
    give(world, server, (struct engine_event){.kind = kind, .server = main, .epoch = epoch});
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
        give_of_claim(world, server, main,
                      world->arbiters_lost ? EVENT_ARBITER_LOST : EVENT_ARBITER_BACK, 0);
        return true;
    }
    if (wished == 0 || world->arbiters_lost)
        return false;
    world->wished[server][main] = 0;
    renew_claims(world, main);
    if (server != main && roll(world, 4) == 0) { /* it counts as many as a limit allows */
        give_of_claim(world, server, main, EVENT_CLAIM_FULL, arbiter->epoch);
        return true;
    }
    const bool granted =
        (arbiter->holder == SERVERS || arbiter->holder == server) &&
        (wished > arbiter->epoch || (wished == arbiter->epoch && arbiter->last == server));
    if (granted)
        *arbiter = (struct arbiter){.holder = server, .last = server, .epoch = wished};
    give_of_claim(world, server, main, granted ? EVENT_CLAIM_GRANTED : EVENT_CLAIM_DENIED,
                  arbiter->epoch);
    return true;
}

/* An arbiter is lost or back, or a claim lapses, for its holder does not reach the arbiter. */
static void disturb_arbiters(struct world *world, uint32_t main)
{
    if (roll(world, 3) == 0)
        world->arbiters_lost = !world->arbiters_lost;
    else
        world->arbiters[main].holder = SERVERS;
}

static void lose_storage(struct world *world, uint32_t server, bool lost)
{
    world->storage_lost[server] = lost;
    give(world, server,
         (struct engine_event){.kind = lost ? EVENT_STORAGE_LOST : EVENT_STORAGE_BACK});
}

/* What a shell says by itself. */
static void find_out(struct world *world, uint32_t server, uint32_t failover)
{
    static const enum engine_event_kind views[] = {EVENT_VIEW_ALIVE, EVENT_VIEW_SILENT,
                                                   EVENT_VIEW_NONE};
    const uint32_t standby = image_failovers(world->image)[failover].standby;
    const uint32_t what = roll(world, 6);
    if (what < 3 && world->alive[standby])
        give(world, standby,
             (struct engine_event){.kind = views[what],
                                   .server = roll(world, 2) == 0 ? IMAGE_NONE : IMAGE_COORDINATOR,
                                   .failover = failover});
    else if (what == 3 && world->alive[server])
        give(world, server, (struct engine_event){.kind = EVENT_LATE});
    else if (what == 4 && world->alive[server])
        give(world, server, (struct engine_event){.kind = EVENT_CLOCK_JUMP, .wall_ms = 90000});
    else if (world->alive[server])
        lose_storage(world, server, !world->storage_lost[server]);
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
        fail_world(world, "a new deployment has forgotten a deadline");
    free(world->engines[server]);
    world->engines[server] = again;
    memset(world->told_lost[server], 0, sizeof world->told_lost[server]);
    give(world, server, (struct engine_event){.kind = EVENT_DEPLOY});
    for (uint32_t other = 0; other < world->servers; other++)
        if (other != server && world->alive[other] && world->up[other][server])
            give(world, other, (struct engine_event){.kind = EVENT_PEER_CHANGED, .server = server});
}

static void order(struct world *world, uint32_t failover, enum engine_event_kind kind)
{
    const uint32_t standby = image_failovers(world->image)[failover].standby;
    if (world->alive[standby])
        give(world, standby, (struct engine_event){.kind = kind, .failover = failover});
}

static void interfere(struct world *world)
{
    const uint32_t a = roll(world, world->servers);
    const uint32_t b = roll(world, world->servers);
    const uint32_t failover = roll(world, world->image->failovers.count);
    switch (roll(world, 13)) {
    case 0:
        if (world->alive[a])
            crash(world, a);
        break;
    case 1:
    case 2:
        for (uint32_t other = 0; !world->alive[a] && other < world->servers; other++)
            lose(world, other, a); /* a peer that has restarted is lost first */
        if (!world->alive[a])
            boot(world, a);
        break;
    case 3:
        world->cut[a][b] = true;
        break;
    case 4:
        world->cut[a][b] = world->cut[b][a] = false;
        break;
    case 5:
        order(world, failover, EVENT_FORCE_START);
        break;
    case 6:
        order(world, failover, EVENT_FORCE_STOP);
        break;
    case 8:
        order(world, failover, roll(world, 3) == 0 ? EVENT_DISABLE : EVENT_ENABLE);
        break;
    case 9:
    case 10:
        find_out(world, a, failover);
        break;
    case 7:
        if (world->alive[a]) {
            give(world, a, (struct engine_event){.kind = EVENT_LOG_OFF});
            for (uint32_t other = 0; other < world->servers; other++)
                while (deliver(world, other, a))
                    ;
            crash(world, a);
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

static bool happen(struct world *world, bool faults)
{
    const uint32_t a = roll(world, world->servers);
    const uint32_t b = roll(world, world->servers);
    switch (roll(world, 6)) {
    case 5:
        return answer(world, a, roll(world, world->image->cameras.count)) || arbitrate(world, a, b);
    case 0:
        return a != b && detect(world, a, b);
    case 1:
    case 2:
        return a != b && deliver(world, a, b);
    case 3:
        return report(world, a, roll(world, world->image->cameras.count), faults);
    default:
        return wake(world, a);
    }
}

/* ---- a run ---- */

static void show_nothing(struct world *world, uint32_t failover)
{
    const uint32_t standby = image_failovers(world->image)[failover].standby;
    static const uint32_t sources[] = {IMAGE_NONE, IMAGE_COORDINATOR};
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        give(world, standby,
             (struct engine_event){
                 .kind = EVENT_VIEW_NONE, .server = sources[i], .failover = failover});
}

static void heal(struct world *world)
{
    memset(world->cut, 0, sizeof world->cut);
    for (uint32_t s = 0; s < world->servers; s++) {
        for (uint32_t other = 0; !world->alive[s] && other < world->servers; other++)
            lose(world, other, s);
        if (!world->alive[s])
            boot(world, s);
        if (world->storage_lost[s])
            lose_storage(world, s, false);
    }
    world->arbiters_lost = false;
    for (uint32_t f = 0; f < world->image->failovers.count; f++) {
        show_nothing(world, f);
        order(world, f, EVENT_ENABLE);
    }
}

static void settle(struct world *world)
{
    for (uint32_t quiet = 0; quiet < 4000; quiet++) {
        world->step++;
        if (happen(world, false))
            quiet = 0;
    }
}

/* Operators undo what they did, and what waits for them. */
static void undo_by_hand(struct world *world)
{
    for (uint32_t f = 0; f < world->image->failovers.count; f++) {
        const uint32_t standby = image_failovers(world->image)[f].standby;
        const uint8_t state = engine_failover_state(world->engines[standby], f);
        if (state == FAILOVER_FORCED || state == FAILOVER_KEEPING)
            give(world, standby, (struct engine_event){.kind = EVENT_FORCE_STOP, .failover = f});
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
            fail_world(world, text);
        }
    }
    for (uint32_t s = 0; s < world->servers; s++) {
        if (engine_main_state(world->engines[s]) != MAIN_RECORDING)
            fail_world(world, "a main does not come back to recording");
        for (uint32_t c = 0; c < world->image->cameras.count; c++) {
            const bool own = image_cameras(world->image)[c].server == s;
            if (world->tasks[s][c].recording != own)
                fail_world(world, own ? "a main does not record its camera"
                                      : "a standby still records a camera");
            if (own && engine_camera_state(world->engines[s], c) != CAMERA_RECORDING)
                fail_world(world, "a camera does not come to rest");
        }
    }
}

static void note_moves(const struct world *world)
{
    for (uint32_t m = 0; m < world->deployment->machine_count; m++) {
        const struct machine *machine = &world->deployment->machines[m];
        for (uint8_t state = 0; state < machine->state_count; state++)
            for (uint8_t event = 0; event < machine->event_count; event++)
                if (machine->cells[state * machine->event_count + event].verdict == VERDICT_MOVE)
                    moves[machine->kind][state][event] = true;
    }
}

static void begin(struct world *world, uint64_t seed)
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
        boot(world, s);
    }
}

static void run(struct world *world, uint64_t seed)
{
    begin(world, seed);
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 400; i++) {
            world->step++;
            happen(world, true);
            if (roll(world, 8) == 0)
                interfere(world);
        }
        heal(world);
        settle(world);
        undo_by_hand(world);
        settle(world);
        check_rest(world);
    }
}

static void open_site(struct world *world, const char *site)
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

static void close_site(struct world *world)
{
    note_moves(world);
    for (uint32_t s = 0; s < world->servers; s++) {
        free(world->outputs[s].transitions);
        free(world->outputs[s].actions);
        free(world->engines[s]);
    }
}

static struct world soaked;

/* The rarer the moves, the more runs they need: times as many. */
static void soak(const char *site, uint64_t times)
{
    const char *runs = getenv("SOAK_RUNS");
    const uint64_t last = runs != NULL ? strtoull(runs, NULL, 10) : 300 * times;
    open_site(&soaked, site);
    for (uint64_t seed = 1; seed <= last; seed++)
        run(&soaked, seed);
    close_site(&soaked);
}

static uint8_t state_of(const struct world *world, uint32_t failover)
{
    const uint32_t standby = image_failovers(world->image)[failover].standby;
    return engine_failover_state(world->engines[standby], failover);
}

/* Lets happen what happens by itself until a failover is in a state. */
static void until(struct world *world, uint32_t failover, uint8_t state)
{
    for (uint32_t i = 0; i < 4000 && state_of(world, failover) != state; i++)
        happen(world, false);
    assert_int_equal(state_of(world, failover), state);
}

/* All that can happen without time going on. */
static void talk(struct world *world)
{
    bool any = true;
    while (any) {
        any = false;
        for (uint32_t a = 0; a < world->servers; a++) {
            for (uint32_t b = 0; b < world->servers; b++)
                any |= a != b && (detect(world, a, b) | deliver(world, a, b));
            for (uint32_t c = 0; c < world->image->cameras.count; c++)
                any |= report(world, a, c, false);
        }
    }
}

static void cut(struct world *world, uint32_t a, uint32_t b, bool is_cut)
{
    world->cut[a][b] = world->cut[b][a] = is_cut;
}

/* Too rare for chance: two standbys that do not see each other record for one main that is alive
 * (R36); when they see each other, the one with the higher epoch goes on (R24). */
static void two_standbys_replace_one_main(void **state)
{
    (void)state;
    struct world *world = &soaked;
    open_site(world, "trouble");
    const uint32_t two = image_find_server(world->image, "two");
    const uint32_t spare = image_find_server(world->image, "spare");
    const uint32_t other = image_find_server(world->image, "other");
    const uint32_t by_spare = image_find_failover(world->image, "two-to-spare");
    const uint32_t by_other = image_find_failover(world->image, "two-to-other");
    for (uint64_t seed = 1; seed <= 20; seed++) {
        begin(world, seed);
        settle(world);
        cut(world, spare, other, true);
        settle(world);
        lose_storage(world, two, true);
        talk(world);
        until(world, by_other, FAILOVER_REPLACING);
        order(world, by_spare, EVENT_ENABLE);
        talk(world);
        until(world, by_spare, FAILOVER_REPLACING);
        talk(world);
        cut(world, spare, other, false);
        talk(world);
        const bool spare_first = engine_failover_epoch(world->engines[spare], by_spare) >
                                 engine_failover_epoch(world->engines[other], by_other);
        assert_int_equal(state_of(world, spare_first ? by_spare : by_other), FAILOVER_REPLACING);
        assert_int_equal(state_of(world, spare_first ? by_other : by_spare), FAILOVER_WATCHING);
    }
    close_site(world);
}

/* Too rare for chance: an operator moves the objects to another standby while the first one still
 * returns them. The main lends them on and never takes them back from the first, which ends when
 * the other one has them on disk (R24). */
static void a_return_ends_when_another_standby_carries(void **state)
{
    (void)state;
    struct world *world = &soaked;
    open_site(world, "ranked");
    const uint32_t one = image_find_server(world->image, "one");
    const uint32_t left = image_find_server(world->image, "left");
    const uint32_t by_left = image_find_failover(world->image, "one-to-left");
    const uint32_t by_right = image_find_failover(world->image, "one-to-right");
    begin(world, 1);
    settle(world);
    order(world, by_left, EVENT_FORCE_START);
    talk(world);
    assert_int_equal(state_of(world, by_left), FAILOVER_FORCED);
    order(world, by_left, EVENT_FORCE_STOP);
    while (deliver(world, one, left))
        ;
    assert_int_equal(state_of(world, by_left), FAILOVER_RETURNING);
    order(world, by_right, EVENT_FORCE_START);
    talk(world);
    assert_int_equal(state_of(world, by_right), FAILOVER_FORCED);
    assert_int_equal(state_of(world, by_left), FAILOVER_WATCHING);
    close_site(world);
}

/* Likewise: the main hears that one standby returns its objects before it hears that another one,
 * earlier, was to have them. It takes back what is offered, and leaves the rest as it is. */
static void a_late_word_of_a_loan_ends_no_return(void **state)
{
    (void)state;
    struct world *world = &soaked;
    open_site(world, "ranked");
    const uint32_t one = image_find_server(world->image, "one");
    const uint32_t left = image_find_server(world->image, "left");
    const uint32_t right = image_find_server(world->image, "right");
    const uint32_t by_left = image_find_failover(world->image, "one-to-left");
    const uint32_t by_right = image_find_failover(world->image, "one-to-right");
    begin(world, 1);
    settle(world);
    order(world, by_left, EVENT_FORCE_START);
    while (deliver(world, right, left))
        ;
    order(world, by_right, EVENT_FORCE_START);
    order(world, by_right, EVENT_FORCE_STOP);
    while (deliver(world, one, right))
        ;
    while (deliver(world, one, left))
        ;
    talk(world);
    assert_int_equal(state_of(world, by_left), FAILOVER_FORCED);
    assert_int_equal(state_of(world, by_right), FAILOVER_WATCHING);
    close_site(world);
}

/* A main that takes back from one standby and has lent to another: that a camera is on disk is no
 * word for the latter, which would stop it when it hands back much later (R27). */
static void who_keeps_hears_of_no_disk(void **state)
{
    (void)state;
    struct world *world = &soaked;
    open_site(world, "ranked");
    const uint32_t one = image_find_server(world->image, "one");
    const uint32_t left = image_find_server(world->image, "left");
    const uint32_t right = image_find_server(world->image, "right");
    const uint32_t by_left = image_find_failover(world->image, "one-to-left");
    begin(world, 1);
    settle(world);
    order(world, by_left, EVENT_FORCE_START);
    while (deliver(world, one, left) || deliver(world, right, left))
        ;
    order(world, by_left, EVENT_FORCE_STOP);
    order(world, image_find_failover(world->image, "one-to-right"), EVENT_FORCE_START);
    while (deliver(world, one, right))
        ;
    while (deliver(world, one, left))
        ;
    while (deliver(world, left, one) || deliver(world, right, one))
        ;
    assert_int_equal(engine_main_state(world->engines[one]), MAIN_RECLAIMING);
    assert_true(report(world, one, 0, false));
    assert_int_equal(world->box[left][one].count, 1);
    assert_int_equal(world->box[right][one].count, 0);
    close_site(world);
}

/* It asks again under a higher epoch than the one that it was denied for first. */
static void deny_own(struct world *world, uint32_t server)
{
    boot(world, server);
    for (int i = 0; i < 2; i++)
        give_of_claim(world, server, server, EVENT_CLAIM_DENIED, 2);
    world->now_ms += image_servers(world->image)[server].ask_wait_ms;
}

/* What may reach a main whose claim a standby has that it cannot hear (R30): rarely by chance. */
static void test_r30_a_main_that_yields(void **state)
{
    static struct world yielding;
    struct world *world = &yielding;
    (void)state;
    open_site(world, "trouble");
    const uint32_t one = image_find_server(world->image, "one");
    const uint32_t spare = image_find_server(world->image, "spare");
    const struct engine_message said[] = {
        {.kind = MESSAGE_LEND, .epoch = 8},  {.kind = MESSAGE_REPLACE, .epoch = 8},
        {.kind = MESSAGE_FREE, .epoch = 1},  {.kind = MESSAGE_KEPT, .epoch = 8},
        {.kind = MESSAGE_OFFER, .epoch = 8}, {.kind = MESSAGE_REPLACE, .epoch = 8}};
    static const uint8_t follows[] = {MAIN_LENT, MAIN_REPLACED,   MAIN_RECORDING,
                                      MAIN_LENT, MAIN_RECLAIMING, MAIN_REPLACED};
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        begin(world, i + 1);
        deny_own(world, one);
        if (i < 5) { /* the last one is heard while it still asks */
            give(world, one, (struct engine_event){.kind = EVENT_TIME});
            assert_int_equal(engine_main_state(world->engines[one]), MAIN_YIELDING);
        }
        struct engine_event event = {.kind = EVENT_MESSAGE, .server = spare, .message = said[i]};
        event.message.failover = image_find_failover(world->image, "one-to-spare");
        give(world, one, (struct engine_event){.kind = EVENT_PEER_UP, .server = spare});
        give(world, one, event);
        assert_int_equal(engine_main_state(world->engines[one]), follows[i]);
    }
    const struct engine_event others[] = {{.kind = EVENT_ARBITER_LOST, .server = one},
                                          {.kind = EVENT_CLAIM_GRANTED, .server = one, .epoch = 2},
                                          {.kind = EVENT_BOOT},
                                          {.kind = EVENT_LOG_OFF}};
    static const uint8_t then[] = {MAIN_RECORDING, MAIN_RECORDING, MAIN_ASKING, MAIN_OFF};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        begin(world, i + 9);
        deny_own(world, one);
        give(world, one, (struct engine_event){.kind = EVENT_TIME});
        give(world, one, others[i]);
        assert_int_equal(engine_main_state(world->engines[one]), then[i]);
    }
    close_site(world);
}

static void soak_pair(void **state)
{
    (void)state;
    soak("pair", 1);
}

static void soak_limited(void **state)
{
    (void)state;
    soak("limited", 1);
}

static void soak_limits(void **state)
{
    (void)state;
    soak("limits", 1);
}

static void soak_hold(void **state)
{
    (void)state;
    soak("hold", 1);
}

static void soak_mutual(void **state)
{
    (void)state;
    soak("mutual", 1);
}

static void soak_manual(void **state)
{
    (void)state;
    soak("manual", 1);
}

static void soak_ranked(void **state)
{
    (void)state;
    soak("ranked", 10);
}

static void soak_trouble(void **state)
{
    (void)state;
    soak("trouble", 10);
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
                if (moves[kind][from][event] && !made[kind][from][event] &&
                    !(kind == MACHINE_FAILOVER && event == FAILOVER_CLAIM_HELD)) {
                    print_message("never made: %s %s on %s\n", trace_machine_kind(kind),
                                  trace_state(kind, from), trace_event(kind, event));
                    missing++;
                }
    assert_int_equal(missing, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(soak_pair),
        cmocka_unit_test(soak_limited),
        cmocka_unit_test(soak_limits),
        cmocka_unit_test(soak_hold),
        cmocka_unit_test(soak_mutual),
        cmocka_unit_test(soak_manual),
        cmocka_unit_test(soak_ranked),
        cmocka_unit_test(soak_trouble),
        cmocka_unit_test(test_r30_a_main_that_yields),
        cmocka_unit_test(two_standbys_replace_one_main),
        cmocka_unit_test(a_return_ends_when_another_standby_carries),
        cmocka_unit_test(a_late_word_of_a_loan_ends_no_return),
        cmocka_unit_test(who_keeps_hears_of_no_disk),
        cmocka_unit_test(soak_made_every_move),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
