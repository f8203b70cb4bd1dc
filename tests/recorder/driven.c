#include "tests/recorder/driven.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARGUMENTS_MAX 16

/* Adds to a command line what is given up to NULL. */
static size_t add(const char *arguments[ARGUMENTS_MAX], size_t count, const char *const *more)
{
    for (; *more != NULL; more++) {
        assert_true(count + 1 < ARGUMENTS_MAX);
        arguments[count++] = *more;
    }
    arguments[count] = NULL;
    return count;
}

static void become(const char *const *arguments)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execvp(arguments[0], (char **)(uintptr_t)arguments);
    _exit(127);
}

void driven_start(struct driven *driven, const char *programs, const char *const *options,
                  const char *preload)
{
    char program[PATH_MAX];
    const char *arguments[ARGUMENTS_MAX] = {program, "worker"};
    int ends[2];

    snprintf(program, sizeof(program), "%s/understudy-recorder", programs);
    add(arguments, 2, options);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    driven->process = fork();
    if (driven->process == 0) {
        if (ends[1] == RECORDER_FD)
            ends[1] = dup(ends[1]);
        dup2(ends[1], RECORDER_FD);
        if (preload != NULL)
            setenv("LD_PRELOAD", preload, 1);
        become(arguments);
    }
    close(ends[1]);
    driven->socket = ends[0];
}

int driven_end(struct driven *driven)
{
    pid_t process = driven->process;
    int status;

    close(driven->socket);
    assert_int_equal(waitpid(process, &status, 0), process);
    driven->process = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void driven_give(const struct driven *driven, const struct recorder_order *order)
{
    assert_int_equal(send(driven->socket, order, sizeof(*order), MSG_NOSIGNAL), sizeof(*order));
}

static time_t now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

struct recorder_report driven_await(const struct driven *driven, enum recorder_report_kind kind)
{
    time_t until_s = now_s() + DRIVEN_WAIT_S;
    struct pollfd polled = {.fd = driven->socket, .events = POLLIN};
    struct recorder_report report = {.cause = ""};
    char seen[RECORDER_CAUSE_MAX] = "";

    while (now_s() < until_s) {
        if (poll(&polled, 1, 100) <= 0)
            continue;
        assert_int_equal(recv(driven->socket, &report, sizeof(report), 0), sizeof(report));
        if (driven->secret != NULL)
            assert_null(strstr(report.cause, driven->secret));
        if (report.kind == kind)
            return report;
        if (report.cause[0] != '\0')
            memcpy(seen, report.cause, sizeof(seen));
    }
    fail_msg("report %d did not come; the last cause is: %s", (int)kind, seen);
    return report;
}

pid_t driven_run(const char *const *arguments)
{
    pid_t child = fork();

    if (child == 0)
        become(arguments);
    return child;
}

/* The test camera prints its address when it is ready. */
pid_t driven_camera(const char *helpers, const char *const *options, char url[static 128])
{
    char program[PATH_MAX], clip[PATH_MAX], line[512] = "";
    const char *arguments[ARGUMENTS_MAX] = {program, "--port", "0", "--clip", clip};
    int ends[2];
    pid_t camera;

    snprintf(program, sizeof(program), "%s/camera", helpers);
    snprintf(clip, sizeof(clip), "%s/clip.ts", helpers);
    add(arguments, 5, options);
    assert_int_equal(pipe(ends), 0);
    camera = fork();
    if (camera == 0) {
        dup2(ends[1], STDOUT_FILENO);
        become(arguments);
    }
    close(ends[1]);
    assert_true(read(ends[0], line, sizeof(line) - 1) > 0);
    close(ends[0]);
    assert_non_null(strstr(line, "rtsp://"));
    sscanf(strstr(line, "rtsp://"), "%127[^ \n]", url);
    return camera;
}

static bool writes(const char *path, const char *text)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    bool wrote = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);

    if (file >= 0)
        close(file);
    return wrote;
}

/* Whoever is not root may be so among users of its own. */
bool driven_apart(int namespaces)
{
    char user[32], group[32];

    snprintf(user, sizeof(user), "0 %u 1", (unsigned)getuid());
    snprintf(group, sizeof(group), "0 %u 1", (unsigned)getgid());
    return unshare(namespaces) == 0 ||
           (unshare(CLONE_NEWUSER | namespaces) == 0 && writes("/proc/self/setgroups", "deny") &&
            writes("/proc/self/uid_map", user) && writes("/proc/self/gid_map", group));
}

void driven_kill(pid_t *process)
{
    if (*process <= 0)
        return;
    kill(*process, SIGKILL);
    waitpid(*process, NULL, 0);
    *process = 0;
}
