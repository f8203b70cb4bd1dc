#include "runtime/node/journal_place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/filesystem.h"

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

#define PATH_BYTES 600

/* What LMDB makes in a folder. */
static void clear(const char *made)
{
    static const char *const names[] = {"data.mdb", "lock.mdb"};
    char path[PATH_BYTES];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (snprintf(path, sizeof path, "%s/%s", made, names[i]) < (int)sizeof path)
            unlink(path);
}

bool journal_place_new(const char *made, char error[static TEXT_BYTES_MAX])
{
    if (mkdir(made, 0700) != 0 && errno != EEXIST)
        return FAIL(error, "%.250s cannot be made: %s", made, strerror(errno));
    clear(made);
    return true;
}

bool journal_place_name(const char *made, const char *folder, char error[static TEXT_BYTES_MAX])
{
    char from[PATH_BYTES], to[PATH_BYTES], above[PATH_BYTES];
    if (snprintf(from, sizeof from, "%s/data.mdb", made) >= (int)sizeof from ||
        snprintf(to, sizeof to, "%s/data.mdb", folder) >= (int)sizeof to ||
        snprintf(above, sizeof above, "%s/..", folder) >= (int)sizeof above)
        return FAIL(error, "the path of the journal is too long");
    if (rename(from, to) != 0 || !filesystem_sync_folder(folder) || !filesystem_sync_folder(above))
        return FAIL(error, "the journal in %.250s cannot be made: %s", folder, strerror(errno));
    clear(made);
    rmdir(made);
    return true;
}

bool journal_place(const char *folder, char error[static TEXT_BYTES_MAX])
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return FAIL(error, "%.250s cannot be made: %s", folder, strerror(errno));
    return filesystem_is_local(folder, error);
}
