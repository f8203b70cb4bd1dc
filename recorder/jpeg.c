#include "recorder/jpeg.h"

enum { MARKER_FIRST_SIZE = 0xc0, MARKER_LAST_SIZE = 0xcf, MARKER_SCAN = 0xda };

/* Sizes stand in C0 to CF, but for three markers that are something else. */
static bool says_size(unsigned marker)
{
    return marker >= MARKER_FIRST_SIZE && marker <= MARKER_LAST_SIZE && marker != 0xc4 &&
           marker != 0xc8 && marker != 0xcc;
}

bool jpeg_size(const uint8_t *data, size_t size, uint32_t *width, uint32_t *height)
{
    size_t at = 2;

    if (size < 4 || data[0] != 0xff || data[1] != 0xd8)
        return false;
    while (at + 4 <= size && data[at] == 0xff && data[at + 1] != MARKER_SCAN) {
        unsigned marker = data[at + 1];
        size_t length = (size_t)data[at + 2] << 8 | data[at + 3];

        if (marker == 0xff) { /* filling */
            at++;
            continue;
        }
        if (says_size(marker) && length >= 7 && at + 9 <= size) {
            *height = (uint32_t)data[at + 5] << 8 | data[at + 6];
            *width = (uint32_t)data[at + 7] << 8 | data[at + 8];
            return *width > 0 && *height > 0;
        }
        at += 2 + length;
    }
    return false;
}
