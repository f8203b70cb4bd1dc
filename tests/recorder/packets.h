/* A picture as the recorder writes it: transport stream packets, the first of which begins it. */
#ifndef TESTS_RECORDER_PACKETS_H
#define TESTS_RECORDER_PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "recorder/ts.h"

static inline void packets_fill(uint8_t *bytes, size_t count, int64_t pts, bool key)
{
    static const uint8_t head[] = {0x47, 0x40, 0x64, 0x10, 0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5};

    memset(bytes, 0xff, count * TS_PACKET);
    for (size_t i = 1; i < count; i++)
        memcpy(bytes + i * TS_PACKET, "\x47\x00\x64\x10", 4);
    memcpy(bytes, head, sizeof(head));
    bytes[13] = (uint8_t)(0x21 | (pts >> 29 & 0x0e));
    bytes[14] = (uint8_t)(pts >> 22);
    bytes[15] = (uint8_t)(pts >> 14 | 1);
    bytes[16] = (uint8_t)(pts >> 7);
    bytes[17] = (uint8_t)(pts << 1 | 1);
    memcpy(bytes + 18, key ? "\0\0\0\1\x65" : "\0\0\0\1\x41", 5);
}

#endif
