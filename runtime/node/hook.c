#include "runtime/node/hook.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/node/log.h"

#define LINE_BYTES    256
#define SAID_LINES    20  /* that the log shows of one run */
#define LAST_WORDS_MS 200 /* for what it said just before it ended */

struct hook {
    uv_process_t process;
    uv_pipe_t input;
    uv_pipe_t output;
    uv_timer_t timer;
    uv_write_t write;
    int handles; /* that libuv still holds */
    hook_ended *ended;
    void *owner;
    char *text; /* what it reads */
    bool over;  /* its process is */
    bool late;
    uint32_t lines;
    size_t length; /* of the line that is being said */
    char line[LINE_BYTES];
    char name[HOOK_NAME_BYTES];
    struct hook_result result;
};

/* ---- the end ---- */

static void on_closed(uv_handle_t *handle)
{
    struct hook *hook = handle->data;
    if (--hook->handles > 0)
        return;
    if (hook->ended != NULL)
        hook->ended(hook->owner, &hook->result);
    free(hook->text);
    free(hook);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

static void close_all(struct hook *hook)
{
    close_handle((uv_handle_t *)&hook->process);
    close_handle((uv_handle_t *)&hook->input);
    close_handle((uv_handle_t *)&hook->output);
    close_handle((uv_handle_t *)&hook->timer);
}

/* ---- what it says ---- */

static void end_line(struct hook *hook)
{
    if (hook->length > 0 && hook->lines++ < SAID_LINES)
        log_line("%s says: %.*s", hook->name, (int)hook->length, hook->line);
    else if (hook->length > 0 && hook->lines == SAID_LINES + 1)
        log_line("%s says more, which is not shown", hook->name);
    hook->length = 0;
}

/* A line that is too long goes on in another one. */
static void take_said(struct hook *hook, const char *said, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (said[i] == '\n' || hook->length == sizeof hook->line)
            end_line(hook);
        if (said[i] != '\n')
            hook->line[hook->length++] = said[i];
    }
}

static void finish(struct hook *hook)
{
    end_line(hook);
    close_all(hook);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    static char room[4096]; /* it is read before the next is asked for */
    (void)handle;
    (void)suggested;
    *buffer = uv_buf_init(room, sizeof room);
}

static void on_said(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct hook *hook = stream->data;
    if (size > 0)
        take_said(hook, buffer->base, (size_t)size);
    if (size >= 0)
        return;
    uv_read_stop(stream);
    if (hook->over)
        finish(hook);
    else
        close_handle((uv_handle_t *)stream);
}

/* ---- the process ---- */

/* All of its session that is still in its group. */
static void signal_group(struct hook *hook, int signal)
{
    const int pid = uv_process_get_pid(&hook->process);
    if (!hook->over && pid > 1)
        kill(-pid, signal);
}

void hook_kill(struct hook *hook)
{
    signal_group(hook, SIGKILL);
}

static void on_time(uv_timer_t *timer)
{
    struct hook *hook = timer->data;
    if (hook->over) {
        finish(hook);
        return;
    }
    log_line("%s takes too long; it is %s", hook->name, hook->late ? "ended" : "told to end");
    signal_group(hook, hook->late ? SIGKILL : SIGTERM);
    hook->late = true;
    uv_timer_start(timer, on_time, HOOK_KILL_MS, 0);
}

static void on_process_end(uv_process_t *process, int64_t status, int signal)
{
    struct hook *hook = process->data;
    const char *late = hook->late ? ", for it took too long" : "";
    hook->over = true;
    hook->result.well = status == 0 && signal == 0 && !hook->late;
    if (signal != 0)
        snprintf(hook->result.text, sizeof hook->result.text, "was ended by signal %d (%s)%s",
                 signal, strsignal(signal), late);
    else
        snprintf(hook->result.text, sizeof hook->result.text, "ended with code %d%s", (int)status,
                 late);
    if (uv_is_closing((uv_handle_t *)&hook->output))
        finish(hook);
    else
        uv_timer_start(&hook->timer, on_time, LAST_WORDS_MS, 0);
}

/* It need not read: what it does not read is lost. */
static void on_written(uv_write_t *write, int status)
{
    struct hook *hook = write->data;
    (void)status;
    close_handle((uv_handle_t *)&hook->input);
}

/* Whatever this process has open stays its own. */
static int spawn(struct hook *hook, uv_loop_t *loop, const struct hook_order *order, int said)
{
    static const char *const environment[] = {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
        "HOME=/", NULL};
    uv_stdio_container_t stdio[] = {
        {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE, .data.stream = (uv_stream_t *)&hook->input},
        {.flags = UV_INHERIT_FD, .data.fd = said},
        {.flags = UV_INHERIT_FD, .data.fd = said}};
    const uv_process_options_t options = {.file = order->words[0],
                                          .args = (char **)(uintptr_t)order->words,
                                          .env = (char **)(uintptr_t)environment,
                                          .cwd = "/",
                                          .stdio = stdio,
                                          .stdio_count = 3,
                                          .flags = UV_PROCESS_DETACHED,
                                          .exit_cb = on_process_end};
    close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC);
    return uv_spawn(loop, &hook->process, &options);
}

static struct hook *make(uv_loop_t *loop, const struct hook_order *order)
{
    struct hook *hook = calloc(1, sizeof *hook);
    if (hook == NULL)
        return NULL;
    uv_pipe_init(loop, &hook->input, 0);
    uv_pipe_init(loop, &hook->output, 0);
    uv_timer_init(loop, &hook->timer);
    hook->process.data = hook->input.data = hook->output.data = hook->timer.data =
        hook->write.data = hook;
    hook->handles = 4;
    hook->text = order->input;
    snprintf(hook->name, sizeof hook->name, "%s", order->name);
    return hook;
}

static void speak(struct hook *hook, const struct hook_order *order)
{
    const uv_buf_t text = uv_buf_init(hook->text, (unsigned)strlen(hook->text));
    uv_read_start((uv_stream_t *)&hook->output, on_alloc, on_said);
    if (uv_write(&hook->write, (uv_stream_t *)&hook->input, &text, 1, on_written) != 0)
        close_handle((uv_handle_t *)&hook->input);
    uv_timer_start(&hook->timer, on_time, (uint64_t)order->limit_ms, 0);
}

struct hook *hook_start(uv_loop_t *loop, const struct hook_order *order, hook_ended *ended,
                        void *owner, char error[static TEXT_BYTES_MAX])
{
    uv_file ends[2] = {-1, -1};
    assert(order->words[0] != NULL && order->limit_ms > 0);
    struct hook *hook = uv_pipe(ends, UV_NONBLOCK_PIPE, 0) == 0 ? make(loop, order) : NULL;
    if (hook == NULL) {
        snprintf(error, TEXT_BYTES_MAX, "cannot be started: out of memory or descriptors");
        close(ends[0]);
        close(ends[1]);
        free(order->input);
        return NULL;
    }
    uv_pipe_open(&hook->output, ends[0]);
    const int code = spawn(hook, loop, order, ends[1]);
    close(ends[1]);
    if (code == 0) {
        hook->ended = ended;
        hook->owner = owner;
        speak(hook, order);
        return hook;
    }
    snprintf(error, TEXT_BYTES_MAX, "cannot be started: %.300s: %s", order->words[0],
             uv_strerror(code));
    hook->over = true;
    close_all(hook);
    return NULL;
}
