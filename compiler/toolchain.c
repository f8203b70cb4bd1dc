#include "compiler/toolchain.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compiler/spec.h"

#define LOG_FILE     "tool.log" /* what a tool had to say, in the folder where it ran */
#define SOURCES_MAX  256
#define FILE_BYTES   (SPEC_NAME_BYTES + 32)
#define ENV_BYTES    4096
#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

struct tool {
    const char *program;
    const char *package; /* what an administrator installs to have it */
    unsigned time_s;     /* of the processor; 0: no bound */
};
static const struct tool ragel = {"ragel", "ragel", 0};
static const struct tool cc = {"gcc", "gcc", 0};
static const struct tool dot = {"dot", "graphviz", TOOLCHAIN_DOT_TIME_S};

/* The tool's own first words on what went wrong, in one line. */
static void first_words(const char *folder, char *text, size_t size)
{
    char path[TEXT_BYTES_MAX];
    text[0] = '\0';
    snprintf(path, sizeof path, "%s/" LOG_FILE, folder);
    FILE *log = fopen(path, "re");
    if (log == NULL)
        return;
    size_t got = fread(text, 1, size - 1, log);
    text[got] = '\0';
    text[strcspn(text, "\n")] = '\0';
    fclose(log);
}

/* An environment of three variables, so that a user's settings (CPATH, LD_PRELOAD...) do not change
 * what is built. */
static pid_t start(const struct tool *tool, const char *folder, const char *const *argv,
                   int *failure)
{
    char path[ENV_BYTES];
    char temporary[ENV_BYTES];
    const char *user_path = getenv("PATH");
    const char *user_temporary = getenv("TMPDIR");
    snprintf(path, sizeof path, "PATH=%s", user_path != NULL ? user_path : DEFAULT_PATH);
    snprintf(temporary, sizeof temporary, "TMPDIR=%s",
             user_temporary != NULL ? user_temporary : "/tmp");
    char locale[] = "LC_ALL=C";
    char *environment[] = {path, temporary, locale, NULL};

    pid_t pid = -1;
    posix_spawn_file_actions_t actions;
    *failure = posix_spawn_file_actions_init(&actions);
    if (*failure != 0)
        return -1;
    *failure = posix_spawn_file_actions_addchdir_np(&actions, folder);
    if (*failure == 0)
        *failure =
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (*failure == 0)
        *failure = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, LOG_FILE,
                                                    O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (*failure == 0)
        *failure = posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    if (*failure == 0)
        *failure =
            posix_spawnp(&pid, tool->program, &actions, NULL, (char *const *)argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    return *failure == 0 ? pid : -1;
}

static bool run(const struct tool *tool, const char *folder, const char *const *argv,
                char error[static TEXT_BYTES_MAX])
{
    int failure;
    pid_t pid = start(tool, folder, argv, &failure);
    if (pid < 0 && failure == ENOENT) {
        snprintf(error, TEXT_BYTES_MAX, "%s is not installed: install the package %s",
                 tool->program, tool->package);
        return false;
    }
    if (pid < 0) {
        snprintf(error, TEXT_BYTES_MAX, "%s cannot be started: %s", tool->program,
                 strerror(failure));
        return false;
    }
    if (tool->time_s > 0)
        prlimit(pid, RLIMIT_CPU, &(struct rlimit){tool->time_s, tool->time_s}, NULL);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return snprintf(error, TEXT_BYTES_MAX, "%s was lost: %s", tool->program,
                            strerror(errno)),
                   false;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    char words[TEXT_BYTES_MAX / 2];
    first_words(folder, words, sizeof words);
    if (WIFSIGNALED(status) && tool->time_s > 0 &&
        (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL))
        snprintf(error, TEXT_BYTES_MAX,
                 "%s was stopped after %u s of work: the picture is too large for it",
                 tool->program, tool->time_s);
    else if (WIFSIGNALED(status))
        snprintf(error, TEXT_BYTES_MAX, "%s was ended by signal %d", tool->program,
                 WTERMSIG(status));
    else
        snprintf(error, TEXT_BYTES_MAX, "%s failed (exit code %d): %s", tool->program,
                 WEXITSTATUS(status), words);
    return false;
}

bool toolchain_ragel_xml(const char *folder, const char *name, char error[static TEXT_BYTES_MAX])
{
    char source[FILE_BYTES];
    char output[FILE_BYTES];
    snprintf(source, sizeof source, "machine_%s.rl", name);
    snprintf(output, sizeof output, "machine_%s.xml", name);
    const char *const argv[] = {"ragel", "-x", "-o", output, source, NULL};
    return run(&ragel, folder, argv, error);
}

bool toolchain_ragel_c(const char *folder, const char *name, char error[static TEXT_BYTES_MAX])
{
    char source[FILE_BYTES];
    char output[FILE_BYTES];
    snprintf(source, sizeof source, "machine_%s.rl", name);
    snprintf(output, sizeof output, "machine_%s.c", name);
    const char *const argv[] = {"ragel", "-F1", "-L", "-o", output, source, NULL};
    return run(&ragel, folder, argv, error);
}

bool toolchain_cc(const char *folder, const char *const *sources, size_t count, const char *output,
                  char error[static TEXT_BYTES_MAX])
{
    /* No build id: the image has a hash of its own. */
    static const char *const options[] = {"gcc",
                                          "-std=gnu11",
                                          "-O1",
                                          "-fPIC",
                                          "-shared",
                                          "-s",
                                          "-fvisibility=hidden",
                                          "-Wl,-z,relro,-z,now,-z,noexecstack,--build-id=none",
                                          "-I.",
                                          "-o"};
    static const char *const image[] = {"-Wl,--format=binary", "image.bin", "-Wl,--format=default",
                                        "-Wl,-T,image.ld", NULL};
    enum { OPTIONS = sizeof options / sizeof options[0], IMAGE = sizeof image / sizeof image[0] };
    const char *argv[OPTIONS + 1 + SOURCES_MAX + IMAGE];
    assert(count > 0 && count <= SOURCES_MAX);
    memcpy(argv, options, sizeof options);
    argv[OPTIONS] = output;
    for (size_t i = 0; i < count; i++)
        argv[OPTIONS + 1 + i] = sources[i];
    memcpy(&argv[OPTIONS + 1 + count], image, sizeof image);
    return run(&cc, folder, argv, error);
}

bool toolchain_dot(const char *folder, char error[static TEXT_BYTES_MAX])
{
    static const char *const argv[] = {
        "dot", "-Tsvg", "-o", TOOLCHAIN_DOT_PICTURE, TOOLCHAIN_DOT_SOURCE, NULL};
    return run(&dot, folder, argv, error);
}
