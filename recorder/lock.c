#include "recorder/lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/moment.h"

#define MOMENT_LENGTH 20 /* characters of 20261123T204512.345Z */

void lock_name_print(char *name, int64_t from_ms, int64_t to_ms)
{
    char from[MOMENT_TEXT_MAX], to[MOMENT_TEXT_MAX];

    moment_print_compact(from, from_ms);
    moment_print_compact(to, to_ms);
    snprintf(name, LOCK_NAME_MAX, "%.*s_%.*s.lock", MOMENT_LENGTH, from, MOMENT_LENGTH, to);
}

bool lock_name_parse(const char *name, int64_t *from_ms, int64_t *to_ms)
{
    char text[MOMENT_LENGTH + 1] = "", again[LOCK_NAME_MAX];

    if (strlen(name) != 2 * MOMENT_LENGTH + strlen("_.lock"))
        return false;
    memcpy(text, name, MOMENT_LENGTH);
    if (!moment_parse_compact(text, from_ms))
        return false;
    memcpy(text, name + MOMENT_LENGTH + 1, MOMENT_LENGTH);
    if (!moment_parse_compact(text, to_ms) || *from_ms >= *to_ms)
        return false;
    lock_name_print(again, *from_ms, *to_ms);
    return strcmp(name, again) == 0;
}

static int open_locks(int camera)
{
    return openat(camera, LOCK_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The reason is for people: what cannot be read or printed is left out. */
static void read_reason(int directory, const char *name, char *reason)
{
    int file = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t length = file < 0 ? -1 : read(file, reason, LOCK_REASON_MAX - 1);

    if (file >= 0)
        close(file);
    reason[length < 0 ? 0 : length] = '\0';
    reason[strcspn(reason, "\n")] = '\0';
    for (char *c = reason; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = ' ';
}

static bool add(struct lock_list *list, const struct lock *lock, size_t *room)
{
    if (list->count == *room) {
        size_t larger_room = *room == 0 ? 16 : 2 * *room;
        struct lock *larger = realloc(list->locks, larger_room * sizeof(*larger));

        if (larger == NULL)
            return false;
        list->locks = larger;
        *room = larger_room;
    }
    list->locks[list->count++] = *lock;
    return true;
}

static int by_beginning(const void *left, const void *right)
{
    const struct lock *a = left, *b = right;

    return (a->from_ms > b->from_ms) - (a->from_ms < b->from_ms);
}

static int load_entries(DIR *listing, struct lock_list *list)
{
    struct dirent *entry;
    size_t room = 0;

    while (errno = 0, (entry = readdir(listing)) != NULL) {
        struct lock lock;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (!lock_name_parse(entry->d_name, &lock.from_ms, &lock.to_ms)) {
            list->foreign++;
            continue;
        }
        read_reason(dirfd(listing), entry->d_name, lock.reason);
        if (!add(list, &lock, &room))
            return ENOMEM;
    }
    return errno;
}

int lock_load(int camera, struct lock_list *list)
{
    int directory = open_locks(camera), error;
    DIR *listing;

    *list = (struct lock_list){.count = 0};
    if (directory < 0)
        return errno == ENOENT ? 0 : errno;
    listing = fdopendir(directory);
    if (listing == NULL) {
        error = errno;
        close(directory);
        return error;
    }
    error = load_entries(listing, list);
    closedir(listing);
    if (list->count > 0)
        qsort(list->locks, list->count, sizeof(*list->locks), by_beginning);
    return error;
}

void lock_free(struct lock_list *list)
{
    free(list->locks);
    *list = (struct lock_list){.count = 0};
}

bool lock_covers(const struct lock_list *list, int64_t from_ms, int64_t to_ms)
{
    for (size_t i = 0; i < list->count && list->locks[i].from_ms < to_ms; i++)
        if (list->locks[i].to_ms > from_ms)
            return true;
    return false;
}

static int write_lock(int directory, const struct lock *lock)
{
    char name[LOCK_NAME_MAX], line[LOCK_REASON_MAX + 1];
    int length = snprintf(line, sizeof(line), "%s\n", lock->reason);
    int file, error = 0;

    lock_name_print(name, lock->from_ms, lock->to_ms);
    file = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (file < 0)
        return errno == EEXIST ? 0 : errno;
    /* The name alone locks; a reason that is torn does no harm. */
    if (write(file, line, (size_t)length) != length || fsync(file) != 0)
        error = errno == 0 ? EIO : errno;
    close(file);
    return fsync(directory) == 0 ? error : errno;
}

int lock_add(int camera, const struct lock *lock)
{
    int directory, error;

    if (mkdirat(camera, LOCK_DIRECTORY, 0755) == 0 && fsync(camera) != 0)
        return errno;
    directory = open_locks(camera);
    if (directory < 0)
        return errno;
    error = write_lock(directory, lock);
    close(directory);
    return error;
}

int lock_remove(int camera, int64_t from_ms, int64_t to_ms)
{
    int directory = open_locks(camera), error = 0;
    char name[LOCK_NAME_MAX];

    if (directory < 0)
        return errno;
    lock_name_print(name, from_ms, to_ms);
    if (unlinkat(directory, name, 0) != 0 || fsync(directory) != 0)
        error = errno;
    close(directory);
    return error;
}
