#include "runtime/sim/explore_visited.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/sim/array.h"

#define FIRST_SLOTS ((size_t)1 << 12)

static size_t find_slot(const struct visited *visited, const uint64_t fingerprint[static 2])
{
    size_t slot = fingerprint[0] & (visited->slot_count - 1);
    while (visited->slots[slot] != 0 &&
           memcmp(visited->nodes[visited->slots[slot] - 1].fingerprint, fingerprint,
                  sizeof visited->nodes->fingerprint) != 0)
        slot = (slot + 1) & (visited->slot_count - 1);
    return slot;
}

static void grow(struct visited *visited)
{
    if (visited->count * 2 < visited->slot_count)
        return;
    free(visited->slots);
    visited->slot_count = visited->slot_count > 0 ? visited->slot_count * 2 : FIRST_SLOTS;
    visited->slots = array_new(visited->slot_count, sizeof *visited->slots);
    for (size_t i = 0; i < visited->count; i++)
        visited->slots[find_slot(visited, visited->nodes[i].fingerprint)] = (uint32_t)i + 1;
}

uint32_t visited_add(struct visited *visited, const uint64_t fingerprint[static 2], uint32_t parent,
                     struct board_move move)
{
    const struct visited_node node = {
        .fingerprint = {fingerprint[0], fingerprint[1]}, .parent = parent, .move = move};
    grow(visited);
    const size_t slot = find_slot(visited, node.fingerprint);
    if (visited->slots[slot] != 0)
        return VISITED_NONE;
    visited->nodes =
        array_grow(visited->nodes, visited->count, &visited->max, sizeof *visited->nodes);
    visited->nodes[visited->count++] = node;
    visited->slots[slot] = (uint32_t)visited->count;
    return (uint32_t)visited->count - 1;
}

void visited_free(struct visited *visited)
{
    free(visited->nodes);
    free(visited->slots);
    *visited = (struct visited){0};
}
