/* What a node says of itself; status_print.h shows it. */
#ifndef RUNTIME_NODE_STATUS_H
#define RUNTIME_NODE_STATUS_H

#include <jansson.h>

struct node;

/* The status of a node as JSON; the caller's. NULL without memory. */
json_t *status_json(const struct node *node);

#endif
