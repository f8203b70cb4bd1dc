/* The difference between two topologies: what the new one adds, removes and changes, in the words
 * of the language, and what follows from it for machines and worst cases. */
#ifndef COMPILER_DIFFERENCE_H
#define COMPILER_DIFFERENCE_H

#include <stddef.h>

#include "compiler/arena.h"
#include "compiler/resolve.h"

enum difference_what { DIFFERENCE_ADDED, DIFFERENCE_REMOVED, DIFFERENCE_CHANGED };

/* Names of cameras, sorted. */
struct difference_names {
    const char **names;
    size_t count;
};

/* One field. from or to is NULL where there is none. */
struct difference_field {
    const char *field;
    const char *from;
    const char *to;
    struct difference_names gained; /* of a carried set, of one that is in both */
    struct difference_names lost;
};

/* One thing of which something differs. `kind` is a word of the language, or "machine" or
 * "worst_case", whose names are those of a shape and of a standby. */
struct difference {
    enum difference_what what;
    const char *kind;
    const char *name;
    struct difference_field *fields;
    size_t field_count;
};

struct differences {
    struct difference
        *items; /* by kind; what is new or changed in the new order, then what is gone */
    size_t count;
};

/* Compares two topologies that were resolved without errors, or unpacked. Things are the same if
 * they have the same kind and name. Memory comes from arena. */
void difference_find(const struct resolved *old, const struct resolved *new, struct arena *arena,
                     struct differences *out);

#endif
