/* The header before each piece of AAC in an MPEG-TS (ISO/IEC 13818-7, 6.2). */
#ifndef RECORDER_ADTS_H
#define RECORDER_ADTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct adts_header {
    size_t size;      /* bytes before the sound itself */
    uint8_t setup[2]; /* the AudioSpecificConfig that says the same */
    uint32_t rate_hz, channels;
};

/* Reads the header of one whole piece. False: there is none, or it is of a kind that an
 * AudioSpecificConfig of two bytes cannot say. Any bytes may come. */
bool adts_parse(const uint8_t *data, size_t size, struct adts_header *header);

#endif
