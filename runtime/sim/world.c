#include "runtime/sim/world.h"

#include <assert.h>
#include <stdlib.h>

#include "runtime/sim/array.h"

#define REST_MS 60000 /* that the site is given, beyond its own waits, to come to rest before 0 */

bool world_is_on(const struct world *world, uint32_t server)
{
    return world->servers[server].power == POWER_ON;
}

/* ---- one step of one server ---- */

static void note_transition(struct world *world, const struct engine_transition *transition)
{
    const uint8_t kind = world->deployment->machines[transition->machine].kind;
    if (transition->verdict == VERDICT_IGNORE)
        return;
    world->moments =
        array_grow(world->moments, world->moment_count, &world->moment_max, sizeof *world->moments);
    world->moments[world->moment_count++] = (struct moment){world->now_ms, *transition};
    if (kind == MACHINE_FAILOVER)
        history_set(&world->failovers[transition->subject], world->now_ms, transition->to);
    else if (kind == MACHINE_MAIN)
        history_set(&world->servers[transition->subject].mains, world->now_ms, transition->to);
}

static void find_out(struct world *world, uint32_t server, enum engine_event_kind kind,
                     uint32_t camera)
{
    agenda_push(&world->agenda, (struct agenda_item){.at_ms = world->now_ms,
                                                     .kind = AGENDA_WORD,
                                                     .server = server,
                                                     .index = kind,
                                                     .sender = camera});
}

static bool reaches_camera(const struct world *world, uint32_t server, uint32_t camera)
{
    return !world->servers[server].isolated && !recorder_is_stalled(world, camera, world->now_ms);
}

/* Anything but other servers: a witness, a volume on the network, a camera that it would carry
 * (R29). */
static bool reaches_anything(const struct world *world, uint32_t server)
{
    const struct image *image = world->image;
    const struct image_server *entry = &image_servers(image)[server];
    const uint32_t *volumes = image_numbers(image) + entry->volumes.first;
    bool any = entry->witnesses.count > 0;
    for (uint32_t i = 0; i < entry->volumes.count; i++)
        any |=
            image_volumes(image)[volumes[i]].shared && volume_is_reached(world, server, volumes[i]);
    for (uint32_t i = 0; i < world->servers[server].camera_count; i++)
        any |= reaches_camera(world, server,
                              world->recorders[world->servers[server].first_camera + i].camera);
    return any && !world->servers[server].isolated;
}

static void perform(struct world *world, uint32_t server, const struct engine_action *action)
{
    switch ((enum engine_action_kind)action->kind) {
    case ACTION_SEND:
        link_send(world, server, action);
        break;
    case ACTION_ARM:
    case ACTION_DISARM:
    case ACTION_RECORD:
    case ACTION_STOP:
        recorder_order(world, server, action);
        break;
    case ACTION_PUBLISH_START:
        if (world->now_ms >= 0)
            world->starts[action->failover]++;
        break;
    case ACTION_PROBE:
        find_out(world, server,
                 reaches_anything(world, server) ? EVENT_NETWORK_FINE : EVENT_NETWORK_DOWN,
                 IMAGE_NONE);
        break;
    case ACTION_REACH:
        find_out(world, server,
                 reaches_camera(world, server, action->camera) ? EVENT_REACHED : EVENT_UNREACHED,
                 action->camera);
        break;
    case ACTION_PUBLISH_STOP:
        if (world->now_ms >= 0)
            world->stops[action->failover]++;
        break;
    case ACTION_FILL: /* changes where footage lies, not what there is */
        if (world->now_ms >= 0)
            world->fills[action->failover]++;
        break;
    case ACTION_LEAVE: /* the one who gave EVENT_LOG_OFF sees to it */
        break;
    case ACTION_CLAIM:
        claim_ask(world, server, action);
        break;
    case ENGINE_ACTION_COUNT:
        assert(!"an action of no kind");
        break;
    }
}

void world_plan_wake(struct world *world, uint32_t server)
{
    const int64_t deadline_ms = engine_deadline(world->servers[server].engine);
    if (deadline_ms == world->servers[server].wake_ms)
        return;
    world->servers[server].wake_ms = deadline_ms;
    if (deadline_ms != ENGINE_NEVER)
        agenda_push(
            &world->agenda,
            (struct agenda_item){.at_ms = deadline_ms > world->now_ms ? deadline_ms : world->now_ms,
                                 .kind = AGENDA_WAKE,
                                 .server = server});
}

void world_step(struct world *world, uint32_t server, struct engine_event event)
{
    assert(world_is_on(world, server));
    event.at_ms = world->now_ms;
    engine_step(world->servers[server].engine, &event, &world->output);
    for (uint32_t i = 0; i < world->output.transition_count; i++)
        note_transition(world, &world->output.transitions[i]);
    property_step(world, server, &event);
    licence_step(world, server);
    for (uint32_t i = 0; i < world->output.action_count; i++)
        perform(world, server, &world->output.actions[i]);
    claim_step(world, server);
    world_plan_wake(world, server);
}

struct engine_event world_event(enum engine_event_kind kind, uint32_t failover)
{
    return (struct engine_event){
        .kind = kind, .server = IMAGE_NONE, .camera = IMAGE_NONE, .failover = failover};
}

static void wake(struct world *world, uint32_t server)
{
    if (!world_is_on(world, server) ||
        engine_deadline(world->servers[server].engine) > world->now_ms)
        return;
    world->servers[server].wake_ms = ENGINE_NEVER;
    world_step(world, server, world_event(EVENT_TIME, IMAGE_NONE));
}

/* ---- the run ---- */

static void happen(struct world *world, const struct agenda_item *item)
{
    switch ((enum agenda_kind)item->kind) {
    case AGENDA_ACT:
        act_perform(world, &world->script->acts[item->index]);
        break;
    case AGENDA_PEER_LOST:
    case AGENDA_PEER_UP:
        link_noticed(world, item);
        break;
    case AGENDA_MESSAGE:
        link_arrive(world, item);
        break;
    case AGENDA_ON_DISK:
    case AGENDA_MUTE:
        recorder_report(world, item);
        break;
    case AGENDA_WORD:
        if (world_is_on(world, item->server)) {
            struct engine_event word = world_event(item->index, IMAGE_NONE);
            word.camera = item->sender;
            world_step(world, item->server, word);
        }
        break;
    case AGENDA_VIEW:
        view_noticed(world, item);
        break;
    case AGENDA_LAPSE:
        claim_lapsed(world, item);
        break;
    case AGENDA_CLAIM:
        claim_answer(world, item);
        break;
    case AGENDA_WAKE:
        wake(world, item->server);
        break;
    case AGENDA_KIND_COUNT:
        assert(!"an item of no kind");
        break;
    }
}

static void run_until(struct world *world, int64_t until_ms)
{
    struct agenda_item item;
    while (agenda_pop(&world->agenda, until_ms, &item)) {
        assert(item.at_ms >= world->now_ms);
        world->now_ms = item.at_ms;
        happen(world, &item);
    }
    world->now_ms = until_ms;
}

static void make_surroundings(struct world *world)
{
    world->lost_volumes = array_new(world->image->volumes.count, sizeof *world->lost_volumes);
    world->full_volumes = array_new(world->image->volumes.count, sizeof *world->full_volumes);
    world->stalls = array_new(world->image->cameras.count, sizeof *world->stalls);
}

static void make_servers(struct world *world)
{
    const uint32_t count = world->image->servers.count;
    uint32_t output_max = 0;
    world->servers = array_new(count, sizeof *world->servers);
    for (uint32_t s = 0; s < count; s++) {
        struct server *server = &world->servers[s];
        server->engine =
            engine_init(array_new(engine_size(world->deployment, s), 1), world->deployment, s);
        server->power = POWER_OFF;
        server->wake_ms = ENGINE_NEVER;
        history_set(&server->powers, world->now_ms, POWER_OFF);
        history_set(&server->mains, world->now_ms, engine_main_state(server->engine));
        volume_update_server(world, s);
        const uint32_t max = engine_output_max(world->deployment, s);
        output_max = max > output_max ? max : output_max;
    }
    world->output.max = output_max;
    world->output.transitions = array_new(output_max, sizeof *world->output.transitions);
    world->output.actions = array_new(output_max, sizeof *world->output.actions);
}

static void make_failovers(struct world *world)
{
    const struct image *image = world->image;
    world->failovers = array_new(image->failovers.count, sizeof *world->failovers);
    world->view_changes = array_new(image->failovers.count, sizeof *world->view_changes);
    world->view_sights = array_new(image->failovers.count, sizeof *world->view_sights);
    world->starts = array_new(image->failovers.count, sizeof *world->starts);
    world->stops = array_new(image->failovers.count, sizeof *world->stops);
    world->fills = array_new(image->failovers.count, sizeof *world->fills);
    world->spent_epochs = array_new(image->failovers.count, sizeof *world->spent_epochs);
    world->holders = array_new(image->servers.count, sizeof *world->holders);
    for (uint32_t f = 0; f < image->failovers.count; f++) {
        const struct engine *standby = world->servers[image_failovers(image)[f].standby].engine;
        history_set(&world->failovers[f], world->now_ms, engine_failover_state(standby, f));
    }
}

static void make_managers(struct world *world)
{
    const struct image *image = world->image;
    world->over_limit_fine = array_new(image->managers.count, sizeof *world->over_limit_fine);
    world->next_managers = array_new(image->managers.count, sizeof *world->next_managers);
    for (uint32_t s = 0; s < image->servers.count; s++)
        world->servers[s].first_manager = IMAGE_NONE;
    for (uint32_t m = image->managers.count; m-- > 0;) {
        struct server *host = &world->servers[image_managers(image)[m].host];
        world->next_managers[m] = host->first_manager;
        host->first_manager = m;
    }
}

/* The longest time from a start until everything is on disk where nothing fails. */
static int64_t rest_ms(const struct world *world)
{
    int64_t ask_wait_ms = 0;
    for (uint32_t s = 0; s < world->image->servers.count; s++)
        if (image_servers(world->image)[s].ask_wait_ms > ask_wait_ms)
            ask_wait_ms = image_servers(world->image)[s].ask_wait_ms;
    return REST_MS + world->detect_ms + ask_wait_ms + world->image->site.start_ms;
}

struct world *world_start(const struct deployment *deployment, const struct script *script,
                          const struct outage *outage)
{
    struct world *world = array_new(1, sizeof *world);
    world->deployment = deployment;
    world->image = deployment->image;
    world->script = script;
    world->outage = outage;
    world->detect_ms = (int64_t)world->image->site.heartbeat_ms * world->image->site.misses;
    world->now_ms = -rest_ms(world);
    make_surroundings(world);
    make_servers(world);
    make_failovers(world);
    make_managers(world);
    link_init(world);
    recorder_init(world);
    licence_init(world);
    claim_init(world);

    for (uint32_t s = 0; s < world->image->servers.count; s++)
        act_start(world, s);
    for (uint32_t l = 0; l < world->link_count; l++)
        link_update(world, l);
    run_until(world, -1);
    property_rest(world);
    return world;
}

void world_play(struct world *world, uint32_t first_act, uint32_t act_count, int64_t until_ms)
{
    for (uint32_t i = first_act; i < first_act + act_count; i++)
        agenda_push(&world->agenda, (struct agenda_item){.at_ms = world->script->acts[i].at_ms,
                                                         .kind = AGENDA_ACT,
                                                         .index = i});
    run_until(world, until_ms);
}

struct world *world_run(const struct deployment *deployment, const struct script *script,
                        const struct outage *outage)
{
    struct world *world = world_start(deployment, script, outage);
    world_play(world, outage->first_act, outage->act_count, outage->lasts_ms);
    recorder_finish(world);
    licence_finish(world);
    return world;
}

void world_forget(struct world *world, int64_t before_ms)
{
    for (uint32_t s = 0; s < world->image->servers.count; s++) {
        history_forget(&world->servers[s].powers, before_ms);
        history_forget(&world->servers[s].mains, before_ms);
        history_forget(&world->servers[s].volumes, before_ms);
    }
    for (uint32_t f = 0; f < world->image->failovers.count; f++)
        history_forget(&world->failovers[f], before_ms);
    for (uint32_t r = 0; r < world->recorder_count; r++)
        history_forget(&world->recorders[r].order, before_ms);
    for (uint32_t c = 0; c < world->image->cameras.count; c++)
        history_forget(&world->stalls[c], before_ms);
    world->moment_count = 0;
    world->reading_count = 0;
    world->licence_count = 0;
    property_forget(world);
}

void world_free(struct world *world)
{
    for (uint32_t s = 0; s < world->image->servers.count; s++) {
        free(world->servers[s].engine);
        history_free(&world->servers[s].powers);
        history_free(&world->servers[s].mains);
        history_free(&world->servers[s].volumes);
        free(world->holders[s].items);
    }
    for (uint32_t f = 0; f < world->image->failovers.count; f++)
        history_free(&world->failovers[f]);
    for (uint32_t r = 0; r < world->recorder_count; r++)
        history_free(&world->recorders[r].order);
    for (uint32_t c = 0; c < world->image->cameras.count; c++)
        history_free(&world->stalls[c]);
    for (size_t i = 0; i < world->fault_count; i++)
        free(world->faults[i]);
    agenda_free(&world->agenda);
    void *blocks[] = {world->output.transitions,
                      world->output.actions,
                      world->servers,
                      world->links,
                      world->link_numbers,
                      world->held,
                      world->recorders,
                      world->reader_counts,
                      world->stalls,
                      world->lost_volumes,
                      world->full_volumes,
                      world->moments,
                      world->spans,
                      world->readings,
                      world->licences,
                      world->open_licences,
                      world->failovers,
                      world->starts,
                      world->view_changes,
                      world->view_sights,
                      world->claims,
                      world->claim_sights,
                      world->reads_own_ms,
                      world->reads_ms,
                      world->lost_own,
                      world->lost_views,
                      world->stops,
                      world->fills,
                      world->spent_epochs,
                      world->holders,
                      world->next_managers,
                      world->over_limit_fine,
                      world->faults};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        free(blocks[i]);
    free(world);
}
