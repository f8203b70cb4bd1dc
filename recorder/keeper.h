/* The keepers of a worker: a thread for each volume that looks after it (keep.h), so that one that
 * hangs holds up no other. Nothing here waits for a volume. */
#ifndef RECORDER_KEEPER_H
#define RECORDER_KEEPER_H

#include "recorder/health.h"
#include "recorder/recorder.h"

/* Follows an ORDER_KEEP whose names were accepted: the first one of a volume without a camera
 * starts its thread; what comes for it later is ignored. Reports REPORT_VOLUME from then on. */
void keeper_order(const struct recorder_order *order, health_report *report, void *owner);

/* To be called about four times a second: reports a volume that does not answer. */
void keeper_tick(void);

#endif
