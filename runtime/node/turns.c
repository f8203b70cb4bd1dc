#include "runtime/node/turns.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/node/lifesign.h"

#define DIGITS      16
#define FILE_BYTES  (NAME_BYTES_MAX + 24)
#define KEPT        16   /* turns: a server that stood still before its link finds its turn taken */
#define ENTRIES_MAX 4096 /* of a folder; what holds more was not made by us */

/* ---- names ---- */

static void name_turn(const char *stem, uint64_t turn, char name[static FILE_BYTES])
{
    snprintf(name, FILE_BYTES, "%s.%016" PRIx64, stem, turn);
}

/* 0: this is no name of a turn. */
static uint64_t turn_of(const char *stem, const char *name)
{
    char again[FILE_BYTES];
    const size_t length = strlen(stem);
    if (strncmp(name, stem, length) != 0 || strlen(name) != length + 1 + DIGITS)
        return 0;
    const uint64_t turn = strtoull(name + length + 1, NULL, 16);
    name_turn(stem, turn, again);
    return strcmp(again, name) == 0 ? turn : 0;
}

/* What may be part of a path. */
static bool is_name(const char *name)
{
    return name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL;
}

/* ---- the folder ---- */

static int open_below(int above, const char *name)
{
    return openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void close_keeping_errno(int file)
{
    const int cause = errno;
    if (file >= 0)
        close(file);
    errno = cause;
}

/* -1 with errno; ENOENT: nobody has made it yet. */
static int open_folder(int volume, const struct turns_place *place)
{
    const int ours = open_below(volume, LIFESIGN_FOLDER);
    if (ours < 0) {
        errno = errno == ENOENT ? EIO : errno; /* the sign of this server lies there already */
        return -1;
    }
    const int area = open_below(ours, place->area);
    close_keeping_errno(ours);
    const int folder = area < 0 ? -1 : open_below(area, place->name);
    close_keeping_errno(area);
    return folder;
}

static int make_folder(int volume, const struct turns_place *place)
{
    const int ours = lifesign_make_folder(volume, volume, LIFESIGN_FOLDER);
    const int area = ours < 0 ? -1 : lifesign_make_folder(volume, ours, place->area);
    const int folder = area < 0 ? -1 : lifesign_make_folder(volume, area, place->name);
    close_keeping_errno(ours);
    close_keeping_errno(area);
    return folder;
}

/* Goes through the turns of a folder. False with errno: not all of them could be seen. */
static bool list_turns(int folder, const char *stem, void (*visit)(void *context, uint64_t turn),
                       void *context)
{
    const int again = open_below(folder, ".");
    DIR *listing = again < 0 ? NULL : fdopendir(again);
    if (listing == NULL) {
        close_keeping_errno(again);
        return false;
    }
    int cause = 0;
    for (uint32_t i = 0; cause == 0; i++) {
        errno = 0;
        const struct dirent *entry = readdir(listing);
        if (entry == NULL) {
            cause = errno;
            break;
        }
        if (i == ENTRIES_MAX)
            cause = EOVERFLOW;
        else if (turn_of(stem, entry->d_name) > 0)
            visit(context, turn_of(stem, entry->d_name));
    }
    closedir(listing);
    errno = cause;
    return cause == 0;
}

static void find_highest(void *context, uint64_t turn)
{
    uint64_t *highest = context;
    if (turn > *highest)
        *highest = turn;
}

bool turns_find(int volume, const struct turns_place *place, uint64_t *highest, int *folder)
{
    *highest = 0;
    *folder = open_folder(volume, place);
    if (*folder < 0)
        return errno == ENOENT;
    if (list_turns(*folder, place->stem, find_highest, highest))
        return true;
    close_keeping_errno(*folder);
    *folder = -1;
    return false;
}

/* ---- one turn ---- */

enum turns_reading turns_read(int folder, const struct turns_place *place, uint64_t turn,
                              void *content, size_t max, size_t *size)
{
    char name[FILE_BYTES];
    struct stat status;
    name_turn(place->stem, turn, name);
    const int file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return errno == ELOOP ? TURNS_ODD : TURNS_FAILED;
    if (fstat(file, &status) != 0) {
        close_keeping_errno(file);
        return TURNS_FAILED;
    }
    const bool fits = S_ISREG(status.st_mode) && status.st_size <= (off_t)max;
    const ssize_t got = fits ? read(file, content, max) : 0;
    close_keeping_errno(file);
    if (got < 0)
        return TURNS_FAILED;
    *size = (size_t)got;
    return fits && got == status.st_size ? TURNS_READ : TURNS_ODD;
}

static bool write_whole(int folder, const char *name, const void *content, size_t size)
{
    unlinkat(folder, name, 0); /* of a process that ended between two calls */
    const int file =
        openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (file < 0)
        return false;
    (void)!fchmod(file, 0644); /* the others read it, perhaps as other users */
    const bool written = write(file, content, size) == (ssize_t)size && fsync(file) == 0;
    const int cause = errno;
    const bool closed = close(file) == 0;
    if (!written)
        errno = cause;
    return closed && written;
}

/* What is far behind is of no use to anybody. */
struct old {
    int folder;
    const char *stem;
    uint64_t below;
};

static void remove_old(void *context, uint64_t turn)
{
    const struct old *old = context;
    char name[FILE_BYTES];
    name_turn(old->stem, turn, name);
    if (turn < old->below)
        unlinkat(old->folder, name, 0);
}

/* What stands there counts. With a higher turn there ours is over, and may have been cleaned up
 * before we came. */
static enum turns_taking judge(int folder, const struct turns_place *place, uint64_t turn,
                               const void *content, size_t size, int cause)
{
    uint64_t highest = 0;
    size_t found_size = 0;
    void *found = malloc(size);
    if (found == NULL)
        return TURNS_UNKNOWN;
    const enum turns_reading reading = turns_read(folder, place, turn, found, size, &found_size);
    const int missing = errno;
    const bool ours =
        reading == TURNS_READ && found_size == size && memcmp(found, content, size) == 0;
    free(found);
    if (!list_turns(folder, place->stem, find_highest, &highest))
        return TURNS_UNKNOWN;
    if (highest > turn)
        return TURNS_LOST;
    if (reading == TURNS_FAILED) {
        errno = cause != 0 ? cause : missing;
        return TURNS_UNKNOWN;
    }
    return ours ? TURNS_TAKEN : TURNS_LOST;
}

static enum turns_taking take(int folder, const struct turns_place *place, uint64_t turn,
                              const char *server, const void *content, size_t size)
{
    char fresh[FILE_BYTES], name[FILE_BYTES];
    snprintf(fresh, sizeof fresh, "%s.new", server);
    name_turn(place->stem, turn, name);
    if (!write_whole(folder, fresh, content, size))
        return TURNS_UNKNOWN;
    const int cause = linkat(folder, fresh, folder, name, 0) == 0 ? 0 : errno;
    const enum turns_taking taking = judge(folder, place, turn, content, size, cause);
    const int judged = errno;
    unlinkat(folder, fresh, 0);
    if (taking == TURNS_TAKEN) {
        struct old old = {folder, place->stem, turn > KEPT ? turn - KEPT : 0};
        fsync(folder);
        list_turns(folder, place->stem, remove_old, &old);
    }
    errno = judged;
    return taking;
}

enum turns_taking turns_take(int volume, const struct turns_place *place, uint64_t turn,
                             const char *server, const void *content, size_t size)
{
    assert(turn > 0 && turn < UINT64_MAX);
    if (!is_name(server) || !is_name(place->name)) {
        errno = EINVAL;
        return TURNS_UNKNOWN;
    }
    const int folder = make_folder(volume, place);
    if (folder < 0)
        return TURNS_UNKNOWN;
    const enum turns_taking taking = take(folder, place, turn, server, content, size);
    close_keeping_errno(folder);
    return taking;
}
