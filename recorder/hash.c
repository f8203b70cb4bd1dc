#include "recorder/hash.h"

#include <stdio.h>

#include <libavutil/crc.h>
#include <libavutil/mem.h>
#include <libavutil/sha.h>

struct hash *hash_open(void)
{
    struct AVSHA *sha = av_sha_alloc();

    if (sha != NULL)
        av_sha_init(sha, 256);
    return (struct hash *)sha;
}

void hash_add(struct hash *digest, const void *bytes, size_t size)
{
    av_sha_update((struct AVSHA *)digest, bytes, size);
}

void hash_close(struct hash *digest, char *text)
{
    uint8_t bytes[32];

    av_sha_final((struct AVSHA *)digest, bytes);
    av_free(digest);
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

uint32_t hash_crc(const void *bytes, size_t size)
{
    return ~av_crc(av_crc_get_table(AV_CRC_32_IEEE_LE), UINT32_MAX, bytes, size);
}
