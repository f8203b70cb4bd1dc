#include "recorder/aside.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <unistd.h>

/* What the others hold open, a listening socket for one, would outlive them in a process that
 * hangs. */
static void work_aside(aside_work *work, void *owner, int out)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (out > STDERR_FILENO + 1)
        close_range(STDERR_FILENO + 1, (unsigned)out - 1, 0);
    close_range((unsigned)out + 1, ~0u, 0);
    work(owner, out);
    _exit(0);
}

bool aside_start(struct aside *aside, aside_work *work, void *owner)
{
    int ends[2], error;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    pid = fork();
    if (pid == 0)
        work_aside(work, owner, ends[1]);
    error = errno;
    close(ends[1]);
    /* One that has ended already leaves its answer all the same. */
    *aside = (struct aside){pid < 0 ? -1 : pidfd_open(pid, 0), ends[0]};
    if (pid < 0)
        close(ends[0]);
    errno = error;
    return pid >= 0;
}

bool aside_wait(const struct aside *aside, int wait_ms)
{
    struct pollfd answer = {.fd = aside->answer, .events = POLLIN};

    return poll(&answer, 1, wait_ms) > 0;
}

void aside_end(struct aside *aside)
{
    if (aside->process >= 0) {
        pidfd_send_signal(aside->process, SIGKILL, NULL, 0);
        close(aside->process);
    }
    close(aside->answer);
    *aside = (struct aside){-1, -1};
}
