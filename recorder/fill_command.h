/* archive fill: see fill.h. */
#ifndef RECORDER_FILL_COMMAND_H
#define RECORDER_FILL_COMMAND_H

#include "recorder/archive_request.h"

/* Returns the exit code. */
int fill_command(const struct archive_request *request);

#endif
