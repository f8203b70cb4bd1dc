/* Our own network: a standby that loses everyone at once asks itself first (R29). */
#include "runtime/engine/state.h"

#include <assert.h>

static int64_t detect_ms(const struct engine *engine)
{
    return (int64_t)engine->image->site.heartbeat_ms * engine->image->site.misses;
}

bool network_asked(const struct engine *engine)
{
    return engine->network.probe_end_ms != ENGINE_NEVER;
}

void network_boot(struct engine *engine)
{
    engine->network = (struct network){.probe_end_ms = ENGINE_NEVER};
    for (uint32_t p = 0; p < engine->peer_count; p++)
        engine_peers(engine)[p].lost_ms = ENGINE_NEVER;
}

/* Whether every peer is gone, and at least two of them within one detection time. */
static bool all_lost_at_once(const struct engine *engine)
{
    uint32_t lately = 0;
    for (uint32_t p = 0; p < engine->peer_count; p++) {
        const struct peer *peer = &engine_peers_of(engine)[p];
        if (peer->up)
            return false;
        lately +=
            peer->lost_ms != ENGINE_NEVER && engine->now_ms - peer->lost_ms <= detect_ms(engine);
    }
    return lately >= 2;
}

static void tell_failovers(struct engine *engine, enum failover_event event)
{
    for (uint32_t f = 0; f < engine->failover_count; f++) {
        const struct machine *machine =
            &engine->deployment->machines[engine_failover_entry(engine, f)->machine];
        const bool concerned = event == FAILOVER_NETWORK_DOWN ||
                               engine_failovers(engine)[f].state == FAILOVER_ISOLATED;
        if ((machine->features & (1u << FEATURE_NETWORK)) != 0 && concerned)
            engine_push(engine, MACHINE_FAILOVER, f, (uint8_t)event);
    }
}

/* A probe is awaited for as long as it takes to notice a loss. */
void network_peer(struct engine *engine, bool up, struct engine_output *output)
{
    if (up) {
        engine->network.probe_end_ms = ENGINE_NEVER;
        if (engine->network.isolated) {
            engine->network.isolated = 0;
            tell_failovers(engine, FAILOVER_NETWORK_UP);
        }
    } else if (engine->failover_count > 0 && all_lost_at_once(engine)) {
        engine->network.probe_end_ms = engine->now_ms + detect_ms(engine);
        engine_act(engine, output, ACTION_PROBE);
    }
}

void network_event(struct engine *engine, bool down)
{
    if (!network_asked(engine))
        return;
    engine->network.probe_end_ms = ENGINE_NEVER;
    if (down) {
        engine->network.isolated = 1;
        tell_failovers(engine, FAILOVER_NETWORK_DOWN);
    }
}

/* Without an answer R1 holds: recording is worth more than certainty. */
void network_time(struct engine *engine)
{
    if (engine->network.probe_end_ms <= engine->now_ms)
        engine->network.probe_end_ms = ENGINE_NEVER;
}
