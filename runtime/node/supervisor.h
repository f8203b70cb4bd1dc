/* The recorder processes of a node: those that record (pool.h), one that looks after the volumes
 * (keeping.h), and those that copy footage back (filling.h, taking.h).
 *
 * The node sees cameras here; which process a camera is with and what that knows of it (task.h) is
 * hidden. Raises EVENT_ON_DISK and EVENT_MUTE.
 */
#ifndef RUNTIME_NODE_SUPERVISOR_H
#define RUNTIME_NODE_SUPERVISOR_H

#include <uv.h>

#include "runtime/node/filling.h"
#include "runtime/node/inbox.h"
#include "runtime/node/keeping.h"
#include "runtime/node/taking.h"
#include "runtime/node/worker.h"

struct supervisor;

/* Starts the workers for these cameras (ascending). Everything but the array and the program, whose
 * texts stay, must stay. A worker that cannot be started is tried again and again; NULL only
 * without memory. */
struct supervisor *supervisor_open(uv_loop_t *loop, const struct image *image, uint32_t server,
                                   const uint32_t *cameras, uint32_t camera_count,
                                   const struct worker_program *program, struct inbox *inbox,
                                   struct tunnel_way way);

/* Another deployment counts (R41), with these cameras: one that is the same in both goes on as it
 * is, one that is not is opened again, one that is gone ends. False: out of memory. */
bool supervisor_renew(struct supervisor *supervisor, const struct image *image, uint32_t server,
                      const uint32_t *cameras, uint32_t camera_count);

/* Whether a camera is to be recorded. */
bool supervisor_records(const struct supervisor *supervisor, uint32_t camera);

void supervisor_arm(struct supervisor *supervisor, uint32_t camera, bool wanted);
void supervisor_record(struct supervisor *supervisor, uint32_t camera, uint64_t epoch);
void supervisor_stop(struct supervisor *supervisor, uint32_t camera);

/* What was recorded of a failover's main is to be copied to it (R34). */
void supervisor_fill(struct supervisor *supervisor, uint32_t failover);
/* A peer's parcel of some tunnel. */
void supervisor_hear(struct supervisor *supervisor, uint32_t peer, const struct parcel *parcel);
struct filling_view supervisor_filling(const struct supervisor *supervisor, uint32_t failover);

/* To be called each heartbeat: starts what has to be started again, ends what no longer reports.
 * stalled: this server itself stood still; silence counts from now. */
void supervisor_tick(struct supervisor *supervisor, bool stalled);

/* All recordings end, durably; nothing is begun any more. */
void supervisor_leave(struct supervisor *supervisor);

/* Whether no recording is running or ending. */
bool supervisor_quiet(const struct supervisor *supervisor);

/* What a status shows of a camera. */
struct supervisor_view {
    uint64_t bytes; /* under the present epoch */
    uint64_t bytes_per_s;
    uint64_t frames;
    uint64_t lost;           /* pictures that no volume took in time, since the node's start */
    uint64_t silences;       /* how often it fell silent, since the node's start */
    int64_t keyframe_age_ms; /* -1: none yet */
    int64_t memory_ms;       /* when its first keyframe came into memory, if armed; -1: not yet */
    const char *cause;       /* why it is silent, or armed in vain, or "" */
    int worker_pid;          /* 0: none */
};
struct supervisor_view supervisor_view(const struct supervisor *supervisor, uint32_t camera);

/* Its cameras, ascending. */
uint32_t supervisor_count(const struct supervisor *supervisor);
uint32_t supervisor_camera(const struct supervisor *supervisor, uint32_t n);

/* Of the n-th volume of this server. */
struct keeping_view supervisor_volume(const struct supervisor *supervisor, uint32_t n);

/* Begins to close; workers get a moment to end by themselves. Freed by supervisor_free once the
 * loop has run dry. */
void supervisor_close(struct supervisor *supervisor);
void supervisor_kill(struct supervisor *supervisor);
void supervisor_free(struct supervisor *supervisor);

#endif
