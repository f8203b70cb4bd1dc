/* Views of the archive for people and for programs. */
#ifndef RECORDER_ARCHIVE_REPORT_H
#define RECORDER_ARCHIVE_REPORT_H

#include <jansson.h>

#include "recorder/archive_view.h"

/* Tables on stdout. */
void archive_report_list(const struct archive_view *view);
/* With the decisions of the servers (archive_cause.h), or NULL. */
void archive_report_gaps(const struct archive_view *view, const json_t *decisions);

/* One object on stdout for all views, with runs, gaps and doubles of each camera. False: memory is
 * out. */
bool archive_report_json(const struct archive_view *views, size_t count, const json_t *decisions);

/* One camera as in that object. NULL: memory is out. */
json_t *archive_report_camera(const struct archive_view *view, const json_t *decisions);

#endif
