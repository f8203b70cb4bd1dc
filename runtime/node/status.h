/* What a node says of itself. */
#ifndef RUNTIME_NODE_STATUS_H
#define RUNTIME_NODE_STATUS_H

#include <jansson.h>
#include <stdbool.h>

struct node;

/* The status of a node as JSON; the caller's. NULL without memory. */
json_t *status_json(const struct node *node);

/* Prints a status on one screen, the verdict first. False if the object is no status. */
bool status_print(const json_t *status);

#endif
