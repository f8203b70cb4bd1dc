#include "runtime/node/pool.h"

#include <stdlib.h>

/* How many processes are started in one heartbeat for what is not to be recorded yet. */
#define STARTS_MAX 8

struct group *pool_add(struct pool *pool)
{
    struct group **groups = realloc(pool->groups, (pool->count + 1) * sizeof *pool->groups);
    if (groups == NULL)
        return NULL;
    pool->groups = groups;
    struct group *group = calloc(1, sizeof *group);
    if (group == NULL)
        return NULL;
    groups[pool->count++] = group;
    for (uint32_t i = 0; i < GROUP_CAMERAS; i++) {
        group->tasks[i].group = pool->count - 1;
        group->tasks[i].camera = IMAGE_NONE;
    }
    group_open(group, pool->loop, pool->program);
    return group;
}

void pool_provide(struct pool *pool, struct group *group, bool records)
{
    for (uint32_t i = 0; i < pool->count && group->worker == NULL; i++)
        group_take_worker(group, pool->groups[i]);
    if (group->worker != NULL || (!records && pool->starts == 0))
        return;
    pool->starts -= pool->starts > 0;
    group_start(group);
}

void pool_tick(struct pool *pool, bool stalled)
{
    pool->starts = STARTS_MAX;
    for (uint32_t i = 0; i < pool->count; i++) {
        struct group *group = pool->groups[i];
        const bool had = group->worker != NULL;
        if (!had && pool->starts == 0 && !group_records(group))
            continue;
        group_tick(group, stalled);
        pool->starts -= !had && group->worker != NULL && pool->starts > 0;
    }
}

void pool_let_wait(struct pool *pool)
{
    uint32_t waiting = 0;
    for (uint32_t i = 0; i < pool->count; i++) {
        struct group *group = pool->groups[i];
        if (group_is_busy(group))
            continue;
        const bool waits = waiting < POOL_WAITING_MAX;
        waiting += waits;
        if (waits != group->waits || (!waits && group->worker != NULL))
            group_wait(group, waits);
    }
}

void pool_free(struct pool *pool)
{
    for (uint32_t i = 0; i < pool->count; i++)
        free(pool->groups[i]);
    free(pool->groups);
}
