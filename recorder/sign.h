/* Signatures of exports: Ed25519, by nettle's hogweed, which the rest of the project's hashing uses
 * already. A key file holds the secret in hexadecimal, readable by its owner alone; KEY.pub the
 * public one. */
#ifndef RECORDER_SIGN_H
#define RECORDER_SIGN_H

#include <stdbool.h>
#include <stddef.h>

#define SIGN_KEY_BYTES 32
#define SIGN_KEY_TEXT  (2 * SIGN_KEY_BYTES + 1)
#define SIGN_TEXT      (2 * 64 + 1) /* of a signature, with the NUL */

/* Makes a new pair at `path` and `path`.pub; neither may be there. 0, or an errno. */
int sign_make_key(const char *path);
/* Signs with the secret key at `path`. Both texts are hexadecimal. 0, or an errno (EINVAL: the file
 * holds no key). */
int sign_text(const char *path, const void *bytes, size_t size, char *public_key, char *signature);
/* Is this the signature of the bytes under the public key? */
bool sign_check(const char *public_key, const void *bytes, size_t size, const char *signature);
/* Reads a public key. 0, or an errno. */
int sign_read_public(const char *path, char *public_key);

#endif
