/* The page of a node: what operators see of it in a browser, and what monitoring reads.
 *
 *   /             the page         /events    what changes on it, as a stream
 *   /status.json  the status       /metrics   the same for Prometheus      /health   200 or 503
 *   /login, /logout, /orders       forms
 *
 * The web server has a thread of its own that never touches the node: the loop gives it a status, a
 * block that nobody else holds, each second and whenever something was decided; orders go the other
 * way and are carried out by the loop like those of the control socket. So nobody who asks, however
 * slowly or often, holds up the node; and a page whose node stands still says so.
 */
#ifndef RUNTIME_NODE_PAGE_H
#define RUNTIME_NODE_PAGE_H

#include <stdbool.h>
#include <uv.h>

#include "runtime/limits.h"

struct node;
struct page;

struct page_setup {
    const char *address;    /* "127.0.0.1:7480"; NULL: no page */
    const char *token_file; /* NULL: systemd's credential, or none */
    bool orders;            /* it takes orders */
};

/* Listens. Without an address there is no page, and *page is NULL. False: error is set. */
bool page_open(uv_loop_t *loop, const struct page_setup *setup, struct node *node,
               struct page **page, char error[static TEXT_BYTES_MAX]);

/* Ends all connections and begins to close; freed by page_free once the loop has run dry. Both take
 * NULL. */
void page_close(struct page *page);
void page_free(struct page *page);

#endif
