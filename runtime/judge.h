/* Judges whether the acts of an outage can happen when they are due: a server that is down cannot
 * fail, a path that is whole cannot be healed. The front judges what it reads, to say where it
 * stands; the dry run judges again what it is handed. */
#ifndef RUNTIME_JUDGE_H
#define RUNTIME_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/outage.h"

/* The site that the acts are done to. */
struct judge_site {
    uint32_t server_count;
    uint32_t volume_count;
    uint32_t camera_count;
    bool has_coordinator;
    const void *context; /* of the two functions */
    bool (*are_peers)(const void *context, uint32_t a, uint32_t b);
    uint32_t (*standby_of)(const void *context, uint32_t failover);
    bool (*lists)(const void *context, uint32_t server, uint32_t volume); /* in its archive */
    bool (*is_nas)(const void *context, uint32_t volume);
};

struct judge;

/* Bytes that a judge of so many acts needs. */
size_t judge_size(const struct judge_site *site, size_t act_count);

/* Makes a judge in zeroed memory of judge_size() bytes, aligned for any type: all is whole.
 * The site must stay. */
struct judge *judge_init(void *memory, const struct judge_site *site, size_t act_count);

/* Takes the next act in order of time, whose indices are those of the site. Returns why it cannot
 * happen now, as a sentence; NULL if it can, and then it has. */
const char *judge_act(struct judge *judge, const struct outage_act *act);

#endif
