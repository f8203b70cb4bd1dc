/* The links of a board: what is on its way, and which end knows what. */
#include <assert.h>
#include <string.h>

#include "runtime/sim/explore_board.h"

uint32_t board_find_link(const struct board *board, uint32_t a, uint32_t b)
{
    const uint32_t low = a < b ? a : b;
    const uint32_t high = a < b ? b : a;
    uint32_t link = 0;
    while (board->links[link].a != low || board->links[link].b != high) {
        link++;
        assert(link < board->link_count);
    }
    return link;
}

struct board_box *board_box_to(const struct board *board, uint32_t link, uint32_t to)
{
    return &board->boxes[link * 2 + (to == board->links[link].b)];
}

const struct engine_message *board_message(const struct board *board, uint32_t to, uint32_t from)
{
    return &board_box_to(board, board_find_link(board, to, from), to)->messages[0];
}

bool board_is_under_way(const struct board *board, uint32_t to, uint32_t from)
{
    return board_box_to(board, board_find_link(board, to, from), to)->count > 0;
}

void board_empty_box(struct board *board, struct board_box *box)
{
    if (box->count == 0)
        return;
    board_touch_box(board, box);
    memset(box->messages, 0, box->count * sizeof *box->messages);
    box->count = 0;
    box->outlived = 0;
}

bool board_sees(const struct board *board, uint32_t a, uint32_t b)
{
    return board_is_on(board, a) && engine_peer_up(board->engines[a], b);
}

/* Whether this end of a link still sees a connection that the other end has lost. */
uint8_t *board_stale_at(const struct board *board, uint32_t link, uint32_t server)
{
    return &board->stale[link * 2 + (server == board->links[link].b)];
}

bool board_is_path(const struct board *board, uint32_t link)
{
    return !board->cuts[link] && board_is_on(board, board->links[link].a) &&
           board_is_on(board, board->links[link].b);
}

/* What a server said as it logged off arrives before its loss is noticed. */
bool board_speaks_still(const struct board *board, uint32_t link)
{
    return !board->cuts[link] && (board_box_to(board, link, board->links[link].a)->count > 0 ||
                                  board_box_to(board, link, board->links[link].b)->count > 0);
}

bool board_can_hear(const struct board *board, uint32_t link, uint32_t to, uint32_t from)
{
    return board_box_to(board, link, to)->count > 0 && board_sees(board, to, from) &&
           *board_stale_at(board, link, to) == 0 && !board->cuts[link] &&
           board->powers[from] != POWER_FAILED;
}
