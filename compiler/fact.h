/* Facts: everything that can be told of the things in a topology, in words. The same thing has the
 * same facts in the same order in any topology. */
#ifndef COMPILER_FACT_H
#define COMPILER_FACT_H

#include <stddef.h>
#include <stdint.h>

#include "compiler/arena.h"
#include "compiler/check.h"
#include "compiler/names.h"
#include "compiler/plan.h"
#include "compiler/resolve.h"

#define FACTS_MAX 20

struct fact {
    const char *field;
    const char *text; /* NULL: it does not apply */
    const struct resolved_list *cameras;
};

struct facts {
    struct fact items[FACTS_MAX];
    size_t count;
};

/* One of two topologies, with what is computed from it. */
struct fact_side {
    const struct resolved *resolved;
    struct plan plan;
    struct check_load *loads;
    size_t load_count;
    struct names names; /* of the kind that is being compared */
};

/* One kind of thing. Texts and names come from arena, or belong to the model. */
struct fact_kind {
    const char *name;
    uint32_t (*count)(const struct fact_side *side);
    const char *(*name_of)(const struct fact_side *side, uint32_t index, struct arena *arena);
    void (*describe)(const struct fact_side *side, uint32_t index, struct arena *arena,
                     struct facts *facts);
};

#define FACT_KIND_COUNT 9
extern const struct fact_kind fact_kinds[FACT_KIND_COUNT];

#endif
