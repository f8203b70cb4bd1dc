/* Views of the archive for people and for programs. */
#ifndef RECORDER_ARCHIVE_REPORT_H
#define RECORDER_ARCHIVE_REPORT_H

#include <jansson.h>

#include "recorder/archive_view.h"
#include "recorder/lock.h"

/* Tables on stdout. */
void archive_report_list(const struct archive_view *view, const struct lock_list *locks);
/* With the decisions of the servers (archive_cause.h), or NULL. */
void archive_report_gaps(const struct archive_view *view, const json_t *decisions);

/* One object on stdout for all views, an array of camera objects. Takes the array over. False: it
 * could not be written. */
bool archive_report_json(json_t *cameras);

/* One camera as in that object, with runs, gaps, doubles and locks. NULL: memory is out. */
json_t *archive_report_camera(const struct archive_view *view, const struct lock_list *locks,
                              const json_t *decisions);

#endif
