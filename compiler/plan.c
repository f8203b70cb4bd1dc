#include "compiler/plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/arena.h"

/* What a shape is known by before it is built. */
struct shape_key {
    enum machine_kind kind;
    uint32_t features;
};

#define KEYS_MAX 128 /* 2^5 failovers, 2 mains, 1 camera are the most there can be */

static void add_key(struct shape_key *keys, uint32_t *count, enum machine_kind kind,
                    uint32_t features)
{
    for (uint32_t i = 0; i < *count; i++)
        if (keys[i].kind == kind && keys[i].features == features)
            return;
    assert(*count < KEYS_MAX);
    keys[(*count)++] = (struct shape_key){kind, features};
}

static int by_name(const void *a, const void *b)
{
    char name_a[SPEC_NAME_BYTES];
    char name_b[SPEC_NAME_BYTES];
    spec_shape_name(a, name_a);
    spec_shape_name(b, name_b);
    return strcmp(name_a, name_b);
}

static uint32_t find_shape(const struct plan *plan, enum machine_kind kind, uint32_t features)
{
    for (uint32_t i = 0; i < plan->shape_count; i++)
        if (plan->shapes[i].kind == kind && plan->shapes[i].features == features)
            return i;
    assert(!"a shape that was planned is there");
    return 0;
}

static uint32_t failover_features(const struct resolved *resolved, uint32_t failover)
{
    return resolved->failovers[failover].features & spec_features_of_kind(MACHINE_FAILOVER);
}

static uint32_t server_features(const struct resolved *resolved, uint32_t server)
{
    return resolved->servers[server].features & spec_features_of_kind(MACHINE_MAIN);
}

void plan_topology(const struct resolved *resolved, struct plan *plan)
{
    struct arena *arena = resolved->model->arena;
    struct shape_key keys[KEYS_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < resolved->failover_count; i++)
        add_key(keys, &count, MACHINE_FAILOVER, failover_features(resolved, i));
    for (uint32_t i = 0; i < resolved->server_count; i++)
        add_key(keys, &count, MACHINE_MAIN, server_features(resolved, i));
    add_key(keys, &count, MACHINE_CAMERA, 0);

    plan->shapes = arena_alloc(arena, count * sizeof *plan->shapes);
    plan->shape_count = count;
    for (uint32_t i = 0; i < count; i++)
        spec_shape(&plan->shapes[i], keys[i].kind, keys[i].features);
    qsort(plan->shapes, count, sizeof *plan->shapes, by_name);

    plan->failover_machines =
        arena_alloc(arena, resolved->failover_count * sizeof *plan->failover_machines);
    for (uint32_t i = 0; i < resolved->failover_count; i++)
        plan->failover_machines[i] =
            find_shape(plan, MACHINE_FAILOVER, failover_features(resolved, i));
    plan->server_machines =
        arena_alloc(arena, resolved->server_count * sizeof *plan->server_machines);
    for (uint32_t i = 0; i < resolved->server_count; i++)
        plan->server_machines[i] = find_shape(plan, MACHINE_MAIN, server_features(resolved, i));
    plan->camera_machine = find_shape(plan, MACHINE_CAMERA, 0);
}
