/* Names: from a name to an index, for one kind of declaration. */
#ifndef COMPILER_NAMES_H
#define COMPILER_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "compiler/diag.h"

struct names_slot {
    uint32_t hash;
    uint32_t index; /* + 1; 0: empty */
};

struct names {
    const char **names; /* by index */
    uint32_t count;
    struct names_slot *slots;
    size_t slot_count;
};

/* Room for count names, from the arena. */
void names_start(struct names *names, struct arena *arena, size_t count);

/* How many names ahead names_expect is told of. */
#define NAMES_AHEAD 8

/* A hint that the name is soon added or looked for: of many names, most time goes by in waiting for
 * memory. */
void names_expect(const struct names *names, const char *name);

/* Adds the next name. Returns its index, or that of the one that has the name already: then nothing
 * was added under it, but the index is used up, so that indices stay those of the declarations. */
uint32_t names_add(struct names *names, const char *name);

/* The index, or IMAGE_NONE. */
uint32_t names_find(const struct names *names, const char *name);

/* A hint for a name that is not there, or NULL. */
const char *names_suggestion(const struct names *names, struct diag *diag, const char *wanted);

#endif
