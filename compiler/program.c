#include "compiler/program.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compiler/front.h"

extern char **environ;

/* The path of a program in the folder of this one, whether it is there or not. */
static bool name_path(const char *name, char path[static PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (length < 0)
        return front_failed("cannot tell where this program lies: %s", strerror(errno)), false;
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    size_t room = PATH_MAX - (size_t)(slash + 1 - path);
    if (strlen(name) >= room)
        return front_failed("the path of this program is too long"), false;
    memcpy(slash + 1, name, strlen(name) + 1);
    return true;
}

bool program_path(const char *name, char path[static PATH_MAX])
{
    return name_path(name, path) && access(path, X_OK) == 0;
}

static bool find(const char *name, char path[static PATH_MAX])
{
    if (!name_path(name, path))
        return false;
    if (access(path, X_OK) != 0)
        return front_failed("the program %s is missing: it belongs beside this one, at %s", name,
                            path),
               false;
    return true;
}

int program_become(const char *name, const char **argv)
{
    char path[PATH_MAX];
    if (!find(name, path))
        return EXIT_SYSTEM;
    argv[0] = path;
    execv(path, (char *const *)argv);
    return front_failed("%s cannot be started: %s", path, strerror(errno));
}

/* An interrupt from the terminal reaches both programs; this one waits for the other to end, to
 * tidy up after it. */
static int wait_for(const char *name, pid_t pid)
{
    int status;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction before;
    sigaction(SIGINT, &ignore, &before);
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return front_failed("%s was lost: %s", name, strerror(errno));
    sigaction(SIGINT, &before, NULL);
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    if (WTERMSIG(status) == SIGPIPE) /* whoever read our output has seen enough */
        return EXIT_SYSTEM;
    return front_failed("%s was ended by signal %d", name, WTERMSIG(status));
}

int program_run(const char *name, const char **argv)
{
    char path[PATH_MAX];
    pid_t pid;
    if (!find(name, path))
        return EXIT_SYSTEM;
    argv[0] = path;
    int failure = posix_spawn(&pid, path, NULL, NULL, (char *const *)argv, environ);
    if (failure != 0)
        return front_failed("%s cannot be started: %s", path, strerror(failure));
    return wait_for(name, pid);
}
