#include "runtime/node/control.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/node/control_deploy.h"
#include "runtime/node/drill_order.h"
#include "runtime/node/maintenance.h"
#include "runtime/node/order.h"
#include "runtime/node/state.h"
#include "runtime/node/status.h"

#define CLIENTS_MAX 16
#define CLIENT_MS   5000 /* for the whole conversation */
#define BACKLOG     16

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

struct client {
    uv_pipe_t pipe;
    uv_timer_t timer;
    uv_write_t write;
    struct control *control;
    int handles; /* that libuv still holds */
    size_t size;
    char *answer;
    char request[CONTROL_REQUEST_BYTES];
};

struct control {
    uv_pipe_t listener;
    struct node *node;
    uint32_t client_count;
    struct client *clients[CLIENTS_MAX];
    char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
};

/* ---- requests ---- */

static bool take_text(json_t *object, const char *key, char *to, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL || snprintf(to, size, "%s", text) < (int)size;
}

/* Milliseconds; absent: 0. */
static bool take_time(json_t *object, int64_t *for_ms)
{
    const json_t *value = json_object_get(object, "for_ms");
    *for_ms = json_integer_value(value);
    return value == NULL || (json_is_integer(value) && *for_ms >= MAINTENANCE_MS_MIN &&
                             *for_ms <= MAINTENANCE_MS_MAX);
}

static bool find_verb(const char *name, enum control_verb *verb)
{
    static const char *const names[] = {
#define X(symbol, text, event) text,
        CONTROL_VERBS(X)
#undef X
    };
    for (int i = 0; name != NULL && i < CONTROL_VERB_COUNT; i++)
        if (strcmp(names[i], name) == 0) {
            *verb = (enum control_verb)i;
            return true;
        }
    return false;
}

bool control_parse(const char *text, size_t size, struct control_request *request,
                   char error[static TEXT_BYTES_MAX])
{
    *request = (struct control_request){0};
    json_t *object = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(object)) {
        json_decref(object);
        return FAIL(error, "the request is not a JSON object");
    }
    bool sound = true;
    if (!find_verb(json_string_value(json_object_get(object, "verb")), &request->verb))
        sound = FAIL(error, "this node does not know that verb: is it of another version?");
    else if (!take_text(object, "failover", request->failover, sizeof request->failover))
        sound = FAIL(error, "the name of the failover is too long");
    else if (!take_text(object, "server", request->server, sizeof request->server))
        sound = FAIL(error, "the name of the server is too long");
    else if (!take_time(object, &request->for_ms))
        sound = FAIL(error, "the time goes from 1 s to 366 d");
    else if (!take_text(object, "reason", request->reason, sizeof request->reason))
        sound = FAIL(error, "the reason is too long (%d bytes at most)", ENTRY_REASON_BYTES - 1);
    request->open = json_is_true(json_object_get(object, "open"));
    request->dead = json_is_true(json_object_get(object, "dead"));
    json_decref(object);
    return sound;
}

/* ---- answers ---- */

static json_t *refuse(const char *text)
{
    return json_pack("{s:b, s:s}", "ok", 0, "text", text);
}

static json_t *answer(struct node *node, const char *text, size_t size)
{
    char error[TEXT_BYTES_MAX];
    struct control_request request;
    if (!control_parse(text, size, &request, error))
        return refuse(error);
    switch (request.verb) {
    case CONTROL_STATUS:
        return status_json(node);
    case CONTROL_DEPLOY:
        return control_deploy(node, text, size);
    case CONTROL_ROLLOUT:
        return control_rollout(node);
    case CONTROL_FORCE_START:
    case CONTROL_FORCE_STOP:
    case CONTROL_DISABLE:
    case CONTROL_ENABLE:
    case CONTROL_MAINTENANCE:
    case CONTROL_MAINTENANCE_END:
        return order_give(node, &request);
    case CONTROL_DRILL:
    case CONTROL_DRILL_END:
    case CONTROL_DRILL_REPORT:
        return drill_order(node, &request);
    case CONTROL_VERB_COUNT:
        break;
    }
    return refuse("this node does not know that verb");
}

/* ---- clients ---- */

static void on_client_closed(uv_handle_t *handle)
{
    struct client *client = handle->data;
    struct control *control = client->control;
    if (--client->handles > 0)
        return;
    for (uint32_t i = 0; i < control->client_count; i++)
        if (control->clients[i] == client)
            control->clients[i] = control->clients[--control->client_count];
    free(client->answer);
    free(client);
}

static void close_client(struct client *client)
{
    if (uv_is_closing((uv_handle_t *)&client->pipe))
        return;
    uv_close((uv_handle_t *)&client->pipe, on_client_closed);
    uv_close((uv_handle_t *)&client->timer, on_client_closed);
}

static void on_late(uv_timer_t *timer)
{
    close_client(timer->data);
}

static void on_written(uv_write_t *write, int status)
{
    (void)status;
    close_client(write->data);
}

static void send_answer(struct client *client, size_t size)
{
    json_t *object = answer(client->control->node, client->request, size);
    client->answer = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    if (client->answer == NULL) {
        close_client(client);
        return;
    }
    const size_t length = strlen(client->answer);
    client->answer[length] = '\n'; /* in the place of the final NUL */
    const uv_buf_t buffer = uv_buf_init(client->answer, (unsigned)(length + 1));
    client->write.data = client;
    if (uv_write(&client->write, (uv_stream_t *)&client->pipe, &buffer, 1, on_written) != 0)
        close_client(client);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)suggested;
    struct client *client = handle->data;
    *buffer = uv_buf_init(client->request + client->size,
                          (unsigned)(sizeof client->request - client->size));
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    (void)buffer;
    struct client *client = stream->data;
    if (size < 0) {
        close_client(client);
        return;
    }
    client->size += (size_t)size;
    const char *end = memchr(client->request, '\n', client->size);
    if (end != NULL) {
        uv_read_stop(stream);
        send_answer(client, (size_t)(end - client->request));
    } else if (client->size == sizeof client->request) {
        close_client(client);
    }
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct control *control = listener->data;
    struct client *client = calloc(1, sizeof *client);
    if (status < 0 || client == NULL) {
        free(client);
        return;
    }
    client->control = control;
    client->handles = 2;
    uv_pipe_init(listener->loop, &client->pipe, 0);
    uv_timer_init(listener->loop, &client->timer);
    client->pipe.data = client->timer.data = client;
    if (uv_accept(listener, (uv_stream_t *)&client->pipe) != 0 ||
        control->client_count == CLIENTS_MAX) {
        close_client(client);
        return;
    }
    control->clients[control->client_count++] = client;
    uv_timer_start(&client->timer, on_late, CLIENT_MS, 0);
    uv_read_start((uv_stream_t *)&client->pipe, on_alloc, on_read);
}

/* ---- the socket ---- */

/* A socket left by a node that was killed is removed: the lock on the folder says that none runs.
 */
static int listen_on(struct control *control)
{
    unlink(control->path);
    const mode_t mask = umask(0177);
    int code = uv_pipe_bind(&control->listener, control->path);
    umask(mask);
    if (code == 0)
        code = uv_listen((uv_stream_t *)&control->listener, BACKLOG, on_connection);
    return code;
}

struct control *control_open(uv_loop_t *loop, const char *state, struct node *node,
                             char error[static TEXT_BYTES_MAX])
{
    struct sockaddr_un address;
    struct control *control = calloc(1, sizeof *control);
    if (control == NULL) {
        snprintf(error, TEXT_BYTES_MAX, "out of memory");
        return NULL;
    }
    if (!state_socket(&address, state, error)) {
        free(control);
        return NULL;
    }
    control->node = node;
    memcpy(control->path, address.sun_path, sizeof control->path);
    uv_pipe_init(loop, &control->listener, 0);
    control->listener.data = control;
    const int code = listen_on(control);
    if (code == 0)
        return control;
    snprintf(error, TEXT_BYTES_MAX, "the control socket %.250s cannot be made: %s", control->path,
             uv_strerror(code));
    uv_close((uv_handle_t *)&control->listener, NULL);
    return NULL; /* libuv holds the rest until the process ends */
}

void control_close(struct control *control)
{
    unlink(control->path);
    uv_close((uv_handle_t *)&control->listener, NULL);
    for (uint32_t i = 0; i < control->client_count; i++)
        close_client(control->clients[i]);
}

void control_free(struct control *control)
{
    free(control);
}
