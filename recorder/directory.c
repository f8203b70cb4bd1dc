#include "recorder/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A new directory is durable only when the one that it stands in is. */
int directory_open_below(int directory, const char *name, bool create)
{
    if (create && mkdirat(directory, name, 0755) == 0 && fsync(directory) != 0)
        return -1;
    return openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

DIR *directory_list(int directory)
{
    DIR *listing = directory < 0 ? NULL : fdopendir(directory);
    int error = errno;

    if (listing == NULL && directory >= 0)
        close(directory);
    errno = error;
    return listing;
}
