#include "runtime/node/client.h"

#include <jansson.h>
#include <poll.h>
#include <stdio.h>

#include "runtime/node/clock.h"
#include "runtime/node/status_print.h"
#include "runtime/node/talk.h"

json_t *client_ask(const char *state, const json_t *request, char error[static TEXT_BYTES_MAX])
{
    json_t *answer = NULL;
    struct talk talk;
    if (!talk_begin(&talk, state, request, error))
        return NULL;
    enum talk_outcome outcome = TALK_WAITS;
    while (outcome == TALK_WAITS) {
        struct pollfd wait = {.fd = talk.socket, .events = POLLIN};
        const int64_t left_ms = talk.end_ms - clock_now_ms();
        poll(&wait, 1, left_ms > 0 ? (int)left_ms : 0);
        outcome = talk_hear(&talk, &answer, error);
    }
    return outcome == TALK_ANSWERED ? answer : NULL;
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

int client_order(const char *state, const struct client_order *order)
{
    char error[TEXT_BYTES_MAX];
    json_t *request = json_pack("{s:s, s:s, s:s}", "verb", order->verb, order->subject, order->name,
                                "reason", order->reason != NULL ? order->reason : "");
    if (request != NULL && order->for_ms > 0)
        json_object_set_new(request, "for_ms", json_integer(order->for_ms));
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
