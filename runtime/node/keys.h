/* The keys of the servers: NAME.public (anybody may read it) and NAME.secret (its owner alone), Z85
 * texts in a folder that is no part of the deployment.
 */
#ifndef RUNTIME_NODE_KEYS_H
#define RUNTIME_NODE_KEYS_H

#include "runtime/image.h"
#include "runtime/node/curve.h"

/* Makes a pair for each server of the image that has none yet, says so on stdout, and says which
 * server takes which. A key that is there is never overwritten. False: error is set. */
bool keys_make(const struct image *image, const char *folder, char error[static TEXT_BYTES_MAX]);

/* Reads a server's own pair; refuses a secret that others than its owner can read, and a pair whose
 * halves do not belong together. */
bool keys_read_pair(const char *folder, const char *name, struct curve_pair *pair,
                    char error[static TEXT_BYTES_MAX]);

/* Reads the public key of a server. */
bool keys_read_public(const char *folder, const char *name, char key[static CURVE_KEY_BYTES],
                      char error[static TEXT_BYTES_MAX]);

/* Likewise the one that it is about to have, NAME.next.public; "" if there is none. */
bool keys_read_next(const char *folder, const char *name, char key[static CURVE_KEY_BYTES],
                    char error[static TEXT_BYTES_MAX]);

/* A change of a server's keys without a gap. keys_rotate makes NAME.next.public and
 * NAME.next.secret beside its present pair, unless they are there; keys_adopt makes of each that is
 * in the folder the present one. Both say on stdout what is to be done next. */
bool keys_rotate(const char *folder, const char *name, char error[static TEXT_BYTES_MAX]);
bool keys_adopt(const char *folder, const char *name, char error[static TEXT_BYTES_MAX]);

#endif
