#include <assert.h>

#include "compiler/check.h"

static bool carries(const struct resolved *resolved, const struct resolved_failover *failover,
                    enum image_arm arm)
{
    for (uint32_t i = 0; i < failover->objects.count; i++) {
        if (resolved->cameras[failover->objects.items[i]].arm == arm) {
            return true;
        }
    }
    return false;
}

struct check_takeover check_takeover(const struct resolved *resolved, uint32_t index)
{
    assert(resolved != NULL && index < resolved->failover_count);
    const struct resolved_failover *failover = &resolved->failovers[index];
    struct check_takeover takeover = {
        .detection_ms = resolved->site->heartbeat_ms * resolved->site->misses,
        .wait_ms = failover->model->expect_reconnection_ms,
        .start_ms = resolved->site->start_ms,
        .cold_gap_ms = -1,
        .warm_gap_ms = -1,
        .manager = failover->manager,
    };
    takeover.worst_ms = takeover.detection_ms + takeover.wait_ms + takeover.start_ms;
    if (carries(resolved, failover, ARM_COLD)) {
        takeover.cold_gap_ms = takeover.worst_ms;
    }
    if (carries(resolved, failover, ARM_WARM)) {
        /* Memory holds what came since the main was silent, and no more than the last minute. */
        int64_t forgotten_ms =
            takeover.wait_ms > PREROLL_MS_MAX ? takeover.wait_ms - PREROLL_MS_MAX : 0;
        takeover.warm_gap_ms = takeover.detection_ms + takeover.start_ms + forgotten_ms;
    }
    return takeover;
}
