/* A worker as its node has it, for tests: started, given orders, its reports awaited. And a process
 * that a test starts besides. All end with the test. */
#ifndef TESTS_RECORDER_DRIVEN_H
#define TESTS_RECORDER_DRIVEN_H

#include <stdbool.h>
#include <sys/types.h>

#include "recorder/recorder.h"

#define DRIVEN_WAIT_S 20

struct driven {
    pid_t process;
    int socket;         /* to it */
    const char *secret; /* that must be in no cause; NULL: there is none */
};

/* Starts a worker of the programs in a folder; `options` are its command line after the word, up to
 * NULL. `preload`: a library that comes before all others; NULL: none. */
void driven_start(struct driven *driven, const char *programs, const char *const *options,
                  const char *preload);
/* Gives up the socket, whereupon the worker ends by itself. Its exit code; -1: it was killed. */
int driven_end(struct driven *driven);

void driven_give(const struct driven *driven, const struct recorder_order *order);
/* The next report of a kind; all others are passed over. Fails the test when none comes. */
struct recorder_report driven_await(const struct driven *driven, enum recorder_report_kind kind);

/* Starts a program; the arguments end with NULL. */
pid_t driven_run(const char *const *arguments);
/* Starts the test camera of the programs in `helpers` with the usual clip and `options`, up to
 * NULL. `url` gets its address, of at most 127 characters. */
pid_t driven_camera(const char *helpers, const char *const *options, char url[static 128]);
/* Gives this process, and what it starts from now on, networks (CLONE_NEWNET) or mounts
 * (CLONE_NEWNS) of its own, in which it may do all. False: that is not allowed here. */
bool driven_apart(int namespaces);
/* Kills what was started, if anything was, and forgets it. */
void driven_kill(pid_t *process);

#endif
