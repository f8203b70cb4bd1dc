/* The groups of cameras of a node and their processes. A standby may have to be ready for far more
 * cameras than it ever records: a process runs for each group of which something is wished, and a
 * few wait for the next wish, whatever group it is of.
 */
#ifndef RUNTIME_NODE_POOL_H
#define RUNTIME_NODE_POOL_H

#include "runtime/node/group.h"

/* How many processes wait: for 256 cameras. */
#define POOL_WAITING_MAX 16

struct pool {
    uv_loop_t *loop;
    const struct worker_program *program;
    struct group **groups;
    uint32_t count;
    uint32_t starts; /* of processes that may still be begun before the next heartbeat */
};

/* A new group, without tasks; it belongs to the pool. NULL: memory is out. */
struct group *pool_add(struct pool *pool);

/* A group of which something will be wished gets a process that waits, or else one of its own: at
 * once if it is to record, else within some heartbeats, for hundreds of mains may be missed in one
 * moment, and each start holds the loop up. */
void pool_provide(struct pool *pool, struct group *group, bool records);

/* As many groups wait as may, the first of those of which nothing is wished. */
void pool_let_wait(struct pool *pool);

/* To be called each heartbeat; as group_tick. What is to record is not held up by what is to be
 * started besides. */
void pool_tick(struct pool *pool, bool stalled);

void pool_free(struct pool *pool);

#endif
