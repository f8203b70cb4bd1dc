#include "runtime/node/copier.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "recorder/recorder.h"

#define ANSWER_BYTES 1024

/* Freed when libuv has let go of all its handles. */
struct copier {
    struct copier_plan plan;
    uv_process_t process;
    uv_pipe_t output;
    struct tunnel tunnel;
    int handles;
    bool has_ended;
    size_t size;
    char answer[ANSWER_BYTES];
};

static void on_closed(uv_handle_t *handle)
{
    struct copier *copier = handle->data;
    if (--copier->handles > 0)
        return;
    json_t *told = json_loadb(copier->answer, copier->size, 0, NULL);
    copier->plan.ended(copier->plan.owner, told, copier->tunnel.why);
    json_decref(told);
    free(copier);
}

static void on_ended(uv_process_t *process, int64_t status, int signal)
{
    struct copier *copier = process->data;
    (void)status;
    (void)signal;
    copier->has_ended = true;
    uv_close((uv_handle_t *)process, on_closed);
}

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
    struct copier *copier = handle->data;
    (void)wanted;
    *buffer = uv_buf_init(copier->answer + copier->size,
                          (unsigned)(sizeof copier->answer - copier->size));
}

static void on_answer(uv_stream_t *output, ssize_t size, const uv_buf_t *buffer)
{
    struct copier *copier = output->data;
    (void)buffer;
    if (size > 0)
        copier->size += (size_t)size;
    else if (size < 0)
        uv_close((uv_handle_t *)output, on_closed);
}

static int spawn(struct copier *copier, uv_loop_t *loop)
{
    uv_stdio_container_t stdio[RECORDER_FD + 1] = {
        {.flags = UV_IGNORE},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&copier->output},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE | UV_WRITABLE_PIPE,
         .data.stream = (uv_stream_t *)&copier->tunnel.stream}};
    const uv_process_options_t options = {.file = copier->plan.words[0],
                                          .args = (char **)(uintptr_t)copier->plan.words,
                                          .stdio = stdio,
                                          .stdio_count = copier->plan.way != NULL ? 4 : 3,
                                          .exit_cb = on_ended};
    return uv_spawn(loop, &copier->process, &options);
}

struct copier *copier_start(uv_loop_t *loop, const struct copier_plan *plan)
{
    struct copier *copier = calloc(1, sizeof *copier);
    if (copier == NULL)
        return NULL;
    copier->plan = *plan;
    copier->handles = 2;
    uv_pipe_init(loop, &copier->output, 0);
    if (plan->way != NULL) {
        copier->handles++;
        tunnel_init(&copier->tunnel, loop, plan->way, plan->peer, plan->id, on_closed);
        copier->tunnel.stream.data = copier;
    }
    copier->process.data = copier->output.data = copier;
    if (spawn(copier, loop) == 0) {
        uv_read_start((uv_stream_t *)&copier->output, on_room, on_answer);
        if (plan->way != NULL)
            tunnel_start(&copier->tunnel);
        return copier;
    }
    copier->has_ended = true;
    uv_close((uv_handle_t *)&copier->process, on_closed);
    uv_close((uv_handle_t *)&copier->output, on_closed);
    if (plan->way != NULL)
        tunnel_close(&copier->tunnel);
    return copier;
}

bool copier_hear(struct copier *copier, uint32_t peer, const struct parcel *parcel)
{
    if (copier->plan.way == NULL || copier->plan.peer != peer || copier->plan.id != parcel->serial)
        return false;
    tunnel_hear(&copier->tunnel, peer, parcel);
    return true;
}

void copier_tick(struct copier *copier)
{
    if (copier->plan.way != NULL)
        tunnel_tick(&copier->tunnel);
}

void copier_end(struct copier *copier)
{
    if (!copier->has_ended)
        uv_process_kill(&copier->process, SIGKILL);
    if (!uv_is_closing((uv_handle_t *)&copier->output))
        uv_close((uv_handle_t *)&copier->output, on_closed);
    if (copier->plan.way != NULL)
        tunnel_close(&copier->tunnel);
}

void copier_abandon(struct copier *copier)
{
    if (!copier->has_ended)
        uv_unref((uv_handle_t *)&copier->process);
}
