/* Directories of a volume: opened one by one, never through a symbolic link, and read. */
#ifndef RECORDER_DIRECTORY_H
#define RECORDER_DIRECTORY_H

#include <dirent.h>
#include <stdbool.h>

/* Opens a directory inside another one; a missing one is made, durably, if `create`. -1 and errno.
 */
int directory_open_below(int directory, const char *name, bool create);

/* To read the entries of an open directory, which belongs to the listing from then on. NULL and
 * errno, and it is closed; of -1 too. */
DIR *directory_list(int directory);

#endif
