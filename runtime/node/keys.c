#include "runtime/node/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 512
#define PUBLIC     "public"
#define SECRET     "secret"
#define NEXT       "next."

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

static bool make_path(char path[static PATH_BYTES], const char *folder, const char *name,
                      const char *kind, char error[static TEXT_BYTES_MAX])
{
    if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL)
        return FAIL(error, "\"%.60s\" cannot be the name of a file", name);
    if (snprintf(path, PATH_BYTES, "%s/%s.%s", folder, name, kind) >= PATH_BYTES)
        return FAIL(error, "%.100s...: the path is too long", folder);
    return true;
}

/* ---- making ---- */

/* The whole file is there, durably, or none of it. */
static bool write_key(const char *path, const char *key, mode_t mode,
                      char error[static TEXT_BYTES_MAX])
{
    const size_t size = strlen(key);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (file < 0)
        return FAIL(error, "%.300s cannot be written: %s", path, strerror(errno));
    const bool written = fchmod(file, mode) == 0 && write(file, key, size) == (ssize_t)size &&
                         write(file, "\n", 1) == 1 && fsync(file) == 0;
    const int code = errno;
    close(file);
    if (written)
        return true;
    unlink(path);
    return FAIL(error, "%.300s cannot be written: %s", path, strerror(code));
}

static bool make_pair(const char *folder, const char *name, char error[static TEXT_BYTES_MAX])
{
    char public_path[PATH_BYTES], secret_path[PATH_BYTES];
    if (!make_path(public_path, folder, name, PUBLIC, error) ||
        !make_path(secret_path, folder, name, SECRET, error))
        return false;
    const bool has_public = access(public_path, F_OK) == 0;
    const bool has_secret = access(secret_path, F_OK) == 0;
    if (has_public) {
        printf("%s: keeps its keys%s\n", name, has_secret ? "" : " (the secret one is elsewhere)");
        return true;
    }
    if (has_secret)
        return FAIL(error, "%.250s has no public key beside it: bring that back, or move it away",
                    secret_path);
    struct curve_pair pair;
    if (!curve_pair_make(&pair, error))
        return false;
    const bool made = write_key(secret_path, pair.secret_key, 0600, error) &&
                      write_key(public_path, pair.public_key, 0644, error);
    explicit_bzero(&pair, sizeof pair);
    if (made)
        printf("%s: %s (for every server) and %s (for %s alone)\n", name, public_path, secret_path,
               name);
    return made;
}

bool keys_make(const struct image *image, const char *folder, char error[static TEXT_BYTES_MAX])
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return FAIL(error, "%.300s cannot be made: %s", folder, strerror(errno));
    for (uint32_t i = 0; i < image->servers.count; i++)
        if (!make_pair(folder, image_text(image, image_servers(image)[i].name), error))
            return false;
    printf("Each server takes all public keys and only its own secret one, in its folder of keys; "
           "keep "
           "the secrets of the others away from it.\n");
    return true;
}

/* ---- reading ---- */

/* A secret key must be a file of this user that nobody else can read. */
static bool is_private(int file, const char *path, char error[static TEXT_BYTES_MAX])
{
    struct stat status;
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
        return FAIL(error, "%.300s is not a file", path);
    if (status.st_uid != geteuid() && status.st_uid != 0)
        return FAIL(error, "%.300s belongs to another user: a secret key must be this user's own",
                    path);
    if ((status.st_mode & 077) != 0)
        return FAIL(error,
                    "%.300s can be read by others, so it is no secret any more: make new keys, or, "
                    "if nobody has read it, chmod 600",
                    path);
    return true;
}

static bool read_key(const char *path, bool secret, char key[static CURVE_KEY_BYTES],
                     char error[static TEXT_BYTES_MAX])
{
    char text[CURVE_KEY_BYTES + 1];
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 && errno == ENOENT)
        return FAIL(error, "%.300s is missing (understudy keys makes it)", path);
    if (file < 0)
        return FAIL(error, "%.300s cannot be read: %s", path, strerror(errno));
    if (secret && !is_private(file, path, error)) {
        close(file);
        return false;
    }
    ssize_t size = read(file, text, sizeof text);
    close(file);
    if (size == (ssize_t)CURVE_KEY_BYTES && text[size - 1] == '\n')
        size--;
    const bool fits = size == CURVE_KEY_BYTES - 1;
    memcpy(key, text, CURVE_KEY_BYTES - 1);
    key[CURVE_KEY_BYTES - 1] = '\0';
    explicit_bzero(text, sizeof text);
    return (fits && curve_pair_is_key(key)) || FAIL(error, "%.300s does not hold a key", path);
}

bool keys_read_public(const char *folder, const char *name, char key[static CURVE_KEY_BYTES],
                      char error[static TEXT_BYTES_MAX])
{
    char path[PATH_BYTES];
    return make_path(path, folder, name, PUBLIC, error) && read_key(path, false, key, error);
}

bool keys_read_pair(const char *folder, const char *name, struct curve_pair *pair,
                    char error[static TEXT_BYTES_MAX])
{
    char path[PATH_BYTES];
    if (!keys_read_public(folder, name, pair->public_key, error) ||
        !make_path(path, folder, name, SECRET, error) ||
        !read_key(path, true, pair->secret_key, error))
        return false;
    return curve_pair_belongs(pair) ||
           FAIL(error, "%.200s does not belong to %.60s.public beside it: bring back the pair",
                path, name);
}

bool keys_read_next(const char *folder, const char *name, char key[static CURVE_KEY_BYTES],
                    char error[static TEXT_BYTES_MAX])
{
    char path[PATH_BYTES];
    key[0] = '\0';
    if (!make_path(path, folder, name, NEXT PUBLIC, error))
        return false;
    return (access(path, F_OK) != 0 && errno == ENOENT) || read_key(path, false, key, error);
}

/* ---- changing ---- */

bool keys_rotate(const char *folder, const char *name, char error[static TEXT_BYTES_MAX])
{
    char public_path[PATH_BYTES], secret_path[PATH_BYTES], present[CURVE_KEY_BYTES];
    struct curve_pair pair;
    if (!keys_read_public(folder, name, present, error) ||
        !make_path(public_path, folder, name, NEXT PUBLIC, error) ||
        !make_path(secret_path, folder, name, NEXT SECRET, error))
        return false;
    if (access(public_path, F_OK) == 0 || access(secret_path, F_OK) == 0)
        return FAIL(error, "a change of the keys of %.60s has begun already: %.250s", name,
                    public_path);
    if (!curve_pair_make(&pair, error))
        return false;
    const bool made = write_key(secret_path, pair.secret_key, 0600, error) &&
                      write_key(public_path, pair.public_key, 0644, error);
    explicit_bzero(&pair, sizeof pair);
    if (made)
        printf("%s: %s and %s are made. Then, in this order:\n"
               "1. copy %s.next.public into the keys of every server, and have every node read its "
               "keys again\n   (systemctl reload understudy-node@SERVER, or kill -HUP): both keys "
               "of %s count there.\n"
               "2. on %s: copy %s.next.secret there too, understudy keys adopt %s -o ITS_KEYS, "
               "reload.\n"
               "3. on every other server: the same without the secret. The old key counts no more."
               "\n",
               name, public_path, secret_path, name, name, name, name, name);
    return made;
}

/* Returns whether there was one; a failure is an error. */
static bool adopt_one(const char *folder, const char *name, const char *kind, bool *adopted,
                      char error[static TEXT_BYTES_MAX])
{
    char from[PATH_BYTES], to[PATH_BYTES], next[sizeof NEXT + sizeof SECRET];
    snprintf(next, sizeof next, NEXT "%s", kind);
    if (!make_path(from, folder, name, next, error) || !make_path(to, folder, name, kind, error))
        return false;
    if (rename(from, to) == 0)
        return *adopted = true;
    return errno == ENOENT || FAIL(error, "%.250s cannot be renamed: %s", from, strerror(errno));
}

/* Whether an adoption was cut off between its halves: the secret one is the next already. */
static bool is_half_adopted(const char *secret, const char *next_public)
{
    char ignored[TEXT_BYTES_MAX];
    struct curve_pair pair;
    const bool half = read_key(next_public, false, pair.public_key, ignored) &&
                      read_key(secret, true, pair.secret_key, ignored) && curve_pair_belongs(&pair);
    explicit_bzero(&pair, sizeof pair);
    return half;
}

/* The server itself must have both halves: with one of them its node would not start any more. */
bool keys_adopt(const char *folder, const char *name, char error[static TEXT_BYTES_MAX])
{
    char secret[PATH_BYTES], next_secret[PATH_BYTES], next_public[PATH_BYTES];
    bool adopted = false;
    if (!make_path(secret, folder, name, SECRET, error) ||
        !make_path(next_secret, folder, name, NEXT SECRET, error) ||
        !make_path(next_public, folder, name, NEXT PUBLIC, error))
        return false;
    if (access(next_public, F_OK) != 0)
        return FAIL(error, "there is no %.300s: understudy keys rotate makes it", next_public);
    if (access(secret, F_OK) == 0 && access(next_secret, F_OK) != 0 &&
        !is_half_adopted(secret, next_public))
        return FAIL(error, "%.250s is missing: this server needs both halves of its new key",
                    next_secret);
    if (!adopt_one(folder, name, SECRET, &adopted, error) ||
        !adopt_one(folder, name, PUBLIC, &adopted, error))
        return false;
    printf("%s: the new key is the present one here; have the node read its keys again (reload)\n",
           name);
    return true;
}
