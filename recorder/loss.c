#include "recorder/loss.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "recorder/hash.h"

#define LINE_MAX_BYTES 128

static size_t print(const struct loss *loss, char *line)
{
    int length = snprintf(line, LINE_MAX_BYTES, "%" PRId64 " %" PRId64 " %" PRIu64, loss->from_ms,
                          loss->to_ms, loss->frames);

    length += snprintf(line + length, LINE_MAX_BYTES - (size_t)length, " %08" PRIx32 "\n",
                       hash_crc(line, (size_t)length));
    return (size_t)length;
}

/* What was read must print as the same line. */
static int parse(const char *line, struct loss *loss)
{
    char again[LINE_MAX_BYTES];

    if (sscanf(line, "%" SCNd64 " %" SCNd64 " %" SCNu64, &loss->from_ms, &loss->to_ms,
               &loss->frames) != 3)
        return 0;
    print(loss, again);
    return strcmp(line, again) == 0;
}

int loss_append(int directory, const struct loss *loss)
{
    int file =
        openat(directory, LOSS_FILE, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
    char line[1 + LINE_MAX_BYTES] = "\n", last = '\n';
    off_t size = file < 0 ? -1 : lseek(file, 0, SEEK_END);
    size_t torn, length;
    int error = 0;

    if (file < 0)
        return errno;
    torn = size > 0 && pread(file, &last, 1, size - 1) == 1 && last != '\n';
    length = print(loss, line + torn) + torn;
    errno = EIO;
    if (write(file, line, length) != (ssize_t)length || fdatasync(file) != 0)
        error = errno;
    close(file);
    return error;
}

int loss_load(int directory, struct loss *losses, size_t room, size_t *count)
{
    int descriptor = openat(directory, LOSS_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "r");
    char line[LINE_MAX_BYTES];
    int error;

    *count = 0;
    if (file == NULL) {
        error = errno;
        if (descriptor >= 0)
            close(descriptor);
        return error == ENOENT ? 0 : error;
    }
    while (*count < room && fgets(line, sizeof(line), file) != NULL)
        *count += (size_t)parse(line, &losses[*count]);
    error = ferror(file) ? EIO : 0;
    fclose(file);
    return error;
}
