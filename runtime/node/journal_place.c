#include "runtime/node/journal_place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/filesystem.h"

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

bool journal_place(const char *folder, char error[static TEXT_BYTES_MAX])
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return FAIL(error, "%.250s cannot be made: %s", folder, strerror(errno));
    return filesystem_is_local(folder, error);
}
