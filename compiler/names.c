#include "compiler/names.h"

#include <assert.h>
#include <string.h>

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

static size_t names_hash(const char *name)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *name != '\0'; name++) {
        hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
    }
    return (size_t)(hash ^ hash >> 32);
}

/* The slot that holds the name, or the empty one where it belongs. */
static uint32_t *names_slot(const struct names *names, const char *name)
{
    size_t at = names_hash(name) & (names->slot_count - 1);
    while (names->slots[at] != 0 && strcmp(names->names[names->slots[at] - 1], name) != 0) {
        at = (at + 1) & (names->slot_count - 1);
    }
    return &names->slots[at];
}

uint32_t names_add(struct names *names, const char *name)
{
    assert(name != NULL && 2 * (size_t)names->count <= names->slot_count);
    uint32_t index = names->count++;
    names->names[index] = name;
    uint32_t *slot = names_slot(names, name);
    if (*slot != 0) {
        return *slot - 1;
    }
    *slot = index + 1;
    return index;
}

uint32_t names_find(const struct names *names, const char *name)
{
    uint32_t slot = *names_slot(names, name);
    return slot == 0 ? IMAGE_NONE : slot - 1;
}

const char *names_suggestion(const struct names *names, struct diag *diag, const char *wanted)
{
    struct diag_nearest nearest = {.wanted = wanted};
    for (uint32_t i = 0; i < names->count && i < NAMES_OFFERED_MAX; i++) {
        diag_offer(&nearest, names->names[i]);
    }
    return diag_suggestion(diag, &nearest);
}
