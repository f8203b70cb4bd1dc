#include "runtime/node/curve_pair.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define RAW_KEY_BYTES 32

bool curve_pair_make(struct curve_pair *pair, char error[static TEXT_BYTES_MAX])
{
    if (zmq_curve_keypair(pair->public_key, pair->secret_key) == 0)
        return true;
    snprintf(error, TEXT_BYTES_MAX, "keys cannot be made: %s", zmq_strerror(zmq_errno()));
    return false;
}

bool curve_pair_is_key(const char *text)
{
    uint8_t raw[RAW_KEY_BYTES];
    const bool is_key = strlen(text) == CURVE_KEY_BYTES - 1 && zmq_z85_decode(raw, text) != NULL;
    explicit_bzero(raw, sizeof raw);
    return is_key;
}

bool curve_pair_belongs(const struct curve_pair *pair)
{
    char derived[CURVE_KEY_BYTES];
    return zmq_curve_public(derived, pair->secret_key) == 0 &&
           strcmp(derived, pair->public_key) == 0;
}
