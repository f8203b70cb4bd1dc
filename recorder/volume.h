/* A volume: a directory that says by a marker file which volume it is (R32). Where the file is
 * missing, the NAS is not mounted, and nothing may be written there. */
#ifndef RECORDER_VOLUME_H
#define RECORDER_VOLUME_H

#include <stdbool.h>

#define VOLUME_MARKER ".understudy-volume"

/* A name that may stand in a path: 1 to RECORDER_NAME_MAX - 1 printable ASCII characters, no '/',
 * no leading '.'. */
bool volume_is_name(const char *name);

/* Opens the directory of a volume after a look at its marker. The descriptor is the caller's. -1
 * with the reason in `cause` (RECORDER_CAUSE_MAX bytes): no directory, no marker, another volume's
 * marker. */
int volume_open(const char *path, const char *name, char *cause);

/* Opens whichever volume the directory is; `name` (RECORDER_NAME_MAX bytes) gets the one that its
 * marker tells. -1 with the reason in `cause`. */
int volume_open_any(const char *path, char *name, char *cause);

/* Writes the marker, durably. Doing it again changes nothing; a directory that is another volume is
 * refused. */
bool volume_init(const char *path, const char *name, char *cause);

#endif
