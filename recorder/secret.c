#include "recorder/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/recorder.h"

/* ---- the text ---- */

static bool is_control(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 127)
            return true;
    return false;
}

/* USER:PASSWORD */
static bool split(const char *text, size_t size, struct secret *secret)
{
    const char *colon = memchr(text, ':', size);
    size_t user = colon == NULL ? 0 : (size_t)(colon - text), password = size - user - 1;

    if (user == 0 || user >= SECRET_USER_MAX || password >= SECRET_PASSWORD_MAX ||
        is_control(text, size))
        return false;
    memcpy(secret->user, text, user);
    secret->user[user] = '\0';
    memcpy(secret->password, colon + 1, password);
    secret->password[password] = '\0';
    return true;
}

static bool complain(char *cause, const char *what, unsigned line)
{
    snprintf(cause, RECORDER_CAUSE_MAX,
             "the credentials cannot be read: line %u of the %s is not %s", line, what,
             what[0] == 'f' ? "NAME USER:PASSWORD" : "USER:PASSWORD");
    return false;
}

/* Whether a line is of this name; then `*at` is where its secret begins. */
static bool is_named(const char *line, size_t size, const char *name, size_t *at)
{
    size_t length = strlen(name);

    if (size <= length || memcmp(line, name, length) != 0 ||
        (line[length] != ' ' && line[length] != '\t'))
        return false;
    while (length < size && (line[length] == ' ' || line[length] == '\t'))
        length++;
    *at = length;
    return true;
}

bool secret_read(const char *text, size_t size, const char *name, struct secret *secret,
                 char *cause)
{
    unsigned line = 1;

    for (size_t begin = 0; begin < size; line++) {
        const char *end = memchr(text + begin, '\n', size - begin);
        size_t length = end == NULL ? size - begin : (size_t)(end - text) - begin, at = 0;
        const char *here = text + begin;

        begin += length + 1;
        if (length > 0 && here[length - 1] == '\r')
            length--;
        if (name == NULL)
            return split(here, length, secret) || complain(cause, "credential", line);
        if (is_named(here, length, name, &at))
            return split(here + at, length - at, secret) ||
                   complain(cause, "file of secrets", line);
    }
    snprintf(cause, RECORDER_CAUSE_MAX, "the credentials are not known here: the %s",
             name == NULL ? "credential that systemd gave is empty"
                          : "file of secrets has no line of their name");
    return false;
}

void secret_forget(struct secret *secret)
{
    explicit_bzero(secret, sizeof(*secret));
}

/* ---- the files ---- */

static bool is_private(int file, bool from_systemd, char *cause)
{
    struct stat status;
    bool is_file = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    bool is_ours = is_file && (status.st_uid == geteuid() || status.st_uid == 0);

    if (is_file && status.st_size <= SECRET_FILE_MAX &&
        (from_systemd || (is_ours && (status.st_mode & 077) == 0)))
        return true;
    snprintf(cause, RECORDER_CAUSE_MAX,
             "the file of secrets is not used: it must be a file of at most 1 MiB that belongs to "
             "the user of the recorder and that nobody else may read (chmod 600)");
    return false;
}

static bool read_whole(int file, const char *name, struct secret *secret, char *cause)
{
    char *text = malloc(SECRET_FILE_MAX);
    size_t size = 0;
    ssize_t got = 1;
    bool found = false;

    while (text != NULL && got > 0 && size < SECRET_FILE_MAX) {
        got = read(file, text + size, SECRET_FILE_MAX - size);
        size += got > 0 ? (size_t)got : 0;
    }
    if (text == NULL || got < 0)
        snprintf(cause, RECORDER_CAUSE_MAX, "the credentials cannot be read: %s",
                 text == NULL ? "memory is out" : strerror(errno));
    else
        found = secret_read(text, size, name, secret, cause);
    if (text != NULL)
        explicit_bzero(text, size);
    free(text);
    return found;
}

/* A name of a secret becomes the name of a file here, and must be no path. */
static int open_credential(const char *name)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    int folder = -1, file = -1;

    if (directory != NULL && name[0] != '.' && strchr(name, '/') == NULL)
        folder = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        close(folder);
    }
    return file;
}

bool secret_find(const char *name, const char *path, struct secret *secret, char *cause)
{
    int file = open_credential(name);
    bool from_systemd = file >= 0, found;

    if (file < 0 && path == NULL) {
        snprintf(cause, RECORDER_CAUSE_MAX,
                 "the credentials are not known here: the node was started without "
                 "--secrets, and systemd gave it no credential of their name");
        return false;
    }
    if (file < 0)
        file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) {
        snprintf(cause, RECORDER_CAUSE_MAX, "the file of secrets cannot be opened: %s",
                 strerror(errno));
        return false;
    }
    found = is_private(file, from_systemd, cause) &&
            read_whole(file, from_systemd ? NULL : name, secret, cause);
    close(file);
    return found;
}
