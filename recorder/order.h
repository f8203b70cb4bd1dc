/* Orders of the node, judged before they are followed: the node is ours, but of which version, and
 * who wrote its topology? */
#ifndef RECORDER_ORDER_H
#define RECORDER_ORDER_H

#include <stdbool.h>
#include <sys/types.h>

#include "recorder/recorder.h"

/* Whether what came, of this size, is an order of our version, with every text ended. */
bool order_is_sound(const struct recorder_order *order, ssize_t size);

/* Whether a sound order's names are fit for a path, and its address for a connection. Otherwise
 * false and the reason in `cause` (RECORDER_CAUSE_MAX bytes). */
bool order_accept(const struct recorder_order *order, char *cause);

/* The same for an ORDER_KEEP, which has at least one volume, and no camera or one. */
bool order_accept_keep(const struct recorder_order *order, char *cause);

/* Whether two orders speak of one camera, by its names and address. */
bool order_is_same_camera(const struct recorder_order *a, const struct recorder_order *b);

#endif
