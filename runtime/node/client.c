#include "runtime/node/client.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/node/clock.h"
#include "runtime/node/state.h"
#include "runtime/node/status_print.h"

#define ANSWER_MS        6000
#define ANSWER_BYTES_MAX ((size_t)1 << 30)

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

/* ---- the conversation ---- */

static int connect_node(const char *state, char error[static TEXT_BYTES_MAX])
{
    struct sockaddr_un address;
    if (!state_socket(&address, state, error))
        return -1;
    int node = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (node >= 0 && connect(node, (struct sockaddr *)&address, sizeof address) == 0)
        return node;
    const int code = errno;
    if (node >= 0)
        close(node);
    if (code == ENOENT || code == ECONNREFUSED)
        snprintf(error, TEXT_BYTES_MAX, "no node is running on the state folder %.300s", state);
    else
        snprintf(error, TEXT_BYTES_MAX, "the node on %.300s cannot be reached: %s", state,
                 strerror(code));
    return -1;
}

static bool send_line(int node, const json_t *request, char error[static TEXT_BYTES_MAX])
{
    char *text = json_dumps(request, JSON_COMPACT);
    const size_t size = text != NULL ? strlen(text) : 0;
    bool sent = false;
    if (text != NULL) {
        text[size] = '\n'; /* in the place of the final NUL */
        sent = send(node, text, size + 1, MSG_NOSIGNAL) == (ssize_t)(size + 1);
    }
    free(text);
    return sent || FAIL(error, "the node does not listen");
}

/* Reads until the node closes, up to a time; the text is the caller's. */
static char *read_answer(int node, size_t *size, char error[static TEXT_BYTES_MAX])
{
    const int64_t end_ms = clock_now_ms() + ANSWER_MS;
    size_t capacity = 0;
    char *text = NULL;
    for (*size = 0;;) {
        if (*size == capacity) {
            capacity = capacity == 0 ? 65536 : capacity * 2;
            char *longer = capacity <= ANSWER_BYTES_MAX ? realloc(text, capacity) : NULL;
            if (longer == NULL)
                break;
            text = longer;
        }
        struct pollfd wait = {.fd = node, .events = POLLIN};
        const int64_t left_ms = end_ms - clock_now_ms();
        if (left_ms <= 0 || poll(&wait, 1, (int)left_ms) <= 0)
            break;
        const ssize_t got = recv(node, text + *size, capacity - *size, 0);
        if (got == 0)
            return text;
        if (got < 0)
            break;
        *size += (size_t)got;
    }
    snprintf(error, TEXT_BYTES_MAX, "the node does not answer");
    free(text);
    return NULL;
}

json_t *client_ask(const char *state, const json_t *request, char error[static TEXT_BYTES_MAX])
{
    size_t size;
    json_t *answer = NULL;
    int node = connect_node(state, error);
    if (node < 0)
        return NULL;
    char *text = send_line(node, request, error) ? read_answer(node, &size, error) : NULL;
    close(node);
    if (text == NULL)
        return NULL;
    answer = json_loadb(text, size, 0, NULL);
    if (answer == NULL)
        snprintf(error, TEXT_BYTES_MAX, "the node's answer cannot be understood");
    free(text);
    return answer;
}

/* ---- the verbs ---- */

static int complain(const char *error)
{
    fprintf(stderr, "understudy: %s\n", error);
    return 3;
}

int client_status(const char *state, bool json)
{
    char error[TEXT_BYTES_MAX];
    json_t *request = json_pack("{s:s}", "verb", "status");
    json_t *status = client_ask(state, request, error);
    json_decref(request);
    if (status == NULL)
        return complain(error);
    int code = 0;
    if (json)
        json_dumpf(status, stdout, JSON_INDENT(2)), putchar('\n');
    else if (!status_print(status))
        code = complain("the node's answer cannot be understood: is it of another version?");
    json_decref(status);
    return code;
}

int client_order(const char *state, const char *verb, const char *failover, const char *reason)
{
    char error[TEXT_BYTES_MAX];
    json_t *request =
        json_pack("{s:s, s:s, s:s}", "verb", verb, "failover", failover, "reason", reason);
    if (request == NULL) {
        fprintf(stderr, "understudy: the name or the reason is not UTF-8 text\n");
        return 2;
    }
    json_t *answer = client_ask(state, request, error);
    json_decref(request);
    if (answer == NULL)
        return complain(error);
    const bool done = json_is_true(json_object_get(answer, "ok"));
    const char *text = json_string_value(json_object_get(answer, "text"));
    if (done)
        printf("%s\n", text != NULL ? text : "done");
    else
        fprintf(stderr, "understudy: %s\n", text != NULL ? text : "the node refuses");
    json_decref(answer);
    return done ? 0 : 1;
}
