/* What each address of a node's page answers; all of it in the thread of the web server. */
#ifndef RUNTIME_NODE_PAGE_ANSWER_H
#define RUNTIME_NODE_PAGE_ANSWER_H

#include "runtime/node/access.h"
#include "runtime/node/page_order.h"
#include "runtime/node/page_view.h"

struct page_desk {
    struct access *access;
    struct page_view view;
    struct page_orders *orders;
};

/* To be called with a view that is as new as can be. The age is that of its status; a view without
 * one is answered by 503. */
void page_answer(struct page_desk *desk, const struct http_request *request,
                 struct http_answer *answer, int64_t age_ms);

#endif
