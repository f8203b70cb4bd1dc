#include "recorder/volume_pair.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/moment.h"
#include "recorder/volume_remains.h"

#define MEETING       VOLUME_REMAINS_PREFIX "pair" /* of two servers */
#define ID_BYTES      17                           /* 16 hexadecimal digits */
#define NAME_BYTES    48
#define CONTENT_BYTES 512
#define RACES         100
#define SIGN_US       100000 /* a sign is renewed so often */
#define LOOK_US       20000
#define WAIT_S        120 /* for the other one to come, and then for each of its steps */

/* How far a side has come; it is told by its sign. */
enum stage { STAGE_HERE, STAGE_MET, STAGE_RACED, STAGE_SEEN, STAGE_FOUND, STAGE_DONE };

struct side {
    int volume;
    int meeting; /* the folder where they meet */
    int folder;  /* of this pair */
    int look_s;
    char self[ID_BYTES], other[ID_BYTES], name[NAME_BYTES];
    uint64_t count; /* of its signs */
    enum stage stage;
    struct volume_pair found;
    char made[RACES + 1], linked[RACES + 1]; /* '1': by this side */
    char *cause;
    uint32_t cause_size;
};

static bool fail(struct side *side, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(side->cause, side->cause_size, format, arguments);
    va_end(arguments);
    return false;
}

/* A child that ends with its parent. */
static pid_t fork_bound(void)
{
    pid_t parent = getpid(), child = fork();

    if (child == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent))
        _exit(1);
    return child;
}

static bool fail_at(struct side *side, const char *what)
{
    return fail(side, "%s: %s", what, strerror(errno));
}

/* ---- files ---- */

/* As a node writes its sign of life. */
static bool write_named(int folder, const char *name, const char *text)
{
    char fresh[NAME_BYTES + 8];
    int file;
    bool written;

    snprintf(fresh, sizeof(fresh), "%s.new", name);
    file = openat(folder, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (file < 0)
        return false;
    written = write(file, text, strlen(text)) == (ssize_t)strlen(text) && fsync(file) == 0;
    close(file);
    return written && renameat(folder, fresh, folder, name) == 0;
}

/* The folder is opened anew, which asks a file server what is new in it. */
static bool read_named(int folder, const char *name, char text[CONTENT_BYTES])
{
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int file = again < 0 ? -1 : openat(again, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t size = file < 0 ? -1 : read(file, text, CONTENT_BYTES - 1);

    if (file >= 0)
        close(file);
    if (again >= 0)
        close(again);
    text[size < 0 ? 0 : size] = '\0';
    return size >= 0;
}

static void sign_name(const char *id, char name[NAME_BYTES])
{
    snprintf(name, NAME_BYTES, "here.%s", id);
}

static bool sign(struct side *side)
{
    char text[CONTENT_BYTES];

    sign_name(side->self, side->name);
    side->count++;
    snprintf(text, sizeof(text), "%" PRIu64 " %d\n", side->count, (int)side->stage);
    return write_named(side->meeting, side->name, text);
}

/* A folder for all who may write to the volume, perhaps as other users; -1 with errno. */
static int make_folder(int volume, int above, const char *name)
{
    bool made = mkdirat(above, name, 0755) == 0;
    int folder = openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat status;

    if (folder >= 0 && made && fstat(volume, &status) == 0)
        (void)!fchmod(folder, status.st_mode & 0777);
    return folder;
}

/* ---- meeting ---- */

struct seen {
    char id[ID_BYTES];
    uint64_t count;
    bool grew;
};

static bool read_sign(const struct side *side, const char *id, uint64_t *count, int *stage)
{
    char name[NAME_BYTES], text[CONTENT_BYTES];

    sign_name(id, name);
    return read_named(side->meeting, name, text) &&
           sscanf(text, "%" SCNu64 " %d", count, stage) == 2;
}

/* Notes who is there; how many of the others have grown before our eyes. */
static int look_around(struct side *side, struct seen *seen, int max, int *known)
{
    int again = openat(side->meeting, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), grew = 0;
    DIR *listing = again < 0 ? NULL : fdopendir(again);

    for (struct dirent *entry; listing != NULL && (entry = readdir(listing)) != NULL;) {
        uint64_t count;
        int stage, at = 0;

        if (strncmp(entry->d_name, "here.", 5) != 0 || strlen(entry->d_name) != 5 + ID_BYTES - 1 ||
            strcmp(entry->d_name + 5, side->self) == 0 ||
            !read_sign(side, entry->d_name + 5, &count, &stage))
            continue;
        while (at < *known && strcmp(seen[at].id, entry->d_name + 5) != 0)
            at++;
        if (at == *known && *known < max) {
            memcpy(seen[at].id, entry->d_name + 5, ID_BYTES);
            seen[at].count = count;
            seen[at].grew = false;
            (*known)++;
        } else if (at < *known && count != seen[at].count) {
            seen[at].grew = true;
        }
    }
    if (listing != NULL)
        closedir(listing);
    else if (again >= 0)
        close(again);
    for (int i = 0; i < *known; i++)
        if (seen[i].grew) {
            memcpy(side->other, seen[i].id, ID_BYTES);
            grew++;
        }
    return grew;
}

static bool meet(struct side *side)
{
    struct seen seen[64];
    int known = 0, grew = 0;
    int64_t until_us = moment_monotonic_us() + WAIT_S * INT64_C(1000000);

    while (grew == 0) {
        if (!sign(side))
            return fail_at(side, "a sign cannot be written");
        grew = look_around(side, seen, 64, &known);
        if (moment_monotonic_us() > until_us)
            return fail(side, "nobody else probes this volume: start the same command on the other "
                              "server within two minutes");
        usleep(SIGN_US);
    }
    if (grew > 1)
        return fail(side, "more than two probe this volume at once: two are expected");
    return true;
}

/* Both work in a folder that is named after both. */
static bool open_pair(struct side *side)
{
    bool first = strcmp(side->self, side->other) < 0;
    char name[2 * NAME_BYTES];

    snprintf(name, sizeof(name), "pair.%s-%s", first ? side->self : side->other,
             first ? side->other : side->self);
    side->folder = make_folder(side->volume, side->meeting, name);
    return side->folder >= 0 || fail_at(side, "a folder cannot be made");
}

/* Tells how far this side is, and waits until the other is as far. */
static bool wait_for(struct side *side, enum stage stage)
{
    int64_t until_us = moment_monotonic_us() + WAIT_S * INT64_C(1000000);
    uint64_t count;
    int reached = -1;

    side->stage = stage;
    while (!read_sign(side, side->other, &count, &reached) || reached < (int)stage) {
        if (!sign(side))
            return fail_at(side, "a sign cannot be written");
        if (moment_monotonic_us() > until_us)
            return fail(side, "the other side has stopped answering");
        usleep(LOOK_US);
    }
    return sign(side) || fail_at(side, "a sign cannot be written");
}

/* ---- racing ---- */

static void race_to_make(struct side *side)
{
    for (int i = 0; i < RACES; i++) {
        char name[NAME_BYTES];
        int file;

        snprintf(name, sizeof(name), "make.%d", i);
        file =
            openat(side->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        side->made[i] = file >= 0 ? '1' : '0';
        if (file >= 0)
            close(file);
    }
}

/* A claim as a node makes it: whole and durable under a name of its own, then linked, then read
 * back; what stands there counts, not the answer. */
static bool race_to_link(struct side *side)
{
    char mine[NAME_BYTES], name[NAME_BYTES], text[CONTENT_BYTES];

    snprintf(mine, sizeof(mine), "claim.%s", side->self);
    side->found.links = true;
    for (int i = 0; i < RACES; i++) {
        int64_t began_us = moment_monotonic_us(), took_us;

        snprintf(name, sizeof(name), "link.%d", i);
        unlinkat(side->folder, mine, 0);
        if (!write_named(side->folder, mine, side->self))
            return fail_at(side, "a claim cannot be written");
        if (linkat(side->folder, mine, side->folder, name, 0) != 0 && errno != EEXIST) {
            side->found.links = false;
            break;
        }
        if (!read_named(side->folder, name, text))
            return fail_at(side, "a claim cannot be read back");
        side->linked[i] = strcmp(text, side->self) == 0 ? '1' : '0';
        took_us = moment_monotonic_us() - began_us;
        if (took_us > side->found.claim_us)
            side->found.claim_us = took_us;
    }
    unlinkat(side->folder, mine, 0);
    return true;
}

/* Whether each was won by one alone. */
static bool is_won_once(const char *self, const char *other)
{
    for (int i = 0; i < RACES; i++)
        if ((self[i] == '1') == (other[i] == '1'))
            return false;
    return true;
}

/* ---- seeing ---- */

/* Renews a sign until it is ended; what a renewal takes at worst goes into the pipe. */
static void renew(const struct side *side, int pipe)
{
    char name[NAME_BYTES], text[CONTENT_BYTES];
    int64_t worst_us = 0;

    snprintf(name, sizeof(name), "sign.%s", side->self);
    for (uint64_t count = 1;; count++) {
        int64_t began_us = moment_monotonic_us(), took_us;

        snprintf(text, sizeof(text), "%" PRIu64 "\n", count);
        if (!write_named(side->folder, name, text))
            _exit(1);
        took_us = moment_monotonic_us() - began_us;
        if (took_us > worst_us) {
            worst_us = took_us;
            if (write(pipe, &worst_us, sizeof(worst_us)) != (ssize_t)sizeof(worst_us))
                _exit(1);
        }
        if (took_us < SIGN_US)
            usleep((useconds_t)(SIGN_US - took_us));
    }
}

/* The longest time in which the other's sign stood still, beyond that after which it is renewed. */
static bool watch(struct side *side)
{
    char name[NAME_BYTES], text[CONTENT_BYTES], last[CONTENT_BYTES] = "";
    int64_t changed_us = 0, now_us = moment_monotonic_us(), longest_us = 0;
    int64_t until_us = now_us + side->look_s * INT64_C(1000000), sign_us = now_us;
    int64_t give_up_us = now_us + WAIT_S * INT64_C(1000000);

    snprintf(name, sizeof(name), "sign.%s", side->other);
    while (now_us < until_us || changed_us == 0) {
        bool read = read_named(side->folder, name, text);

        now_us = moment_monotonic_us();
        if (changed_us > 0 && now_us - changed_us > longest_us)
            longest_us = now_us - changed_us;
        if (read && text[0] != '\0' && strcmp(text, last) != 0) {
            memcpy(last, text, sizeof(last));
            changed_us = now_us;
        }
        if (now_us > give_up_us)
            return fail(side, "the other side's sign of life is not seen within %d s", WAIT_S);
        if (now_us - sign_us > 10 * SIGN_US) {
            sign_us = now_us;
            sign(side);
        }
        usleep(LOOK_US);
    }
    side->found.seen_us = longest_us > SIGN_US ? longest_us - SIGN_US : 0;
    return true;
}

static bool see(struct side *side)
{
    int ends[2];
    pid_t writer;
    bool seen;

    if (pipe(ends) != 0)
        return fail_at(side, "no pipe");
    writer = fork_bound();
    if (writer == 0) {
        close(ends[0]);
        renew(side, ends[1]);
    }
    close(ends[1]);
    seen = writer > 0 ? watch(side) : fail_at(side, "no process");
    /* The other one looks on until it has seen enough too. */
    seen = seen && wait_for(side, STAGE_SEEN);
    if (writer > 0) {
        kill(writer, SIGKILL);
        waitpid(writer, NULL, 0);
    }
    for (int64_t worst_us; read(ends[0], &worst_us, sizeof(worst_us)) == sizeof(worst_us);)
        side->found.renewal_us = worst_us;
    close(ends[0]);
    return seen;
}

/* ---- what both have found ---- */

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static bool exchange(struct side *side)
{
    struct volume_pair *found = &side->found;
    char name[NAME_BYTES], text[CONTENT_BYTES], made[RACES + 1] = "", linked[RACES + 1] = "";
    int64_t renewal_us, seen_us, claim_us;
    int links;

    snprintf(name, sizeof(name), "found.%s", side->self);
    snprintf(text, sizeof(text), "%s %s %d %" PRId64 " %" PRId64 " %" PRId64 "\n", side->made,
             side->linked, (int)found->links, found->renewal_us, found->seen_us, found->claim_us);
    if (!write_named(side->folder, name, text))
        return fail_at(side, "the result cannot be written");
    if (!wait_for(side, STAGE_FOUND))
        return false;
    snprintf(name, sizeof(name), "found.%s", side->other);
    if (!read_named(side->folder, name, text) ||
        sscanf(text, "%100[01] %100[01] %d %" SCNd64 " %" SCNd64 " %" SCNd64, made, linked, &links,
               &renewal_us, &seen_us, &claim_us) != 6)
        return fail(side, "what the other side has found cannot be read");
    found->exclusive = is_won_once(side->made, made);
    found->links = found->links && links != 0;
    found->linked_once = found->links && is_won_once(side->linked, linked);
    found->renewal_us = larger(found->renewal_us, renewal_us);
    found->seen_us = larger(found->seen_us, seen_us);
    found->claim_us = larger(found->claim_us, claim_us);
    return true;
}

/* ---- the whole ---- */

/* Removes what lies in a folder, and the folder. */
static void clear(int above, int folder, const char *name)
{
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = again < 0 ? NULL : fdopendir(again);

    for (struct dirent *entry; listing != NULL && (entry = readdir(listing)) != NULL;)
        if (entry->d_name[0] != '.')
            unlinkat(folder, entry->d_name, 0);
    if (listing != NULL)
        closedir(listing);
    unlinkat(above, name, AT_REMOVEDIR);
}

/* A side that is done stays until the other has read all that it needs, which is told by its being
 * done or gone. Who is first in the order of names cleans up. */
static void leave(struct side *side, bool done)
{
    bool first = strcmp(side->self, side->other) < 0;
    char name[2 * NAME_BYTES];
    uint64_t count;
    int reached = STAGE_DONE;

    side->stage = STAGE_DONE;
    if (done && sign(side))
        for (int i = 0; i < 10 * WAIT_S; i++) {
            if (!read_sign(side, side->other, &count, &reached) || reached >= STAGE_DONE)
                break;
            usleep(SIGN_US);
        }
    if (side->folder >= 0 && (first || !done)) {
        snprintf(name, sizeof(name), "pair.%s-%s", first ? side->self : side->other,
                 first ? side->other : side->self);
        clear(side->meeting, side->folder, name);
    }
    if (side->folder >= 0)
        close(side->folder);
    sign_name(side->self, side->name);
    unlinkat(side->meeting, side->name, 0);
}

static bool run(int volume, const char *meeting, int look_s, struct volume_pair *pair, char *cause,
                uint32_t cause_size)
{
    struct side side = {
        .volume = volume, .folder = -1, .look_s = look_s, .cause = cause, .cause_size = cause_size};
    uint64_t id;
    bool done;

    memset(side.made, '0', RACES);
    memset(side.linked, '0', RACES);
    side.meeting = make_folder(volume, volume, meeting);
    if (side.meeting < 0)
        return fail_at(&side, "a folder cannot be made");
    if (getrandom(&id, sizeof(id), 0) != (ssize_t)sizeof(id))
        id = (uint64_t)moment_monotonic_us() << 16 | (uint64_t)getpid();
    snprintf(side.self, sizeof(side.self), "%016" PRIx64, id);
    done = meet(&side) && open_pair(&side) && wait_for(&side, STAGE_MET);
    if (done)
        race_to_make(&side);
    done = done && race_to_link(&side) && wait_for(&side, STAGE_RACED) && see(&side) &&
           exchange(&side);
    leave(&side, done);
    close(side.meeting);
    unlinkat(volume, meeting, AT_REMOVEDIR); /* unless somebody is still there */
    *pair = side.found;
    return done;
}

bool volume_pair_alone(int volume, int look_s, struct volume_pair *pair, char *cause,
                       uint32_t cause_size)
{
    char meeting[NAME_BYTES];
    pid_t other;
    bool done;

    snprintf(meeting, sizeof(meeting), MEETING "-%d-%" PRId64, (int)getpid(),
             moment_monotonic_us());
    other = fork_bound();
    if (other == 0) {
        done = run(volume, meeting, look_s, pair, cause, cause_size);
        _exit(done ? 0 : 1);
    }
    if (other < 0) {
        snprintf(cause, cause_size, "no process: %s", strerror(errno));
        return false;
    }
    done = run(volume, meeting, look_s, pair, cause, cause_size);
    if (!done)
        kill(other, SIGKILL);
    waitpid(other, NULL, 0);
    unlinkat(volume, meeting, AT_REMOVEDIR);
    return done;
}

bool volume_pair_meet(int volume, int look_s, struct volume_pair *pair, char *cause,
                      uint32_t cause_size)
{
    return run(volume, MEETING, look_s, pair, cause, cause_size);
}
