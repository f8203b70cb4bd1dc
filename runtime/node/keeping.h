/* The recorder process that looks after this server's volumes (R35): old footage goes where it has
 * been kept long enough or the volume is full, and what went to the fallback is moved back. It is a
 * process of its own, so that a volume that hangs holds up no camera. Its news stands in the log.
 */
#ifndef RUNTIME_NODE_KEEPING_H
#define RUNTIME_NODE_KEEPING_H

#include "recorder/recorder.h"
#include "runtime/image.h"
#include "runtime/node/worker.h"

/* What a status shows of a volume. */
struct keeping_view {
    int64_t heard_ms;               /* when it was looked at, monotonic; 0: not yet */
    uint64_t own_bytes;             /* of this server's footage */
    uint64_t free_bytes;            /* of the file system */
    char cause[RECORDER_CAUSE_MAX]; /* what is wrong with it, or "" */
};

struct keeping {
    uv_loop_t *loop;
    const struct image *image;
    const struct worker_program *program;
    uint32_t server; /* this one */
    uint32_t told;   /* how many orders it has been given */
    bool ready;
    bool closing;
    int64_t next_start_ms;
    struct worker *worker; /* NULL: none is running */
    struct keeping_view views[RECORDER_VOLUMES_MAX];
};

/* Starts the process. Everything must stay. One that cannot be started, or ends, is started again
 * at keeping_tick. */
void keeping_open(struct keeping *keeping, uv_loop_t *loop, const struct image *image,
                  uint32_t server, const struct worker_program *program);
/* To be called each heartbeat. */
void keeping_tick(struct keeping *keeping);
/* Lets the process end by itself, or at once. */
void keeping_close(struct keeping *keeping);
void keeping_kill(struct keeping *keeping);

#endif
