/* A site with every field of the language, tests/golden/emitted/site.lua, as far as its image. What
 * this version refuses is in it all the same: check is left out. */
#ifndef TESTS_COMPILER_SITE_H
#define TESTS_COMPILER_SITE_H

#include <stdbool.h>

#include "compiler/arena.h"
#include "compiler/emit.h"
#include "dsl/dsl.h"

#define SITE_FOLDER "tests/golden/emitted/"

struct site {
    struct arena *arena;
    struct model model;
    struct resolved resolved;
    struct plan plan;
    const struct image *image;
};

/* False: the file is not there, or not sound. Free with site_free. */
static inline bool site_load(struct site *site)
{
    *site = (struct site){.arena = arena_new()};
    site->model.arena = site->arena;
    struct diag *diag = diag_new(site->arena);
    if (!dsl_read_topology(SITE_FOLDER "site.lua", &site->model, diag) ||
        !resolve_topology(&site->model, &site->resolved, diag) || diag_error_count(diag) > 0)
        return false;
    plan_topology(&site->resolved, &site->plan);
    site->image = emit_image(&site->resolved, &site->plan);
    return true;
}

static inline void site_free(struct site *site)
{
    arena_free(site->arena);
}

#endif
