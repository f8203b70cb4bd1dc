/* The licence's grace: how long cameras that are bound to their server may be carried (R9-R12). It
 * runs by the wall clock, so that it goes on while this server is down, and a jump of that clock
 * changes nothing (R43).
 */
#include "runtime/engine/state.h"

#include <assert.h>

/* The engine's own clock begins anew with the server: what is left is what is left by the wall
 * clock. */
void licence_boot(struct engine *engine, int64_t wall_ms)
{
    const int64_t before_ms = engine->boot_wall_ms;
    engine->boot_wall_ms = wall_ms - engine->now_ms;
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        struct failover *failover = &engine_failovers(engine)[f];
        if (failover->licence_end_ms != ENGINE_NEVER)
            failover->licence_end_ms += before_ms - engine->boot_wall_ms;
    }
}

/* A grace that runs already goes on, also where another standby began it. */
void licence_start(struct engine *engine, uint32_t local)
{
    assert(local < engine->failover_count);
    struct failover *failover = &engine_failovers(engine)[local];
    if (failover->licence_end_ms == ENGINE_NEVER)
        failover->licence_end_ms =
            engine->now_ms + engine->image->site.grace_ms - fellow_elapsed(engine, local);
}

bool licence_ends(struct engine *engine, uint32_t local)
{
    struct failover *failover = &engine_failovers(engine)[local];
    if (failover->licence_end_ms > engine->now_ms)
        return false;
    failover->licence_end_ms = ENGINE_NEVER;
    engine_push(engine, MACHINE_FAILOVER, local, FAILOVER_LICENCE_EXPIRED);
    return true;
}
