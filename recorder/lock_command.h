/* archive lock, unlock: see lock.h. */
#ifndef RECORDER_LOCK_COMMAND_H
#define RECORDER_LOCK_COMMAND_H

#include "recorder/archive_request.h"

/* Locks or unlocks the range of a camera on every volume that holds any footage of it. Returns the
 * exit code. */
int lock_command(const struct archive_request *request);

#endif
