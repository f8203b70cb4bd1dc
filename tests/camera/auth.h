/* RTSP authentication as cameras do it: Basic, and Digest with MD5 and without qop (RFC 2617,
 * 2069). */
#ifndef TESTS_CAMERA_AUTH_H
#define TESTS_CAMERA_AUTH_H

#include <stdbool.h>
#include <stddef.h>

#define AUTH_REALM      "test camera"
#define AUTH_NONCE_SIZE 33 /* hexadecimal digits and the NUL */

struct auth_user {
    const char *name, *password;
};

/* Whether the Authorization header's value proves the user for this method. An empty header proves
 * nothing. */
bool auth_proves(const struct auth_user *user, const char *nonce, const char *method,
                 const char *header);

/* Writes `count` random bytes in hexadecimal, and a NUL. */
void auth_random_hex(char *to, size_t count);

#endif
