#include "runtime/node/lifesign.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/node/entry.h"

#define MARKER ".understudy-volume" /* as `understudy volume init` writes it */
#define MAGIC  "USALIVE1"           /* 8 bytes, no NUL */

/* The whole of a sign without claims, and the head of one with claims. */
struct record {
    char magic[8];
    uint64_t boot;
    uint64_t counter;
    uint32_t claims;   /* that follow, and their checksum after them */
    uint32_t checksum; /* of all before it */
};

_Static_assert(sizeof(struct record) == 32, "no padding");
_Static_assert(sizeof(struct lifesign_claim) == NAME_BYTES_MAX + 24, "no padding");

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
    return openat(volume, LIFESIGN_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int lifesign_make_folder(int volume, int above, const char *name)
{
    struct stat status;
    const bool made = mkdirat(above, name, 0777) == 0;
    const int folder = openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder >= 0 && made && fstat(volume, &status) == 0)
        (void)!fchmod(folder, status.st_mode & 0777);
    return folder;
}

/* False: a name that is no part of a path. */
static bool name_file(const char *server, const char *end, char name[static NAME_BYTES_MAX + 16])
{
    snprintf(name, NAME_BYTES_MAX + 16, "%s%s", server, end);
    return server[0] != '.' && strchr(server, '/') == NULL;
}

static uint32_t sum(const void *bytes, size_t size)
{
    return entry_checksum(bytes, size);
}

static size_t size_of(uint32_t claims)
{
    return claims == 0 ? 0 : claims * sizeof(struct lifesign_claim) + sizeof(uint32_t);
}

/* In one piece, so that no end of this server leaves half a sign. */
static bool put_sign(int file, const void *bytes, size_t size)
{
    (void)!fchmod(file, 0644); /* the others read it, perhaps as other users */
    const ssize_t written = pwrite(file, bytes, size, 0);
    if (written >= 0 && written < (ssize_t)size)
        errno = ENOSPC;
    return written == (ssize_t)size && ftruncate(file, (off_t)size) == 0 && fsync(file) == 0;
}

static bool close_sign(int file, bool written)
{
    const int cause = errno;
    const bool closed = close(file) == 0; /* some network filesystems write only now */
    if (!written)
        errno = cause;
    return closed && written;
}

static bool put_fresh(int folder, const char *fresh, const char *name, const void *bytes,
                      size_t size)
{
    const int file =
        openat(folder, fresh, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
    return file >= 0 && close_sign(file, put_sign(file, bytes, size)) &&
           renameat(folder, fresh, folder, name) == 0;
}

/* What is there already needs no room. */
static bool put_in_place(int folder, const char *name, const void *bytes, size_t size)
{
    const int file = openat(folder, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    return file >= 0 && close_sign(file, put_sign(file, bytes, size));
}

/* The sign as it lies on the volume; NULL: no memory. */
static void *pack(const struct lifesign *sign, const struct lifesign_claims *claims, size_t *size)
{
    struct record record = {.magic = MAGIC,
                            .boot = sign->boot,
                            .counter = sign->counter,
                            .claims = claims == NULL ? 0 : claims->count};
    record.checksum = sum(&record, sizeof record - sizeof record.checksum);
    *size = sizeof record + size_of(record.claims);
    uint8_t *bytes = malloc(*size);
    if (bytes == NULL)
        return NULL;
    memcpy(bytes, &record, sizeof record);
    if (record.claims > 0) {
        const size_t claims_size = record.claims * sizeof claims->items[0];
        const uint32_t checksum = sum(claims->items, claims_size);
        memcpy(bytes + sizeof record, claims->items, claims_size);
        memcpy(bytes + sizeof record + claims_size, &checksum, sizeof checksum);
    }
    return bytes;
}

bool lifesign_write(int volume, const char *server, const struct lifesign *sign,
                    const struct lifesign_claims *claims)
{
    char name[NAME_BYTES_MAX + 16], fresh[NAME_BYTES_MAX + 16];
    size_t size;
    if (!name_file(server, ".alive", name) || !name_file(server, ".alive.new", fresh))
        return false;
    const int folder = lifesign_make_folder(volume, volume, LIFESIGN_FOLDER);
    if (folder < 0)
        return false;
    void *bytes = pack(sign, claims, &size);
    bool done = bytes != NULL && put_fresh(folder, fresh, name, bytes, size);
    if (bytes != NULL && !done && (errno == ENOSPC || errno == EDQUOT)) {
        unlinkat(folder, fresh, 0);
        done = put_in_place(folder, name, bytes, size);
    }
    free(bytes);
    close(folder);
    return done;
}

/* -1 with errno: there is none. What is no file is none either. */
static int open_sign(int volume, const char *server)
{
    char name[NAME_BYTES_MAX + 16];
    const int folder = name_file(server, ".alive", name) ? open_folder(volume) : -1;
    if (folder < 0) {
        errno = EIO; /* nothing is known of the signs */
        return -1;
    }
    const int file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    const int cause = errno;
    close(folder);
    errno = cause;
    return file;
}

static bool read_record(int file, struct record *record)
{
    return read(file, record, sizeof *record) == sizeof *record &&
           memcmp(record->magic, MAGIC, sizeof record->magic) == 0 &&
           record->checksum == sum(record, sizeof *record - sizeof record->checksum) &&
           record->claims <= FAILOVERS_MAX;
}

static bool read_claims(int file, uint32_t count, struct lifesign_claims *claims)
{
    struct stat status;
    uint32_t checksum;
    const size_t size = count * sizeof claims->items[0];
    if (fstat(file, &status) != 0 ||
        status.st_size != (off_t)(sizeof(struct record) + size_of(count)))
        return false;
    if (count > claims->max) {
        struct lifesign_claim *items = realloc(claims->items, size);
        if (items == NULL)
            return false;
        claims->items = items;
        claims->max = count;
    }
    claims->count = count;
    if (count == 0)
        return true;
    if (read(file, claims->items, size) != (ssize_t)size ||
        read(file, &checksum, sizeof checksum) != sizeof checksum ||
        checksum != sum(claims->items, size))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (memchr(claims->items[i].main, '\0', NAME_BYTES_MAX) == NULL)
            return false;
    return true;
}

enum lifesign_reading lifesign_read_all(int volume, const char *server, struct lifesign *sign,
                                        struct lifesign_claims *claims)
{
    struct record record;
    const int file = open_sign(volume, server);
    claims->count = 0;
    if (file < 0)
        return errno == ENOENT ? LIFESIGN_ABSENT : LIFESIGN_FAILED;
    const bool whole = read_record(file, &record) && read_claims(file, record.claims, claims);
    close(file);
    if (!whole) {
        claims->count = 0;
        return LIFESIGN_FAILED;
    }
    *sign = (struct lifesign){.boot = record.boot, .counter = record.counter};
    return LIFESIGN_READ;
}

bool lifesign_read(int volume, const char *server, struct lifesign *sign)
{
    struct record record;
    const int file = open_sign(volume, server);
    if (file < 0)
        return false;
    const bool whole = read_record(file, &record);
    close(file);
    if (whole)
        *sign = (struct lifesign){.boot = record.boot, .counter = record.counter};
    return whole;
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
