/* The zone of a site, in which people read and write times; what machines read stays in UTC
 * (clock_text). */
#ifndef RUNTIME_NODE_ZONE_H
#define RUNTIME_NODE_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/node/clock.h"

/* From now on this process speaks of times in a zone: "Europe/Berlin", or "" for UTC. False: this
 * machine has no data of it, and it stays as it was (UTC at first). */
bool zone_use(const char *zone);

/* A moment as RFC 3339 with milliseconds and the offset of the zone, Z where that is 0. Returns
 * text. */
char *zone_text(int64_t wall_ms, char text[static CLOCK_TEXT_BYTES]);

/* Reads what a person writes: "2026-11-23T20:45:12Z", "2026-11-23 20:45" (of the zone where no
 * offset is given), "20:45" (the latest before now_ms). False: it is no time. */
bool zone_read(const char *text, int64_t now_ms, int64_t *wall_ms);

#endif
