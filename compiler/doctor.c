#include "compiler/doctor.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define VISITS_MAX 32

extern char **environ;

struct doctor_sheet {
    int pipe;
};

struct look {
    const struct doctor_visit *visit;
    pid_t pid;
    int pipe; /* -1: it has ended */
    bool ended;
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void doctor_note(struct doctor_sheet *sheet, enum doctor_grade grade, const char *subject,
                 const char *format, ...)
{
    struct doctor_finding finding = {.grade = grade};
    char both[2 * TEXT_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(both, sizeof both, format, arguments);
    va_end(arguments);
    const char *advice = strchr(both, '\n');
    const int length = advice == NULL ? (int)strlen(both) : (int)(advice - both);
    snprintf(finding.subject, sizeof finding.subject, "%s", subject);
    snprintf(finding.text, sizeof finding.text, "%.*s", length, both);
    snprintf(finding.advice, sizeof finding.advice, "%s", advice == NULL ? "" : advice + 1);
    const ssize_t written = write(sheet->pipe, &finding, sizeof finding); /* less than PIPE_BUF */
    if (written != (ssize_t)sizeof finding)
        _exit(3);
}

/* ---- what a look may need ---- */

static void keep_last_line(FILE *from, char text[static TEXT_BYTES_MAX])
{
    char line[TEXT_BYTES_MAX];
    text[0] = '\0';
    while (fgets(line, sizeof line, from) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '\0')
            memcpy(text, line, sizeof line);
    }
}

int doctor_run(const char *const *argv, char text[static TEXT_BYTES_MAX])
{
    int ends[2], status = 0;
    pid_t pid = -1;
    posix_spawn_file_actions_t actions;
    text[0] = '\0';
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    const int failure =
        posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    FILE *output = fdopen(ends[0], "r");
    if (output != NULL) {
        keep_last_line(output, text);
        fclose(output);
    }
    if (failure != 0)
        return -1;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void doctor_become_owner(const struct doctor_patient *patient)
{
    struct stat status;
    if (geteuid() != 0 || patient->state == NULL || stat(patient->state, &status) != 0 ||
        status.st_uid == 0)
        return;
    const struct passwd *owner = getpwuid(status.st_uid);
    const bool grouped =
        owner != NULL ? initgroups(owner->pw_name, owner->pw_gid) == 0 : setgroups(0, NULL) == 0;
    if (!grouped || setgid(owner != NULL ? owner->pw_gid : status.st_gid) != 0 ||
        setuid(status.st_uid) != 0)
        _exit(3);
}

/* ---- the visits ---- */

/* In a process group of its own: what it starts is given up with it. */
static void start(struct look *look, const struct doctor_patient *patient)
{
    int ends[2];
    look->pipe = -1;
    look->pid = -1;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return;
    fflush(NULL);
    look->pid = fork();
    if (look->pid == 0) {
        struct doctor_sheet sheet = {ends[1]};
        setpgid(0, 0);
        signal(SIGINT, SIG_DFL);
        look->visit->look(patient, look->visit->which, &sheet);
        _exit(0);
    }
    close(ends[1]);
    if (look->pid > 0)
        look->pipe = ends[0];
    else
        close(ends[0]);
}

static bool read_finding(int from, struct doctor_finding *finding)
{
    size_t got = 0;
    while (got < sizeof *finding) {
        const ssize_t size = read(from, (char *)finding + got, sizeof *finding - got);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return false;
        got += (size_t)size;
    }
    return true;
}

static void add_failed(const struct look *look, const char *text, struct doctor_finding *finding)
{
    *finding = (struct doctor_finding){.grade = DOCTOR_WRONG};
    snprintf(finding->subject, sizeof finding->subject, "%s", look->visit->subject);
    snprintf(finding->text, sizeof finding->text, "%s", text);
    snprintf(finding->advice, sizeof finding->advice,
             "find out what hangs: a NAS that is away, or a name server");
}

/* Waits for one look until its end or the end of patience. */
static size_t collect(struct look *look, int64_t until_ms, size_t count,
                      struct doctor_finding findings[static DOCTOR_FINDINGS_MAX])
{
    while (look->pipe >= 0 && count < DOCTOR_FINDINGS_MAX) {
        const int64_t left_ms = until_ms - now_ms();
        struct pollfd poll_pipe = {.fd = look->pipe, .events = POLLIN};
        if (left_ms <= 0 || poll(&poll_pipe, 1, (int)left_ms) == 0) {
            kill(-look->pid, SIGKILL);
            add_failed(look, "does not answer within 10 s: it hangs", &findings[count++]);
            break;
        }
        if (read_finding(look->pipe, &findings[count])) {
            count++;
            continue;
        }
        int status = 0; /* the pipe is closed, so it has ended, or is about to */
        waitpid(look->pid, &status, 0);
        look->ended = true;
        if ((!WIFEXITED(status) || WEXITSTATUS(status) != 0) && count < DOCTOR_FINDINGS_MAX) {
            add_failed(look, "cannot be looked at", &findings[count]);
            findings[count++].advice[0] = '\0';
        }
        break;
    }
    if (look->pipe >= 0)
        close(look->pipe);
    else if (count < DOCTOR_FINDINGS_MAX)
        add_failed(look, "cannot be looked at: no process is to be had", &findings[count++]);
    if (!look->ended && look->pid > 0)
        waitpid(look->pid, NULL, WNOHANG); /* what is stuck in the kernel is not waited for */
    return count;
}

size_t doctor_visit(const struct doctor_patient *patient, const struct doctor_visit *visits,
                    size_t count, struct doctor_finding findings[static DOCTOR_FINDINGS_MAX])
{
    struct look looks[VISITS_MAX] = {0};
    size_t found = 0;
    assert(count <= VISITS_MAX);
    for (size_t i = 0; i < count; i++) {
        looks[i].visit = &visits[i];
        start(&looks[i], patient);
    }
    const int64_t until_ms = now_ms() + DOCTOR_PATIENCE_MS;
    for (size_t i = 0; i < count; i++)
        found = collect(&looks[i], until_ms, found, findings);
    return found;
}
