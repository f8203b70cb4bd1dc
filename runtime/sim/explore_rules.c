/* Properties of an exploration: what must hold in every position, and where the site rests. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "runtime/engine/trace.h"
#include "runtime/sim/explore_board.h"
#include "runtime/sim/script.h"

void board_break(struct board *board, enum board_property property, const char *format, ...)
{
    if ((board->broken & 1u << property) != 0)
        return;
    board->broken |= 1u << property;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(board->texts[property], TEXT_BYTES_MAX, format, arguments);
    va_end(arguments);
}

static const char *failover_name(const struct board *board, uint32_t failover)
{
    return image_text(board->image, image_failovers(board->image)[failover].name);
}

static const char *camera_name(const struct board *board, uint32_t camera)
{
    return image_text(board->image, image_cameras(board->image)[camera].name);
}

static uint8_t failover_state(const struct board *board, uint32_t failover)
{
    const uint32_t standby = image_failovers(board->image)[failover].standby;
    return engine_failover_state(board->engines[standby], failover);
}

/* ---- after every step ---- */

static void judge_answers(struct board *board)
{
    for (uint32_t i = 0; i < board->output.transition_count; i++) {
        const struct engine_transition *transition = &board->output.transitions[i];
        const uint8_t kind = board->deployment->machines[transition->machine].kind;
        if (transition->verdict == VERDICT_ILLEGAL)
            board_break(board, BOARD_ANSWER, "%s: the machine %s %s has no answer to %s in %s",
                        board_name(board, transition->server), trace_machine_kind(kind),
                        trace_subject(board->deployment, transition),
                        trace_event(kind, transition->event), trace_state(kind, transition->from));
    }
}

static void judge_holders(struct board *board, uint32_t server)
{
    for (uint32_t i = 0; i < board->output.action_count; i++) {
        const struct engine_action *action = &board->output.actions[i];
        if (action->kind != ACTION_RECORD)
            continue;
        const uint32_t main = image_cameras(board->image)[action->camera].server;
        const uint32_t holder = board_hold(board, main, action->epoch, server);
        if (action->epoch == 0)
            board_break(board, BOARD_HOLDER, "%s records %s without an epoch",
                        board_name(board, server), board_name(board, main));
        if (holder != server)
            board_break(board, BOARD_HOLDER, "%s and %s both record %s under one epoch",
                        board_name(board, holder), board_name(board, server),
                        board_name(board, main));
    }
}

/* Whether the failovers that a manager limits run on this server; IMAGE_NONE: on any but its host.
 */
static bool limits(const struct board *board, uint32_t manager, uint32_t server)
{
    const uint32_t host = image_managers(board->image)[manager].host;
    for (uint32_t f = 0; f < board->image->failovers.count; f++) {
        const struct image_failover *failover = &image_failovers(board->image)[f];
        if (image_failover_is_limited(failover, manager) && failover->standby != host &&
            (server == IMAGE_NONE || failover->standby == server))
            return true;
    }
    return false;
}

/* An operator's order (R17), a manager out of reach (R38), a host that has started again or lost
 * sight of a carrier, and learns afterwards that it goes on (R37): from then on its limit may be
 * exceeded. */
static void note_leave(struct board *board, uint32_t server, const struct engine_event *event)
{
    for (uint32_t i = 0; i < board->output.transition_count; i++) {
        const struct engine_transition *transition = &board->output.transitions[i];
        if (board->deployment->machines[transition->machine].kind != MACHINE_FAILOVER)
            continue;
        const struct image_failover *entry = &image_failovers(board->image)[transition->subject];
        const uint32_t manager = entry->manager;
        if (entry->own_manager != IMAGE_NONE && transition->event == FAILOVER_FORCE_START)
            board->leaves[entry->own_manager] = 1;
        if (manager != IMAGE_NONE && (transition->event == FAILOVER_FORCE_START ||
                                      transition->event == FAILOVER_CLAIM_ALLOWED ||
                                      (transition->event == FAILOVER_SLOT_ALLOWED &&
                                       image_managers(board->image)[manager].allow)))
            board->leaves[manager] = 1;
    }
    for (uint32_t m = 0; m < board->image->managers.count; m++)
        if (image_managers(board->image)[m].host == server &&
            ((event->kind == EVENT_BOOT && limits(board, m, IMAGE_NONE)) ||
             (event->kind == EVENT_PEER_LOST && limits(board, m, event->server))))
            board->leaves[m] = 1;
}

/* How many failovers use a slot on servers that run; from = IMAGE_NONE: on all of them, else on
 * those that this server sees. */
static uint32_t count_running(const struct board *board, uint32_t manager, uint32_t from)
{
    uint32_t count = 0;
    for (uint32_t f = 0; f < board->image->failovers.count; f++) {
        const struct image_failover *failover = &image_failovers(board->image)[f];
        const uint32_t standby = failover->standby;
        count += image_failover_is_limited(failover, manager) && board_is_on(board, standby) &&
                 engine_state_carries(failover_state(board, f)) &&
                 (from == IMAGE_NONE || from == standby ||
                  engine_peer_up(board->engines[from], standby));
    }
    return count;
}

static void judge_limits(struct board *board)
{
    for (uint32_t m = 0; m < board->image->managers.count; m++) {
        const struct image_manager *manager = &image_managers(board->image)[m];
        if (manager->max_running == 0)
            continue;
        const uint32_t running = count_running(board, m, IMAGE_NONE);
        if (running > manager->max_running && board->leaves[m] == 0)
            board_break(board, BOARD_LIMIT, "%u failovers run at once, %s allows %u", running,
                        image_text(board->image, manager->name), manager->max_running);
        if (board_is_on(board, manager->host) &&
            engine_slot_is_wasted(board->engines[manager->host], m))
            board_break(board, BOARD_QUEUE, "a main waits although %s has a free slot",
                        image_text(board->image, manager->name));
    }
}

static void judge_watch(struct board *board, uint32_t server)
{
    const struct image_list under = image_servers(board->image)[server].failovers;
    for (uint32_t f = under.first; f < under.first + under.count; f++) {
        const uint32_t main = image_failovers(board->image)[f].monitor;
        if (failover_state(board, f) == FAILOVER_WATCHING &&
            !engine_peer_up(board->engines[server], main))
            board_break(board, BOARD_WATCHED, "%s does not see %s and does nothing about it",
                        board_name(board, server), board_name(board, main));
    }
}

void board_judge_step(struct board *board, uint32_t server, const struct engine_event *event)
{
    judge_answers(board);
    judge_holders(board, server);
    note_leave(board, server, event);
    judge_limits(board);
    judge_watch(board, server);
}

static bool is_on_disk_elsewhere(const struct board *board, uint32_t server, uint32_t camera)
{
    for (uint32_t s = 0; s < board->image->servers.count; s++)
        if (s != server && *board_once(board, s, camera) != 0)
            return true;
    return false;
}

/* Whether another standby carries the main, and has said all that there is to say of it. */
static bool carries_elsewhere(const struct board *board, uint32_t server, uint32_t main)
{
    for (uint32_t f = 0; f < board->image->failovers.count; f++) {
        const struct image_failover *entry = &image_failovers(board->image)[f];
        if (entry->monitor == main && entry->standby != server &&
            board_is_on(board, entry->standby) && engine_state_carries(failover_state(board, f)) &&
            engine_peer_up(board->engines[server], entry->standby) &&
            !board_is_under_way(board, server, entry->standby))
            return true;
    }
    return false;
}

/* Of several standbys one also stops for another that said that it has all on disk (R24), which
 * may be over by now. */
static bool stops_for_another(const struct board *board, uint32_t server, uint32_t main)
{
    for (uint32_t i = 0; i < board->output.transition_count; i++) {
        const struct engine_transition *transition = &board->output.transitions[i];
        if (board->deployment->machines[transition->machine].kind == MACHINE_FAILOVER &&
            transition->event == FAILOVER_OUTBID &&
            image_failovers(board->image)[transition->subject].monitor == main)
            return !carries_elsewhere(board, server, main);
    }
    return false;
}

/* The main has said that another standby has the camera on disk; that one may have died since, and
 * even have started again, which is a fault of its own (R23). */
static bool was_said_of_another(const struct board *board, uint32_t server, uint32_t camera,
                                const struct engine_event *event)
{
    const uint32_t main = image_cameras(board->image)[camera].server;
    if (event->kind != EVENT_MESSAGE || event->message.kind != MESSAGE_ON_DISK ||
        event->message.camera != camera)
        return false;
    if (board->outlived)
        return true;
    for (uint32_t f = 0; f < board->image->failovers.count; f++) {
        const struct image_failover *entry = &image_failovers(board->image)[f];
        if (entry->monitor == main && entry->standby != server &&
            !board_is_on(board, entry->standby))
            return true;
    }
    return false;
}

/* The standby stops a camera that it has on disk only when its main has it on disk (R27); one that
 * accepts one reader must be stopped before. */
void board_judge_stop(struct board *board, uint32_t server, const struct engine_event *event,
                      uint32_t camera)
{
    const struct image_camera *entry = &image_cameras(board->image)[camera];
    const uint32_t main = entry->server;
    const struct image_list under = image_servers(board->image)[server].failovers;
    if (main == server || entry->sessions == 1 || !board_is_on(board, main) ||
        engine_main_state(board->engines[main]) == MAIN_OFF ||
        *board_once(board, server, camera) == 0 || is_on_disk_elsewhere(board, server, camera) ||
        stops_for_another(board, server, main) || was_said_of_another(board, server, camera, event))
        return;
    for (uint32_t f = under.first; f < under.first + under.count; f++) {
        const uint8_t state = failover_state(board, f);
        if (image_failovers(board->image)[f].monitor == main &&
            (state == FAILOVER_RETURNING || state == FAILOVER_WATCHING))
            board_break(board, BOARD_HAND_BACK, "%s stops %s before %s has it on disk",
                        board_name(board, server), camera_name(board, camera),
                        board_name(board, main));
    }
}

/* ---- where the site makes no step by itself ---- */

static bool is_full(const struct board *board, uint32_t manager, uint32_t from)
{
    return count_running(board, manager, from) >= image_managers(board->image)[manager].max_running;
}

/* Whether a queue is a good reason to wait: all slots of one of its limits are in use, or nobody
 * can be asked (R38). */
static bool may_wait(const struct board *board, uint32_t failover)
{
    const struct image_failover *entry = &image_failovers(board->image)[failover];
    const struct image_manager *manager = &image_managers(board->image)[entry->manager];
    if (entry->own_manager != IMAGE_NONE && is_full(board, entry->own_manager, entry->standby))
        return true;
    if (entry->standby != manager->host &&
        !engine_peer_up(board->engines[entry->standby], manager->host))
        return manager->allow == 0;
    return is_full(board, entry->manager, manager->host);
}

/* Whether the standby sees another one that carries the main. */
static bool is_covered(const struct board *board, uint32_t failover)
{
    const struct image_failover *entry = &image_failovers(board->image)[failover];
    for (uint32_t f = 0; f < board->image->failovers.count; f++) {
        const struct image_failover *other = &image_failovers(board->image)[f];
        if (f != failover && other->monitor == entry->monitor &&
            engine_peer_up(board->engines[entry->standby], other->standby) &&
            engine_state_carries(failover_state(board, f)))
            return true;
    }
    return false;
}

/* Whether a state is one that passes by itself, where the site makes no step. A take-over is
 * withheld for as long as others see the main (R45) or hold its claim (R30), and a main is covered
 * for as long as another standby carries it (R24). */
static bool should_pass(const struct board *board, uint32_t failover, uint8_t state)
{
    switch (state) {
    case FAILOVER_SUSPECT:
    case FAILOVER_TAKING_OVER:
    case FAILOVER_HOLDING:
    case FAILOVER_RETURNING:
        return true;
    case FAILOVER_QUEUED:
        return !may_wait(board, failover);
    case FAILOVER_WITHHELD:
        return !board_is_on(board, image_failovers(board->image)[failover].monitor) &&
               !arbiter_is_claimed_elsewhere(board, failover);
    case FAILOVER_CLAIMING:
        return board->arbiter_lost[0] == 0;
    case FAILOVER_COVERED:
        return !is_covered(board, failover);
    default:
        return false;
    }
}

/* What a standby does only for a main that it sees. */
static bool needs_main(uint8_t state)
{
    return state == FAILOVER_WATCHING || state == FAILOVER_FORCED || state == FAILOVER_KEEPING ||
           state == FAILOVER_TROUBLED || state == FAILOVER_REPLACING;
}

static void judge_resting_failover(struct board *board, uint32_t failover)
{
    const struct image_failover *entry = &image_failovers(board->image)[failover];
    const uint8_t state = failover_state(board, failover);
    if (should_pass(board, failover, state))
        board_break(board, BOARD_STUCK, "the failover %s stays %s for ever",
                    failover_name(board, failover), trace_state(MACHINE_FAILOVER, state));
    if (!engine_peer_up(board->engines[entry->standby], entry->monitor) && needs_main(state))
        board_break(board, BOARD_WATCHED, "%s does not see %s, and %s stays %s",
                    board_name(board, entry->standby), board_name(board, entry->monitor),
                    failover_name(board, failover), trace_state(MACHINE_FAILOVER, state));
    if (!engine_state_carries(state))
        return;
    const uint32_t *objects = image_numbers(board->image) + entry->objects.first;
    for (uint32_t i = 0; i < entry->objects.count; i++)
        if (engine_camera_state(board->engines[entry->standby], objects[i]) != CAMERA_RECORDING &&
            !board_is_on(board, entry->monitor) && state == FAILOVER_CARRYING)
            board_break(board, BOARD_RECORDED, "%s carries %s but does not record %s",
                        board_name(board, entry->standby), board_name(board, entry->monitor),
                        camera_name(board, objects[i]));
}

/* At rest a manager counts what is so. */
static void judge_resting_manager(struct board *board, uint32_t manager)
{
    const struct image_manager *entry = &image_managers(board->image)[manager];
    if (!board_is_on(board, entry->host))
        return;
    const uint32_t held = engine_slots_held(board->engines[entry->host], manager);
    const uint32_t running = count_running(board, manager, entry->host);
    if (held != running)
        board_break(board, BOARD_STUCK, "%s counts %u slots as taken for ever, %u are in use",
                    image_text(board->image, entry->name), held, running);
}

static bool is_recorded(const struct board *board, uint32_t camera)
{
    for (uint32_t s = 0; s < board->image->servers.count; s++)
        if (board_is_on(board, s) && engine_knows_camera(board->engines[s], camera) &&
            engine_camera_state(board->engines[s], camera) == CAMERA_RECORDING)
            return true;
    return false;
}

static void judge_resting_main(struct board *board, uint32_t server)
{
    const struct image_list own = image_servers(board->image)[server].own_cameras;
    const uint8_t state = engine_main_state(board->engines[server]);
    if (state != MAIN_RECORDING && state != MAIN_LENT)
        board_break(board, BOARD_STUCK, "the main %s stays %s for ever", board_name(board, server),
                    trace_state(MACHINE_MAIN, state));
    for (uint32_t c = own.first; c < own.first + own.count; c++)
        if (!is_recorded(board, c))
            board_break(board, BOARD_RECORDED, "nobody records %s, although %s is there",
                        camera_name(board, c), board_name(board, server));
}

static bool is_healthy(const struct board *board)
{
    for (uint32_t s = 0; s < board->image->servers.count; s++)
        if (!board_is_on(board, s))
            return false;
    for (uint32_t l = 0; l < board->link_count; l++)
        if (board->cuts[l])
            return false;
    return board->arbiter_lost[0] == 0;
}

/* Whether a main's objects are elsewhere because an operator wants it so. */
static bool is_moved(const struct board *board, uint32_t main)
{
    for (uint32_t f = 0; f < board->image->failovers.count; f++) {
        const uint8_t state = failover_state(board, f);
        if (image_failovers(board->image)[f].monitor == main &&
            (state == FAILOVER_FORCED || state == FAILOVER_KEEPING))
            return true;
    }
    return false;
}

/* A standby holds the hot cameras of its mains in memory all the time, unless it watches nothing
 * (R20). */
static uint8_t resting_camera(const struct board *board, uint32_t camera, uint32_t server)
{
    const struct image_camera *entry = &image_cameras(board->image)[camera];
    if (entry->server == server)
        return CAMERA_RECORDING;
    if (entry->arm != ARM_HOT)
        return CAMERA_IDLE;
    for (uint32_t f = 0; f < board->image->failovers.count; f++) {
        const struct image_failover *failover = &image_failovers(board->image)[f];
        if (failover->standby == server && failover->monitor == entry->server &&
            failover_state(board, f) == FAILOVER_DISABLED)
            return CAMERA_IDLE;
    }
    return CAMERA_ARMED;
}

static void judge_health(struct board *board)
{
    for (uint32_t f = 0; f < board->image->failovers.count; f++) {
        const uint8_t state = failover_state(board, f);
        if (state != FAILOVER_WATCHING && state != FAILOVER_FORCED && state != FAILOVER_KEEPING &&
            state != FAILOVER_DISABLED)
            board_break(board, BOARD_REST, "all is whole again, and %s rests in %s",
                        failover_name(board, f), trace_state(MACHINE_FAILOVER, state));
    }
    for (uint32_t c = 0; c < board->image->cameras.count; c++) {
        const uint32_t main = image_cameras(board->image)[c].server;
        if (is_moved(board, main))
            continue;
        for (uint32_t s = 0; s < board->image->servers.count; s++) {
            if (!engine_knows_camera(board->engines[s], c))
                continue;
            const uint8_t state = engine_camera_state(board->engines[s], c);
            if (state != resting_camera(board, c, s))
                board_break(board, BOARD_REST, "all is whole again, and %s is %s at %s",
                            camera_name(board, c), trace_state(MACHINE_CAMERA, state),
                            board_name(board, s));
        }
    }
}

void board_judge_rest(struct board *board)
{
    board->broken = 0;
    for (uint32_t f = 0; f < board->image->failovers.count; f++)
        if (board_is_on(board, image_failovers(board->image)[f].standby))
            judge_resting_failover(board, f);
    for (uint32_t s = 0; s < board->image->servers.count; s++)
        if (board_is_on(board, s))
            judge_resting_main(board, s);
    for (uint32_t m = 0; m < board->image->managers.count; m++)
        judge_resting_manager(board, m);
    if (is_healthy(board))
        judge_health(board);
}
