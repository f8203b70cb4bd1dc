/* Failovers that are disabled for a time and enabled by themselves (R20). The orders themselves go
 * the way of an operator's and stand in the journal with their reasons; until when lies in a file
 * of the state folder, so that it survives a restart. While the node runs it counts on the
 * monotonic clock: a wall clock that jumps ends nothing early (R43).
 */
#ifndef RUNTIME_NODE_MAINTENANCE_H
#define RUNTIME_NODE_MAINTENANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/image.h"
#include "runtime/node/entry.h"

#define MAINTENANCE_FILE   "maintenance.json"
#define MAINTENANCE_MS_MIN INT64_C(1000)
#define MAINTENANCE_MS_MAX DAYS_MS(366)

struct maintenance;

/* Reads what stands; a file that cannot be understood is an error. The image must stay. */
struct maintenance *maintenance_open(const char *state, const struct image *image, uint32_t server,
                                     char error[static TEXT_BYTES_MAX]);

/* Notes that this failover is to be enabled in for_ms, durably, before it is disabled; or that it
 * is not (for_ms 0). False: error is set and nothing is changed. */
bool maintenance_set(struct maintenance *maintenance, uint32_t failover, int64_t for_ms,
                     const char *reason, char error[static TEXT_BYTES_MAX]);

/* The wall clock has jumped by so much. */
void maintenance_clock_jumped(struct maintenance *maintenance, int64_t jump_ms);

/* One whose time is over, or IMAGE_NONE; it is to be enabled and then set to 0. */
uint32_t maintenance_due(const struct maintenance *maintenance);

/* Until when, and why; false: no time is set. */
struct maintenance_view {
    int64_t left_ms;
    int64_t until_wall_ms;
    const char *reason;
};
bool maintenance_view(const struct maintenance *maintenance, uint32_t failover,
                      struct maintenance_view *view);

void maintenance_free(struct maintenance *maintenance);

#endif
