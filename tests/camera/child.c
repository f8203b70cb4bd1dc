#include "tests/camera/child.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void __attribute__((noreturn)) become(const char *const *arguments, int output)
{
    const char *folder = getenv("UNDERSTUDY_TESTS");
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder ? folder : "build/tests", arguments[0]);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(output, STDOUT_FILENO);
    execv(path, (char *const *)(uintptr_t)arguments); /* execv changes none of them */
    perror(path);
    _exit(127);
}

pid_t child_start(const char *const *arguments, int *output)
{
    int pipe_ends[2];
    assert_int_equal(pipe2(pipe_ends, O_CLOEXEC), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        become(arguments, output ? pipe_ends[1] : STDERR_FILENO);
    close(pipe_ends[1]);
    if (output)
        *output = pipe_ends[0];
    else
        close(pipe_ends[0]);
    return child;
}

int child_wait(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
