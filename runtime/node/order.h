/* The operator's orders, as the control socket and the page take them. */
#ifndef RUNTIME_NODE_ORDER_H
#define RUNTIME_NODE_ORDER_H

#include <jansson.h>

#include "runtime/node/control.h"

/* Carries an order out, and answers {"ok", "text", ...}; the caller's. */
json_t *order_give(struct node *node, const struct control_request *request);

/* Opens the node's maintenance under its present deployment, in the place of a former one. False:
 * error is set. */
bool order_open(struct node *node, char error[static TEXT_BYTES_MAX]);

/* Enables what was disabled for a time that is over; to be called each heartbeat. */
void order_tick(struct node *node);

#endif
