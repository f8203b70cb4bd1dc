/* What the exploration and the Promela of two standbys take from the table. */
#include "tests/spin/rivals.h"

bool rivals_moves(const struct machine *machine, uint8_t state, uint8_t event)
{
    return machine->cells[state * machine->event_count + event].verdict == VERDICT_MOVE;
}

bool rivals_has_event(const struct machine *machine, uint8_t event)
{
    for (uint8_t state = 0; state < machine->state_count; state++)
        if (rivals_moves(machine, state, event))
            return true;
    return false;
}

bool rivals_starts_timer(uint8_t effect)
{
    return effect == EFFECT_WAIT_START || effect == EFFECT_WAIT_LAST ||
           effect == EFFECT_RETRY_START || effect == EFFECT_VIEW_WAIT ||
           effect == EFFECT_CLAIM_WAIT;
}

bool rivals_leaves_next_epoch(uint8_t effect)
{
    return effect == EFFECT_LEND || effect == EFFECT_OFFER || effect == EFFECT_KEEP ||
           effect == EFFECT_ANSWER_FREE || effect == EFFECT_REPLACE;
}

/* What a timer means is told by the state that it belongs to. */
uint8_t rivals_elapsed(uint8_t state)
{
    return state == FAILOVER_WITHHELD      ? FAILOVER_GONE_ELSEWHERE
           : state == FAILOVER_TAKING_OVER ? FAILOVER_GIVE_UP
                                           : FAILOVER_WAIT_ELAPSED;
}
