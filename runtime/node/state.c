#include "runtime/node/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/filesystem.h"

#define COPY_BYTES 65536

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

bool state_path(char path[static STATE_PATH_BYTES], const char *folder, const char *name,
                char error[static TEXT_BYTES_MAX])
{
    return snprintf(path, STATE_PATH_BYTES, "%s/%s", folder, name) < STATE_PATH_BYTES ||
           FAIL(error, "%.100s...: the path is too long", folder);
}

bool state_socket(struct sockaddr_un *address, const char *folder,
                  char error[static TEXT_BYTES_MAX])
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    const int length =
        snprintf(address->sun_path, sizeof address->sun_path, "%s/" STATE_SOCKET, folder);
    return length < (int)sizeof address->sun_path ||
           FAIL(error,
                "the path of the state folder is too long for the control socket in it (%d "
                "characters at most): %.200s",
                (int)(sizeof address->sun_path - sizeof STATE_SOCKET - 1), folder);
}

bool state_claim(const char *folder, char error[static TEXT_BYTES_MAX])
{
    char path[STATE_PATH_BYTES];
    if (!state_path(path, folder, "lock", error))
        return false;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return FAIL(error, "the state folder %.300s cannot be made: %s", folder, strerror(errno));
    /* Never closed: the lock lasts as long as the process, and is its own: one that is about to
     * become a worker does not have it. */
    int lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (lock < 0)
        return FAIL(error, "the state folder %.300s cannot be written: %s", folder,
                    strerror(errno));
    if (filesystem_take(lock))
        return true;
    const int code = errno;
    close(lock);
    if (code == EAGAIN)
        return FAIL(error, "another node is running on the state folder %.300s", folder);
    return FAIL(error, "%.300s cannot be locked: %s", path, strerror(code));
}

/* ---- the copy of the deployment ---- */

static bool copy_bytes(int from, int to)
{
    static char bytes[COPY_BYTES];
    for (;;) {
        const ssize_t size = read(from, bytes, sizeof bytes);
        if (size <= 0)
            return size == 0 && fsync(to) == 0;
        if (write(to, bytes, (size_t)size) != size)
            return false;
    }
}

/* What root puts into a node's folder is the node's to read. */
static void give_to_owner(int file, const char *folder)
{
    struct stat status;
    if (geteuid() == 0 && stat(folder, &status) == 0 &&
        fchown(file, status.st_uid, status.st_gid) != 0)
        return; /* the node says that it cannot read it */
}

static bool make_shelf(const char *shelf, const char *folder)
{
    if (mkdir(shelf, 0700) != 0)
        return errno == EEXIST;
    int file = open(shelf, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file >= 0) {
        give_to_owner(file, folder);
        close(file);
    }
    return filesystem_sync_folder(folder);
}

static bool copy_file(int from, const char *folder, const char *path,
                      char error[static TEXT_BYTES_MAX])
{
    char part[STATE_PATH_BYTES + 8];
    snprintf(part, sizeof part, "%s.part", path);
    int to = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (to < 0)
        return FAIL(error, "%.300s cannot be written: %s", part, strerror(errno));
    give_to_owner(to, folder);
    const bool copied =
        copy_bytes(from, to) && rename(part, path) == 0 && filesystem_sync_folder(folder);
    const int code = errno;
    close(to);
    return copied || FAIL(error, "%.300s cannot be written: %s", path, strerror(code));
}

static int open_deployment(const char *deployment)
{
    char inside[STATE_PATH_BYTES];
    struct stat status;
    if (stat(deployment, &status) != 0 || !S_ISDIR(status.st_mode))
        return open(deployment, O_RDONLY | O_CLOEXEC);
    if (snprintf(inside, sizeof inside, "%s/" STATE_DEPLOYMENT, deployment) >= (int)sizeof inside) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(inside, O_RDONLY | O_CLOEXEC);
}

static bool is_same_file(int file, const char *path)
{
    struct stat a, b;
    return fstat(file, &a) == 0 && stat(path, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

static bool copy_deployment(const char *deployment, const char *folder, const char *path,
                            char error[static TEXT_BYTES_MAX])
{
    int from = open_deployment(deployment);
    if (from < 0)
        return FAIL(error, "%.300s: %s", deployment, strerror(errno));
    const bool kept = is_same_file(from, path) || copy_file(from, folder, path, error);
    close(from);
    return kept;
}

bool state_shelf_path(char path[static STATE_PATH_BYTES], const char *folder,
                      const uint8_t hash[static HASH_BYTES], char error[static TEXT_BYTES_MAX])
{
    char name[sizeof STATE_SHELF + 2 * HASH_BYTES + 8] = STATE_SHELF "/";
    size_t end = sizeof STATE_SHELF;
    for (int i = 0; i < HASH_BYTES; i++)
        end += (size_t)snprintf(name + end, sizeof name - end, "%02x", hash[i]);
    snprintf(name + end, sizeof name - end, ".so");
    return state_path(path, folder, name, error);
}

bool state_keep_deployment(const char *folder, const char *deployment,
                           const uint8_t hash[static HASH_BYTES], char error[static TEXT_BYTES_MAX])
{
    char shelf[STATE_PATH_BYTES], path[STATE_PATH_BYTES];
    if (!state_path(shelf, folder, STATE_SHELF, error) ||
        !state_shelf_path(path, folder, hash, error))
        return false;
    if (!make_shelf(shelf, folder))
        return FAIL(error, "%.300s cannot be made: %s", shelf, strerror(errno));
    return copy_deployment(deployment, shelf, path, error);
}

bool state_present_deployment(const char *folder, const uint8_t hash[static HASH_BYTES],
                              char error[static TEXT_BYTES_MAX])
{
    char shelf[STATE_PATH_BYTES], path[STATE_PATH_BYTES];
    return state_shelf_path(shelf, folder, hash, error) &&
           state_path(path, folder, STATE_DEPLOYMENT, error) &&
           copy_deployment(shelf, folder, path, error);
}

/* ---- what is no longer of use ---- */

static bool is_kept(const char *name, const uint8_t (*kept)[HASH_BYTES], uint32_t count)
{
    for (uint32_t k = 0; k < count; k++) {
        char own[2 * HASH_BYTES + 4];
        for (int i = 0; i < HASH_BYTES; i++)
            snprintf(own + 2 * i, sizeof own - 2 * (size_t)i, "%02x", kept[k][i]);
        snprintf(own + 2 * HASH_BYTES, 4, ".so");
        if (strcmp(own, name) == 0)
            return true;
    }
    return false;
}

/* HASH.so, or HASH.so.part of a copy that a crash has ended; nothing else there is ours. */
static bool is_deployment(const char *name)
{
    const size_t digits = strspn(name, "0123456789abcdef");
    return digits == 2 * HASH_BYTES &&
           (strcmp(name + digits, ".so") == 0 || strcmp(name + digits, ".so.part") == 0);
}

uint32_t state_tidy_shelf(const char *folder, const uint8_t (*kept)[HASH_BYTES], uint32_t count,
                          int64_t now_s)
{
    char shelf[STATE_PATH_BYTES], error[TEXT_BYTES_MAX];
    uint32_t removed = 0;
    DIR *directory = state_path(shelf, folder, STATE_SHELF, error) ? opendir(shelf) : NULL;
    if (directory == NULL)
        return 0;
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        struct stat status;
        if (is_deployment(entry->d_name) && !is_kept(entry->d_name, kept, count) &&
            fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(status.st_mode) && now_s - (int64_t)status.st_ctim.tv_sec >= STATE_SHELF_S)
            removed += unlinkat(dirfd(directory), entry->d_name, 0) == 0;
    }
    closedir(directory);
    return removed;
}

/* A folder of an older version has none but the present one. */
const struct deployment *state_open_deployment(const char *folder,
                                               const uint8_t hash[static HASH_BYTES],
                                               char error[static TEXT_BYTES_MAX])
{
    char path[STATE_PATH_BYTES];
    if (!state_shelf_path(path, folder, hash, error))
        return NULL;
    if (access(path, F_OK) != 0 && !state_path(path, folder, STATE_DEPLOYMENT, error))
        return NULL;
    const struct deployment *deployment = deployment_open(path, error);
    if (deployment == NULL || memcmp(deployment_image(deployment)->hash, hash, HASH_BYTES) == 0)
        return deployment;
    snprintf(error, TEXT_BYTES_MAX,
             "the deployment %02x%02x%02x%02x%02x%02x, to which the journal belongs, is not in "
             "%.250s",
             hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], folder);
    return NULL;
}
