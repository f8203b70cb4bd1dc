/* Each thing is described as a list of facts, the same ones in both topologies; two lists are
 * compared line by line. */
#include "compiler/difference.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/fact.h"

struct comparison {
    struct fact_side sides[2]; /* old, new */
    struct arena *arena;       /* of the result */
    struct arena *scratch;     /* of one thing's facts */
    struct differences *out;
};

/* ---- carried sets ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char **sorted_cameras(const struct fact_side *side,
                                   const struct resolved_list *cameras, struct arena *arena)
{
    const char **names = arena_alloc(arena, (cameras->count + 1) * sizeof *names);
    for (uint32_t i = 0; i < cameras->count; i++)
        names[i] = side->resolved->cameras[cameras->items[i]].model->name;
    qsort(names, cameras->count, sizeof *names, by_name);
    return names;
}

static void add_camera(struct comparison *comparison, struct difference_names *to, const char *name)
{
    to->names = arena_grow(comparison->arena, to->names, to->count, sizeof *to->names);
    to->names[to->count++] = name;
}

/* Both lists are sorted, so one walk along both finds what is in one only. */
static void compare_sets(struct comparison *comparison, const struct fact facts[2],
                         struct difference_field *field)
{
    const char **names[2];
    uint32_t counts[2];
    for (int i = 0; i < 2; i++) {
        names[i] = sorted_cameras(&comparison->sides[i], facts[i].cameras, comparison->scratch);
        counts[i] = facts[i].cameras->count;
    }
    for (uint32_t i = 0, k = 0; i < counts[0] || k < counts[1];) {
        int order = i == counts[0] ? 1 : k == counts[1] ? -1 : strcmp(names[0][i], names[1][k]);
        if (order < 0)
            add_camera(comparison, &field->lost, names[0][i]);
        else if (order > 0)
            add_camera(comparison, &field->gained, names[1][k]);
        i += order <= 0;
        k += order >= 0;
    }
}

/* ---- things ---- */

static const char *keep(struct comparison *comparison, const char *text)
{
    return text == NULL ? NULL : arena_text(comparison->arena, text);
}

static bool is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void add_field(struct comparison *comparison, struct difference *difference,
                      const struct difference_field *field)
{
    difference->fields = arena_grow(comparison->arena, difference->fields, difference->field_count,
                                    sizeof *difference->fields);
    struct difference_field *kept = &difference->fields[difference->field_count++];
    *kept = *field;
    kept->from = keep(comparison, field->from);
    kept->to = keep(comparison, field->to);
}

static void add_difference(struct comparison *comparison, const struct difference *difference)
{
    struct differences *out = comparison->out;
    out->items = arena_grow(comparison->arena, out->items, out->count, sizeof *out->items);
    out->items[out->count] = *difference;
    out->items[out->count++].name = keep(comparison, difference->name);
}

/* A thing that only one side has, with all that is known of it. */
static void add_whole(struct comparison *comparison, const struct fact_kind *kind, int side,
                      uint32_t index)
{
    struct facts facts = {.count = 0};
    struct difference difference = {
        .what = side == 0 ? DIFFERENCE_REMOVED : DIFFERENCE_ADDED,
        .kind = kind->name,
        .name = kind->name_of(&comparison->sides[side], index, comparison->scratch)};
    kind->describe(&comparison->sides[side], index, comparison->scratch, &facts);
    for (size_t i = 0; i < facts.count; i++) {
        struct difference_field field = {.field = facts.items[i].field};
        *(side == 0 ? &field.from : &field.to) = facts.items[i].text;
        if (facts.items[i].text != NULL)
            add_field(comparison, &difference, &field);
    }
    add_difference(comparison, &difference);
}

static void compare_things(struct comparison *comparison, const struct fact_kind *kind,
                           uint32_t old, uint32_t new)
{
    struct facts facts[2] = {{.count = 0}, {.count = 0}};
    struct difference difference = {
        .what = DIFFERENCE_CHANGED,
        .kind = kind->name,
        .name = kind->name_of(&comparison->sides[1], new, comparison->scratch)};
    kind->describe(&comparison->sides[0], old, comparison->scratch, &facts[0]);
    kind->describe(&comparison->sides[1], new, comparison->scratch, &facts[1]);
    assert(facts[0].count == facts[1].count);
    for (size_t i = 0; i < facts[0].count; i++) {
        const struct fact both[2] = {facts[0].items[i], facts[1].items[i]};
        struct difference_field field = {
            .field = both[0].field, .from = both[0].text, .to = both[1].text};
        if (both[0].cameras != NULL)
            compare_sets(comparison, both, &field);
        if (!is_same(field.from, field.to) || field.gained.count > 0 || field.lost.count > 0)
            add_field(comparison, &difference, &field);
    }
    if (difference.field_count > 0)
        add_difference(comparison, &difference);
}

static void index_names(struct comparison *comparison, const struct fact_kind *kind,
                        struct fact_side *side)
{
    uint32_t count = kind->count(side);
    names_start(&side->names, comparison->arena, count);
    for (uint32_t i = 0; i < count; i++)
        names_add(&side->names, kind->name_of(side, i, comparison->arena));
}

static void compare_kind(struct comparison *comparison, const struct fact_kind *kind)
{
    struct fact_side *old = &comparison->sides[0];
    struct fact_side *new = &comparison->sides[1];
    index_names(comparison, kind, old);
    index_names(comparison, kind, new);
    for (uint32_t i = 0; i < kind->count(new); i++) {
        uint32_t before = names_find(&old->names, new->names.names[i]);
        if (before == IMAGE_NONE)
            add_whole(comparison, kind, 1, i);
        else
            compare_things(comparison, kind, before, i);
        arena_reset(comparison->scratch);
    }
    for (uint32_t i = 0; i < kind->count(old); i++) {
        if (names_find(&new->names, old->names.names[i]) == IMAGE_NONE)
            add_whole(comparison, kind, 0, i);
        arena_reset(comparison->scratch);
    }
}

void difference_find(const struct resolved *old, const struct resolved *new, struct arena *arena,
                     struct differences *out)
{
    struct comparison comparison = {.arena = arena, .scratch = arena_new(), .out = out};
    const struct resolved *both[2] = {old, new};
    *out = (struct differences){.count = 0};
    for (int i = 0; i < 2; i++) {
        struct fact_side *side = &comparison.sides[i];
        side->resolved = both[i];
        plan_topology(both[i], &side->plan);
        side->load_count = check_loads(both[i], &side->loads);
    }
    for (size_t k = 0; k < FACT_KIND_COUNT; k++)
        compare_kind(&comparison, &fact_kinds[k]);
    arena_free(comparison.scratch);
}
