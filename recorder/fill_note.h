/* What a fill leaves in writers' directories beside the footage (fill.h): the mark of a copy, and
 * the note at the original. */
#ifndef RECORDER_FILL_NOTE_H
#define RECORDER_FILL_NOTE_H

#include <stdbool.h>

#include "recorder/index.h"

/* Marks a directory as a fill's, durably. 0, or an errno. */
int fill_mark(int directory);

/* Notes, durably, that all these rows of a directory are on a volume. 0, or an errno. */
int fill_note(int directory, const char *volume_name, const struct index_rows *rows);
/* Whether that was noted; what has been added since is not on it. What was dropped since changes
 * nothing. */
bool fill_has_note(int directory, const char *volume_name, const struct index_rows *rows);

#endif
