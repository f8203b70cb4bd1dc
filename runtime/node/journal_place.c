#include "runtime/node/journal_place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

/* LMDB must not be used on a file system that several machines write. */
static bool is_local(const char *folder, char error[static TEXT_BYTES_MAX])
{
    static const struct {
        unsigned long type;
        const char *name;
    } networks[] = {{0x6969, "NFS"},       {0xfe534d42, "SMB"},  {0xff534d42, "CIFS"},
                    {0x517b, "SMB"},       {0x65735546, "FUSE"}, {0x5346414f, "AFS"},
                    {0x01161970, "GFS2"},  {0x00c36400, "Ceph"}, {0x0bd00bd0, "Lustre"},
                    {0x7461636f, "OCFS2"}, {0x01021997, "9P"}};
    struct statfs status;
    if (statfs(folder, &status) != 0)
        return FAIL(error, "%.250s: %s", folder, strerror(errno));
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++)
        if ((unsigned long)status.f_type == networks[i].type)
            return FAIL(error,
                        "%.250s lies on %s; a journal needs a local disk: choose another state "
                        "folder",
                        folder, networks[i].name);
    return true;
}

bool journal_place(const char *folder, char error[static TEXT_BYTES_MAX])
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return FAIL(error, "%.250s cannot be made: %s", folder, strerror(errno));
    return is_local(folder, error);
}
