/* A private folder in which a result is made, and from which it is published file by file, so that
 * nobody ever sees half of it. The folder lies inside the target's, so that publishing is a rename.
 */
#ifndef COMPILER_STAGING_H
#define COMPILER_STAGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "runtime/limits.h"

#define STAGING_PATH_BYTES 4096
#define STAGING_NAME_BYTES 128

struct staging {
    char target[STAGING_PATH_BYTES];
    char path[STAGING_PATH_BYTES]; /* the private folder */
};

/* Makes the target folder if it is not there, and the private one in it. On failure returns false
 * and writes a sentence to error; so do the others. */
bool staging_begin(struct staging *staging, const char *target, char error[static TEXT_BYTES_MAX]);

/* Opens a new file of the private folder for writing; NULL on failure. */
FILE *staging_create(const struct staging *staging, const char *name,
                     char error[static TEXT_BYTES_MAX]);

/* Closes it. True if every byte of it is written; staging_publish makes it durable. */
bool staging_close(FILE *file, const char *name, char error[static TEXT_BYTES_MAX]);

/* Moves a file of the private folder to target/NAME, or to target/FOLDER/NAME, replacing what was
 * there. */
bool staging_publish(const struct staging *staging, const char *folder, const char *name,
                     char error[static TEXT_BYTES_MAX]);

/* Removes the files that the old MANIFEST in target/FOLDER lists and that `names` does not. */
void staging_remove_stale(const struct staging *staging, const char *folder,
                          const char *const *names, size_t count);

/* Removes the private folder with all that is left in it. */
void staging_end(const struct staging *staging);

/* Makes a private folder among the temporary files of the system. Remove it with
 * staging_remove_tree; "" on failure. */
bool staging_scratch(char path[static STAGING_PATH_BYTES], char error[static TEXT_BYTES_MAX]);

/* Removes a folder of ours with all that is in it; links are removed, not followed. */
void staging_remove_tree(const char *path);

#endif
