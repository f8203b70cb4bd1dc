/* The engine's frame: layout, the queue, the dispatcher, and the sorting of events to the parts. */
#include "runtime/engine/state.h"

#include <assert.h>
#include <string.h>

/* ---- layout: one block, arrays behind the head ---- */

static uint32_t count_cameras(const struct image *image, const struct image_server *self)
{
    uint32_t count = self->own_cameras.count;
    for (uint32_t i = 0; i < self->failovers.count; i++)
        count += image_failovers(image)[self->failovers.first + i].objects.count;
    return count;
}

static uint32_t count_managed(const struct image *image, uint32_t server)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < image->failovers.count; i++) {
        const uint32_t manager = image_failovers(image)[i].manager;
        if (manager != IMAGE_NONE && image_managers(image)[manager].host == server)
            count++;
    }
    return count;
}

static uint32_t place(uint32_t *end, size_t size)
{
    const uint32_t at = (*end + 15u) & ~15u;
    *end = at + (uint32_t)size;
    return at;
}

/* Sets counts and offsets of an engine's head; returns the size of the whole block. */
static uint32_t engine_layout(struct engine *head, const struct deployment *deployment,
                              uint32_t server)
{
    const struct image *image = deployment->image;
    assert(server < image->servers.count);
    const struct image_server *self = &image_servers(image)[server];
    memset(head, 0, sizeof *head);
    head->deployment = deployment;
    head->image = image;
    head->server = server;
    head->own_count = self->own_cameras.count;
    head->camera_count = count_cameras(image, self);
    head->failover_count = self->failovers.count;
    head->watcher_count = self->watchers.count;
    head->managed_count = count_managed(image, server);
    head->peer_count = self->peers.count;
    head->queue_max = 4 * head->camera_count + 8 * head->failover_count + 16;
    uint32_t end = sizeof *head;
    head->at_failovers = place(&end, head->failover_count * sizeof(struct failover));
    head->at_cameras = place(&end, head->camera_count * sizeof(struct camera));
    head->at_watchers = place(&end, head->watcher_count * sizeof(struct watcher));
    head->at_managed = place(&end, head->managed_count * sizeof(struct managed));
    head->at_peers = place(&end, head->peer_count * sizeof(struct peer));
    head->at_queue = place(&end, head->queue_max * sizeof(struct pending));
    return end;
}

size_t engine_size(const struct deployment *deployment, uint32_t server)
{
    struct engine head;
    return engine_layout(&head, deployment, server);
}

uint32_t engine_output_max(const struct deployment *deployment, uint32_t server)
{
    struct engine head;
    engine_layout(&head, deployment, server);
    return 8 * head.camera_count +
           16 * (head.failover_count + head.watcher_count + head.managed_count) + 32;
}

struct failover *engine_failovers(struct engine *engine)
{
    return (struct failover *)(void *)((char *)engine + engine->at_failovers);
}

struct camera *engine_cameras(struct engine *engine)
{
    return (struct camera *)(void *)((char *)engine + engine->at_cameras);
}

struct watcher *engine_watchers(struct engine *engine)
{
    return (struct watcher *)(void *)((char *)engine + engine->at_watchers);
}

struct managed *engine_managed(struct engine *engine)
{
    return (struct managed *)(void *)((char *)engine + engine->at_managed);
}

struct peer *engine_peers(struct engine *engine)
{
    return (struct peer *)(void *)((char *)engine + engine->at_peers);
}

static struct pending *engine_queue(struct engine *engine)
{
    return (struct pending *)(void *)((char *)engine + engine->at_queue);
}

const struct failover *engine_failovers_of(const struct engine *engine)
{
    return (const void *)((const char *)engine + engine->at_failovers);
}

const struct camera *engine_cameras_of(const struct engine *engine)
{
    return (const void *)((const char *)engine + engine->at_cameras);
}

static const struct watcher *watchers_of(const struct engine *engine)
{
    return (const void *)((const char *)engine + engine->at_watchers);
}

static const struct managed *managed_of(const struct engine *engine)
{
    return (const void *)((const char *)engine + engine->at_managed);
}

static const struct peer *peers_of(const struct engine *engine)
{
    return (const void *)((const char *)engine + engine->at_peers);
}

/* ---- start ---- */

static void init_cameras(struct engine *engine)
{
    const struct image_server *self = engine_self(engine);
    struct camera *cameras = engine_cameras(engine);
    uint32_t next = 0;
    for (uint32_t i = 0; i < engine->own_count; i++)
        cameras[next++] = (struct camera){
            .index = self->own_cameras.first + i, .failover = IMAGE_NONE, .state = CAMERA_IDLE};
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        const struct image_list objects = engine_failover_entry(engine, f)->objects;
        engine_failovers(engine)[f].first_camera = next;
        for (uint32_t i = 0; i < objects.count; i++)
            cameras[next++] =
                (struct camera){.index = image_numbers(engine->image)[objects.first + i],
                                .failover = f,
                                .state = CAMERA_IDLE};
    }
    assert(next == engine->camera_count);
}

static void init_managed(struct engine *engine)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < engine->image->failovers.count && next < engine->managed_count; i++) {
        const uint32_t manager = image_failovers(engine->image)[i].manager;
        if (manager != IMAGE_NONE && image_managers(engine->image)[manager].host == engine->server)
            engine_managed(engine)[next++] = (struct managed){.failover = i};
    }
    assert(next == engine->managed_count);
}

struct engine *engine_init(void *memory, const struct deployment *deployment, uint32_t server)
{
    struct engine *engine = memory;
    const uint32_t size = engine_layout(engine, deployment, server);
    memset((char *)memory + sizeof *engine, 0, size - sizeof *engine);
    const struct image_server *self = engine_self(engine);
    const uint32_t *numbers = image_numbers(engine->image);

    engine->owner = (struct owner){
        .deadline_ms = ENGINE_NEVER, .epoch = 1, .holder = IMAGE_NONE, .state = MAIN_OFF};
    for (uint32_t f = 0; f < engine->failover_count; f++)
        engine_failovers(engine)[f] = (struct failover){
            .deadline_ms = ENGINE_NEVER, .known_epoch = 1, .state = FAILOVER_UNSEEN};
    for (uint32_t w = 0; w < engine->watcher_count; w++)
        engine_watchers(engine)[w].failover = numbers[self->watchers.first + w];
    for (uint32_t p = 0; p < engine->peer_count; p++)
        engine_peers(engine)[p].server = numbers[self->peers.first + p];
    init_cameras(engine);
    init_managed(engine);
    return engine;
}

/* ---- the queue and the output ---- */

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
static void count_active(struct engine *engine, const struct pending *pending, uint8_t from,
                         uint8_t to)
{
    if (pending->kind != MACHINE_CAMERA)
        return;
    const uint32_t local = engine_cameras(engine)[pending->index].failover;
    if (local == IMAGE_NONE || camera_active(from) == camera_active(to))
        return;
    struct failover *failover = &engine_failovers(engine)[local];
    assert(camera_active(to) || failover->active > 0);
    failover->active = camera_active(to) ? failover->active + 1 : failover->active - 1;
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
        count_active(engine, pending, *state, step.to);
        *state = step.to;
        for (uint8_t i = 0; i < step.effect_count; i++)
            run_effect(engine, pending, step.effects[i], output);
    }
    describe(engine, pending, transition);
}

/* ---- events from outside ---- */

/* Whatever was known of others and every running timer is void after a restart; what was decided is
 * not. */
static void step_boot(struct engine *engine)
{
    for (uint32_t p = 0; p < engine->peer_count; p++)
        engine_peers(engine)[p].up = 0;
    for (uint32_t w = 0; w < engine->watcher_count; w++)
        engine_watchers(engine)[w].answer = ANSWER_UNKNOWN;
    engine->owner.holder = IMAGE_NONE;
    engine->owner.deadline_ms = ENGINE_NEVER;
    manager_boot(engine);
    for (uint32_t c = 0; c < engine->camera_count; c++)
        engine_push(engine, MACHINE_CAMERA, c, CAMERA_BOOT);
    engine_push(engine, MACHINE_MAIN, 0, MAIN_BOOT);
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        engine_failovers(engine)[f].deadline_ms = ENGINE_NEVER;
        engine_push(engine, MACHINE_FAILOVER, f, FAILOVER_BOOT);
    }
}

static void step_peer(struct engine *engine, uint32_t server, bool up, struct engine_output *output)
{
    const uint32_t peer = engine_local_peer(engine, server);
    if (peer == IMAGE_NONE || engine_peers(engine)[peer].up == up)
        return;
    engine_peers(engine)[peer].up = up;
    failover_peer(engine, server, up);
    owner_peer(engine, server, up, output);
    manager_peer(engine, server, up, output);
}

static void step_message(struct engine *engine, uint32_t sender,
                         const struct engine_message *message, struct engine_output *output)
{
    if (message->failover >= engine->image->failovers.count ||
        engine_local_peer(engine, sender) == IMAGE_NONE)
        return;
    failover_message(engine, sender, message, output);
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

static void step_force(struct engine *engine, uint32_t failover, uint8_t event)
{
    const uint32_t local = engine_local_failover(engine, failover);
    if (local != IMAGE_NONE)
        engine_push(engine, MACHINE_FAILOVER, local, event);
}

static void step_event(struct engine *engine, const struct engine_event *event,
                       struct engine_output *output)
{
    switch ((enum engine_event_kind)event->kind) {
    case EVENT_BOOT:
        step_boot(engine);
        break;
    case EVENT_TIME:
        failover_time(engine);
        owner_time(engine);
        break;
    case EVENT_PEER_UP:
    case EVENT_PEER_LOST:
        step_peer(engine, event->server, event->kind == EVENT_PEER_UP, output);
        break;
    case EVENT_MESSAGE:
        step_message(engine, event->server, &event->message, output);
        break;
    case EVENT_ON_DISK:
        step_camera(engine, event->camera, event->epoch, CAMERA_ON_DISK);
        break;
    case EVENT_MUTE:
        step_camera(engine, event->camera, event->epoch, CAMERA_MUTE);
        break;
    case EVENT_FORCE_START:
        step_force(engine, event->failover, FAILOVER_FORCE_START);
        break;
    case EVENT_FORCE_STOP:
        step_force(engine, event->failover, FAILOVER_FORCE_STOP);
        break;
    case EVENT_LOG_OFF:
        engine_push(engine, MACHINE_MAIN, 0, MAIN_LOG_OFF);
        break;
    case ENGINE_EVENT_COUNT:
        break;
    }
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
    } while (failover_all_back(engine));
    if (event->kind == EVENT_LOG_OFF)
        engine_act(engine, output, ACTION_LEAVE);
}

int64_t engine_deadline(const struct engine *engine)
{
    int64_t deadline_ms = engine->owner.deadline_ms;
    const struct failover *failovers = engine_failovers_of(engine);
    for (uint32_t f = 0; f < engine->failover_count; f++)
        if (failovers[f].deadline_ms < deadline_ms)
            deadline_ms = failovers[f].deadline_ms;
    return deadline_ms;
}

/* ---- looking up ---- */

const struct image_server *engine_self(const struct engine *engine)
{
    return &image_servers(engine->image)[engine->server];
}

const struct image_failover *engine_failover_entry(const struct engine *engine, uint32_t local)
{
    assert(local < engine->failover_count);
    return &image_failovers(engine->image)[engine_self(engine)->failovers.first + local];
}

const struct image_camera *engine_camera_entry(const struct engine *engine, uint32_t camera)
{
    assert(camera < engine->image->cameras.count);
    return &image_cameras(engine->image)[camera];
}

uint32_t engine_local_failover(const struct engine *engine, uint32_t failover)
{
    const struct image_list range = engine_self(engine)->failovers;
    if (failover < range.first || failover - range.first >= range.count)
        return IMAGE_NONE;
    return failover - range.first;
}

uint32_t engine_local_watcher(const struct engine *engine, uint32_t failover)
{
    const struct watcher *watchers = watchers_of(engine);
    for (uint32_t w = 0; w < engine->watcher_count; w++)
        if (watchers[w].failover == failover)
            return w;
    return IMAGE_NONE;
}

/* The position of value among count ascending numbers, or IMAGE_NONE. */
static uint32_t find_number(const uint32_t *numbers, uint32_t count, uint32_t value)
{
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (numbers[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && numbers[low] == value ? low : IMAGE_NONE;
}

uint32_t engine_local_peer(const struct engine *engine, uint32_t server)
{
    const struct image_list peers = engine_self(engine)->peers;
    return find_number(image_numbers(engine->image) + peers.first, peers.count, server);
}

bool engine_lists(const struct engine *engine, uint32_t failover, uint32_t camera)
{
    const struct image_list objects = image_failovers(engine->image)[failover].objects;
    return find_number(image_numbers(engine->image) + objects.first, objects.count, camera) !=
           IMAGE_NONE;
}

uint32_t engine_local_camera(const struct engine *engine, uint32_t camera)
{
    const struct image_list own = engine_self(engine)->own_cameras;
    if (camera >= own.first && camera - own.first < own.count)
        return camera - own.first;
    const struct failover *failovers = engine_failovers_of(engine);
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        const struct image_list objects = engine_failover_entry(engine, f)->objects;
        const uint32_t at =
            find_number(image_numbers(engine->image) + objects.first, objects.count, camera);
        if (at != IMAGE_NONE)
            return failovers[f].first_camera + at;
    }
    return IMAGE_NONE;
}

/* ---- what a status shows ---- */

static const struct failover *failover_shown(const struct engine *engine, uint32_t failover)
{
    const uint32_t local = engine_local_failover(engine, failover);
    assert(local != IMAGE_NONE);
    return &engine_failovers_of(engine)[local];
}

uint8_t engine_failover_state(const struct engine *engine, uint32_t failover)
{
    return failover_shown(engine, failover)->state;
}

uint64_t engine_failover_epoch(const struct engine *engine, uint32_t failover)
{
    return failover_shown(engine, failover)->epoch;
}

uint32_t engine_failover_flaps(const struct engine *engine, uint32_t failover)
{
    return failover_shown(engine, failover)->flaps;
}

int64_t engine_failover_deadline(const struct engine *engine, uint32_t failover)
{
    return failover_shown(engine, failover)->deadline_ms;
}

uint8_t engine_main_state(const struct engine *engine)
{
    return engine->owner.state;
}

uint64_t engine_main_epoch(const struct engine *engine)
{
    return engine->owner.epoch;
}

bool engine_knows_camera(const struct engine *engine, uint32_t camera)
{
    return engine_local_camera(engine, camera) != IMAGE_NONE;
}

static const struct camera *camera_shown(const struct engine *engine, uint32_t camera)
{
    const uint32_t at = engine_local_camera(engine, camera);
    assert(at != IMAGE_NONE);
    return &engine_cameras_of(engine)[at];
}

uint8_t engine_camera_state(const struct engine *engine, uint32_t camera)
{
    return camera_shown(engine, camera)->state;
}

uint64_t engine_camera_epoch(const struct engine *engine, uint32_t camera)
{
    return camera_shown(engine, camera)->epoch;
}

bool engine_peer_up(const struct engine *engine, uint32_t server)
{
    const uint32_t peer = engine_local_peer(engine, server);
    return peer != IMAGE_NONE && peers_of(engine)[peer].up;
}

static uint32_t count_slots_in(const struct engine *engine, uint32_t manager, enum slot slot)
{
    const struct managed *managed = managed_of(engine);
    uint32_t count = 0;
    for (uint32_t i = 0; i < engine->managed_count; i++)
        if (managed[i].slot == slot &&
            image_failovers(engine->image)[managed[i].failover].manager == manager)
            count++;
    return count;
}

uint32_t engine_slots_held(const struct engine *engine, uint32_t manager)
{
    return count_slots_in(engine, manager, SLOT_HELD);
}

uint32_t engine_slots_waiting(const struct engine *engine, uint32_t manager)
{
    return count_slots_in(engine, manager, SLOT_WAITING);
}
