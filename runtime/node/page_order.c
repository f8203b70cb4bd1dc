#include "runtime/node/page_order.h"

#include <time.h>

#include "runtime/node/order.h"

static void on_order(uv_async_t *async)
{
    struct page_orders *orders = async->data;
    pthread_mutex_lock(&orders->lock);
    if (orders->state == PAGE_ORDER_GIVEN) {
        orders->answer = order_give(orders->node, &orders->request);
        orders->state = PAGE_ORDER_DONE;
        pthread_cond_signal(&orders->answered);
    }
    pthread_mutex_unlock(&orders->lock);
}

int page_orders_open(struct page_orders *orders, uv_loop_t *loop, struct node *node)
{
    pthread_condattr_t attributes;
    orders->node = node;
    orders->async.data = orders;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&orders->lock, NULL);
    pthread_cond_init(&orders->answered, &attributes);
    pthread_condattr_destroy(&attributes);
    return uv_async_init(loop, &orders->async, on_order);
}

void page_orders_close(struct page_orders *orders)
{
    pthread_mutex_lock(&orders->lock);
    orders->closed = true;
    pthread_cond_signal(&orders->answered);
    pthread_mutex_unlock(&orders->lock);
    uv_close((uv_handle_t *)&orders->async, NULL);
}

json_t *page_orders_give(struct page_orders *orders, const struct control_request *request)
{
    struct timespec end;
    int code = 0;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += PAGE_ORDER_MS / 1000;
    pthread_mutex_lock(&orders->lock);
    orders->request = *request;
    orders->state = PAGE_ORDER_GIVEN;
    if (!orders->closed)
        uv_async_send(&orders->async);
    while (orders->state == PAGE_ORDER_GIVEN && !orders->closed && code == 0)
        code = pthread_cond_timedwait(&orders->answered, &orders->lock, &end);
    json_t *answer = orders->state == PAGE_ORDER_DONE ? orders->answer : NULL;
    orders->state = PAGE_ORDER_NONE;
    orders->answer = NULL;
    pthread_mutex_unlock(&orders->lock);
    return answer;
}
