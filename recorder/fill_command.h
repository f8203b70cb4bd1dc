/* archive fill: see fill.h; and what it has in common with its two halves over a link. */
#ifndef RECORDER_FILL_COMMAND_H
#define RECORDER_FILL_COMMAND_H

#include "recorder/archive_request.h"
#include "recorder/fill.h"

/* Returns the exit code. */
int fill_command(const struct archive_request *request);

/* Recordings come first, for the processor and for the disk; and what a node has started ends with
 * it. */
void fill_step_back(void);
/* Of --rate, or the usual one. False: it is none. */
bool fill_parse_rate(const char *text, uint64_t *bytes_per_s);
/* Why not all is copied yet, for `cause`, or "". */
const char *fill_not_all(const struct fill *fill);
/* What was done, on stdout. `cause` is why nothing could be done at all, or "". */
void fill_report(const struct archive_request *request, const struct fill *fill, const char *cause);

#endif
