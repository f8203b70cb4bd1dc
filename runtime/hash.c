/* The one user of nettle. */
#include "runtime/hash.h"

#include <nettle/sha2.h>

_Static_assert(HASH_BYTES == SHA256_DIGEST_SIZE, "a digest fits");

void hash_sha256(const struct hash_part *parts, size_t count, uint8_t digest[static HASH_BYTES])
{
    struct sha256_ctx context;
    sha256_init(&context);
    for (size_t i = 0; i < count; i++)
        sha256_update(&context, parts[i].size, parts[i].data);
    sha256_digest(&context, HASH_BYTES, digest);
}
