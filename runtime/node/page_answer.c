#include "runtime/node/page_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/html.h"
#include "runtime/node/metrics.h"
#include "runtime/node/status_read.h"

#define HTML "text/html; charset=utf-8"
#define TEXT "text/plain; charset=utf-8"
#define JSON "application/json"

/* gcc 12 has no #embed. The paths are relative to the top of the tree, where make runs. */
#define EMBED(symbol, path)                                                                        \
    extern const char symbol[];                                                                    \
    __asm__(".section .rodata\n"                                                                   \
            ".type " #symbol ", @object\n" #symbol ":\n"                                           \
            ".incbin \"" path "\"\n"                                                               \
            ".byte 0\n"                                                                            \
            ".size " #symbol ", . - " #symbol "\n"                                                 \
            ".previous\n")

EMBED(node_page_css, "runtime/node/page.css");
EMBED(node_page_js, "runtime/node/page.js");

/* A question as the answers below take it. */
struct question {
    struct page_desk *desk;
    const struct http_request *request;
    struct access_right right;
    int64_t age_ms;
};

static void say(struct http_answer *answer, unsigned status, const char *text)
{
    *answer = (struct http_answer){.status = status, .type = TEXT, .fixed = text};
}

/* NULL: memory is out. */
static void give(struct http_answer *answer, unsigned status, const char *type, char *bytes)
{
    if (bytes == NULL)
        say(answer, 500, "memory is out\n");
    else
        *answer = (struct http_answer){.status = status, .type = type, .bytes = bytes};
}

static void give_json(struct http_answer *answer, unsigned status, const json_t *object)
{
    give(answer, status, JSON, json_dumps(object, JSON_INDENT(2)));
}

static void go_to_page(struct http_answer *answer)
{
    say(answer, 303, "the page is at /\n");
    answer->location = "/";
}

/* ---- what everybody may have ---- */

static void answer_css(const struct question *question, struct http_answer *answer)
{
    (void)question;
    *answer = (struct http_answer){
        .status = 200, .type = "text/css; charset=utf-8", .fixed = node_page_css};
}

static void answer_js(const struct question *question, struct http_answer *answer)
{
    (void)question;
    *answer = (struct http_answer){
        .status = 200, .type = "text/javascript; charset=utf-8", .fixed = node_page_js};
}

static void answer_health(const struct question *question, struct http_answer *answer)
{
    json_t *health =
        page_view_health(&question->desk->view, question->age_ms, question->right.reads);
    give_json(answer, status_true(health, "healthy") ? 200 : 503, health);
    json_decref(health);
}

static void answer_log_in(const struct question *question, struct http_answer *answer)
{
    char cookie[sizeof answer->cookie];
    if (!access_log_in(question->desk->access, question->request, cookie)) {
        give(answer, 403, HTML, page_view_log_in(true));
        return;
    }
    go_to_page(answer);
    memcpy(answer->cookie, cookie, sizeof cookie);
}

/* ---- what needs the token, where there is one ---- */

static void answer_document(const struct question *question, struct http_answer *answer)
{
    const struct page_frame frame = {.age_ms = question->age_ms,
                                     .form_secret = question->right.form_secret,
                                     .orders = question->right.orders};
    give(answer, 200, HTML, page_view_document(&question->desk->view, &frame));
}

static void answer_events(const struct question *question, struct http_answer *answer)
{
    (void)question;
    *answer = (struct http_answer){.status = 200, .type = "text/event-stream", .stream = true};
}

static void answer_status(const struct question *question, struct http_answer *answer)
{
    json_t *status = question->desk->view.status;
    json_object_set_new(status, "age_ms", json_integer(question->age_ms));
    give_json(answer, 200, status);
}

static void answer_metrics(const struct question *question, struct http_answer *answer)
{
    give(answer, 200, "text/plain; version=0.0.4; charset=utf-8",
         metrics_text(question->desk->view.status, question->age_ms));
}

static void answer_log_out(const struct question *question, struct http_answer *answer)
{
    if (!access_is_own_form(&question->right, question->request)) {
        say(answer, 403, "this form was not sent by this page\n");
        return;
    }
    go_to_page(answer);
    access_log_out(question->desk->access, question->request, answer->cookie);
}

/* ---- orders ---- */

static bool read_order(const struct http_request *request, struct control_request *order,
                       char error[static TEXT_BYTES_MAX])
{
    const char *verb = http_field(request, "order");
    const char *failover = http_field(request, "failover");
    const char *reason = http_field(request, "reason");
    json_t *object =
        json_pack("{s:s?, s:s?, s:s?}", "verb", verb, "failover", failover, "reason", reason);
    char *text = json_dumps(object, 0);
    bool sound = false;
    snprintf(error, TEXT_BYTES_MAX, "the order is no UTF-8 text");
    if (text != NULL)
        sound = control_parse(text, strlen(text), order, error);
    free(text);
    json_decref(object);
    if (sound && (order->reason[0] == '\0' || order->verb == CONTROL_STATUS)) {
        snprintf(error, TEXT_BYTES_MAX, "an order needs a reason");
        return false;
    }
    return sound;
}

static void answer_refusal(struct http_answer *answer, unsigned status, const char *text)
{
    char *page = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&page, &size);
    if (out == NULL)
        return;
    html_write(out,
               "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta "
               "name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Not "
               "done</title><link rel=\"stylesheet\" href=\"/page.css\"></head><body "
               "class=\"log-in\"><main><section><h1>Not done</h1><p>%s</p><p><a href=\"/\">Back "
               "to the page</a></p></section></main></body></html>\n",
               text);
    fclose(out);
    give(answer, status, HTML, page);
}

static void answer_order(const struct question *question, struct http_answer *answer)
{
    char error[TEXT_BYTES_MAX];
    struct control_request order;
    if (!question->right.orders) {
        answer_refusal(answer, 403, "This page takes no orders.");
        return;
    }
    if (!access_is_own_form(&question->right, question->request)) {
        answer_refusal(answer, 403, "This form was not sent by this page.");
        return;
    }
    if (!read_order(question->request, &order, error)) {
        answer_refusal(answer, 400, error);
        return;
    }
    json_t *done = page_orders_give(question->desk->orders, &order);
    if (done == NULL)
        answer_refusal(answer, 503, "The node does not answer; the order was not taken.");
    else if (!question->right.is_session)
        give_json(answer, status_true(done, "ok") ? 200 : 409, done);
    else if (status_true(done, "ok"))
        go_to_page(answer);
    else
        answer_refusal(answer, 409, status_text(done, "text"));
    json_decref(done);
}

/* ---- all of it ---- */

static const struct {
    const char *path;
    bool is_form;
    bool is_public;
    void (*answer)(const struct question *question, struct http_answer *answer);
} places[] = {
    {"/page.css", false, true, answer_css},        {"/page.js", false, true, answer_js},
    {"/health", false, true, answer_health},       {"/login", true, true, answer_log_in},
    {"/", false, false, answer_document},          {"/events", false, false, answer_events},
    {"/status.json", false, false, answer_status}, {"/metrics", false, false, answer_metrics},
    {"/logout", true, false, answer_log_out},      {"/orders", true, false, answer_order},
};

static void answer_stranger(const struct http_request *request, struct http_answer *answer)
{
    if (strcmp(request->path, "/") == 0 && !request->is_post)
        give(answer, 401, HTML, page_view_log_in(false));
    else
        say(answer, 401, "this needs the token of this page\n");
}

void page_answer(struct page_desk *desk, const struct http_request *request,
                 struct http_answer *answer, int64_t age_ms)
{
    size_t at = 0;
    while (at < sizeof places / sizeof places[0] && strcmp(places[at].path, request->path) != 0)
        at++;
    if (at == sizeof places / sizeof places[0])
        return;
    const struct question question = {.desk = desk,
                                      .request = request,
                                      .right = access_right(desk->access, request),
                                      .age_ms = age_ms};
    if (places[at].is_form != request->is_post)
        say(answer, 405, "this is not asked so\n");
    else if (!places[at].is_public && !question.right.reads)
        answer_stranger(request, answer);
    else if (desk->view.status == NULL)
        say(answer, 503, "the node is starting\n");
    else
        places[at].answer(&question, answer);
}
