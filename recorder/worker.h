/* The worker process: orders from the node in, reports out (recorder.h). */
#ifndef RECORDER_WORKER_H
#define RECORDER_WORKER_H

/* Serves the socket at RECORDER_FD until it closes. Returns the exit code of the process. */
int worker_run(void);

#endif
