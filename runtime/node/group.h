/* The cameras of one recorder process, and that process: started, told what its tasks wish, started
 * again when it ends, ended when it no longer reports. A group of which nothing is wished has a
 * process only if it waits.
 */
#ifndef RUNTIME_NODE_GROUP_H
#define RUNTIME_NODE_GROUP_H

#include "runtime/node/task.h"

#define GROUP_CAMERAS 16 /* in one process: what a crash takes down at once */

struct group {
    uv_loop_t *loop;
    const struct worker_program *program;
    struct worker *worker; /* NULL: none */
    bool waits;            /* it has one though nothing is wished of it */
    bool ready;            /* it has reported for the first time */
    bool closing;          /* it is not started again */
    int64_t started_ms;
    int64_t heard_ms;
    int64_t next_start_ms;
    bool killed;       /* and not ended since */
    uint32_t failures; /* in a row */
    struct task tasks[GROUP_CAMERAS];
    uint32_t count; /* of tasks that were ever used */
};

/* Its tasks are set. loop and program must stay. */
void group_open(struct group *group, uv_loop_t *loop, const struct worker_program *program);

/* Starts its process, if it has none; what cannot be started is tried again at group_tick. */
void group_start(struct group *group);

/* Whether its process has, or will have, something to do. */
bool group_is_busy(const struct group *group);

/* Whether one of its cameras is to be recorded. */
bool group_records(const struct group *group);

/* Takes over the process of another group that only waits. False: it has none that could be given.
 */
bool group_take_worker(struct group *group, struct group *other);

/* Waits, or no longer: then its process ends by itself if nothing is wished of it. */
void group_wait(struct group *group, bool waits);

/* A task that is free, or NULL if it has none. */
struct task *group_room(struct group *group);

/* To be called before a wish of one of its tasks changes: a process without anything to do owes no
 * reports, so its silence counts from its first task. */
void group_begin_wish(struct group *group);

/* Tells the process what its tasks wish and it does not know. */
void group_tell(struct group *group);

/* To be called each heartbeat: starts what has to be started again, ends what no longer reports.
 * stalled: this server itself stood still; silence counts from now. */
void group_tick(struct group *group, bool stalled);

/* Lets the process end by itself, and no other take its place. */
void group_close(struct group *group);

void group_kill(struct group *group);

/* Lets the process end by itself, and another take its place. */
void group_replace(struct group *group);

/* Of the process; 0: none is running. */
int group_pid(const struct group *group);

#endif
