#include "dsl/source.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *source_fill(int fd, struct source *source)
{
    struct stat stat;
    if (fstat(fd, &stat) != 0) {
        return strerror(errno);
    }
    if (!S_ISREG(stat.st_mode)) {
        return "it is not a regular file";
    }
    if (stat.st_size > (off_t)SOURCE_BYTES_MAX) {
        return "it is larger than 256 MiB";
    }
    size_t size = (size_t)stat.st_size;
    source->text = malloc(size + 1);
    if (source->text == NULL) {
        return "there is not enough memory for it";
    }
    size_t bytes = 0;
    while (bytes < size) {
        ssize_t got = read(fd, source->text + bytes, size - bytes);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return strerror(errno);
        }
        if (got == 0) {
            break;
        }
        bytes += (size_t)got;
    }
    source->bytes = bytes;
    source->text[bytes] = '\0';
    return NULL;
}

const char *source_read(const char *name, struct source *source)
{
    assert(name != NULL && source != NULL);
    *source = (struct source){.name = name};
    /* O_NONBLOCK: opening a named pipe must not wait for a writer. */
    int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return strerror(errno);
    }
    const char *reason = source_fill(fd, source);
    close(fd);
    if (reason != NULL) {
        source_free(source);
    }
    return reason;
}

void source_free(struct source *source)
{
    free(source->text);
    source->text = NULL;
}

static bool source_climbs(const char *name)
{
    for (const char *part = name;; part++) {
        size_t bytes = strcspn(part, "/");
        if (bytes == 2 && memcmp(part, "..", 2) == 0) {
            return true;
        }
        part += bytes;
        if (*part == '\0') {
            return false;
        }
    }
}

const char *source_included(struct arena *arena, const char *main_name, const char *name,
                            const char **reason)
{
    if (name[0] == '\0' || name[0] == '/' || source_climbs(name)) {
        *reason = "the name must be relative and must not lead out of the topology's folder";
        return NULL;
    }
    const char *slash = strrchr(main_name, '/');
    const char *folder =
        slash == NULL ? "." : arena_format(arena, "%.*s", (int)(slash - main_name) + 1, main_name);
    const char *path =
        slash == NULL ? arena_text(arena, name) : arena_format(arena, "%s%s", folder, name);
    char real_folder[PATH_MAX];
    char real_path[PATH_MAX];
    if (realpath(folder, real_folder) == NULL || realpath(path, real_path) == NULL) {
        *reason = strerror(errno);
        return NULL;
    }
    size_t bytes = strlen(real_folder);
    bool inside = strncmp(real_path, real_folder, bytes) == 0 &&
                  (real_path[bytes] == '/' || (bytes == 1 && real_folder[0] == '/'));
    if (!inside) {
        *reason = "a link leads out of the topology's folder";
        return NULL;
    }
    return path;
}
