/* archive list, gaps, verify: what is shown of the archive to people and programs. */
#ifndef RECORDER_ARCHIVE_SHOW_H
#define RECORDER_ARCHIVE_SHOW_H

#include "recorder/archive_request.h"

/* Each does what the help says and returns the exit code. */
int archive_list(const struct archive_request *request);
int archive_gaps(const struct archive_request *request);
int archive_verify(const struct archive_request *request);

#endif
