/* Quantities as an author writes them: "1 h 30 min", "20 TiB", "4 Mbit/s". Always exact: what is
 * written reads back as the same number. */
#ifndef COMPILER_QUANTITY_H
#define COMPILER_QUANTITY_H

#include <stdint.h>

enum quantity_kind {
    QUANTITY_DURATION, /* of milliseconds */
    QUANTITY_SIZE,     /* of bytes */
    QUANTITY_RATE,     /* of bits per second */
    QUANTITY_KIND_COUNT
};

#define QUANTITY_TEXT_BYTES 64

/* Writes the text of a value, which is not negative, and returns it. */
const char *quantity_text(enum quantity_kind kind, int64_t value,
                          char text[static QUANTITY_TEXT_BYTES]);

#endif
