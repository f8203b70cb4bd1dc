/* The grace of licences: how far each ran down (R9-R12). */
#include "runtime/sim/result.h"

#include "runtime/sim/array.h"

static int64_t earliest(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

/* A grace that ends while its standby is down is found to be over when that one starts again. */
static void take(struct result *result, struct licence licence)
{
    struct failover_result *failover = &result->failovers[licence.failover];
    licence.to_ms = earliest(licence.to_ms, licence.from_ms + licence.left_ms);
    const int64_t left_ms = licence.left_ms - (licence.to_ms - licence.from_ms);
    failover->licence_expired |= licence.expired;
    failover->licence_left_ms = earliest(failover->licence_left_ms, left_ms);
    result->licences[result->licence_count++] = licence;
}

void grace_measure(struct result *result)
{
    const struct world *world = result->world;
    for (uint32_t f = 0; f < world->image->failovers.count; f++)
        result->failovers[f].licence_left_ms = ENGINE_NEVER;
    result->licences = array_new(world->licence_count, sizeof *result->licences);
    for (size_t i = 0; i < world->licence_count; i++)
        take(result, world->licences[i]);
}
