/* Machines with one cell that is wrong, and note of every move that a machine makes. */
#ifndef TESTS_SIM_WRONG_H
#define TESTS_SIM_WRONG_H

#include "runtime/deployment.h"
#include "runtime/sim/explore_board.h"

#define WRONG_MACHINES_MAX 32

/* One cell of a machine with an effect left out, or another in its place, or another target. */
struct bug {
    const char *name;
    const char *topology;
    uint8_t kind;
    uint8_t state;
    uint8_t event;
    uint8_t effect;  /* EFFECT_COUNT: none; the move leads elsewhere, or is no move */
    uint8_t instead; /* EFFECT_COUNT: nothing */
    uint8_t to;      /* if no effect is named; MACHINE_STATES_MAX: there is no answer */
    uint32_t faults;
    enum board_property property;
    size_t steps_max; /* of the trace */
    bool dry_run;     /* shows it too */
};

/* The deployment with machines, which the caller keeps, that have the bug and note their moves; a
 * bug of no machine (kind = MACHINE_KIND_COUNT) leaves them right. One at a time. */
struct deployment wrong_make(const struct deployment *deployment, const struct bug *bug,
                             struct machine machines[static WRONG_MACHINES_MAX]);

/* How many moves of its machines an exploration can make and none has made since
 * wrong_forget_moves(); each is printed. */
uint32_t wrong_count_unmade(const struct deployment *deployment);
void wrong_forget_moves(void);

#endif
