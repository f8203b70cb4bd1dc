/* The positions that an exploration has seen: a 128-bit fingerprint of each, and the move by which
 * it was reached first. Two positions with one fingerprint would be taken for one; among a thousand
 * million positions that happens once in 10^20 explorations. */
#ifndef RUNTIME_SIM_EXPLORE_VISITED_H
#define RUNTIME_SIM_EXPLORE_VISITED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/sim/explore_board.h"

#define VISITED_NONE UINT32_MAX

struct visited_node {
    uint64_t fingerprint[2];
    uint32_t parent; /* VISITED_NONE: the start */
    struct board_move move;
};

struct visited {
    struct visited_node *nodes; /* in the order in which they were reached */
    size_t count;
    size_t max;
    uint64_t *slots; /* half of a fingerprint, then node + 1; or 0. A power of two of them, at most
                        half of them taken */
    size_t slot_count;
};

/* Adds a position if it is new: returns its number, or VISITED_NONE if it was there. */
uint32_t visited_add(struct visited *visited, const uint64_t fingerprint[static 2], uint32_t parent,
                     struct board_move move);
void visited_free(struct visited *visited);

#endif
