/* archive serve: see serve.h. */
#ifndef RECORDER_SERVE_COMMAND_H
#define RECORDER_SERVE_COMMAND_H

#include "recorder/archive_request.h"

/* Serves until it is told to end (SIGINT, SIGTERM). Returns the exit code. */
int serve_command(const struct archive_request *request);

#endif
