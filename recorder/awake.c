#include "recorder/awake.h"

#include "recorder/moment.h"

int64_t awake_missed_us(struct awake *awake)
{
    int64_t now_us = moment_monotonic_us();
    int64_t last_us = atomic_exchange(&awake->looked_us, now_us);

    return last_us != 0 && now_us - last_us > AWAKE_GAP_US ? now_us - last_us : 0;
}
