/* The arbiters of a board: what they keep of each main (R30), as if answers took no time.
 *
 * A server that runs reaches them unless they are lost, and renews what it holds; the claim of one
 * that does not run, or has no volume and records nothing, lapses sooner or later, which is a step
 * of the site. While they are lost nothing lapses.
 */
#include <assert.h>

#include "runtime/sim/explore_board.h"

static bool has_arbiter(const struct board *board, uint32_t main)
{
    return image_servers(board->image)[main].arbiter != IMAGE_NONE;
}

bool arbiter_is_lost(const struct board *board, uint32_t main)
{
    const uint32_t arbiter = image_servers(board->image)[main].arbiter;
    return arbiter != IMAGE_NONE &&
           *board_lost(board, arbiter == IMAGE_COORDINATOR ? BOARD_COORDINATOR : arbiter) != 0;
}

/* Who holds the claim of a main, or IMAGE_NONE. */
static uint32_t holder_of(const struct board *board, uint32_t main)
{
    return board->claim_holders[main] == 0 ? IMAGE_NONE : board->claim_holders[main] - 1u;
}

static void set_claim(struct board *board, uint32_t main, uint32_t holder, uint64_t epoch)
{
    board->overflow |= epoch >= BOARD_EPOCHS;
    board->claim_holders[main] = (uint8_t)(holder == IMAGE_NONE ? 0 : holder + 1);
    board->claim_epochs[main] = (uint8_t)(epoch < BOARD_EPOCHS ? epoch : BOARD_EPOCHS - 1);
}

void arbiter_visit_epochs(struct board *board,
                          void (*visit)(void *context, uint32_t main, uint64_t *epoch),
                          void *context)
{
    for (uint32_t m = 0; m < board->image->servers.count; m++) {
        uint64_t epoch = board->claim_epochs[m];
        visit(context, m, &epoch);
        board->claim_epochs[m] = (uint8_t)epoch;
    }
}

/* ---- asking ---- */

/* The failover under which a standby holds a main; IMAGE_NONE: it is the main itself. */
static uint32_t failover_between(const struct board *board, uint32_t standby, uint32_t main)
{
    const struct image_list watchers = image_servers(board->image)[main].watchers;
    for (uint32_t w = 0; w < watchers.count; w++) {
        const uint32_t failover = image_numbers(board->image)[watchers.first + w];
        if (image_failovers(board->image)[failover].standby == standby)
            return failover;
    }
    return IMAGE_NONE;
}

static bool has_slot(const struct board *board, uint32_t failover)
{
    const struct image *image = board->image;
    if (failover == IMAGE_NONE || image_failover_counter(image, failover) == IMAGE_NONE)
        return true;
    const uint32_t manager = image_failovers(image)[failover].manager;
    uint32_t held = 0;
    for (uint32_t m = 0; m < image->servers.count; m++) {
        const uint32_t holder = holder_of(board, m);
        const uint32_t under =
            holder == IMAGE_NONE ? IMAGE_NONE : failover_between(board, holder, m);
        held += under != IMAGE_NONE && m != image_failovers(image)[failover].monitor &&
                image_failovers(image)[under].manager == manager;
    }
    return held < image_managers(image)[manager].max_running;
}

struct engine_event arbiter_answer(struct board *board, uint32_t server,
                                   const struct engine_action *action)
{
    const uint32_t main = action->server;
    const uint32_t holder = holder_of(board, main);
    struct engine_event answer = {.kind = EVENT_CLAIM_GRANTED,
                                  .server = main,
                                  .camera = IMAGE_NONE,
                                  .failover = IMAGE_NONE,
                                  .epoch = action->epoch};
    if (arbiter_is_lost(board, main)) {
        answer.kind = EVENT_ARBITER_LOST;
    } else if ((holder != IMAGE_NONE && holder != server) ||
               action->epoch < board->claim_epochs[main]) {
        answer.kind = EVENT_CLAIM_DENIED;
        answer.epoch = board->claim_epochs[main];
    } else if (!has_slot(board, action->failover)) {
        answer.kind = EVENT_CLAIM_FULL;
        answer.epoch = board->claim_epochs[main];
    } else {
        set_claim(board, main, server, action->epoch);
    }
    return answer;
}

/* ---- what servers hold ---- */

static void enter(struct board *board, uint32_t main, uint32_t server)
{
    if (holder_of(board, main) != IMAGE_NONE || !board_is_on(board, server))
        return;
    const struct engine_claim held = engine_claim(board->engines[server], main);
    if (held.grows && held.epoch >= board->claim_epochs[main])
        set_claim(board, main, server, held.epoch);
}

static void look(struct board *board, uint32_t main)
{
    const struct image_list watchers = image_servers(board->image)[main].watchers;
    const uint32_t holder = holder_of(board, main);
    if (holder != IMAGE_NONE && board_is_on(board, holder)) {
        const struct engine_claim held = engine_claim(board->engines[holder], main);
        if (held.epoch == 0)
            set_claim(board, main, IMAGE_NONE, board->claim_epochs[main]);
        else if (held.epoch > board->claim_epochs[main])
            set_claim(board, main, holder, held.epoch);
    }
    enter(board, main, main);
    for (uint32_t w = 0; w < watchers.count; w++)
        enter(
            board, main,
            image_failovers(board->image)[image_numbers(board->image)[watchers.first + w]].standby);
}

bool arbiter_lapses(const struct board *board, uint32_t main)
{
    const uint32_t holder = holder_of(board, main);
    if (holder == IMAGE_NONE || arbiter_is_lost(board, main))
        return false;
    return !board_is_on(board, holder) ||
           (!board_has_volume(board, holder) && !engine_claim(board->engines[holder], main).grows);
}

void arbiter_lapse(struct board *board, uint32_t main)
{
    assert(arbiter_lapses(board, main));
    set_claim(board, main, IMAGE_NONE, board->claim_epochs[main]);
}

bool arbiter_is_claimed_elsewhere(const struct board *board, uint32_t failover)
{
    const struct image_failover *entry = &image_failovers(board->image)[failover];
    const uint32_t holder = holder_of(board, entry->monitor);
    return holder != IMAGE_NONE && holder != entry->standby;
}

/* ---- what they are told ---- */

static bool next_level(const struct board *board, uint32_t server, uint32_t main,
                       struct engine_event *event)
{
    const bool lost = arbiter_is_lost(board, main);
    if (!has_arbiter(board, main) || !board_is_on(board, server) ||
        engine_arbiter_lost(board->engines[server], main) == lost)
        return false;
    *event = (struct engine_event){.kind = lost ? EVENT_ARBITER_LOST : EVENT_ARBITER_BACK,
                                   .server = main,
                                   .camera = IMAGE_NONE,
                                   .failover = IMAGE_NONE};
    return true;
}

static bool next_view(struct board *board, uint32_t failover, struct engine_event *event)
{
    const struct image_failover *entry = &image_failovers(board->image)[failover];
    const bool lost = arbiter_is_lost(board, entry->monitor);
    const bool alive = !lost && arbiter_is_claimed_elsewhere(board, failover);
    if (!has_arbiter(board, entry->monitor) || !board_is_on(board, entry->standby) ||
        alive == (board->claim_sights[failover] != 0))
        return false;
    board->claim_sights[failover] = alive;
    *event = (struct engine_event){.kind = alive  ? EVENT_VIEW_ALIVE
                                           : lost ? EVENT_VIEW_NONE
                                                  : EVENT_VIEW_SILENT,
                                   .server = IMAGE_COORDINATOR,
                                   .camera = IMAGE_NONE,
                                   .failover = failover};
    return true;
}

bool arbiter_next(struct board *board, uint32_t *server, struct engine_event *event)
{
    const struct image *image = board->image;
    for (uint32_t m = 0; m < image->servers.count; m++)
        if (has_arbiter(board, m) && !arbiter_is_lost(board, m))
            look(board, m);
    for (*server = 0; *server < image->servers.count; (*server)++)
        if (next_level(board, *server, *server, event))
            return true;
    for (uint32_t f = 0; f < image->failovers.count; f++) {
        const struct image_failover *failover = &image_failovers(image)[f];
        *server = failover->standby;
        if (next_level(board, *server, failover->monitor, event) || next_view(board, f, event))
            return true;
    }
    return false;
}

void arbiter_forget(struct board *board, uint32_t server)
{
    const struct image_list under = image_servers(board->image)[server].failovers;
    for (uint32_t f = under.first; f < under.first + under.count; f++)
        board->claim_sights[f] = 0;
}
