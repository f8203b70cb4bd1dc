#include "compiler/quantity.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#define KILO INT64_C(1000)
#define KIBI INT64_C(1024)

struct unit {
    const char *name;
    int64_t factor;
};

/* From the largest to the smallest. Of two units that leave no rest, the first one is taken: 2 GB,
 * 2 GiB. */
static const struct unit durations[] = {
    {"d", 86400000}, {"h", 3600000}, {"min", 60000}, {"s", 1000}, {"ms", 1}};
static const struct unit sizes[] = {{"PiB", KIBI *KIBI *KIBI *KIBI *KIBI},
                                    {"PB", KILO *KILO *KILO *KILO *KILO},
                                    {"TiB", KIBI *KIBI *KIBI *KIBI},
                                    {"TB", KILO *KILO *KILO *KILO},
                                    {"GiB", KIBI *KIBI *KIBI},
                                    {"GB", KILO *KILO *KILO},
                                    {"MiB", KIBI *KIBI},
                                    {"MB", KILO *KILO},
                                    {"KiB", KIBI},
                                    {"kB", KILO},
                                    {"B", 1}};
static const struct unit rates[] = {
    {"Gbit/s", KILO *KILO *KILO}, {"Mbit/s", KILO *KILO}, {"kbit/s", KILO}, {"bit/s", 1}};

/* A duration is a sum, as in "1 h 30 min"; the language takes no sums of other quantities. */
static void duration_text(int64_t value, char text[static QUANTITY_TEXT_BYTES])
{
    int used = 0;
    for (const struct unit *unit = durations; value > 0; unit++) {
        if (value < unit->factor)
            continue;
        used += snprintf(text + used, (size_t)(QUANTITY_TEXT_BYTES - used), "%s%" PRId64 " %s",
                         used == 0 ? "" : " ", value / unit->factor, unit->name);
        assert(used < QUANTITY_TEXT_BYTES);
        value %= unit->factor;
    }
    if (used == 0)
        snprintf(text, QUANTITY_TEXT_BYTES, "0 s");
}

static void plain_text(const struct unit *unit, int64_t value,
                       char text[static QUANTITY_TEXT_BYTES])
{
    while (unit->factor > 1 && (value < unit->factor || value % unit->factor != 0))
        unit++;
    snprintf(text, QUANTITY_TEXT_BYTES, "%" PRId64 " %s", value / unit->factor, unit->name);
}

const char *quantity_text(enum quantity_kind kind, int64_t value,
                          char text[static QUANTITY_TEXT_BYTES])
{
    assert(kind < QUANTITY_KIND_COUNT && value >= 0);
    if (kind == QUANTITY_DURATION)
        duration_text(value, text);
    else
        plain_text(kind == QUANTITY_SIZE ? sizes : rates, value, text);
    return text;
}
