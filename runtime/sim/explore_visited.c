#include "runtime/sim/explore_visited.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/sim/array.h"

#define FIRST_SLOTS ((size_t)1 << 12)

/* Most slots that are passed over are told apart without a look at their nodes. */
static uint64_t slot_of(const uint64_t fingerprint[static 2], size_t node)
{
    return fingerprint[1] >> 32 << 32 | (node + 1);
}

static bool is_it(const struct visited *visited, uint64_t slot,
                  const uint64_t fingerprint[static 2])
{
    const struct visited_node *node = &visited->nodes[(uint32_t)slot - 1];
    return slot >> 32 == fingerprint[1] >> 32 &&
           memcmp(node->fingerprint, fingerprint, sizeof node->fingerprint) == 0;
}

static size_t find_slot(const struct visited *visited, const uint64_t fingerprint[static 2])
{
    size_t at = fingerprint[0] & (visited->slot_count - 1);
    while (visited->slots[at] != 0 && !is_it(visited, visited->slots[at], fingerprint))
        at = (at + 1) & (visited->slot_count - 1);
    return at;
}

static void grow(struct visited *visited)
{
    if (visited->count * 2 < visited->slot_count)
        return;
    free(visited->slots);
    visited->slot_count = visited->slot_count > 0 ? visited->slot_count * 2 : FIRST_SLOTS;
    visited->slots = array_new(visited->slot_count, sizeof *visited->slots);
    for (size_t i = 0; i < visited->count; i++) {
        const uint64_t *fingerprint = visited->nodes[i].fingerprint;
        visited->slots[find_slot(visited, fingerprint)] = slot_of(fingerprint, i);
    }
}

uint32_t visited_add(struct visited *visited, const uint64_t fingerprint[static 2], uint32_t parent,
                     struct board_move move)
{
    const struct visited_node node = {
        .fingerprint = {fingerprint[0], fingerprint[1]}, .parent = parent, .move = move};
    grow(visited);
    const size_t at = find_slot(visited, node.fingerprint);
    if (visited->slots[at] != 0)
        return VISITED_NONE;
    visited->nodes =
        array_grow(visited->nodes, visited->count, &visited->max, sizeof *visited->nodes);
    visited->slots[at] = slot_of(node.fingerprint, visited->count);
    visited->nodes[visited->count++] = node;
    return (uint32_t)visited->count - 1;
}

void visited_free(struct visited *visited)
{
    free(visited->nodes);
    free(visited->slots);
    *visited = (struct visited){0};
}
