#include "recorder/volume_side.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/moment.h"

bool volume_side_fail(struct volume_side *side, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(side->cause, side->cause_size, format, arguments);
    va_end(arguments);
    return false;
}

bool volume_side_fail_at(struct volume_side *side, const char *what)
{
    return volume_side_fail(side, "%s: %s", what, strerror(errno));
}

/* ---- files ---- */

/* As a node writes its sign of life. */
bool volume_side_write(int folder, const char *name, const char *text)
{
    char fresh[VOLUME_SIDE_NAME + 8];
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
bool volume_side_read(int folder, const char *name, char text[VOLUME_SIDE_CONTENT])
{
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int file = again < 0 ? -1 : openat(again, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t size = file < 0 ? -1 : read(file, text, VOLUME_SIDE_CONTENT - 1);

    if (file >= 0)
        close(file);
    if (again >= 0)
        close(again);
    text[size < 0 ? 0 : size] = '\0';
    return size >= 0;
}

static void sign_name(const char *id, char name[VOLUME_SIDE_NAME])
{
    snprintf(name, VOLUME_SIDE_NAME, "here.%s", id);
}

bool volume_side_sign(struct volume_side *side)
{
    char name[VOLUME_SIDE_NAME], text[VOLUME_SIDE_CONTENT];

    sign_name(side->self, name);
    side->count++;
    snprintf(text, sizeof(text), "%" PRIu64 " %d\n", side->count, (int)side->stage);
    return volume_side_write(side->meeting, name, text);
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
    char id[VOLUME_SIDE_ID];
    uint64_t count;
    bool grew;
};

static bool read_sign(const struct volume_side *side, const char *id, uint64_t *count, int *stage)
{
    char name[VOLUME_SIDE_NAME], text[VOLUME_SIDE_CONTENT];

    sign_name(id, name);
    return volume_side_read(side->meeting, name, text) &&
           sscanf(text, "%" SCNu64 " %d", count, stage) == 2;
}

/* Notes who is there; how many of the others have grown before our eyes. */
static int look_around(struct volume_side *side, struct seen *seen, int max, int *known)
{
    int again = openat(side->meeting, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), grew = 0;
    DIR *listing = again < 0 ? NULL : fdopendir(again);

    for (struct dirent *entry; listing != NULL && (entry = readdir(listing)) != NULL;) {
        uint64_t count;
        int stage, at = 0;

        if (strncmp(entry->d_name, "here.", 5) != 0 ||
            strlen(entry->d_name) != 5 + VOLUME_SIDE_ID - 1 ||
            strcmp(entry->d_name + 5, side->self) == 0 ||
            !read_sign(side, entry->d_name + 5, &count, &stage))
            continue;
        while (at < *known && strcmp(seen[at].id, entry->d_name + 5) != 0)
            at++;
        if (at == *known && *known < max) {
            memcpy(seen[at].id, entry->d_name + 5, VOLUME_SIDE_ID);
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
            memcpy(side->other, seen[i].id, VOLUME_SIDE_ID);
            grew++;
        }
    return grew;
}

static bool find_other(struct volume_side *side)
{
    struct seen seen[64];
    int known = 0, grew = 0;
    int64_t until_us = moment_monotonic_us() + VOLUME_SIDE_WAIT_S * INT64_C(1000000);

    while (grew == 0) {
        if (!volume_side_sign(side))
            return volume_side_fail_at(side, "a sign cannot be written");
        grew = look_around(side, seen, 64, &known);
        if (moment_monotonic_us() > until_us)
            return volume_side_fail(
                side, "nobody else probes this volume: start the same command on the other "
                      "server within two minutes");
        usleep(VOLUME_SIDE_SIGN_US);
    }
    if (grew > 1)
        return volume_side_fail(side, "more than two probe this volume at once: two are expected");
    return true;
}

/* Both work in a folder that is named after both. */
static bool open_pair(struct volume_side *side)
{
    bool first = strcmp(side->self, side->other) < 0;
    char name[2 * VOLUME_SIDE_NAME];

    snprintf(name, sizeof(name), "pair.%s-%s", first ? side->self : side->other,
             first ? side->other : side->self);
    side->folder = make_folder(side->volume, side->meeting, name);
    return side->folder >= 0 || volume_side_fail_at(side, "a folder cannot be made");
}

bool volume_side_meet(struct volume_side *side, const char *meeting)
{
    uint64_t id;

    side->folder = -1;
    side->meeting = make_folder(side->volume, side->volume, meeting);
    if (side->meeting < 0)
        return volume_side_fail_at(side, "a folder cannot be made");
    if (getrandom(&id, sizeof(id), 0) != (ssize_t)sizeof(id))
        id = (uint64_t)moment_monotonic_us() << 16 | (uint64_t)getpid();
    snprintf(side->self, sizeof(side->self), "%016" PRIx64, id);
    return find_other(side) && open_pair(side);
}

bool volume_side_wait_for(struct volume_side *side, enum volume_side_stage stage)
{
    int64_t until_us = moment_monotonic_us() + VOLUME_SIDE_WAIT_S * INT64_C(1000000);
    uint64_t count;
    int reached = -1;

    side->stage = stage;
    while (!read_sign(side, side->other, &count, &reached) || reached < (int)stage) {
        if (!volume_side_sign(side))
            return volume_side_fail_at(side, "a sign cannot be written");
        if (moment_monotonic_us() > until_us)
            return volume_side_fail(side, "the other side has stopped answering");
        usleep(VOLUME_SIDE_LOOK_US);
    }
    return volume_side_sign(side) || volume_side_fail_at(side, "a sign cannot be written");
}

/* ---- leaving ---- */

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
void volume_side_leave(struct volume_side *side, const char *meeting, bool done)
{
    bool first = strcmp(side->self, side->other) < 0;
    char name[2 * VOLUME_SIDE_NAME];
    uint64_t count;
    int reached = VOLUME_SIDE_DONE;

    side->stage = VOLUME_SIDE_DONE;
    if (done && volume_side_sign(side))
        for (int i = 0; i < 10 * VOLUME_SIDE_WAIT_S; i++) {
            if (!read_sign(side, side->other, &count, &reached) || reached >= VOLUME_SIDE_DONE)
                break;
            usleep(VOLUME_SIDE_SIGN_US);
        }
    if (side->folder >= 0 && (first || !done)) {
        snprintf(name, sizeof(name), "pair.%s-%s", first ? side->self : side->other,
                 first ? side->other : side->self);
        clear(side->meeting, side->folder, name);
    }
    if (side->folder >= 0)
        close(side->folder);
    if (side->meeting < 0)
        return;
    sign_name(side->self, name);
    unlinkat(side->meeting, name, 0);
    close(side->meeting);
    unlinkat(side->volume, meeting, AT_REMOVEDIR); /* unless somebody is still there */
}
