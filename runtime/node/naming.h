/* How servers of different deployments speak of the same failover or camera (R41): by a number that
 * its names give, the same whatever else the two deployments hold.
 */
#ifndef RUNTIME_NODE_NAMING_H
#define RUNTIME_NODE_NAMING_H

#include <stdbool.h>

#include "runtime/node/wire.h"

struct naming;

/* The failovers of an image, and the cameras that this server has to do with. NULL: error is set;
 * two that have the same number could not be told apart. */
struct naming *naming_make(const struct image *image, uint32_t server,
                           char error[static TEXT_BYTES_MAX]);
void naming_free(struct naming *naming);

/* A message as it travels. */
struct wire_message naming_to_wire(const struct naming *naming,
                                   const struct engine_message *message);

/* And back; false: it speaks of what this deployment does not have. */
bool naming_from_wire(const struct naming *naming, const struct wire_message *wire,
                      struct engine_message *message);

#endif
