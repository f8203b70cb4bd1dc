/* The engine's frame: the queue, the dispatcher, and the sorting of events to the parts. */
#include "runtime/engine/state.h"

#include <assert.h>
#include <string.h>

/* ---- the queue and the output ---- */

static struct pending *engine_queue(struct engine *engine)
{
    return (struct pending *)(void *)((char *)engine + engine->at_queue);
}

void engine_push(struct engine *engine, enum machine_kind kind, uint32_t index, uint8_t event)
{
    assert(engine->queue_count < engine->queue_max);
    const uint32_t at = (engine->queue_first + engine->queue_count) % engine->queue_max;
    engine_queue(engine)[at] =
        (struct pending){.index = index, .kind = (uint8_t)kind, .event = event};
    engine->queue_count++;
}

struct engine_action *engine_act(struct engine *engine, struct engine_output *output,
                                 enum engine_action_kind kind)
{
    assert(output->action_count < output->max);
    struct engine_action *action = &output->actions[output->action_count++];
    *action = (struct engine_action){
        .kind = kind, .server = engine->server, .camera = IMAGE_NONE, .failover = IMAGE_NONE};
    return action;
}

void engine_send(struct engine *engine, struct engine_output *output, uint32_t server,
                 struct engine_message message)
{
    const uint32_t peer = engine_local_peer(engine, server);
    assert(peer != IMAGE_NONE);
    if (!engine_peers(engine)[peer].up)
        return;
    struct engine_action *action = engine_act(engine, output, ACTION_SEND);
    action->server = server;
    action->message = message;
}

/* ---- the dispatcher: one event for one machine ---- */

static uint8_t *machine_state(struct engine *engine, const struct pending *pending)
{
    switch ((enum machine_kind)pending->kind) {
    case MACHINE_FAILOVER:
        return &engine_failovers(engine)[pending->index].state;
    case MACHINE_MAIN:
        return &engine->owner.state;
    case MACHINE_CAMERA:
        return &engine_cameras(engine)[pending->index].state;
    case MACHINE_KIND_COUNT:
        break;
    }
    assert(!"a machine of no kind");
    return NULL;
}

/* Who the transition is about, and under which epoch. */
static void describe(struct engine *engine, const struct pending *pending,
                     struct engine_transition *transition)
{
    switch ((enum machine_kind)pending->kind) {
    case MACHINE_FAILOVER:
        transition->subject = engine_self(engine)->failovers.first + pending->index;
        transition->epoch = engine_failovers(engine)[pending->index].epoch;
        transition->other = engine_failover_entry(engine, pending->index)->monitor;
        break;
    case MACHINE_MAIN:
        transition->subject = engine->server;
        transition->epoch = engine->owner.epoch;
        if (engine->owner.holder != IMAGE_NONE) {
            const uint32_t failover = engine_watchers(engine)[engine->owner.holder].failover;
            transition->other = image_failovers(engine->image)[failover].standby;
        }
        break;
    case MACHINE_CAMERA:
        transition->subject = engine_cameras(engine)[pending->index].index;
        transition->epoch = engine_cameras(engine)[pending->index].epoch;
        break;
    case MACHINE_KIND_COUNT:
        break;
    }
}

static uint32_t machine_of(struct engine *engine, const struct pending *pending)
{
    if (pending->kind == MACHINE_FAILOVER)
        return engine_failover_entry(engine, pending->index)->machine;
    if (pending->kind == MACHINE_MAIN)
        return engine_self(engine)->machine;
    return engine_camera_entry(engine, engine_cameras(engine)[pending->index].index)->machine;
}

static void run_effect(struct engine *engine, const struct pending *pending, uint8_t effect,
                       struct engine_output *output)
{
    switch ((enum machine_kind)pending->kind) {
    case MACHINE_FAILOVER:
        failover_effect(engine, pending->index, effect, output);
        break;
    case MACHINE_MAIN:
        owner_effect(engine, effect, output);
        break;
    case MACHINE_CAMERA:
        camera_effect(engine, pending->index, effect, output);
        break;
    case MACHINE_KIND_COUNT:
        break;
    }
}

/* How many of a failover's cameras are starting or recording is kept by whoever changes a camera's
 * state: here. */
static void count_active(struct engine *engine, uint32_t camera, uint8_t from, uint8_t to)
{
    const uint32_t local = engine_cameras(engine)[camera].failover;
    if (local == IMAGE_NONE || camera_active(from) == camera_active(to))
        return;
    struct failover *failover = &engine_failovers(engine)[local];
    assert(camera_active(to) || failover->active > 0);
    failover->active = camera_active(to) ? failover->active + 1 : failover->active - 1;
}

/* A failover's timer belongs to its state. */
static void leave_state(struct engine *engine, const struct pending *pending, uint8_t from,
                        uint8_t to)
{
    if (pending->kind == MACHINE_CAMERA)
        count_active(engine, pending->index, from, to);
    else if (pending->kind == MACHINE_FAILOVER && from != to)
        engine_failovers(engine)[pending->index].deadline_ms = ENGINE_NEVER;
}

/* What a state calls for by itself, whatever has led to it. */
static void enter_state(struct engine *engine, const struct pending *pending, uint8_t from,
                        struct engine_output *output)
{
    if (pending->kind == MACHINE_FAILOVER) {
        if (engine_failovers(engine)[pending->index].state != from)
            failover_enter(engine, pending->index, from);
    } else if (pending->kind == MACHINE_CAMERA) {
        camera_settle(engine, pending->index, from, output);
    }
}

static void machine_dispatch(struct engine *engine, const struct pending *pending,
                             struct engine_output *output)
{
    const uint32_t index = machine_of(engine, pending);
    const struct machine *machine = &engine->deployment->machines[index];
    uint8_t *state = machine_state(engine, pending);
    assert(machine->kind == pending->kind);
    assert(*state < machine->state_count && pending->event < machine->event_count);
    const struct machine_cell *cell =
        &machine->cells[*state * machine->event_count + pending->event];
    assert(cell->verdict != VERDICT_ABSENT);

    struct machine_step step = {0};
    machine->step(*state, pending->event, &step);
    assert(step.effect_count <= MACHINE_EFFECTS_MAX);

    assert(output->transition_count < output->max);
    struct engine_transition *transition = &output->transitions[output->transition_count++];
    *transition = (struct engine_transition){.machine = index,
                                             .from = *state,
                                             .to = step.to,
                                             .event = pending->event,
                                             .verdict = step.verdict,
                                             .rule = cell->rule,
                                             .server = engine->server,
                                             .other = IMAGE_NONE};
    if (step.verdict == VERDICT_MOVE) {
        leave_state(engine, pending, *state, step.to);
        *state = step.to;
        for (uint8_t i = 0; i < step.effect_count; i++)
            run_effect(engine, pending, step.effects[i], output);
        enter_state(engine, pending, transition->from, output);
    }
    describe(engine, pending, transition);
}

/* ---- events from outside ---- */

/* Whatever was known of others and every running timer is void after a restart; what was decided is
 * not. */
static void step_boot(struct engine *engine, int64_t wall_ms)
{
    licence_boot(engine, wall_ms);
    network_boot(engine);
    fellow_boot(engine);
    view_boot(engine);
    arbiter_boot(engine);
    for (uint32_t p = 0; p < engine->peer_count; p++)
        engine_peers(engine)[p].up = 0;
    for (uint32_t w = 0; w < engine->watcher_count; w++) {
        engine_watchers(engine)[w].answer = ANSWER_UNKNOWN;
        engine_watchers(engine)[w].whole = 0;
    }
    engine->owner.holder = IMAGE_NONE;
    engine->owner.deadline_ms = ENGINE_NEVER;
    engine->owner.storage_lost = 0;
    manager_boot(engine);
    for (uint32_t c = 0; c < engine->camera_count; c++)
        engine_push(engine, MACHINE_CAMERA, c, CAMERA_BOOT);
    engine_push(engine, MACHINE_MAIN, 0, MAIN_BOOT);
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        engine_failovers(engine)[f].deadline_ms = ENGINE_NEVER;
        trouble_forget(engine, f);
        engine_push(engine, MACHINE_FAILOVER, f, FAILOVER_BOOT);
        failover_arm_hot(engine, f);
    }
}

static void step_peer(struct engine *engine, uint32_t server, bool up, struct engine_output *output)
{
    const uint32_t at = engine_local_peer(engine, server);
    if (at == IMAGE_NONE || engine_peers(engine)[at].up == up)
        return;
    struct peer *peer = &engine_peers(engine)[at];
    peer->up = up;
    peer->lost_ms = up ? ENGINE_NEVER : engine->now_ms;
    network_peer(engine, up, output);
    failover_peer(engine, server, up);
    fellow_peer(engine, server, up, output);
    view_peer(engine, server, up, output);
    owner_peer(engine, server, up, output);
    manager_peer(engine, server, up, output);
}

static void step_message(struct engine *engine, uint32_t sender,
                         const struct engine_message *message, struct engine_output *output)
{
    if (message->failover >= engine->image->failovers.count || !engine_peer_up(engine, sender))
        return;
    failover_message(engine, sender, message, output);
    fellow_message(engine, sender, message);
    view_message(engine, sender, message);
    owner_message(engine, sender, message, output);
    manager_message(engine, sender, message, output);
}

/* A report on an order that is no longer in force says nothing about the present one. */
static void step_camera(struct engine *engine, uint32_t camera, uint64_t epoch, uint8_t event)
{
    const uint32_t at = engine_local_camera(engine, camera);
    if (at != IMAGE_NONE && engine_cameras(engine)[at].epoch == epoch)
        engine_push(engine, MACHINE_CAMERA, at, event);
}

static void step_time(struct engine *engine, struct engine_output *output)
{
    network_time(engine);
    failover_time(engine);
    owner_time(engine, output);
}

/* Orders of an operator, and what the shell finds out. */
static void step_word(struct engine *engine, const struct engine_event *event,
                      struct engine_output *output)
{
    switch ((enum engine_event_kind)event->kind) {
    case EVENT_FORCE_START:
        failover_order(engine, event->failover, FAILOVER_FORCE_START);
        break;
    case EVENT_FORCE_STOP:
        failover_order(engine, event->failover, FAILOVER_FORCE_STOP);
        break;
    case EVENT_DISABLE:
        failover_order(engine, event->failover, FAILOVER_DISABLE);
        break;
    case EVENT_ENABLE:
        failover_order(engine, event->failover, FAILOVER_ENABLE);
        break;
    case EVENT_CLOCK_JUMP:
        engine->boot_wall_ms += event->wall_ms;
        break;
    case EVENT_LATE:
        failover_late(engine);
        break;
    case EVENT_NETWORK_DOWN:
    case EVENT_NETWORK_FINE:
        network_event(engine, event->kind == EVENT_NETWORK_DOWN);
        break;
    case EVENT_VIEW_ALIVE:
        view_event(engine, event->failover, event->server, VIEW_ALIVE);
        break;
    case EVENT_VIEW_SILENT:
        view_event(engine, event->failover, event->server, VIEW_SILENT);
        break;
    case EVENT_VIEW_NONE:
        view_event(engine, event->failover, event->server, VIEW_NONE);
        break;
    case EVENT_STORAGE_LOST:
    case EVENT_STORAGE_BACK:
        trouble_storage(engine, event->kind == EVENT_STORAGE_LOST, output);
        break;
    case EVENT_REACHED:
    case EVENT_UNREACHED:
        trouble_reached(engine, event->camera, event->kind == EVENT_REACHED);
        break;
    case EVENT_DEPLOY:
        deploy_begin(engine, output);
        break;
    case EVENT_PEER_CHANGED:
        deploy_peer(engine, event->server, output);
        break;
    case EVENT_CLAIM_GRANTED:
    case EVENT_CLAIM_DENIED:
    case EVENT_CLAIM_FULL:
    case EVENT_ARBITER_LOST:
    case EVENT_ARBITER_BACK:
        arbiter_event(engine, event, output);
        break;
    case EVENT_DRILL_BEGIN: /* that there was one is journaled, and that is all of it (R42) */
    case EVENT_DRILL_END:
        break;
    case EVENT_BOOT:
    case EVENT_TIME:
    case EVENT_PEER_UP:
    case EVENT_PEER_LOST:
    case EVENT_MESSAGE:
    case EVENT_ON_DISK:
    case EVENT_MUTE:
    case EVENT_LOG_OFF:
    case ENGINE_EVENT_COUNT:
        assert(!"an event that is no word of an operator or a shell");
        break;
    }
}

static void step_event(struct engine *engine, const struct engine_event *event,
                       struct engine_output *output)
{
    if (event->kind == EVENT_BOOT)
        step_boot(engine, event->wall_ms);
    else if (event->kind == EVENT_TIME)
        step_time(engine, output);
    else if (event->kind == EVENT_PEER_UP || event->kind == EVENT_PEER_LOST)
        step_peer(engine, event->server, event->kind == EVENT_PEER_UP, output);
    else if (event->kind == EVENT_MESSAGE)
        step_message(engine, event->server, &event->message, output);
    else if (event->kind == EVENT_ON_DISK)
        step_camera(engine, event->camera, event->epoch, CAMERA_ON_DISK);
    else if (event->kind == EVENT_MUTE)
        step_camera(engine, event->camera, event->epoch, CAMERA_MUTE);
    else if (event->kind == EVENT_LOG_OFF)
        engine_push(engine, MACHINE_MAIN, 0, MAIN_LOG_OFF);
    else
        step_word(engine, event, output);
}

void engine_step(struct engine *engine, const struct engine_event *event,
                 struct engine_output *output)
{
    assert(engine->queue_count == 0);
    assert(event->kind == EVENT_BOOT || event->at_ms >= engine->now_ms);
    output->transition_count = 0;
    output->action_count = 0;
    engine->now_ms = event->at_ms;
    step_event(engine, event, output);
    do {
        while (engine->queue_count > 0) {
            const struct pending pending = engine_queue(engine)[engine->queue_first];
            engine->queue_first = (engine->queue_first + 1) % engine->queue_max;
            engine->queue_count--;
            machine_dispatch(engine, &pending, output);
        }
    } while (failover_levels(engine) || failover_all_back(engine));
    if (event->kind == EVENT_LOG_OFF)
        engine_act(engine, output, ACTION_LEAVE);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* While our own network is asked after, nobody is judged. */
int64_t engine_deadline(const struct engine *engine)
{
    int64_t deadline_ms = earlier(engine->owner.deadline_ms, engine->network.probe_end_ms);
    const struct failover *failovers = engine_failovers_of(engine);
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        deadline_ms = earlier(deadline_ms, failovers[f].licence_end_ms);
        if (!network_asked(engine))
            deadline_ms = earlier(deadline_ms, failovers[f].deadline_ms);
    }
    return deadline_ms;
}
