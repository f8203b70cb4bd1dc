#include "runtime/node/worker.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/node/log.h"

#define REPORTS_AT_ONCE 64 /* so that the loop gets its turn */

struct worker {
    uv_process_t process;
    uv_poll_t poll;
    struct worker_handler handler;
    int socket;  /* -1: closed */
    int handles; /* that libuv still holds */
    bool has_ended;
    char how[TEXT_BYTES_MAX];
};

bool worker_report_is_sound(const struct recorder_report *report, size_t size)
{
    return size == sizeof *report && report->abi == RECORDER_ABI &&
           report->kind < RECORDER_REPORT_COUNT &&
           memchr(report->cause, '\0', sizeof report->cause) != NULL;
}

/* ---- ending ---- */

static void on_closed(uv_handle_t *handle)
{
    struct worker *worker = handle->data;
    if (--worker->handles > 0)
        return;
    worker->handler.ended(worker->handler.owner, worker->how);
    free(worker);
}

static void close_poll(struct worker *worker)
{
    if (worker->socket < 0)
        return;
    uv_poll_stop(&worker->poll);
    uv_close((uv_handle_t *)&worker->poll, on_closed);
    close(worker->socket);
    worker->socket = -1;
}

static void on_ended(uv_process_t *process, int64_t status, int signal)
{
    struct worker *worker = process->data;
    worker->has_ended = true;
    if (signal != 0)
        snprintf(worker->how, sizeof worker->how, "was ended by signal %d (%s)", signal,
                 strsignal(signal));
    else
        snprintf(worker->how, sizeof worker->how, "ended with code %d", (int)status);
    close_poll(worker);
    uv_close((uv_handle_t *)process, on_closed);
}

void worker_kill(struct worker *worker)
{
    if (!worker->has_ended) /* its number may be another process's by now */
        uv_process_kill(&worker->process, SIGKILL);
}

void worker_hand_over(struct worker *worker, struct worker_handler handler)
{
    worker->handler = handler;
}

bool worker_is_there(const struct worker *worker)
{
    return worker->socket >= 0 && !worker->has_ended;
}

static void on_unheard(void *owner, const char *how)
{
    (void)owner;
    (void)how;
}

void worker_give_up(struct worker *worker)
{
    worker->handler = (struct worker_handler){.ended = on_unheard};
    close_poll(worker);
    uv_unref((uv_handle_t *)&worker->process);
}

void worker_dismiss(struct worker *worker)
{
    close_poll(worker);
}

int worker_pid(const struct worker *worker)
{
    return uv_process_get_pid(&worker->process);
}

/* ---- speaking ---- */

static void read_reports(struct worker *worker)
{
    struct recorder_report report;
    for (int i = 0; i < REPORTS_AT_ONCE && worker->socket >= 0; i++) {
        const ssize_t size = recv(worker->socket, &report, sizeof report, MSG_DONTWAIT | MSG_TRUNC);
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (size <= 0) {
            worker_kill(worker);
            close_poll(worker);
            return;
        }
        if (worker_report_is_sound(&report, (size_t)size)) {
            worker->handler.report(worker->handler.owner, &report);
            continue;
        }
        log_line("the recorder process %d speaks another version of Understudy; it is ended",
                 worker_pid(worker));
        worker_kill(worker);
        close_poll(worker);
    }
}

static void on_event(uv_poll_t *poll, int status, int events)
{
    struct worker *worker = poll->data;
    if (status < 0 || (events & UV_READABLE) != 0)
        read_reports(worker);
    if ((events & UV_WRITABLE) != 0 && worker->socket >= 0) {
        uv_poll_start(poll, UV_READABLE, on_event);
        worker->handler.writable(worker->handler.owner);
    }
}

bool worker_order(struct worker *worker, const struct recorder_order *order)
{
    if (worker->socket < 0)
        return false;
    const ssize_t size =
        send(worker->socket, order, sizeof *order, MSG_DONTWAIT | MSG_NOSIGNAL | MSG_EOR);
    if (size == (ssize_t)sizeof *order)
        return true;
    if (errno == EAGAIN || errno == ENOBUFS)
        uv_poll_start(&worker->poll, UV_READABLE | UV_WRITABLE, on_event);
    return false;
}

/* ---- starting ---- */

#define ARGUMENTS_MAX (8 + 2 * RECORDER_VOLUMES_MAX)

static void add_option(const char **arguments, size_t *count, const char *name, const char *value)
{
    if (value == NULL)
        return;
    arguments[(*count)++] = name;
    arguments[(*count)++] = value;
}

/* In a session of its own: a Ctrl-C at the node's terminal is the node's to handle. */
static int spawn(struct worker *worker, uv_loop_t *loop, const struct worker_program *program,
                 int theirs)
{
    const char *arguments[ARGUMENTS_MAX] = {program->path, "worker"};
    size_t count = 2;
    add_option(arguments, &count, "--secrets", program->secrets);
    add_option(arguments, &count, "--clips", program->clips);
    for (uint32_t i = 0; i < program->volume_count; i++)
        add_option(arguments, &count, "--volume", program->volumes[i]);
    assert(count < ARGUMENTS_MAX);
    uv_stdio_container_t stdio[RECORDER_FD + 1] = {
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = theirs}};
    const uv_process_options_t options = {.file = program->path,
                                          .args = (char **)(uintptr_t)arguments,
                                          .stdio = stdio,
                                          .stdio_count = RECORDER_FD + 1,
                                          .flags = UV_PROCESS_DETACHED,
                                          .exit_cb = on_ended};
    return uv_spawn(loop, &worker->process, &options);
}

static void on_unused(uv_handle_t *handle)
{
    free(handle->data);
}

struct worker *worker_start(uv_loop_t *loop, const struct worker_program *program,
                            struct worker_handler handler, char error[static TEXT_BYTES_MAX])
{
    int ends[2];
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        snprintf(error, TEXT_BYTES_MAX, "out of memory or descriptors");
        free(worker);
        return NULL;
    }
    worker->handler = handler;
    worker->process.data = worker;
    worker->poll.data = worker;
    const int code = spawn(worker, loop, program, ends[1]);
    close(ends[1]);
    if (code != 0) {
        snprintf(error, TEXT_BYTES_MAX, "%.300s: %s", program->path, uv_strerror(code));
        close(ends[0]);
        uv_close((uv_handle_t *)&worker->process, on_unused);
        return NULL;
    }
    worker->socket = ends[0];
    worker->handles = 2;
    const int poll_code = uv_poll_init(loop, &worker->poll, worker->socket);
    assert(poll_code == 0);
    uv_poll_start(&worker->poll, UV_READABLE, on_event);
    return worker;
}
