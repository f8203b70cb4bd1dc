/* The locks of a camera on all volumes together. */
#ifndef RECORDER_ARCHIVE_LOCK_H
#define RECORDER_ARCHIVE_LOCK_H

#include <jansson.h>

#include "recorder/lock.h"

/* Reads them from the volumes that can be read; a lock that lies on several is one. False: memory
 * is out, or locks cannot be read (it was said). Free the list with lock_free either way. */
bool archive_lock_load(char *const *volumes, int volume_count, const char *main_name,
                       const char *camera_name, struct lock_list *list);
/* An array of objects: from_at, to_at, reason. NULL: memory is out. */
json_t *archive_lock_json(const struct lock_list *list);

#endif
