#include "runtime/node/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/node/state.h"

#define FAIL(error, ...) (snprintf(error, TEXT_BYTES_MAX, __VA_ARGS__), false)

/* Always of one length: a block of the disk holds the old one or the new one. */
static bool write_mark(const struct mark *mark)
{
    char text[MARK_BYTES];
    const int length = snprintf(text, sizeof text, "%s %020" PRIu64 "\n", mark->hash, mark->number);
    return pwrite(mark->file, text, (size_t)length, 0) == length;
}

static bool read_mark(struct mark *mark)
{
    char text[MARK_BYTES] = "";
    char hash[sizeof mark->hash];
    uint64_t number;
    const ssize_t length = pread(mark->file, text, sizeof text - 1, 0);
    if (length <= 0 || sscanf(text, "%64[0-9a-f] %20" SCNu64 "\n", hash, &number) != 2 ||
        strcmp(hash, mark->hash) != 0)
        return false;
    mark->number = number;
    return true;
}

bool mark_open(struct mark *mark, const char *state, const struct image *image, uint64_t number,
               char error[static TEXT_BYTES_MAX])
{
    char path[STATE_PATH_BYTES];
    *mark = (struct mark){.file = -1, .number = number};
    for (size_t i = 0; i < sizeof image->hash; i++)
        snprintf(mark->hash + 2 * i, 3, "%02x", image->hash[i]);
    if (!state_path(path, state, MARK_FILE, error))
        return false;
    mark->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (mark->file >= 0 && read_mark(mark) && mark->number <= number)
        return true;
    mark->number = number;
    if (mark->file >= 0 && write_mark(mark) && fsync(mark->file) == 0)
        return true;
    return FAIL(error, "%.300s cannot be written: %s", path, strerror(errno));
}

void mark_set(struct mark *mark, uint64_t number)
{
    if (number == mark->number)
        return;
    mark->number = number;
    (void)!write_mark(mark); /* a full disk: what was told may be told again */
}

void mark_close(struct mark *mark)
{
    if (mark->file >= 0)
        close(mark->file);
    mark->file = -1;
}
