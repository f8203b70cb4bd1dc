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

#endif
