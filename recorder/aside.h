/* Work that may hang, such as a look at a network file system, done aside: in a process of its own
 * that can be given up. */
#ifndef RECORDER_ASIDE_H
#define RECORDER_ASIDE_H

#include <stdbool.h>

struct aside {
    int process; /* a descriptor of it */
    int answer;  /* what it writes can be read here; the end comes with its end */
};

/* Runs in the new process, in a copy of all that its owner has; `out` is its only descriptor beyond
 * the standard ones. */
typedef void aside_work(void *owner, int out);

/* The process dies with the thread that started it, and is never waited for: a program that starts
 * many ignores SIGCHLD. False: no process can be made, errno says why. */
bool aside_start(struct aside *aside, aside_work *work, void *owner);
/* True: something can be read, or the end has come. */
bool aside_wait(const struct aside *aside, int wait_ms);
/* Kills it. It may live on for as long as a file system keeps it; nobody waits for that. */
void aside_end(struct aside *aside);

#endif
