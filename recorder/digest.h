/* SHA-256 of a segment and the check sum of an index line, by libavutil. */
#ifndef RECORDER_DIGEST_H
#define RECORDER_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_TEXT_MAX 65 /* 64 hexadecimal digits and the NUL */

struct digest;

struct digest *digest_open(void); /* NULL: memory is out */
void digest_add(struct digest *digest, const void *bytes, size_t size);
/* Writes the digest in hexadecimal and frees it. */
void digest_close(struct digest *digest, char *text);

/* CRC-32 as in IEEE 802.3. */
uint32_t digest_crc(const void *bytes, size_t size);

#endif
