#include "tests/sim/wrong.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "runtime/engine/trace.h"

static const struct bug *seeded;
static const struct machine *right; /* the machines as they should be, beside the wrong ones */
static uint32_t right_count;
static bool made[MACHINE_KIND_COUNT][MACHINE_STATES_MAX][MACHINE_EVENTS_MAX]; /* any step */

static void step_wrongly(const struct machine *machine, uint8_t state, uint8_t event,
                         struct machine_step *step)
{
    machine->step(state, event, step);
    made[machine->kind][state][event] = true;
    if (machine->kind != seeded->kind || state != seeded->state || event != seeded->event)
        return;
    if (seeded->effect == EFFECT_COUNT) {
        const bool none = seeded->to == MACHINE_STATES_MAX;
        *step = (struct machine_step){.verdict = none ? VERDICT_ILLEGAL : VERDICT_MOVE,
                                      .to = none ? state : seeded->to};
        return;
    }
    uint8_t kept = 0;
    for (uint8_t i = 0; i < step->effect_count; i++)
        if (step->effects[i] != seeded->effect)
            step->effects[kept++] = step->effects[i];
        else if (seeded->instead != EFFECT_COUNT)
            step->effects[kept++] = seeded->instead;
    step->effect_count = kept;
}

/* A step knows its machine only by its own name in C. */
#define NUMBERS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#define X(number)                                                                                  \
    static void step_##number(uint8_t state, uint8_t event, struct machine_step *step)             \
    {                                                                                              \
        step_wrongly(&right[number], state, event, step);                                          \
    }
NUMBERS(X)
#undef X

struct deployment wrong_make(const struct deployment *deployment, const struct bug *bug,
                             struct machine machines[static WRONG_MACHINES_MAX])
{
#define X(number) step_##number,
    void (*const steps[])(uint8_t, uint8_t, struct machine_step *) = {NUMBERS(X)};
#undef X
    struct deployment wrong = *deployment;
    seeded = bug;
    right = deployment->machines;
    right_count = deployment->machine_count;
    assert(right_count <= sizeof steps / sizeof steps[0]);
    for (uint32_t i = 0; i < right_count; i++) {
        machines[i] = right[i];
        machines[i].step = steps[i];
    }
    wrong.machines = machines;
    return wrong;
}

/* A server that stands still or is cut off from everything is no fault of an exploration, and the
 * managers of these sites are on the standby itself, which is never out of its own reach. No
 * standby of several waits with a return, or records what a main that is alive does not. A queue
 * takes two faults, so that a restart or an order in it would be the third. The engine's soak makes
 * all these moves.
 */
static bool is_out_of_reach(const struct machine *machine, uint8_t state, uint8_t event)
{
    if (machine->kind == MACHINE_FAILOVER)
        return event == FAILOVER_SLOT_ALLOWED || event == FAILOVER_LATE ||
               event == FAILOVER_NETWORK_DOWN || event == FAILOVER_NETWORK_UP ||
               state == FAILOVER_ISOLATED ||
               (state == FAILOVER_QUEUED &&
                (event == FAILOVER_BOOT || event == FAILOVER_FORCE_START ||
                 event == FAILOVER_FORCE_STOP || event == FAILOVER_DISABLE));
    return machine->kind == MACHINE_MAIN &&
           ((state == MAIN_LENT && event == MAIN_KEPT) ||
            (state == MAIN_REPLACED && (event == MAIN_KEPT || event == MAIN_REPLACE)) ||
            (state == MAIN_ASKING && event == MAIN_REPLACE));
}

uint32_t wrong_count_unmade(const struct deployment *deployment)
{
    uint32_t count = 0;
    for (uint32_t m = 0; m < deployment->machine_count; m++) {
        const struct machine *machine = &deployment->machines[m];
        for (uint8_t state = 0; state < machine->state_count; state++)
            for (uint8_t event = 0; event < machine->event_count; event++) {
                const struct machine_cell *cell =
                    &machine->cells[state * machine->event_count + event];
                if (cell->verdict != VERDICT_MOVE || made[machine->kind][state][event] ||
                    is_out_of_reach(machine, state, event))
                    continue;
                printf("never made: %s %s on %s\n", machine->name,
                       trace_state(machine->kind, state), trace_event(machine->kind, event));
                count++;
            }
    }
    return count;
}

void wrong_forget_moves(void)
{
    memset(made, 0, sizeof made);
}
