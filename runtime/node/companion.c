#include "runtime/node/companion.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/deployment.h"
#include "runtime/node/clock.h"
#include "runtime/node/log.h"

#define RESTART_MS 2000 /* from the start of one process to the next */
#define SILENT_MS  5000 /* without a word it is ended */

struct companion {
    uv_loop_t *loop;
    struct companion_plan plan;
    struct process *process; /* NULL: none */
    struct process *last;    /* that is awaited at the end, or NULL */
    uint32_t age;
    int64_t started_ms;
    int64_t heard_ms;
    bool closing;
    struct log_limit limit;
};

/* One process, until libuv lets go of it. */
struct process {
    uv_process_t process;
    uv_poll_t poll;
    struct companion *companion;
    bool given_up;
    int socket;
    int handles;
    bool ended;
};

static void on_closed(uv_handle_t *handle)
{
    struct process *process = handle->data;
    if (--process->handles == 0)
        free(process);
}

/* Nothing of it counts any more. One that hangs in the kernel cannot be waited for: it ends when it
 * can, and does not keep the loop. */
static void give_up(struct process *process)
{
    struct companion *companion = process->companion;
    process->given_up = true;
    companion->process = NULL;
    uv_close((uv_handle_t *)&process->poll, on_closed);
    close(process->socket);
    if (!companion->closing)
        uv_unref((uv_handle_t *)&process->process);
    if (!process->ended)
        uv_process_kill(&process->process, SIGKILL);
    if (!companion->closing)
        companion->plan.gone(companion->plan.owner);
}

static void on_ended(uv_process_t *handle, int64_t status, int signal)
{
    struct process *process = handle->data;
    struct companion *companion = process->companion;
    process->ended = true;
    uv_close((uv_handle_t *)handle, on_closed);
    if (companion->last == process)
        companion->last = NULL;
    if (process->given_up)
        return;
    log_limited(&companion->limit,
                "the %s process has ended (code %d, signal %d); another takes its place",
                companion->plan.name, (int)status, signal);
    give_up(process);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)events;
    struct process *process = poll->data;
    struct companion *companion = process->companion;
    union {
        uint64_t aligned;
        uint8_t bytes[COMPANION_WORD_BYTES_MAX];
    } word;
    ssize_t size = -1;
    while (status >= 0 && (size = recv(process->socket, &word, sizeof word, MSG_DONTWAIT)) ==
                              (ssize_t)companion->plan.word_size) {
        companion->heard_ms = clock_now_ms();
        companion->plan.heard(companion->plan.owner, &word);
    }
    if (status < 0 || size >= 0 || (errno != EAGAIN && errno != EINTR))
        uv_poll_stop(poll); /* its end follows */
}

static int spawn(struct companion *companion, struct process *process, int theirs)
{
    const struct companion_plan *plan = &companion->plan;
    const char *server = image_text(plan->image, image_servers(plan->image)[plan->server].name);
    char hash[13];
    image_short_hash(plan->image, hash);
    char *arguments[] = {(char *)(uintptr_t) "understudy-node",
                         (char *)(uintptr_t)plan->name,
                         (char *)(uintptr_t)plan->deployment,
                         (char *)(uintptr_t)server,
                         hash,
                         (char *)(uintptr_t)plan->more,
                         NULL};
    uv_stdio_container_t stdio[COMPANION_FD + 1] = {
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = theirs}};
    const uv_process_options_t options = {.file = "/proc/self/exe",
                                          .args = arguments,
                                          .stdio = stdio,
                                          .stdio_count = COMPANION_FD + 1,
                                          .flags = UV_PROCESS_DETACHED,
                                          .exit_cb = on_ended};
    return uv_spawn(companion->loop, &process->process, &options);
}

static void start(struct companion *companion)
{
    int ends[2];
    struct process *process = calloc(1, sizeof *process);
    companion->started_ms = companion->heard_ms = clock_now_ms();
    if (process == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        log_limited(&companion->limit, "no %s process: out of memory or descriptors",
                    companion->plan.name);
        free(process);
        return;
    }
    process->process.data = process->poll.data = process;
    process->companion = companion;
    process->socket = ends[0];
    const int code = spawn(companion, process, ends[1]);
    close(ends[1]);
    if (code != 0) {
        log_limited(&companion->limit, "the %s process cannot be started: %s", companion->plan.name,
                    uv_strerror(code));
        close(ends[0]);
        process->handles = 1;
        uv_close((uv_handle_t *)&process->process, on_closed);
        return;
    }
    process->handles = 2;
    uv_poll_init(companion->loop, &process->poll, process->socket);
    uv_poll_start(&process->poll, UV_READABLE, on_readable);
    companion->process = process;
    companion->age++;
}

bool companion_tell(struct companion *companion, const void *word)
{
    if (companion->process == NULL)
        return false;
    const ssize_t sent = send(companion->process->socket, word, companion->plan.word_size,
                              MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN)
        log_limited(&companion->limit, "the %s process does not listen", companion->plan.name);
    return sent == (ssize_t)companion->plan.word_size;
}

uint32_t companion_age(const struct companion *companion)
{
    return companion->age;
}

void companion_tick(struct companion *companion)
{
    const int64_t now_ms = clock_now_ms();
    if (companion->process == NULL && now_ms - companion->started_ms >= RESTART_MS)
        start(companion);
    if (companion->process == NULL || now_ms - companion->heard_ms < SILENT_MS)
        return;
    log_limited(&companion->limit, "the %s process does not answer; another takes its place",
                companion->plan.name);
    give_up(companion->process);
}

struct companion *companion_open(uv_loop_t *loop, const struct companion_plan *plan)
{
    struct companion *companion = calloc(1, sizeof *companion);
    assert(plan->word_size <= COMPANION_WORD_BYTES_MAX);
    if (companion == NULL)
        return NULL;
    companion->loop = loop;
    companion->plan = *plan;
    start(companion);
    return companion;
}

void companion_close(struct companion *companion)
{
    companion->closing = true;
    companion->last = companion->process;
    if (companion->process != NULL)
        give_up(companion->process);
}

void companion_abandon(struct companion *companion)
{
    if (companion->last != NULL)
        uv_unref((uv_handle_t *)&companion->last->process);
}

void companion_free(struct companion *companion)
{
    free(companion);
}

/* ---- the process itself ---- */

static const struct image *complain(const char *name, const char *error)
{
    fprintf(stderr, "understudy: %s: %s\n", name, error);
    return NULL;
}

const struct image *companion_begin(const char *name, char **words, uint32_t *server)
{
    char error[TEXT_BYTES_MAX];
    char hash[13];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const struct deployment *deployment = deployment_open(words[0], error);
    if (deployment == NULL)
        return complain(name, error);
    const struct image *image = deployment_image(deployment);
    image_short_hash(image, hash);
    *server = image_find_server(image, words[1]);
    if (*server == IMAGE_NONE || strcmp(hash, words[2]) != 0)
        return complain(name,
                        "the deployment was replaced: start the node again to run the new one");
    return image;
}
