#include "runtime/node/lifesign.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/limits.h"
#include "runtime/node/entry.h"

#define MARKER ".understudy-volume" /* as `understudy volume init` writes it */
#define FOLDER ".understudy"
#define MAGIC  "USALIVE1" /* 8 bytes, no NUL */

struct record {
    char magic[8];
    uint64_t boot;
    uint64_t counter;
    uint32_t reserved;
    uint32_t checksum; /* of all before it */
};

_Static_assert(sizeof(struct record) == 32, "no padding");

/* ---- the file ---- */

/* The marker holds the name and a line break, and nothing else. */
static bool has_marker(int volume, const char *name)
{
    char found[NAME_BYTES_MAX + 2], wanted[NAME_BYTES_MAX + 2];
    const int file = openat(volume, MARKER, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return false;
    const ssize_t size = read(file, found, sizeof found);
    close(file);
    const int length = snprintf(wanted, sizeof wanted, "%s\n", name);
    return size == length && memcmp(found, wanted, (size_t)size) == 0;
}

int lifesign_open(const char *path, const char *name)
{
    const int volume = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (volume < 0 || has_marker(volume, name))
        return volume;
    close(volume);
    return -1;
}

/* The folder of the signs; -1: it cannot be opened. */
static int open_folder(int volume)
{
    return openat(volume, FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* False: a name that is no part of a path. */
static bool name_file(const char *server, const char *end, char name[static NAME_BYTES_MAX + 16])
{
    snprintf(name, NAME_BYTES_MAX + 16, "%s%s", server, end);
    return server[0] != '.' && strchr(server, '/') == NULL;
}

static bool write_record(int folder, const char *name, const struct record *record)
{
    const int file =
        openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (file < 0)
        return false;
    const bool written = write(file, record, sizeof *record) == sizeof *record && fsync(file) == 0;
    return close(file) == 0 && written;
}

bool lifesign_write(int volume, const char *server, const struct lifesign *sign)
{
    char name[NAME_BYTES_MAX + 16], fresh[NAME_BYTES_MAX + 16];
    struct record record = {.magic = MAGIC, .boot = sign->boot, .counter = sign->counter};
    record.checksum =
        entry_checksum((const uint8_t *)&record, sizeof record - sizeof record.checksum);
    if (!name_file(server, ".alive", name) || !name_file(server, ".alive.new", fresh))
        return false;
    mkdirat(volume, FOLDER, 0777); /* whoever may write to the volume may write there */
    const int folder = open_folder(volume);
    if (folder < 0)
        return false;
    const bool done =
        write_record(folder, fresh, &record) && renameat(folder, fresh, folder, name) == 0;
    close(folder);
    return done;
}

bool lifesign_read(int volume, const char *server, struct lifesign *sign)
{
    char name[NAME_BYTES_MAX + 16];
    struct record record;
    const int folder = name_file(server, ".alive", name) ? open_folder(volume) : -1;
    if (folder < 0)
        return false;
    const int file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    close(folder);
    if (file < 0)
        return false;
    const ssize_t size = read(file, &record, sizeof record);
    close(file);
    if (size != sizeof record || memcmp(record.magic, MAGIC, sizeof record.magic) != 0 ||
        record.checksum !=
            entry_checksum((const uint8_t *)&record, sizeof record - sizeof record.checksum))
        return false;
    *sign = (struct lifesign){.boot = record.boot, .counter = record.counter};
    return true;
}

/* ---- what follows from it ---- */

/* A volume that was away may have been away for the main too: what stood still meanwhile counts
 * from now. */
void lifesign_see(struct lifesign_watch *watch, const struct lifesign *sign, int64_t now_ms)
{
    if (sign == NULL) {
        watch->interrupted = true;
        return;
    }
    const bool differs =
        !watch->known || sign->boot != watch->last.boot || sign->counter != watch->last.counter;
    if (differs && watch->known) {
        watch->changed = true;
        watch->changed_ms = now_ms;
    }
    if (differs || watch->interrupted)
        watch->still_from_ms = now_ms;
    watch->last = *sign;
    watch->known = true;
    watch->interrupted = false;
    watch->read_ms = now_ms;
}

enum lifesign_view lifesign_judge(const struct lifesign_watch *watch, int64_t now_ms,
                                  int64_t lease_ms)
{
    if (!watch->known || now_ms - watch->read_ms >= lease_ms)
        return LIFESIGN_NONE;
    if (watch->read_ms - watch->still_from_ms >= lease_ms)
        return LIFESIGN_SILENT;
    if (watch->changed && watch->read_ms - watch->changed_ms < lease_ms)
        return LIFESIGN_ALIVE;
    return LIFESIGN_NONE;
}
