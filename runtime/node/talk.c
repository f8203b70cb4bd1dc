#include "runtime/node/talk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/node/clock.h"
#include "runtime/node/state.h"

#define ANSWER_BYTES_MAX ((size_t)1 << 30)

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

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

bool talk_begin(struct talk *talk, const char *state, const json_t *request,
                char error[static TEXT_BYTES_MAX])
{
    *talk = (struct talk){.socket = connect_node(state, error), .end_ms = clock_now_ms() + TALK_MS};
    if (talk->socket < 0)
        return false;
    if (send_line(talk->socket, request, error))
        return true;
    talk_end(talk);
    return false;
}

void talk_end(struct talk *talk)
{
    if (talk->socket >= 0)
        close(talk->socket);
    free(talk->text);
    *talk = (struct talk){.socket = -1};
}

/* Whether there is room for more. */
static bool make_room(struct talk *talk)
{
    if (talk->size < talk->capacity)
        return true;
    const size_t capacity = talk->capacity == 0 ? 65536 : talk->capacity * 2;
    char *longer = capacity <= ANSWER_BYTES_MAX ? realloc(talk->text, capacity) : NULL;
    if (longer == NULL)
        return false;
    talk->text = longer;
    talk->capacity = capacity;
    return true;
}

enum talk_outcome talk_hear(struct talk *talk, json_t **answer, char error[static TEXT_BYTES_MAX])
{
    ssize_t got = -1;
    errno = 0;
    while (make_room(talk)) {
        got =
            recv(talk->socket, talk->text + talk->size, talk->capacity - talk->size, MSG_DONTWAIT);
        if (got <= 0)
            break;
        talk->size += (size_t)got;
    }
    if (got < 0 && (errno == EAGAIN || errno == EINTR) && clock_now_ms() < talk->end_ms)
        return TALK_WAITS;
    *answer = got == 0 ? json_loadb(talk->text, talk->size, 0, NULL) : NULL;
    if (got != 0)
        snprintf(error, TEXT_BYTES_MAX, "the node does not answer");
    else if (*answer == NULL)
        snprintf(error, TEXT_BYTES_MAX, "the node's answer cannot be understood");
    talk_end(talk);
    return *answer != NULL ? TALK_ANSWERED : TALK_FAILED;
}
