#include "recorder/volume_remains.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Folders in a folder in a folder: of a pair, and the files in it. */
#define DEPTH_MAX 3

/* What time it is for the volume, whose clock may be another; 0: that cannot be told. */
static time_t volume_now(int volume)
{
    char name[64];
    struct stat status = {.st_mtime = 0};
    int file;

    snprintf(name, sizeof(name), VOLUME_REMAINS_PREFIX "clock-%d", (int)getpid());
    file = openat(volume, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (file < 0)
        return 0;
    if (write(file, "\n", 1) != 1 || fsync(file) != 0 || fstat(file, &status) != 0)
        status.st_mtime = 0;
    close(file);
    unlinkat(volume, name, 0);
    return status.st_mtime;
}

static void clear_in(int above, const char *folder, const char *prefix, time_t before, int depth);

static void clear(int folder, const char *name, time_t before, int depth)
{
    struct stat status;

    if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    /* How old a folder is must be read before it is emptied. */
    if (S_ISDIR(status.st_mode) && depth > 0)
        clear_in(folder, name, "", before, depth - 1);
    if (status.st_mtime < before)
        unlinkat(folder, name, S_ISDIR(status.st_mode) ? AT_REMOVEDIR : 0);
}

static void clear_in(int above, const char *folder, const char *prefix, time_t before, int depth)
{
    int opened = openat(above, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *listing = opened < 0 ? NULL : fdopendir(opened);

    for (struct dirent *entry; listing != NULL && (entry = readdir(listing)) != NULL;)
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 &&
            strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            clear(opened, entry->d_name, before, depth);
    if (listing != NULL)
        closedir(listing);
    else if (opened >= 0)
        close(opened);
}

void volume_remains_clear(int volume)
{
    time_t now = volume_now(volume);

    if (now != 0)
        clear_in(volume, ".", VOLUME_REMAINS_PREFIX, now - VOLUME_REMAINS_AGE_S, DEPTH_MAX);
}
