/* One recorder process: started, spoken to, ended. What it is told and when is the business of
 * supervisor.c.
 */
#ifndef RUNTIME_NODE_WORKER_H
#define RUNTIME_NODE_WORKER_H

#include <stdbool.h>
#include <uv.h>

#include "recorder/recorder.h"
#include "runtime/limits.h"

struct worker;

/* The recorder, and where on this server it finds what no deployment holds. */
struct worker_program {
    const char *path;
    const char *secrets; /* the file of secrets; NULL: none is named */
    const char *clips;   /* the directory of clips; NULL: likewise */
    /* Directories of this server's volumes: all that a recorder process may write. */
    const char *volumes[RECORDER_VOLUMES_MAX];
    uint32_t volume_count;
};

/* What a worker tells its owner. After `ended` the worker is gone and must not be used. */
struct worker_handler {
    void *owner;
    void (*report)(void *owner, const struct recorder_report *report);
    void (*writable)(void *owner);
    void (*ended)(void *owner, const char *how);
};

/* Starts `PROGRAM worker` with its socket; its stderr is the node's log. NULL: error is set. */
struct worker *worker_start(uv_loop_t *loop, const struct worker_program *program,
                            struct worker_handler handler, char error[static TEXT_BYTES_MAX]);

/* Sends an order; false if the worker cannot take it now: handler.writable says when. */
bool worker_order(struct worker *worker, const struct recorder_order *order);

/* From now on another owner hears of it. */
void worker_hand_over(struct worker *worker, struct worker_handler handler);

/* Whether it is neither ending nor dismissed. */
bool worker_is_there(const struct worker *worker);

/* Ends it at once; handler.ended follows. */
void worker_kill(struct worker *worker);

/* For one that was killed and cannot end, because a file system holds it: its handler hears of it
 * no more, and it is buried whenever it ends. */
void worker_give_up(struct worker *worker);

/* Closes its socket, on which it ends by itself; handler.ended follows. */
void worker_dismiss(struct worker *worker);

int worker_pid(const struct worker *worker);

/* Whether a report may be believed: its size, version, kind and texts. */
bool worker_report_is_sound(const struct recorder_report *report, size_t size);

#endif
