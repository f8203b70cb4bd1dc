/* Quantities with units: "20 s", "1 h 30 min", "4 TiB", "4 Mbit/s". Whole numbers only, checked for
 * overflow. */
#ifndef DSL_UNITS_H
#define DSL_UNITS_H

#include <stdbool.h>
#include <stdint.h>

enum unit_family {
    UNIT_DURATION, /* in milliseconds */
    UNIT_SIZE,     /* in bytes */
    UNIT_RATE,     /* in bits per second */
    UNIT_FAMILY_COUNT
};

/* Why a text is not a quantity; NULL if it is one. The reason completes `"20 sec" ...`. */
const char *units_parse(enum unit_family family, const char *text, int64_t *value);

#define UNITS_TEXT_MAX 32

/* What was most likely meant by a number with a unit of another spelling ("1Gbps": "1 Gbit/s") or
 * with a fraction ("1.5 h": "90 min"); false if that cannot be told. */
bool units_suggest(enum unit_family family, const char *text,
                   char suggested[static UNITS_TEXT_MAX]);

/* "a duration", for messages. */
const char *units_noun(enum unit_family family);

/* All units that fit: "ms, s, min, h, d". */
const char *units_list(enum unit_family family);

/* The unit that a bare number most likely meant: "s". */
const char *units_usual(enum unit_family family);

/* As an author would write it, in the largest unit that is exact: "20 s". */
void units_format(enum unit_family family, int64_t value, char text[static UNITS_TEXT_MAX]);

#endif
