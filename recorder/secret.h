/* The user name and password of a camera, found by a name: no address, no deployment, no command
 * line and no log holds them.
 *
 * Where systemd gives the service a credential of that name (LoadCredential=, in the directory
 * $CREDENTIALS_DIRECTORY), that file is it, and its one line is `USER:PASSWORD`. Otherwise the file
 * of secrets is looked through (`--secrets`), which nobody but its owner may read or write; each of
 * its lines is
 *
 *     NAME USER:PASSWORD
 *
 * An empty line and one that begins with `#` say nothing. The password is the rest of the line. */
#ifndef RECORDER_SECRET_H
#define RECORDER_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#define SECRET_USER_MAX     128
#define SECRET_PASSWORD_MAX 256
#define SECRET_FILE_MAX     (1u << 20) /* bytes */

struct secret {
    char user[SECRET_USER_MAX], password[SECRET_PASSWORD_MAX];
};

/* Finds a secret; each time anew, so that a change needs no restart. `file` NULL: there is no file
 * of secrets. False with the reason in `cause` (RECORDER_CAUSE_MAX bytes), which names a line but
 * never what is in it. */
bool secret_find(const char *name, const char *file, struct secret *secret, char *cause);

/* Looks for a name in a text as the file of secrets is one; `name` NULL: the text is one secret
 * alone. Returns false and the reason as above. Any bytes may come. */
bool secret_read(const char *text, size_t size, const char *name, struct secret *secret,
                 char *cause);

/* Overwrites it. */
void secret_forget(struct secret *secret);

#endif
