/* The worker process: orders from the node in, reports out (recorder.h). */
#ifndef RECORDER_WORKER_H
#define RECORDER_WORKER_H

#include "recorder/confine.h"

/* Serves the socket at RECORDER_FD until it closes, confined. Returns the exit code of the process.
 */
int worker_run(const struct confine *confine);

#endif
