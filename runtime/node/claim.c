#include "runtime/node/claim.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/node/entry.h"
#include "runtime/node/lifesign.h"

#define FOLDER      "claims"
#define PREFIX      "claim."
#define DIGITS      16
#define FILE_BYTES  (NAME_BYTES_MAX + 24)
#define KEPT        16   /* turns: a server that stood still before its link finds its turn taken */
#define ENTRIES_MAX 4096 /* of a folder; what holds more was not made by us */
#define MAGIC       "USCLAIM1" /* 8 bytes, no NUL */

struct content {
    char magic[8];
    uint64_t turn;
    uint64_t epoch;
    uint64_t mark;
    char holder[NAME_BYTES_MAX];
    char main[NAME_BYTES_MAX];
    uint32_t reserved;
    uint32_t checksum; /* of all before it */
};

_Static_assert(sizeof(struct content) == 40 + 2 * NAME_BYTES_MAX, "no padding");

static uint32_t sum(const struct content *content)
{
    return entry_checksum((const uint8_t *)content, sizeof *content - sizeof content->checksum);
}

/* ---- names ---- */

static void name_turn(uint64_t turn, char name[static FILE_BYTES])
{
    snprintf(name, FILE_BYTES, PREFIX "%016" PRIx64, turn);
}

/* 0: this is no claim's name. */
static uint64_t turn_of(const char *name)
{
    char again[FILE_BYTES];
    if (strncmp(name, PREFIX, sizeof PREFIX - 1) != 0 || strlen(name) != sizeof PREFIX - 1 + DIGITS)
        return 0;
    const uint64_t turn = strtoull(name + sizeof PREFIX - 1, NULL, 16);
    name_turn(turn, again);
    return strcmp(again, name) == 0 ? turn : 0;
}

/* ---- the folder ---- */

static int open_below(int above, const char *name)
{
    return openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* -1 with errno; ENOENT: nobody has claimed this main yet. */
static int open_folder(int volume, const char *main)
{
    const int ours = open_below(volume, LIFESIGN_FOLDER);
    if (ours < 0) {
        errno = errno == ENOENT ? EIO : errno; /* the sign of this server lies there already */
        return -1;
    }
    const int claims = open_below(ours, FOLDER);
    int cause = errno;
    close(ours);
    if (claims < 0) {
        errno = cause;
        return -1;
    }
    const int folder = open_below(claims, main);
    cause = errno;
    close(claims);
    errno = cause;
    return folder;
}

static int make_folder(int volume, const char *main)
{
    const int ours = lifesign_make_folder(volume, volume, LIFESIGN_FOLDER);
    const int claims = ours < 0 ? -1 : lifesign_make_folder(volume, ours, FOLDER);
    const int folder = claims < 0 ? -1 : lifesign_make_folder(volume, claims, main);
    const int cause = errno;
    if (ours >= 0)
        close(ours);
    if (claims >= 0)
        close(claims);
    errno = cause;
    return folder;
}

/* Goes through the turns of a folder. False with errno: not all of them could be seen. */
static bool list_turns(int folder, void (*visit)(void *context, uint64_t turn), void *context)
{
    const int again = open_below(folder, ".");
    DIR *listing = again < 0 ? NULL : fdopendir(again);
    if (listing == NULL) {
        const int cause = errno;
        if (again >= 0)
            close(again);
        errno = cause;
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
        else if (turn_of(entry->d_name) > 0)
            visit(context, turn_of(entry->d_name));
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

/* ---- one claim ---- */

/* What may be part of a path. */
static bool is_name(const char *name)
{
    return name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL;
}

static bool is_sound(const struct content *content, uint64_t turn, const char *main)
{
    return memcmp(content->magic, MAGIC, sizeof content->magic) == 0 &&
           content->checksum == sum(content) && content->turn == turn && content->epoch > 0 &&
           turn < UINT64_MAX && memchr(content->holder, '\0', sizeof content->holder) != NULL &&
           is_name(content->holder) && memchr(content->main, '\0', sizeof content->main) != NULL &&
           strcmp(content->main, main) == 0;
}

static enum claim_reading read_turn(int folder, const char *main, uint64_t turn,
                                    struct claim_record *record)
{
    char name[FILE_BYTES];
    struct content content;
    struct stat status;
    name_turn(turn, name);
    const int file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return errno == ELOOP ? CLAIM_DAMAGED : CLAIM_FAILED;
    const bool known = fstat(file, &status) == 0;
    const ssize_t size =
        known && S_ISREG(status.st_mode) ? read(file, &content, sizeof content) : 0;
    const int cause = errno;
    close(file);
    errno = cause;
    if (!known || size < 0)
        return CLAIM_FAILED;
    if (size != (ssize_t)sizeof content || status.st_size != (off_t)sizeof content ||
        !is_sound(&content, turn, main))
        return CLAIM_DAMAGED;
    *record = (struct claim_record){.turn = turn, .epoch = content.epoch, .mark = content.mark};
    memcpy(record->holder, content.holder, sizeof record->holder);
    return CLAIM_READ;
}

enum claim_reading claim_read(int volume, const char *main, struct claim_record *record)
{
    uint64_t highest = 0;
    const int folder = open_folder(volume, main);
    if (folder < 0 && errno != ENOENT)
        return CLAIM_FAILED;
    if (folder >= 0 && !list_turns(folder, find_highest, &highest)) {
        const int cause = errno;
        close(folder);
        errno = cause;
        return CLAIM_FAILED;
    }
    enum claim_reading reading = CLAIM_READ;
    if (highest == 0)
        *record = (struct claim_record){0};
    else if (highest != record->turn || record->epoch == 0)
        reading = read_turn(folder, main, highest, record);
    if (reading == CLAIM_DAMAGED)
        *record = (struct claim_record){.turn = highest};
    const int cause = errno;
    if (folder >= 0)
        close(folder);
    errno = cause;
    return reading;
}

/* ---- taking a turn ---- */

static bool write_whole(int folder, const char *name, const struct content *content)
{
    unlinkat(folder, name, 0); /* of a process that ended between two calls */
    const int file =
        openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (file < 0)
        return false;
    (void)!fchmod(file, 0644); /* the others read it, perhaps as other users */
    const bool written =
        write(file, content, sizeof *content) == (ssize_t)sizeof *content && fsync(file) == 0;
    const int cause = errno;
    const bool closed = close(file) == 0;
    if (!written)
        errno = cause;
    return closed && written;
}

/* What is far behind is of no use to anybody. */
struct old {
    int folder;
    uint64_t below;
};

static void remove_old(void *context, uint64_t turn)
{
    const struct old *old = context;
    char name[FILE_BYTES];
    name_turn(turn, name);
    if (turn < old->below)
        unlinkat(old->folder, name, 0);
}

/* What stands there counts. With a higher turn there ours is over, and may have been cleaned up
 * before we came. */
static enum claim_taking judge(int folder, const char *main, const struct claim_record *record,
                               int cause)
{
    struct claim_record found;
    uint64_t highest = 0;
    const enum claim_reading reading = read_turn(folder, main, record->turn, &found);
    const int missing = errno;
    if (!list_turns(folder, find_highest, &highest))
        return CLAIM_UNKNOWN;
    if (highest > record->turn)
        return CLAIM_LOST;
    if (reading == CLAIM_FAILED) {
        errno = cause != 0 ? cause : missing;
        return CLAIM_UNKNOWN;
    }
    return reading == CLAIM_READ && found.mark == record->mark &&
                   strcmp(found.holder, record->holder) == 0
               ? CLAIM_TAKEN
               : CLAIM_LOST;
}

static enum claim_taking take(int folder, const char *main, const struct claim_record *record,
                              const struct content *content)
{
    char fresh[FILE_BYTES], name[FILE_BYTES];
    snprintf(fresh, sizeof fresh, "%s.new", record->holder);
    name_turn(record->turn, name);
    if (!write_whole(folder, fresh, content))
        return CLAIM_UNKNOWN;
    const int cause = linkat(folder, fresh, folder, name, 0) == 0 ? 0 : errno;
    const enum claim_taking taking = judge(folder, main, record, cause);
    const int judged = errno;
    unlinkat(folder, fresh, 0);
    if (taking == CLAIM_TAKEN) {
        struct old old = {folder, record->turn > KEPT ? record->turn - KEPT : 0};
        fsync(folder);
        list_turns(folder, remove_old, &old);
    }
    errno = judged;
    return taking;
}

enum claim_taking claim_take(int volume, const char *main, const struct claim_record *record)
{
    assert(record->turn > 0 && record->turn < UINT64_MAX && record->epoch > 0);
    struct content content = {
        .magic = MAGIC, .turn = record->turn, .epoch = record->epoch, .mark = record->mark};
    if (!is_name(record->holder) || !is_name(main)) {
        errno = EINVAL;
        return CLAIM_UNKNOWN;
    }
    snprintf(content.holder, sizeof content.holder, "%s", record->holder);
    snprintf(content.main, sizeof content.main, "%s", main);
    content.checksum = sum(&content);
    const int folder = make_folder(volume, main);
    if (folder < 0)
        return CLAIM_UNKNOWN;
    const enum claim_taking taking = take(folder, main, record, &content);
    const int cause = errno;
    close(folder);
    errno = cause;
    return taking;
}
