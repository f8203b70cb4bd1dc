/* File systems as far as Understudy must tell them apart: LMDB must not be used on one that several
 * machines write. */
#ifndef RUNTIME_FILESYSTEM_H
#define RUNTIME_FILESYSTEM_H

#include <stdbool.h>

#include "runtime/limits.h"

/* Whether the folder lies on a local disk. False, with a sentence: on a network, or it cannot be
 * looked at. */
bool filesystem_is_local(const char *folder, char error[static TEXT_BYTES_MAX]);

/* Makes the names in a folder durable: a file that was made or renamed is only there to stay when
 * its folder says so too. False: errno is set. */
bool filesystem_sync_folder(const char *folder);

/* Takes an open file for this process, for as long as it runs; a child does not have it, and a
 * second opening of the file that is closed gives it up. False: errno is set, EAGAIN if another
 * process has it. And whether another one has it. */
bool filesystem_take(int file);
bool filesystem_is_taken(int file);

#endif
