/* Incidents: stretches of a camera's footage that nobody may delete, neither by age nor because the
 * volume is full, until they are unlocked. A lock is a small file on the volume itself, so that
 * whoever cleans up there sees it, whichever server locked it:
 *
 *     <volume>/<main>/<camera>/.locks/20261123T204512.345Z_20261123T211512.345Z.lock
 *
 * Its name is the stretch, its content one line for people: why. Who deletes footage reads the
 * locks of the camera first (lock_load), deletes nothing of it if they cannot be read, and passes
 * over every segment that lock_covers. */
#ifndef RECORDER_LOCK_H
#define RECORDER_LOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOCK_DIRECTORY  ".locks"
#define LOCK_NAME_MAX   64
#define LOCK_REASON_MAX 200 /* bytes, with the final NUL */

struct lock {
    int64_t from_ms, to_ms; /* wall clock; from lies before to */
    char reason[LOCK_REASON_MAX];
};

struct lock_list {
    struct lock *locks; /* by their beginning */
    size_t count;
    size_t foreign; /* entries that are no locks; nothing is deleted on their account */
};

void lock_name_print(char *name, int64_t from_ms, int64_t to_ms); /* LOCK_NAME_MAX bytes */
bool lock_name_parse(const char *name, int64_t *from_ms, int64_t *to_ms);

/* Reads the locks of a camera, whose directory is open. 0 (there may be none), or an errno: then
 * nothing of this camera may be deleted. Free it with lock_free either way. */
int lock_load(int camera, struct lock_list *list);
void lock_free(struct lock_list *list);
/* Does a lock hold any moment of this stretch? */
bool lock_covers(const struct lock_list *list, int64_t from_ms, int64_t to_ms);

/* Adds a lock, durably; one that is there already is left as it is. 0, or an errno. */
int lock_add(int camera, const struct lock *lock);
/* Takes this lock away, durably. 0, or an errno (ENOENT: there is none). */
int lock_remove(int camera, int64_t from_ms, int64_t to_ms);

#endif
