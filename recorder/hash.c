#include "recorder/hash.h"

#include <stdio.h>
#include <stdlib.h>

#include <libavutil/crc.h>
#include <nettle/sha2.h>

struct hash {
    struct sha256_ctx sha256;
};

struct hash *hash_open(void)
{
    struct hash *digest = malloc(sizeof(*digest));

    if (digest != NULL)
        sha256_init(&digest->sha256);
    return digest;
}

void hash_add(struct hash *digest, const void *bytes, size_t size)
{
    sha256_update(&digest->sha256, size, bytes);
}

void hash_close(struct hash *digest, char *text)
{
    uint8_t bytes[SHA256_DIGEST_SIZE];

    sha256_digest(&digest->sha256, sizeof(bytes), bytes);
    free(digest);
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

uint32_t hash_crc(const void *bytes, size_t size)
{
    return ~av_crc(av_crc_get_table(AV_CRC_32_IEEE_LE), UINT32_MAX, bytes, size);
}
