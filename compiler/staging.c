#include "compiler/staging.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANIFEST     "MANIFEST"
#define PUBLIC_FILE  0644
#define LONGEST_PATH (STAGING_PATH_BYTES - 2 * STAGING_NAME_BYTES)

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

static void join(char path[static STAGING_PATH_BYTES], const char *folder, const char *name)
{
    int length = snprintf(path, STAGING_PATH_BYTES, "%s/%s", folder, name);
    assert(length < STAGING_PATH_BYTES); /* staging_begin left room */
}

bool staging_begin(struct staging *staging, const char *target, char error[static TEXT_BYTES_MAX])
{
    size_t length = strlen(target);
    if (length == 0 || length > LONGEST_PATH)
        return FAIL(error, "\"%.100s\" cannot be the name of a folder", target);
    memcpy(staging->target, target, length + 1);
    if (mkdir(target, 0755) != 0 && errno != EEXIST)
        return FAIL(error, "the folder %.300s cannot be made: %s", target, strerror(errno));
    join(staging->path, target, ".compile-XXXXXX");
    if (mkdtemp(staging->path) == NULL)
        return FAIL(error, "nothing can be written in %.300s: %s", target, strerror(errno));
    return true;
}

bool staging_scratch(char path[static STAGING_PATH_BYTES], char error[static TEXT_BYTES_MAX])
{
    const char *temporary = getenv("TMPDIR");
    const int length = snprintf(path, STAGING_PATH_BYTES, "%s/understudy-XXXXXX",
                                temporary != NULL && *temporary != '\0' ? temporary : "/tmp");
    if (length < STAGING_PATH_BYTES / 2 && mkdtemp(path) != NULL)
        return true;
    path[0] = '\0';
    return FAIL(error, "no folder for temporary files can be made: %s",
                length < STAGING_PATH_BYTES / 2 ? strerror(errno)
                                                : "the path in TMPDIR is too long");
}

FILE *staging_create(const struct staging *staging, const char *name,
                     char error[static TEXT_BYTES_MAX])
{
    char path[STAGING_PATH_BYTES];
    join(path, staging->path, name);
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, PUBLIC_FILE);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    if (file == NULL)
        snprintf(error, TEXT_BYTES_MAX, "%s cannot be written: %s", name, strerror(errno));
    return file;
}

bool staging_close(FILE *file, const char *name, char error[static TEXT_BYTES_MAX])
{
    bool written = ferror(file) == 0 && fflush(file) == 0;
    int cause = errno;
    if (fclose(file) == 0 && written)
        return true;
    return FAIL(error, "%s cannot be written: %s", name, strerror(written ? errno : cause));
}

static bool sync_path(const char *path)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    bool synced = fsync(descriptor) == 0;
    close(descriptor);
    return synced;
}

bool staging_publish(const struct staging *staging, const char *folder, const char *name,
                     char error[static TEXT_BYTES_MAX])
{
    char from[STAGING_PATH_BYTES];
    char into[STAGING_PATH_BYTES];
    char to[STAGING_PATH_BYTES];
    join(from, staging->path, name);
    memcpy(into, staging->target, sizeof into);
    if (folder != NULL) {
        join(into, staging->target, folder);
        if (mkdir(into, 0755) != 0 && errno != EEXIST)
            return FAIL(error, "the folder %.300s cannot be made: %s", into, strerror(errno));
    }
    assert(strlen(into) + strlen(name) + 1 < sizeof to);
    join(to, into, name);
    if (!sync_path(from) || rename(from, to) != 0 || !sync_path(into))
        return FAIL(error, "%.300s cannot be written: %s", to, strerror(errno));
    return true;
}

static bool is_listed(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* A line of a MANIFEST is a file name of ours, or someone has written something else there. */
static bool is_plain_name(const char *name)
{
    size_t plain = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");
    return plain > 0 && name[plain] == '\0' && name[0] != '.';
}

void staging_remove_stale(const struct staging *staging, const char *folder,
                          const char *const *names, size_t count)
{
    char in[STAGING_PATH_BYTES];
    char path[STAGING_PATH_BYTES];
    char name[STAGING_NAME_BYTES];
    join(in, staging->target, folder);
    join(path, in, MANIFEST);
    FILE *manifest = fopen(path, "re");
    if (manifest == NULL)
        return; /* the first time */
    while (fgets(name, sizeof name, manifest) != NULL) {
        name[strcspn(name, "\n")] = '\0';
        if (!is_plain_name(name) || is_listed(name, names, count))
            continue;
        join(path, in, name);
        unlink(path);
    }
    fclose(manifest);
}

void staging_remove_tree(const char *path)
{
    char inside[STAGING_PATH_BYTES];
    DIR *folder = opendir(path);
    if (folder == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(dirfd(folder), entry->d_name, 0) == 0)
            continue;
        if (snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name) < (int)sizeof inside)
            staging_remove_tree(inside);
    }
    closedir(folder);
    rmdir(path);
}

void staging_end(const struct staging *staging)
{
    staging_remove_tree(staging->path);
}
