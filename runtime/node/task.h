/* One camera as a task of its recorder process: what the engine wishes of it, what the process has
 * been told of that, and what has come back. Raises EVENT_ON_DISK and EVENT_MUTE.
 *
 * A process that died is told the wishes again, whole; so a wish is never lost, whatever becomes of
 * an order.
 */
#ifndef RUNTIME_NODE_TASK_H
#define RUNTIME_NODE_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "recorder/recorder.h"
#include "runtime/node/inbox.h"
#include "runtime/node/worker.h"

/* What all tasks of a server have in common. */
struct task_frame {
    const struct image *image;
    uint32_t server;     /* this one */
    struct inbox *inbox; /* where events go */
    bool leaving;        /* nothing is begun any more, and no loss is news */
};

/* What a worker has been told of a camera that is no longer wanted of it as it was (R41). */
struct task_former {
    const struct task_frame *frame;
    uint32_t camera;
    uint32_t number;
    bool armed;
    bool recording;
};

struct task {
    const struct task_frame *frame;
    uint32_t camera; /* IMAGE_NONE: of none, the task is free */
    uint32_t number; /* by which its worker knows the camera: it stays when the image changes */
    uint32_t group;  /* the supervisor's, for its worker */
    struct task_former former;
    bool armed; /* the wishes */
    bool recording;
    uint64_t epoch;
    bool told_armed; /* what its worker has been told */
    bool told_recording;
    uint64_t told_epoch;
    bool stopping; /* told to stop, and not done yet */
    bool on_disk;  /* what the engine has been told under this epoch */
    bool mute;
    int64_t keyframe_ms; /* -1: none yet */
    int64_t memory_ms;   /* armed: when the first keyframe came into memory; -1: none yet */
    int64_t alive_ms;    /* of the last report on its growth */
    uint64_t bytes;      /* under this epoch; frames likewise */
    uint64_t bytes_per_s;
    uint64_t frames;
    uint64_t lost;        /* pictures that found no room in memory, since the node's start... */
    uint64_t worker_lost; /* ...and those that its present worker has told */
    uint64_t silences;    /* how often it fell silent */
    char cause[RECORDER_CAUSE_MAX]; /* why it is silent, or armed in vain, or "" */
};

void task_init(struct task *task, const struct task_frame *frame, uint32_t camera, uint32_t number);

/* The camera has another number in the image of another frame. Where all that its worker is told of
 * it is the same, that goes on undisturbed; else the worker ends it as it was, and begins it again
 * as `number`. */
void task_renew(struct task *task, const struct task_frame *frame, uint32_t camera,
                uint32_t number);

/* The camera is no longer this server's: its worker ends it, and the task is free. */
void task_retire(struct task *task);

/* Whether a task is of no camera, and its worker knows it. */
bool task_is_free(const struct task *task);

/* ---- wishes ---- */

/* To be read into memory, or no longer. */
void task_arm(struct task *task, bool wanted);

/* To record under an epoch. The wish that stands already is answered with what is known. */
void task_record(struct task *task, uint64_t epoch);
void task_stop(struct task *task);

/* Whether its worker has, or will have, something to do for it. */
bool task_is_busy(const struct task *task);

/* Whether nothing of it is recorded or still being ended. */
bool task_is_quiet(const struct task *task);

/* Gives the worker those orders that make it know all wishes. False: it cannot take more now, and
 * the rest is to be told later. */
bool task_tell(struct task *task, struct worker *worker);

/* ---- what comes back ---- */

void task_take_report(struct task *task, const struct recorder_report *report);

/* Nothing reaches the disk, for this reason. The engine is told once. */
void task_mute(struct task *task, const char *cause);

/* Its worker is gone: what that was told counts no more. */
void task_lose_worker(struct task *task, const char *cause);

/* A volume as an order names it. */
void task_fill_volume(const struct image *image, const struct image_volume *volume,
                      struct recorder_volume *to);

#endif
