#include "runtime/node/page.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/node/clock.h"
#include "runtime/node/node.h"
#include "runtime/node/page_answer.h"
#include "runtime/node/status.h"

#define LOOK_MS    200 /* between two looks whether something was decided */
#define STILL_S    10
#define PUBLISH_MS 1000 /* from one status to the next where nothing was */
#define UNSEEN_MS  3000 /* likewise, as long as nobody looks: less than what counts as stale */

struct page {
    struct node *node;
    uv_timer_t timer;
    struct page_orders orders;
    struct http *http;
    struct page_desk desk; /* the thread's of the web server */

    /* The loop's. */
    int64_t published_ms;
    uint64_t told; /* of the timeline */

    pthread_mutex_t lock; /* of what follows: the latest status, until the other thread takes it */
    json_t *fresh;
    int64_t fresh_ms;
};

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

/* ---- the loop's side ---- */

/* No value in it is shared with what the loop goes on with, so the block can change hands. */
static void publish(struct page *page)
{
    json_t *status = status_json(page->node);
    if (status == NULL)
        return;
    page->published_ms = clock_now_ms();
    page->told = timeline_count(page->node->timeline);
    pthread_mutex_lock(&page->lock);
    json_t *unseen = page->fresh;
    page->fresh = status;
    page->fresh_ms = page->published_ms;
    pthread_mutex_unlock(&page->lock);
    json_decref(unseen);
    http_wake(page->http);
}

static bool is_unseen(struct page *page)
{
    pthread_mutex_lock(&page->lock);
    const bool unseen = page->fresh != NULL;
    pthread_mutex_unlock(&page->lock);
    return unseen;
}

/* A large site's status takes the loop some milliseconds. */
static void on_look(uv_timer_t *timer)
{
    struct page *page = timer->data;
    const int64_t age_ms = clock_now_ms() - page->published_ms;
    if (timeline_count(page->node->timeline) != page->told ||
        age_ms >= (is_unseen(page) ? UNSEEN_MS : PUBLISH_MS))
        publish(page);
}

/* ---- the other side ---- */

static void take_fresh(struct page *page)
{
    pthread_mutex_lock(&page->lock);
    json_t *fresh = page->fresh;
    const int64_t fresh_ms = page->fresh_ms;
    page->fresh = NULL;
    pthread_mutex_unlock(&page->lock);
    if (fresh != NULL)
        page_view_take(&page->desk.view, fresh, fresh_ms);
}

static void on_request(void *owner, const struct http_request *request, struct http_answer *answer)
{
    struct page *page = owner;
    take_fresh(page);
    page_answer(&page->desk, request, answer, clock_now_ms() - page->desk.view.given_ms);
}

static char *on_stream(void *owner, uint64_t *seen)
{
    struct page *page = owner;
    take_fresh(page);
    return page_view_event(&page->desk.view, seen);
}

/* ---- opening and closing ---- */

static bool listen_on(struct page *page, const struct page_setup *setup,
                      char error[static TEXT_BYTES_MAX])
{
    char cause[TEXT_BYTES_MAX];
    struct http_setup http = {
        .handler = on_request, .next = on_stream, .owner = page, .still_s = STILL_S};
    if (!http_parse(setup->address, &http.address))
        return FAIL(error, "the page's address is like 127.0.0.1:7480 or [::1]:7480, not \"%.60s\"",
                    setup->address);
    page->desk.access =
        access_open(setup->token_file, http.address.is_loopback, setup->orders, error);
    if (page->desk.access == NULL)
        return false;
    page->http = http_open(&http, cause);
    if (page->http == NULL)
        return FAIL(error, "the page cannot be served on %.60s: %.200s", setup->address, cause);
    log_line("the page is served on %s%s%s", setup->address,
             access_needs_token(page->desk.access) ? ", with a token" : "",
             setup->orders ? ", and takes orders" : "");
    return true;
}

bool page_open(uv_loop_t *loop, const struct page_setup *setup, struct node *node,
               struct page **made, char error[static TEXT_BYTES_MAX])
{
    *made = NULL;
    if (setup->address == NULL)
        return true;
    struct page *page = calloc(1, sizeof *page);
    if (page == NULL)
        return FAIL(error, "out of memory");
    page->node = node;
    page->desk.orders = &page->orders;
    pthread_mutex_init(&page->lock, NULL);
    if (page_orders_open(&page->orders, loop, node) != 0 || !listen_on(page, setup, error))
        return false; /* the process ends */
    uv_timer_init(loop, &page->timer);
    page->timer.data = page;
    uv_timer_start(&page->timer, on_look, 0, LOOK_MS);
    *made = page;
    return true;
}

void page_close(struct page *page)
{
    if (page == NULL)
        return;
    page_orders_close(&page->orders);
    uv_close((uv_handle_t *)&page->timer, NULL);
    http_close(page->http);
}

void page_free(struct page *page)
{
    if (page == NULL)
        return;
    access_free(page->desk.access);
    page_view_free(&page->desk.view);
    json_decref(page->fresh);
    free(page);
}
