/* Properties of an exploration that must hold in every position; explore_rest.c has those of a
 * site that rests. */
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

const char *board_failover_name(const struct board *board, uint32_t failover)
{
    return image_text(board->image, image_failovers(board->image)[failover].name);
}

const char *board_camera_name(const struct board *board, uint32_t camera)
{
    return image_text(board->image, image_cameras(board->image)[camera].name);
}

uint8_t board_failover_state(const struct board *board, uint32_t failover)
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

uint32_t board_count_running(const struct board *board, uint32_t manager, uint32_t from)
{
    uint32_t count = 0;
    for (uint32_t f = 0; f < board->image->failovers.count; f++) {
        const struct image_failover *failover = &image_failovers(board->image)[f];
        const uint32_t standby = failover->standby;
        count += image_failover_is_limited(failover, manager) && board_is_on(board, standby) &&
                 engine_state_carries(board_failover_state(board, f)) &&
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
        const uint32_t running = board_count_running(board, m, IMAGE_NONE);
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
        if (board_failover_state(board, f) == FAILOVER_WATCHING &&
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
        if (s != server && *board_once(board, s, camera) != ONCE_NEVER)
            return true;
    return false;
}

/* Whether another standby carries the main, and has said all that there is to say of it. */
static bool carries_elsewhere(const struct board *board, uint32_t server, uint32_t main)
{
    for (uint32_t f = 0; f < board->image->failovers.count; f++) {
        const struct image_failover *entry = &image_failovers(board->image)[f];
        if (entry->monitor == main && entry->standby != server &&
            board_is_on(board, entry->standby) &&
            engine_state_carries(board_failover_state(board, f)) &&
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
        *board_once(board, server, camera) != ONCE_ON_DISK ||
        is_on_disk_elsewhere(board, server, camera) || stops_for_another(board, server, main) ||
        was_said_of_another(board, server, camera, event))
        return;
    for (uint32_t f = under.first; f < under.first + under.count; f++) {
        const uint8_t state = board_failover_state(board, f);
        if (image_failovers(board->image)[f].monitor == main &&
            (state == FAILOVER_RETURNING || state == FAILOVER_WATCHING))
            board_break(board, BOARD_HAND_BACK, "%s stops %s before %s has it on disk",
                        board_name(board, server), board_camera_name(board, camera),
                        board_name(board, main));
    }
}
