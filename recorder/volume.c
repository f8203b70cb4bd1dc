#include "recorder/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "recorder/recorder.h"

bool volume_is_name(const char *name)
{
    size_t length = strnlen(name, RECORDER_NAME_MAX);

    if (length == 0 || length == RECORDER_NAME_MAX || name[0] == '.')
        return false;
    for (size_t i = 0; i < length; i++)
        if (name[i] <= ' ' || name[i] > '~' || name[i] == '/')
            return false;
    return true;
}

static int open_directory(const char *path, const char *name, char *cause)
{
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (directory < 0)
        snprintf(cause, RECORDER_CAUSE_MAX, "volume %s: its directory %.80s cannot be opened: %s",
                 name, path, strerror(errno));
    return directory;
}

enum marker { MARKER_OURS, MARKER_MISSING, MARKER_OTHER, MARKER_UNREADABLE };

/* The marker holds the name and a line break, and nothing else. `found` gets what it names. */
static enum marker read_marker(int directory, const char *name, char *found)
{
    int file = openat(directory, VOLUME_MARKER, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t length;

    if (file < 0)
        return errno == ENOENT ? MARKER_MISSING : MARKER_UNREADABLE;
    length = read(file, found, RECORDER_NAME_MAX);
    close(file);
    if (length < 0)
        return MARKER_UNREADABLE;
    found[length < RECORDER_NAME_MAX ? length : RECORDER_NAME_MAX - 1] = '\0';
    found[strcspn(found, "\n")] = '\0';
    if (!volume_is_name(found))
        return MARKER_UNREADABLE;
    return strcmp(found, name) == 0 ? MARKER_OURS : MARKER_OTHER;
}

/* True for MARKER_OURS; otherwise the sentence. */
static bool judge_marker(enum marker marker, const char *path, const char *name, const char *found,
                         char *cause)
{
    switch (marker) {
    case MARKER_OURS:
        return true;
    case MARKER_MISSING:
        snprintf(cause, RECORDER_CAUSE_MAX,
                 "volume %s: %.80s has no marker file " VOLUME_MARKER
                 ": not mounted, or not prepared yet",
                 name, path);
        return false;
    case MARKER_OTHER:
        snprintf(cause, RECORDER_CAUSE_MAX, "volume %s: %.80s is volume %s", name, path, found);
        return false;
    case MARKER_UNREADABLE:
        snprintf(cause, RECORDER_CAUSE_MAX, "volume %s: the marker file in %.80s cannot be read",
                 name, path);
        return false;
    }
    return false;
}

int volume_open(const char *path, const char *name, char *cause)
{
    char found[RECORDER_NAME_MAX] = "";
    int directory = open_directory(path, name, cause);

    if (directory >= 0 &&
        !judge_marker(read_marker(directory, name, found), path, name, found, cause)) {
        close(directory);
        directory = -1;
    }
    return directory;
}

int volume_open_any(const char *path, char *name, char *cause)
{
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum marker marker;

    if (directory < 0) {
        snprintf(cause, RECORDER_CAUSE_MAX, "the directory %.80s cannot be opened: %s", path,
                 strerror(errno));
        return -1;
    }
    marker = read_marker(directory, "", name);
    if (marker == MARKER_OTHER)
        return directory;
    snprintf(cause, RECORDER_CAUSE_MAX,
             "%.80s is no volume: its marker file " VOLUME_MARKER " is missing or unreadable",
             path);
    close(directory);
    return -1;
}

/* Written under another name and renamed, so that a marker is whole or absent. */
static bool write_marker(int directory, const char *name)
{
    static const char temporary[] = VOLUME_MARKER ".new";
    char line[RECORDER_NAME_MAX + 1];
    int length = snprintf(line, sizeof(line), "%s\n", name);
    int file =
        openat(directory, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    bool written;

    if (file < 0)
        return false;
    written = write(file, line, (size_t)length) == length && fsync(file) == 0;
    return close(file) == 0 && written &&
           renameat(directory, temporary, directory, VOLUME_MARKER) == 0 && fsync(directory) == 0;
}

bool volume_init(const char *path, const char *name, char *cause)
{
    char found[RECORDER_NAME_MAX] = "";
    int directory = open_directory(path, name, cause);
    enum marker marker;
    bool done;

    if (directory < 0)
        return false;
    marker = read_marker(directory, name, found);
    if (marker != MARKER_MISSING) {
        done = judge_marker(marker, path, name, found, cause);
    } else {
        done = write_marker(directory, name);
        if (!done)
            snprintf(cause, RECORDER_CAUSE_MAX,
                     "volume %s: the marker file in %.80s cannot be written: %s", name, path,
                     strerror(errno));
    }
    close(directory);
    return done;
}
