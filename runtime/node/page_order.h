/* Orders from the thread of the web server to the loop: one at a time, answered within a time. */
#ifndef RUNTIME_NODE_PAGE_ORDER_H
#define RUNTIME_NODE_PAGE_ORDER_H

#include <pthread.h>
#include <uv.h>

#include "runtime/node/control.h"

#define PAGE_ORDER_MS 3000 /* the loop has so long */

struct page_orders {
    uv_async_t async;
    struct node *node;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t answered;
    enum { PAGE_ORDER_NONE, PAGE_ORDER_GIVEN, PAGE_ORDER_DONE } state;
    bool closed;
    struct control_request request;
    json_t *answer;
};

/* The loop's. The memory must stay until the loop has run dry after page_orders_close. */
int page_orders_open(struct page_orders *orders, uv_loop_t *loop, struct node *node);
void page_orders_close(struct page_orders *orders);

/* The other thread's: waits for the answer, {"ok", "text", ...}, which is the caller's; NULL: the
 * loop has not taken the order, and will not. */
json_t *page_orders_give(struct page_orders *orders, const struct control_request *request);

#endif
