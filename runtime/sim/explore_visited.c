#include "runtime/sim/explore_visited.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/sim/array.h"

#define FIRST_SLOTS ((size_t)1 << 12)

static uint64_t turn(uint64_t value, unsigned by)
{
    return value << by | value >> (64 - by);
}

static uint64_t finish(uint64_t value)
{
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

/* Two lanes that take every word in turn and are mixed with each other at the end. */
static void take_fingerprint(const uint8_t *bytes, size_t size, uint64_t fingerprint[static 2])
{
    uint64_t a = 0x9e3779b97f4a7c15u ^ size;
    uint64_t b = 0xc2b2ae3d27d4eb4fu + size;
    for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
        uint64_t word = 0;
        const size_t rest = size - at;
        memcpy(&word, bytes + at, rest < sizeof word ? rest : sizeof word);
        a = turn(a ^ word * 0x87c37b91114253d5u, 31) * 0x4cf5ad432745937fu + b;
        b = turn(b + word, 27) * 0x9fb21c651e98df25u ^ a >> 33;
    }
    fingerprint[0] = finish(a + turn(b, 17));
    fingerprint[1] = finish(b ^ finish(a));
}

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

uint32_t visited_add(struct visited *visited, const uint8_t *bytes, size_t size, uint32_t parent,
                     struct board_move move)
{
    struct visited_node node = {.parent = parent, .move = move};
    take_fingerprint(bytes, size, node.fingerprint);
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
