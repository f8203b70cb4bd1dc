/* Check: what is wrong or unwise in a topology although every name in it is known. A list of small
 * predicates, each with its reason beside it (check.c).
 */
#ifndef COMPILER_CHECK_H
#define COMPILER_CHECK_H

#include "compiler/diag.h"
#include "compiler/resolve.h"

/* Reports errors and warnings; also on a topology in which some names are unknown. */
void check_topology(const struct resolved *resolved, struct diag *diag);

/* Parts of check_topology: what concerns failovers, failover managers (check_failover.c) and
 * capacity (check_load.c). */
void check_failovers(const struct resolved *resolved, struct diag *diag);
void check_managers(const struct resolved *resolved, struct diag *diag);
void check_capacity(const struct resolved *resolved, struct diag *diag);

/* Texts in fields that mean something (check_fields.c). */
void check_fields(const struct resolved *resolved, struct diag *diag);

/* What this version does not carry out (check_later.c). */
void check_later(const struct resolved *resolved, struct diag *diag);

/* The worst load that can fall on one standby (R8): its own cameras and, of the mains that it
 * watches, the heaviest ones that its failover manager lets it carry at once. An operator's forced
 * start is not bound by the limit (R17). */
struct check_load {
    uint32_t server;
    uint32_t worst_mains;
    uint64_t worst_cameras;
    uint64_t worst_network_bps; /* only cameras that declare a rate are counted */
    uint64_t capacity_cameras;  /* 0: not declared */
    uint64_t capacity_network_bps;
};

/* One load for each server that has failovers under it, in order of servers; returns their count.
 * *loads comes from the model's arena. */
size_t check_loads(const struct resolved *resolved, struct check_load **loads);

#endif
