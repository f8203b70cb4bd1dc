#include "runtime/node/lookout.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/node/clock.h"
#include "runtime/node/lifesign.h"
#include "runtime/node/log.h"

#define RESTART_MS 2000 /* from the end of one process to the next */
#define SILENT_MS  5000 /* without an answer it is ended */

struct lookout {
    uv_loop_t *loop;
    const char *deployment;
    const struct image *image;
    uint32_t server;
    struct inbox *inbox;
    struct watcher *watcher; /* NULL: no process */
    struct watcher *last;    /* that is awaited at the end, or NULL */
    int64_t started_ms;
    int64_t heard_ms;
    bool closing;
    bool storage_lost; /* what the engine was told */
    struct log_limit limit;
    uint8_t views[]; /* what the engine was told, for each failover under this server */
};

/* One process, until libuv lets go of it. */
struct watcher {
    uv_process_t process;
    uv_poll_t poll;
    struct lookout *lookout;
    bool given_up;
    int socket;
    int handles;
    bool ended;
};

/* ---- what it tells ---- */

static void announce_view(struct lookout *lookout, uint32_t n, enum lifesign_view view)
{
    static const enum engine_event_kind kinds[LIFESIGN_VIEW_COUNT] = {
        [LIFESIGN_NONE] = EVENT_VIEW_NONE,
        [LIFESIGN_SILENT] = EVENT_VIEW_SILENT,
        [LIFESIGN_ALIVE] = EVENT_VIEW_ALIVE};
    if (lookout->views[n] == view)
        return;
    lookout->views[n] = (uint8_t)view;
    struct engine_event event = inbox_event(kinds[view]);
    event.failover = image_servers(lookout->image)[lookout->server].failovers.first + n;
    inbox_put(lookout->inbox, &event, NULL);
}

static void announce_storage(struct lookout *lookout, bool lost)
{
    if (lookout->storage_lost == lost)
        return;
    lookout->storage_lost = lost;
    const struct engine_event event = inbox_event(lost ? EVENT_STORAGE_LOST : EVENT_STORAGE_BACK);
    inbox_put(lookout->inbox, &event, NULL);
}

static void on_word(struct lookout *lookout, const struct lookout_word *word)
{
    const struct image_list own = image_servers(lookout->image)[lookout->server].failovers;
    struct engine_event event = inbox_event(word->value != 0 ? EVENT_REACHED : EVENT_UNREACHED);
    switch ((enum lookout_kind)word->kind) {
    case LOOKOUT_BEAT:
        break;
    case LOOKOUT_PROBE:
        event = inbox_event(word->value != 0 ? EVENT_NETWORK_FINE : EVENT_NETWORK_DOWN);
        inbox_put(lookout->inbox, &event, NULL);
        break;
    case LOOKOUT_REACH:
        event.camera = word->subject;
        if (word->subject < lookout->image->cameras.count)
            inbox_put(lookout->inbox, &event, NULL);
        break;
    case LOOKOUT_VIEW:
        if (word->subject - own.first < own.count && word->value < LIFESIGN_VIEW_COUNT)
            announce_view(lookout, word->subject - own.first, (enum lifesign_view)word->value);
        break;
    case LOOKOUT_STORAGE:
        announce_storage(lookout, word->value == 0);
        break;
    case LOOKOUT_KIND_COUNT:
        break;
    }
}

/* ---- the process ---- */

static void on_closed(uv_handle_t *handle)
{
    struct watcher *watcher = handle->data;
    if (--watcher->handles == 0)
        free(watcher);
}

/* Nothing of it counts any more. One that hangs in the kernel cannot be waited for: it ends when it
 * can, and does not keep the loop. */
static void give_up(struct watcher *watcher)
{
    struct lookout *lookout = watcher->lookout;
    const uint32_t count = image_servers(lookout->image)[lookout->server].failovers.count;
    watcher->given_up = true;
    lookout->watcher = NULL;
    uv_close((uv_handle_t *)&watcher->poll, on_closed);
    close(watcher->socket);
    if (!lookout->closing)
        uv_unref((uv_handle_t *)&watcher->process);
    if (!watcher->ended)
        uv_process_kill(&watcher->process, SIGKILL);
    for (uint32_t n = 0; n < count && !lookout->closing; n++)
        announce_view(lookout, n, LIFESIGN_NONE);
}

static void on_ended(uv_process_t *process, int64_t status, int signal)
{
    struct watcher *watcher = process->data;
    watcher->ended = true;
    uv_close((uv_handle_t *)process, on_closed);
    if (watcher->lookout->last == watcher)
        watcher->lookout->last = NULL;
    if (watcher->given_up)
        return;
    log_limited(&watcher->lookout->limit,
                "the lookout process has ended (code %d, signal %d); another takes its place",
                (int)status, signal);
    give_up(watcher);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)events;
    struct watcher *watcher = poll->data;
    struct lookout_word word;
    ssize_t size = -1;
    while (status >= 0 && (size = recv(watcher->socket, &word, sizeof word, MSG_DONTWAIT)) ==
                              (ssize_t)sizeof word) {
        watcher->lookout->heard_ms = clock_now_ms();
        on_word(watcher->lookout, &word);
    }
    if (status < 0 || size >= 0 || (errno != EAGAIN && errno != EINTR))
        uv_poll_stop(poll); /* its end follows */
}

static int spawn(struct lookout *lookout, struct watcher *watcher, int theirs)
{
    const struct image *image = lookout->image;
    char hash[13];
    image_short_hash(image, hash);
    char *arguments[] = {
        (char *)(uintptr_t) "understudy-node",
        (char *)(uintptr_t) "lookout",
        (char *)(uintptr_t)lookout->deployment,
        (char *)(uintptr_t)image_text(image, image_servers(image)[lookout->server].name),
        hash,
        NULL};
    uv_stdio_container_t stdio[LOOKOUT_FD + 1] = {
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = theirs}};
    const uv_process_options_t options = {.file = "/proc/self/exe",
                                          .args = arguments,
                                          .stdio = stdio,
                                          .stdio_count = LOOKOUT_FD + 1,
                                          .flags = UV_PROCESS_DETACHED,
                                          .exit_cb = on_ended};
    return uv_spawn(lookout->loop, &watcher->process, &options);
}

static void start(struct lookout *lookout)
{
    int ends[2];
    struct watcher *watcher = calloc(1, sizeof *watcher);
    lookout->started_ms = lookout->heard_ms = clock_now_ms();
    if (watcher == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        log_limited(&lookout->limit, "no lookout process: out of memory or descriptors");
        free(watcher);
        return;
    }
    watcher->process.data = watcher->poll.data = watcher;
    watcher->lookout = lookout;
    watcher->socket = ends[0];
    const int code = spawn(lookout, watcher, ends[1]);
    close(ends[1]);
    if (code != 0) {
        log_limited(&lookout->limit, "the lookout process cannot be started: %s",
                    uv_strerror(code));
        close(ends[0]);
        watcher->handles = 1;
        uv_close((uv_handle_t *)&watcher->process, on_closed);
        return;
    }
    watcher->handles = 2;
    uv_poll_init(lookout->loop, &watcher->poll, watcher->socket);
    uv_poll_start(&watcher->poll, UV_READABLE, on_readable);
    lookout->watcher = watcher;
}

/* ---- what it is told ---- */

static void tell(struct lookout *lookout, enum lookout_kind kind, uint32_t subject)
{
    const struct lookout_word word = {.kind = kind, .subject = subject};
    if (lookout->watcher != NULL &&
        send(lookout->watcher->socket, &word, sizeof word, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
        errno != EAGAIN)
        log_limited(&lookout->limit, "the lookout process does not listen");
}

void lookout_tick(struct lookout *lookout)
{
    const int64_t now_ms = clock_now_ms();
    if (lookout->watcher == NULL && now_ms - lookout->started_ms >= RESTART_MS)
        start(lookout);
    tell(lookout, LOOKOUT_BEAT, 0);
    if (lookout->watcher == NULL || now_ms - lookout->heard_ms < SILENT_MS)
        return;
    log_limited(&lookout->limit, "the lookout process does not answer; another takes its place");
    give_up(lookout->watcher);
}

void lookout_probe(struct lookout *lookout)
{
    tell(lookout, LOOKOUT_PROBE, 0);
}

void lookout_reach(struct lookout *lookout, uint32_t camera)
{
    tell(lookout, LOOKOUT_REACH, camera);
}

/* ---- opening and closing ---- */

struct lookout *lookout_open(uv_loop_t *loop, const char *deployment, const struct image *image,
                             uint32_t server, struct inbox *inbox)
{
    const uint32_t count = image_servers(image)[server].failovers.count;
    struct lookout *lookout = calloc(1, sizeof *lookout + count);
    if (lookout == NULL)
        return NULL;
    lookout->loop = loop;
    lookout->deployment = deployment;
    lookout->image = image;
    lookout->server = server;
    lookout->inbox = inbox;
    start(lookout);
    return lookout;
}

void lookout_close(struct lookout *lookout)
{
    lookout->closing = true;
    lookout->last = lookout->watcher;
    if (lookout->watcher != NULL)
        give_up(lookout->watcher);
}

void lookout_abandon(struct lookout *lookout)
{
    if (lookout->last != NULL)
        uv_unref((uv_handle_t *)&lookout->last->process);
}

void lookout_free(struct lookout *lookout)
{
    free(lookout);
}
