#include "recorder/fill_note.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "recorder/fill.h"

#define NOTE_MAX (RECORDER_NAME_MAX + SEGMENT_NAME_MAX + 2)
#define HIDDEN   ".fill-note"

bool fill_is_mark_set(int directory)
{
    return faccessat(directory, FILL_MARK, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int fill_mark(int directory)
{
    int mark = openat(directory, FILL_MARK, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
    int error = mark < 0 || fsync(directory) != 0 ? errno : 0;

    if (mark >= 0)
        close(mark);
    return error;
}

/* The rows are in order of time: the last one says how far it is. */
static void print_note(char *text, const char *volume_name, const struct index_rows *rows)
{
    snprintf(text, NOTE_MAX, "%s\n%s\n", volume_name, rows->rows[rows->count - 1].name);
}

int fill_note(int directory, const char *volume_name, const struct index_rows *rows)
{
    char text[NOTE_MAX];
    int file =
        openat(directory, HIDDEN, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    int error = file < 0 ? errno : 0;

    print_note(text, volume_name, rows);
    if (error == 0 && write(file, text, strlen(text)) != (ssize_t)strlen(text))
        error = errno != 0 ? errno : EIO;
    if (error == 0 && fsync(file) != 0)
        error = errno;
    if (file >= 0)
        close(file);
    if (error == 0 &&
        (renameat(directory, HIDDEN, directory, FILL_NOTE) != 0 || fsync(directory) != 0))
        error = errno;
    return error;
}

bool fill_has_note(int directory, const char *volume_name, const struct index_rows *rows)
{
    char wanted[NOTE_MAX], text[NOTE_MAX] = "";
    int file = openat(directory, FILL_NOTE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t size = file < 0 ? -1 : read(file, text, sizeof(text) - 1);

    if (file >= 0)
        close(file);
    print_note(wanted, volume_name, rows);
    return size > 0 && strcmp(text, wanted) == 0;
}
