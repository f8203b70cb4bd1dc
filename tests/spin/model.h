/* A site as a model that two programs can explore: the failover machine of a deployment, as its
 * table says, once for each main, in an environment that does whatever it may. The table is all
 * that is taken from Understudy: neither its engine nor its exploration is in here. What the model
 * has besides is links, waits, the slots of one manager and its queue, first come, first served. */
#ifndef TESTS_SPIN_MODEL_H
#define TESTS_SPIN_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "runtime/machine.h"

#define MODEL_MAINS_MAX 9

struct model {
    const struct machine *machine; /* of kind MACHINE_FAILOVER */
    uint32_t mains;
    uint32_t standbys; /* main m is watched by standby m % standbys */
    uint32_t limit;    /* slots; 0: no limit */
};

struct model_counts {
    uint64_t states;
    uint64_t transitions;
    uint32_t illegal; /* events without an answer */
    bool complete;
};

/* Explores all states, at most so many. */
void model_explore(const struct model *model, uint64_t state_max, struct model_counts *counts);

/* Writes the same model in Promela. */
void model_write_promela(const struct model *model, FILE *out);

#endif
