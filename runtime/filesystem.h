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

#endif
