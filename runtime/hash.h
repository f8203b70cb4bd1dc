/* SHA-256. */
#ifndef RUNTIME_HASH_H
#define RUNTIME_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_BYTES 32

/* A piece of what is hashed; the pieces count as one text. */
struct hash_part {
    const void *data;
    size_t size;
};

void hash_sha256(const struct hash_part *parts, size_t count, uint8_t digest[static HASH_BYTES]);

#endif
