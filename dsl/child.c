#include "dsl/child.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_EXIT_OUT_OF_TIME 64
#define CHILD_GRACE_S          1 /* for the handler of SIGXCPU, before the kernel kills */

_Noreturn void child_out_of_time(void)
{
    _exit(CHILD_EXIT_OUT_OF_TIME);
}

static void child_on_limit(int signal)
{
    (void)signal;
    child_out_of_time();
}

static _Noreturn void child_main(void (*body)(void *), void *context, unsigned time_s)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGXCPU, child_on_limit);
    const struct rlimit time = {time_s, time_s + CHILD_GRACE_S};
    const struct rlimit core = {0, 0};
    if (setrlimit(RLIMIT_CPU, &time) != 0 || setrlimit(RLIMIT_CORE, &core) != 0) {
        _exit(3);
    }
    body(context);
    _exit(0);
}

enum child_end child_run(void (*body)(void *), void *context, unsigned time_s)
{
    assert(body != NULL && time_s > 0);
    pid_t child = fork();
    if (child < 0) {
        return CHILD_FAILED;
    }
    if (child == 0) {
        child_main(body, context, time_s);
    }
    int status;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return CHILD_FAILED;
        }
    }
    if (WIFEXITED(status)) {
        switch (WEXITSTATUS(status)) {
        case 0:
            return CHILD_DONE;
        case CHILD_EXIT_OUT_OF_TIME:
            return CHILD_OUT_OF_TIME;
        default:
            return CHILD_FAILED;
        }
    }
    return WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGXCPU ? CHILD_OUT_OF_TIME
                                                                      : CHILD_DIED;
}
