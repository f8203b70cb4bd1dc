/* archive export, play, key. */
#ifndef RECORDER_EXPORT_COMMAND_H
#define RECORDER_EXPORT_COMMAND_H

#include "recorder/archive_request.h"

/* Each does what the help says and returns the exit code. */
int export_command(const struct archive_request *request);
int export_play(const struct archive_request *request);
int export_key(const struct archive_request *request);

#endif
