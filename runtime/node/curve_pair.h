/* Pairs of CURVE keys, as Z85 texts. Where they are kept is the business of keys.c. */
#ifndef RUNTIME_NODE_CURVE_PAIR_H
#define RUNTIME_NODE_CURVE_PAIR_H

#include <stdbool.h>

#include "runtime/limits.h"

#define CURVE_KEY_BYTES 41 /* Z85 text with the final NUL */

struct curve_pair {
    char public_key[CURVE_KEY_BYTES];
    char secret_key[CURVE_KEY_BYTES];
};

/* Makes a new pair. False: this machine's ZeroMQ cannot encrypt, or has no random numbers; error is
 * set. */
bool curve_pair_make(struct curve_pair *pair, char error[static TEXT_BYTES_MAX]);

/* Whether the two keys of a pair belong together. */
bool curve_pair_belongs(const struct curve_pair *pair);

/* Whether a text has the form of a key. */
bool curve_pair_is_key(const char *text);

#endif
