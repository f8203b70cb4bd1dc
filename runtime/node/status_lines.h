/* A status as lines for a terminal: what matters first, ages and figures in words, columns under
 * each other; what is no news is left out. */
#ifndef RUNTIME_NODE_STATUS_LINES_H
#define RUNTIME_NODE_STATUS_LINES_H

#include "runtime/node/status_read.h"

#define STATUS_LINE_BYTES 768

enum status_line_kind { STATUS_LINE_VERDICT, STATUS_LINE_PLAIN, STATUS_LINE_HEADING };

/* Takes one line, without control characters in it. */
typedef void status_line(void *owner, enum status_line_kind kind, enum status_tone tone,
                         const char *text);

/* Gives all lines in order, with so many of the last decisions. False: it is no status. */
bool status_lines(const json_t *status, size_t decisions, status_line *line, void *owner);

#endif
