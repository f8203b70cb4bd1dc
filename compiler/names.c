#include "compiler/names.h"

#include <assert.h>
#include <string.h>
#include <sys/random.h>

#include "runtime/image.h"

#define NAMES_OFFERED_MAX 5000 /* comparing a misspelt name with more would take too long */

void names_start(struct names *names, struct arena *arena, size_t count)
{
    assert(count < UINT32_MAX);
    *names = (struct names){.slot_count = 8};
    while (names->slot_count < 2 * count) {
        names->slot_count *= 2;
    }
    names->names = arena_alloc(arena, (count + 1) * sizeof *names->names);
    names->slots = arena_alloc(arena, names->slot_count * sizeof *names->slots);
}

/* Of this process alone, so that nobody can write names that all fall together. What comes out does
 * not depend on it: names are numbered as they come. */
static uint64_t names_seed(void)
{
    static uint64_t seed;
    while (seed == 0) {
        if (getrandom(&seed, sizeof seed, 0) != sizeof seed) {
            seed = (uint64_t)(uintptr_t)&seed | 1;
        }
    }
    return seed;
}

static uint64_t names_mix(uint64_t hash, uint64_t part, uint64_t seed)
{
    const unsigned __int128 product =
        (unsigned __int128)(hash ^ part) * (UINT64_C(0x9e3779b97f4a7c15) ^ seed);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Eight bytes at a time. */
static uint32_t names_hash(const char *name)
{
    const uint64_t seed = names_seed();
    size_t bytes = strlen(name);
    uint64_t hash = bytes ^ seed << 32;
    uint64_t part;
    for (; bytes >= sizeof part; name += sizeof part, bytes -= sizeof part) {
        memcpy(&part, name, sizeof part);
        hash = names_mix(hash, part, seed) + seed;
    }
    part = 0;
    memcpy(&part, name, bytes);
    hash = names_mix(hash, part, seed);
    return (uint32_t)(hash ^ hash >> 32);
}

/* The slot that holds the name, or the empty one where it belongs. The hash in the slot saves most
 * looks at names, which lie scattered in memory. */
static struct names_slot *names_slot(const struct names *names, const char *name, uint32_t hash)
{
    size_t at = hash & (names->slot_count - 1);
    for (;; at = (at + 1) & (names->slot_count - 1)) {
        struct names_slot *slot = &names->slots[at];
        if (slot->index == 0 ||
            (slot->hash == hash && strcmp(names->names[slot->index - 1], name) == 0)) {
            return slot;
        }
    }
}

void names_expect(const struct names *names, const char *name)
{
    __builtin_prefetch(&names->slots[names_hash(name) & (names->slot_count - 1)]);
}

uint32_t names_add(struct names *names, const char *name)
{
    assert(name != NULL && 2 * (size_t)names->count <= names->slot_count);
    uint32_t index = names->count++;
    uint32_t hash = names_hash(name);
    names->names[index] = name;
    struct names_slot *slot = names_slot(names, name, hash);
    if (slot->index != 0) {
        return slot->index - 1;
    }
    *slot = (struct names_slot){hash, index + 1};
    return index;
}

uint32_t names_find(const struct names *names, const char *name)
{
    const struct names_slot *slot = names_slot(names, name, names_hash(name));
    return slot->index == 0 ? IMAGE_NONE : slot->index - 1;
}

const char *names_suggestion(const struct names *names, struct diag *diag, const char *wanted)
{
    struct diag_nearest nearest = {.wanted = wanted};
    for (uint32_t i = 0; i < names->count && i < NAMES_OFFERED_MAX; i++) {
        diag_offer(&nearest, names->names[i]);
    }
    return diag_suggestion(diag, &nearest);
}
