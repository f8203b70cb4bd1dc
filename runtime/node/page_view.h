/* What the page shows: the last status that the node gave, and its parts as HTML, each with the
 * version at which it changed last. All of it belongs to the thread of the web server. */
#ifndef RUNTIME_NODE_PAGE_VIEW_H
#define RUNTIME_NODE_PAGE_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/node/page_html.h"

/* A status that is older is no longer shown as the present, in milliseconds. */
#define PAGE_STALE_MS 5000

struct page_view {
    json_t *status; /* NULL: none yet */
    int64_t given_ms;
    uint64_t version;
    uint64_t rendered; /* the version that the parts are of */
    struct {
        char *html;
        uint64_t version;
    } parts[PAGE_PART_COUNT];
};

/* What a page has beside the status. */
struct page_frame {
    int64_t age_ms;          /* of the status */
    const char *form_secret; /* of the session; NULL: none, so there is nothing to log off from */
    bool orders;             /* it takes them */
};

/* Takes a newer status, which is the view's from then on. */
void page_view_take(struct page_view *view, json_t *status, int64_t now_ms);
void page_view_free(struct page_view *view);

/* The whole page; the caller's. NULL without memory. */
char *page_view_document(struct page_view *view, const struct page_frame *frame);

/* What has changed since version *seen as an event of a stream, and *seen is the present version;
 * NULL: nothing. The caller's. */
char *page_view_event(struct page_view *view, uint64_t *seen);

/* Where the token is asked for; refused: one that was given was wrong. */
char *page_view_log_in(bool refused);

/* {"healthy", "reasons"}: nothing is being lost here, and the node says so now. The reasons are
 * left out for strangers. */
json_t *page_view_health(const struct page_view *view, int64_t age_ms, bool with_reasons);

#endif
