/* The plan: which machine serves what. One machine for each policy shape that the topology uses,
 * not for each failover. */
#ifndef COMPILER_PLAN_H
#define COMPILER_PLAN_H

#include "compiler/resolve.h"
#include "compiler/spec.h"

struct plan {
    struct spec_shape *shapes; /* sorted by name; an index is that of deployment.machines */
    uint32_t shape_count;
    uint32_t *server_machines;   /* by server: its main machine */
    uint32_t *failover_machines; /* by failover */
    uint32_t camera_machine;
};

/* Plans a topology that was resolved without errors. Memory comes from the model's arena. */
void plan_topology(const struct resolved *resolved, struct plan *plan);

#endif
