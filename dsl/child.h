/* Runs a function in a child process with a bound on its processor time, so that a file that hangs
 * inside one call into the Lua library ends that child and not the compiler. What the function
 * allocates in an arena stays.
 */
#ifndef DSL_CHILD_H
#define DSL_CHILD_H

enum child_end {
    CHILD_DONE,
    CHILD_OUT_OF_TIME,
    CHILD_DIED,   /* by a signal that nobody expected */
    CHILD_FAILED, /* it said why on stderr, or could not be started */
};

/* time_s: processor time, whole seconds. */
enum child_end child_run(void (*body)(void *context), void *context, unsigned time_s);

/* Called in the child, from a signal handler too: ends it as out of time. */
_Noreturn void child_out_of_time(void);

#endif
