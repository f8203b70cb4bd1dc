/* The volumes of a board: which are lost, and who has one left (R35). */
#include <assert.h>

#include "runtime/sim/explore_board.h"

uint8_t *board_lost(const struct board *board, uint32_t store)
{
    const uint32_t volumes = board->image->volumes.count;
    assert(store < volumes || store == BOARD_COORDINATOR);
    return &board->lost[store == BOARD_COORDINATOR ? volumes : store];
}

/* Its archive, then its fallback. */
static struct image_list volumes_of(const struct board *board, uint32_t server)
{
    return image_servers(board->image)[server].volumes;
}

bool board_has_volume(const struct board *board, uint32_t server)
{
    const struct image_list own = volumes_of(board, server);
    for (uint32_t i = 0; i < own.count; i++)
        if (*board_lost(board, image_numbers(board->image)[own.first + i]) == 0)
            return true;
    return own.count == 0;
}

bool board_is_volume_used(const struct board *board, uint32_t volume)
{
    for (uint32_t s = 0; s < board->image->servers.count; s++) {
        const struct image_list own = volumes_of(board, s);
        for (uint32_t i = 0; i < own.count; i++)
            if (image_numbers(board->image)[own.first + i] == volume)
                return true;
    }
    return false;
}
