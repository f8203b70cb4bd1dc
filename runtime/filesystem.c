#include "runtime/filesystem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

static const struct {
    unsigned long type;
    const char *name;
} networks[] = {{0x6969, "NFS"},       {0xfe534d42, "SMB"},  {0xff534d42, "CIFS"},
                {0x517b, "SMB"},       {0x65735546, "FUSE"}, {0x5346414f, "AFS"},
                {0x01161970, "GFS2"},  {0x00c36400, "Ceph"}, {0x0bd00bd0, "Lustre"},
                {0x7461636f, "OCFS2"}, {0x01021997, "9P"}};

bool filesystem_is_local(const char *folder, char error[static TEXT_BYTES_MAX])
{
    struct statfs status;
    if (statfs(folder, &status) != 0) {
        snprintf(error, TEXT_BYTES_MAX, "%.250s: %s", folder, strerror(errno));
        return false;
    }
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++)
        if ((unsigned long)status.f_type == networks[i].type) {
            snprintf(error, TEXT_BYTES_MAX,
                     "%.250s lies on %s; a journal needs a local disk: choose another state folder",
                     folder, networks[i].name);
            return false;
        }
    return true;
}

bool filesystem_sync_folder(const char *folder)
{
    const int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return false;
    const bool synced = fsync(file) == 0;
    const int code = errno;
    close(file);
    errno = code;
    return synced;
}

bool filesystem_take(int file)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(file, F_SETLK, &whole) == 0)
        return true;
    if (errno == EACCES) /* POSIX lets a system say either */
        errno = EAGAIN;
    return false;
}

bool filesystem_is_taken(int file)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(file, F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}
