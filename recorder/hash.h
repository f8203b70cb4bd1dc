/* SHA-256 of a segment and the check sum of an index line, by nettle, which has the
 * processor compute it where that can, and by libavutil. */
#ifndef RECORDER_HASH_H
#define RECORDER_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_TEXT_MAX 65 /* 64 hexadecimal digits and the NUL */

struct hash;

struct hash *hash_open(void); /* NULL: memory is out */
void hash_add(struct hash *digest, const void *bytes, size_t size);
/* Writes the digest in hexadecimal and frees it. */
void hash_close(struct hash *digest, char *text);

/* CRC-32 as in IEEE 802.3. */
uint32_t hash_crc(const void *bytes, size_t size);

#endif
