/* The page of a node as HTML: each part of it is written from a status, by the node alone, so that
 * it looks the same with and without scripts, and what stands in a name is escaped in one place
 * (html.h). A script only puts newer parts in the place of older ones. */
#ifndef RUNTIME_NODE_PAGE_HTML_H
#define RUNTIME_NODE_PAGE_HTML_H

#include <jansson.h>
#include <stdio.h>

/* X(id, "heading", or NULL) in the order of the page; each has a function page_html_ID. */
#define PAGE_PARTS(X)                                                                              \
    X(verdict, NULL)                                                                               \
    X(site, "The site, as seen from here")                                                         \
    X(failovers, "Failovers of this server")                                                       \
    X(cameras, "Cameras")                                                                          \
    X(servers, "Other servers")                                                                    \
    X(volumes, "Volumes")                                                                          \
    X(alarms, "Alarms")                                                                            \
    X(coordinator, "Coordinator")                                                                  \
    X(timeline, "What was decided, and why")

#define X(id, heading) PAGE_PART_##id,
enum page_part { PAGE_PARTS(X) PAGE_PART_COUNT };
#undef X

#define X(id, heading) void page_html_##id(FILE *out, const json_t *status);
PAGE_PARTS(X)
#undef X

#endif
