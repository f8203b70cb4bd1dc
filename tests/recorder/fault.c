/* Volumes that hang, fill up or fail, for programs that know nothing of it: put before libc by
 * LD_PRELOAD. What is wrong with the volume <folder>/<name> stands in $FAULTS/<name>: one of
 * "hangs", "full", "broken", "read-only"; no such file, or an empty one: it is sound. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The word for the volume that holds this path; "" if none is wrong. */
static void look_up(const char *path, char *word, size_t size)
{
    const char *faults = getenv("FAULTS");
    char copy[PATH_MAX], file[PATH_MAX + 64], *rest = copy, *part;

    word[0] = '\0';
    if (faults == NULL || strlen(path) >= sizeof(copy))
        return;
    strcpy(copy, path);
    while ((part = strsep(&rest, "/")) != NULL && word[0] == '\0') {
        int opened;
        ssize_t length;

        if (strncmp(part, "volume-", 7) != 0)
            continue;
        snprintf(file, sizeof(file), "%s/%s", faults, part);
        opened = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDONLY | O_CLOEXEC);
        length = opened < 0 ? 0 : (ssize_t)syscall(SYS_read, opened, word, size - 1);
        if (opened >= 0)
            syscall(SYS_close, opened);
        word[length > 0 ? length : 0] = '\0';
    }
}

/* 0, or the errno that a call on this path ends with. */
static int suffer(const char *path)
{
    char word[32];

    look_up(path, word, sizeof(word));
    while (strncmp(word, "hangs", 5) == 0) {
        usleep(20000);
        look_up(path, word, sizeof(word));
    }
    return strncmp(word, "full", 4) == 0        ? ENOSPC
           : strncmp(word, "broken", 6) == 0    ? EIO
           : strncmp(word, "read-only", 9) == 0 ? EROFS
                                                : 0;
}

static bool fails(int file)
{
    char link[64], path[PATH_MAX];
    ssize_t length;
    int error, before = errno;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
    length = readlink(link, path, sizeof(path) - 1);
    path[length > 0 ? length : 0] = '\0';
    error = suffer(path);
    errno = error != 0 ? error : before;
    return error != 0;
}

ssize_t write(int file, const void *bytes, size_t size)
{
    return fails(file) ? -1 : (ssize_t)syscall(SYS_write, file, bytes, size);
}

int fsync(int file)
{
    return fails(file) ? -1 : (int)syscall(SYS_fsync, file);
}

int fdatasync(int file)
{
    return fails(file) ? -1 : (int)syscall(SYS_fdatasync, file);
}

int open(const char *name, int flags, ...)
{
    va_list arguments;
    unsigned mode;
    char word[32];

    va_start(arguments, flags);
    mode = va_arg(arguments, unsigned);
    va_end(arguments);
    look_up(name, word, sizeof(word));
    if (strncmp(word, "hangs", 5) == 0) /* a look at a file of one that is only full succeeds */
        suffer(name);
    return (int)syscall(SYS_openat, AT_FDCWD, name, flags, mode);
}

int openat(int below, const char *name, int flags, ...)
{
    va_list arguments;
    unsigned mode;

    va_start(arguments, flags);
    mode = va_arg(arguments, unsigned);
    va_end(arguments);
    if ((flags & O_CREAT) != 0 && fails(below))
        return -1;
    return (int)syscall(SYS_openat, below, name, flags, mode);
}
