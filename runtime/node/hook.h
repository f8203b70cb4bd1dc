/* A hook: a program of the site's, run once with JSON on its standard input. It is started with its
 * arguments as they are, never through a shell, in / with a clean environment, no descriptors but
 * the standard three, and a session of its own. What it says goes into the log, the first lines of
 * it. One that takes too long is told to end, then ended.
 */
#ifndef RUNTIME_NODE_HOOK_H
#define RUNTIME_NODE_HOOK_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "runtime/limits.h"

#define HOOK_NAME_BYTES 128
#define HOOK_MS         30000 /* until it is told to end (SIGTERM) */
#define HOOK_KILL_MS    5000  /* from then until it is ended (SIGKILL) */

/* What is run. */
struct hook_order {
    const char *name;   /* for the log, as in "on_start of alpha-to-omega" */
    const char **words; /* the program and its arguments, ended by NULL */
    char *input;        /* from malloc; the hook frees it, also where it cannot be started */
    int64_t limit_ms;   /* HOOK_MS, but in tests */
};

/* How it ended: `text` is a part of a sentence, "ended with code 1". */
struct hook_result {
    bool well;
    char text[TEXT_BYTES_MAX];
};

struct hook;

/* Called once, when all of it is over; the hook is freed then. */
typedef void hook_ended(void *owner, const struct hook_result *result);

/* Starts it. NULL: it cannot be started, error says why, and ended is not called. */
struct hook *hook_start(uv_loop_t *loop, const struct hook_order *order, hook_ended *ended,
                        void *owner, char error[static TEXT_BYTES_MAX]);

/* Ends it and all that it has started, at once. */
void hook_kill(struct hook *hook);

#endif
