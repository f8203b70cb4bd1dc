#include "runtime/sim/explore_board.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/sim/array.h"
#include "runtime/sim/script.h"

#define ANSWERS_MAX    128    /* to what one server asks in one moment */
#define REST_STEPS_MAX 100000 /* from the start of all servers until the site rests */

bool board_is_on(const struct board *board, uint32_t server)
{
    return board->powers[server] == POWER_ON;
}

const char *board_name(const struct board *board, uint32_t server)
{
    return image_text(board->image, image_servers(board->image)[server].name);
}

bool board_watches(const struct board *board, uint32_t server, uint32_t main)
{
    const struct image_list under = image_servers(board->image)[server].failovers;
    for (uint32_t f = under.first; f < under.first + under.count; f++)
        if (image_failovers(board->image)[f].monitor == main)
            return true;
    return false;
}

uint8_t *board_once(const struct board *board, uint32_t server, uint32_t camera)
{
    return &board->once[server * board->image->cameras.count + camera];
}

/* ---- one step of one server ---- */

static void send(struct board *board, uint32_t sender, const struct engine_action *action)
{
    struct board_box *box =
        board_box_to(board, board_find_link(board, sender, action->server), action->server);
    if (!board_is_on(board, action->server))
        return;
    if (box->count == BOARD_MESSAGES_MAX) {
        board->overflow = true;
        return;
    }
    board_touch_box(board, box);
    struct engine_message *message = &box->messages[box->count++];
    *message = action->message;
    if (message->kind == MESSAGE_RELEASED)
        message->epoch = 0; /* nobody reads it */
}

static void perform(struct board *board, uint32_t server, const struct engine_event *event,
                    const struct engine_action *action)
{
    switch ((enum engine_action_kind)action->kind) {
    case ACTION_SEND:
        send(board, server, action);
        break;
    case ACTION_STOP:
        board_judge_stop(board, server, event, action->camera);
        *board_once(board, server, action->camera) = ONCE_NEVER;
        break;
    case ACTION_RECORD: /* the engine's own state tells what is to be recorded */
    case ACTION_ARM:
    case ACTION_DISARM:
    case ACTION_PUBLISH_START:
    case ACTION_PUBLISH_STOP:
    case ACTION_LEAVE:
    case ACTION_FILL:
        break;
    case ACTION_PROBE: /* answered when all is performed */
    case ACTION_CLAIM:
    case ACTION_REACH:
        break;
    case ENGINE_ACTION_COUNT:
        assert(!"an action of no kind");
        break;
    }
}

static struct engine_event plain_event(enum engine_event_kind kind)
{
    return (struct engine_event){
        .kind = kind, .server = IMAGE_NONE, .camera = IMAGE_NONE, .failover = IMAGE_NONE};
}

static struct engine_event camera_event(enum engine_event_kind kind, uint32_t camera)
{
    struct engine_event event = plain_event(kind);
    event.camera = camera;
    return event;
}

/* What is to be given to one server in this moment. */
struct inbox {
    struct engine_event events[ANSWERS_MAX];
    uint32_t count;
};

static void put(struct inbox *inbox, struct engine_event event)
{
    assert(inbox->count < ANSWERS_MAX);
    inbox->events[inbox->count++] = event;
}

/* Cameras are always in reach, and found to be so at once (R29, R36). */
static void put_answers(struct board *board, uint32_t server, struct inbox *inbox)
{
    for (uint32_t i = 0; i < board->output.action_count; i++) {
        const struct engine_action *action = &board->output.actions[i];
        if (action->kind == ACTION_PROBE)
            put(inbox, plain_event(EVENT_NETWORK_FINE));
        else if (action->kind == ACTION_REACH)
            put(inbox, camera_event(EVENT_REACHED, action->camera));
        else if (action->kind == ACTION_CLAIM)
            put(inbox, arbiter_answer(board, server, action));
    }
}

static void note_moves(struct board *board)
{
    for (uint32_t i = 0; i < board->output.transition_count; i++)
        board->moved |= board->output.transitions[i].verdict != VERDICT_IGNORE;
}

static void give(struct board *board, uint32_t server, struct engine_event event)
{
    struct inbox inbox;
    inbox.count = 0;
    put(&inbox, event);
    board_touch_engine(board, server);
    for (uint32_t next = 0; next < inbox.count; next++) {
        inbox.events[next].at_ms = event.at_ms;
        engine_step(board->engines[server], &inbox.events[next], &board->output);
        note_moves(board);
        board_judge_step(board, server, &inbox.events[next]);
        for (uint32_t i = 0; i < board->output.action_count; i++)
            perform(board, server, &inbox.events[next], &board->output.actions[i]);
        put_answers(board, server, &inbox);
    }
}

/* Every position is abstract, so that the present is 0 for every server. */
static void step(struct board *board, uint32_t server, struct engine_event event)
{
    uint32_t other;
    struct engine_event told;
    give(board, server, event);
    while (arbiter_next(board, &other, &told)) {
        told.at_ms = other == server ? event.at_ms : 0;
        give(board, other, told);
    }
}

/* The same where something has changed that concerns no server before the others. */
static void tell_all(struct board *board)
{
    uint32_t server;
    struct engine_event told;
    while (arbiter_next(board, &server, &told))
        give(board, server, told);
}

static void step_peer(struct board *board, uint32_t server, uint32_t peer,
                      enum engine_event_kind kind)
{
    struct engine_event event = plain_event(kind);
    event.server = peer;
    step(board, server, event);
}

/* Whether a server has a volume left (R35, R36). */
static void tell_storage(struct board *board, uint32_t server)
{
    const bool there = board_has_volume(board, server);
    step(board, server, plain_event(there ? EVENT_STORAGE_BACK : EVENT_STORAGE_LOST));
}

/* ---- moves ---- */

/* One end notices; the other may see the old connection for a while. */
static void lose(struct board *board, uint32_t link, uint32_t server, uint32_t peer)
{
    board_empty_box(board, board_box_to(board, link, server));
    board_empty_box(board, board_box_to(board, link, peer));
    *board_stale_at(board, link, server) = 0;
    *board_stale_at(board, link, peer) = board_sees(board, peer, server);
    step_peer(board, server, peer, EVENT_PEER_LOST);
}

static void end_server(struct board *board, uint32_t server, enum power power)
{
    board->powers[server] = (uint8_t)power;
    memset(board_once(board, server, 0), ONCE_NEVER, board->image->cameras.count);
    for (uint32_t l = 0; l < board->link_count; l++) {
        const struct board_link *link = &board->links[l];
        if (link->a != server && link->b != server)
            continue;
        const uint32_t other = link->a == server ? link->b : link->a;
        board_empty_box(board, board_box_to(board, l, server));
        *board_stale_at(board, l, server) = 0;
        if (power == POWER_FAILED || !board_sees(board, other, server))
            board_empty_box(board, board_box_to(board, l, other));
    }
}

/* What a main said of this standby's recordings was true when it was said. */
static void outlive_words(struct board *board, uint32_t server)
{
    for (uint32_t b = 0; b < board->link_count * 2; b++) {
        struct board_box *box = &board->boxes[b];
        const struct board_link *link = &board->links[b / 2];
        const uint32_t to = b % 2 == 0 ? link->a : link->b;
        for (uint32_t m = 0; m < box->count; m++) {
            const struct image_failover *about =
                &image_failovers(board->image)[box->messages[m].failover];
            if (box->messages[m].kind != MESSAGE_ON_DISK || about->standby != to ||
                !board_watches(board, server, about->monitor))
                continue;
            board_touch_box(board, box);
            box->outlived |= 1u << m;
        }
    }
}

static void start_server(struct board *board, uint32_t server)
{
    for (uint32_t l = 0; l < board->link_count; l++) {
        const struct board_link *link = &board->links[l];
        const uint32_t other = link->a == server ? link->b : link->a;
        if ((link->a == server || link->b == server) && board_sees(board, other, server))
            lose(board, l, other, server);
    }
    board->powers[server] = POWER_ON;
    outlive_words(board, server);
    arbiter_forget(board, server);
    step(board, server, plain_event(EVENT_BOOT));
    if (!board_has_volume(board, server))
        tell_storage(board, server);
}

static void hear(struct board *board, uint32_t to, uint32_t from)
{
    struct board_box *box = board_box_to(board, board_find_link(board, to, from), to);
    struct engine_event event = plain_event(EVENT_MESSAGE);
    event.server = from;
    event.message = box->messages[0];
    board->outlived = (box->outlived & 1u) != 0;
    board_touch_box(board, box);
    box->count--;
    box->outlived >>= 1;
    memmove(box->messages, box->messages + 1, box->count * sizeof box->messages[0]);
    memset(&box->messages[box->count], 0, sizeof box->messages[0]);
    step(board, to, event);
}

/* The recorder of a camera says whether it reaches the disk. */
static void report(struct board *board, uint32_t server, uint32_t camera, bool on_disk)
{
    struct engine_event event = camera_event(on_disk ? EVENT_ON_DISK : EVENT_MUTE, camera);
    event.epoch = engine_camera_epoch(board->engines[server], camera);
    uint8_t *once = board_once(board, server, camera);
    if (on_disk)
        *once = ONCE_ON_DISK;
    else if (*once == ONCE_ON_DISK)
        *once = ONCE_MUTE;
    step(board, server, event);
}

static void wake(struct board *board, uint32_t server)
{
    struct engine_event event = plain_event(EVENT_TIME);
    event.at_ms = engine_deadline(board->engines[server]);
    step(board, server, event);
}

static void force(struct board *board, uint32_t failover, enum engine_event_kind kind)
{
    struct engine_event event = plain_event(kind);
    event.failover = failover;
    step(board, image_failovers(board->image)[failover].standby, event);
}

/* Everybody notices at once. */
static void change_store(struct board *board, uint32_t store, bool lost)
{
    bool had[BOARD_SERVERS_MAX];
    for (uint32_t s = 0; s < board->image->servers.count; s++)
        had[s] = board_has_volume(board, s);
    *board_lost(board, store) = lost;
    for (uint32_t s = 0; s < board->image->servers.count; s++)
        if (board_is_on(board, s) && board_has_volume(board, s) != had[s])
            tell_storage(board, s);
    tell_all(board);
}

/* What an operator undoes is no fault of its own. */
bool board_is_fault(const struct board *board, struct board_move move)
{
    if (move.kind == ACT_FORCE_STOP) {
        const uint32_t standby = image_failovers(board->image)[move.a].standby;
        const uint8_t state = engine_failover_state(board->engines[standby], move.a);
        return state != FAILOVER_FORCED && state != FAILOVER_KEEPING;
    }
    return move.kind == ACT_FAIL || move.kind == ACT_LOG_OFF || move.kind == ACT_CUT ||
           move.kind == ACT_FORCE_START || move.kind == ACT_DISABLE || move.kind == ACT_LOSE;
}

static void perform_act(struct board *board, struct board_move move)
{
    switch ((enum outage_act_kind)move.kind) {
    case ACT_FAIL:
        end_server(board, move.a, POWER_FAILED);
        break;
    case ACT_RESTORE:
    case ACT_LOG_ON:
        start_server(board, move.a);
        break;
    case ACT_LOG_OFF:
        step(board, move.a, plain_event(EVENT_LOG_OFF));
        end_server(board, move.a, POWER_OFF);
        break;
    case ACT_CUT:
    case ACT_HEAL:
        board->cuts[board_find_link(board, move.a, move.b)] = move.kind == ACT_CUT;
        break;
    case ACT_FORCE_START:
        force(board, move.a, EVENT_FORCE_START);
        break;
    case ACT_FORCE_STOP:
        force(board, move.a, EVENT_FORCE_STOP);
        break;
    case ACT_ISOLATE:
    case ACT_REJOIN:
    case ACT_PAUSE:
    case ACT_WAKE:
    case ACT_FILL:
    case ACT_EMPTY:
    case ACT_STALL:
    case ACT_RESUME:
    case ACT_JUMP: /* no move of the board */
        break;
    case ACT_LOSE:
    case ACT_REGAIN:
        change_store(board, move.a, move.kind == ACT_LOSE);
        break;
    case ACT_DISABLE:
        force(board, move.a, EVENT_DISABLE);
        break;
    case ACT_ENABLE:
        force(board, move.a, EVENT_ENABLE);
        break;
    case ACT_COUNT:
        assert(!"an act of no kind");
        break;
    }
}

static void perform_step(struct board *board, struct board_move move)
{
    if (move.kind == STEP_LOST)
        lose(board, board_find_link(board, move.a, move.b), move.a, move.b);
    else if (move.kind == STEP_FOUND)
        step_peer(board, move.a, move.b, EVENT_PEER_UP);
    else if (move.kind == STEP_MESSAGE)
        hear(board, move.a, move.b);
    else if (move.kind == STEP_ON_DISK || move.kind == STEP_MUTE)
        report(board, move.a, move.b, move.kind == STEP_ON_DISK);
    else if (move.kind == STEP_TIME)
        wake(board, move.a);
    else {
        arbiter_lapse(board, move.a);
        tell_all(board);
    }
}

/* An order that the machine ignores leaves everything as it was. */
static bool has_moved(const struct board *board, struct board_move move)
{
    return board->moved || (move.kind != ACT_FORCE_START && move.kind != ACT_FORCE_STOP &&
                            move.kind != ACT_DISABLE);
}

bool board_make(struct board *board, struct board_move move)
{
    board->broken = 0;
    board->overflow = false;
    board->moved = false;
    board->outlived = false;
    const bool fault = board_is_fault(board, move);
    if (move.kind < ACT_COUNT)
        perform_act(board, move);
    else
        perform_step(board, move);
    if (!has_moved(board, move))
        return false;
    board->faults[0] = (uint8_t)(board->faults[0] + fault);
    board_abstract(board);
    return true;
}

void board_come_to_rest(struct board *board)
{
    struct board_moves moves = {0};
    uint32_t broken = 0;
    for (uint32_t s = 0; s < board->image->servers.count; s++)
        start_server(board, s);
    board_abstract(board);
    board_list(board, 0, &moves);
    for (uint32_t i = 0; i < REST_STEPS_MAX && moves.step_count > 0; i++) {
        broken |= board->broken;
        board_make(board, moves.items[0]);
        board_list(board, 0, &moves);
    }
    board->broken |= broken;
    memset(board->leaves, 0, board->image->managers.count);
    free(moves.items);
}
