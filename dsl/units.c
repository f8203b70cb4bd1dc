#include "dsl/units.h"

#include <assert.h>
#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dsl/dsl.h"

struct unit {
    const char *name;
    int64_t factor;
};

#define KB INT64_C(1000)
#define KI INT64_C(1024)

/* From the smallest to the largest, so that compound durations can be held to that order. */
static const struct unit durations[] = {{"ms", 1},      {"s", 1000},     {"min", 60000},
                                        {"h", 3600000}, {"d", 86400000}, {NULL, 0}};
static const struct unit sizes[] = {{"B", 1},
                                    {"kB", KB},
                                    {"KiB", KI},
                                    {"MB", KB *KB},
                                    {"MiB", KI *KI},
                                    {"GB", KB *KB *KB},
                                    {"GiB", KI *KI *KI},
                                    {"TB", KB *KB *KB *KB},
                                    {"TiB", KI *KI *KI *KI},
                                    {"PB", KB *KB *KB *KB *KB},
                                    {"PiB", KI *KI *KI *KI *KI},
                                    {NULL, 0}};
static const struct unit rates[] = {
    {"bit/s", 1},       {"B/s", 8},           {"kbit/s", KB},         {"kB/s", 8 * KB},
    {"Mbit/s", KB *KB}, {"MB/s", 8 * KB *KB}, {"Gbit/s", KB *KB *KB}, {"GB/s", 8 * KB *KB *KB},
    {NULL, 0}};

/* What is often written for a unit; of several in other cases of letters the first one is meant. */
static const struct spelling {
    enum unit_family family;
    const char *written;
    const char *meant;
} spellings[] = {
    {UNIT_DURATION, "msec", "ms"},
    {UNIT_DURATION, "sec", "s"},
    {UNIT_DURATION, "secs", "s"},
    {UNIT_DURATION, "second", "s"},
    {UNIT_DURATION, "seconds", "s"},
    {UNIT_DURATION, "m", "min"},
    {UNIT_DURATION, "mins", "min"},
    {UNIT_DURATION, "minute", "min"},
    {UNIT_DURATION, "minutes", "min"},
    {UNIT_DURATION, "hr", "h"},
    {UNIT_DURATION, "hrs", "h"},
    {UNIT_DURATION, "hour", "h"},
    {UNIT_DURATION, "hours", "h"},
    {UNIT_DURATION, "day", "d"},
    {UNIT_DURATION, "days", "d"},
    {UNIT_SIZE, "byte", "B"},
    {UNIT_SIZE, "bytes", "B"},
    {UNIT_SIZE, "k", "kB"},
    {UNIT_SIZE, "m", "MB"},
    {UNIT_SIZE, "g", "GB"},
    {UNIT_SIZE, "t", "TB"},
    {UNIT_RATE, "bps", "bit/s"},
    {UNIT_RATE, "kbps", "kbit/s"},
    {UNIT_RATE, "kb/s", "kbit/s"},
    {UNIT_RATE, "kbits/s", "kbit/s"},
    {UNIT_RATE, "kbit", "kbit/s"},
    {UNIT_RATE, "Mbps", "Mbit/s"},
    {UNIT_RATE, "Mb/s", "Mbit/s"},
    {UNIT_RATE, "Mbits/s", "Mbit/s"},
    {UNIT_RATE, "Mbit", "Mbit/s"},
    {UNIT_RATE, "Gbps", "Gbit/s"},
    {UNIT_RATE, "Gb/s", "Gbit/s"},
    {UNIT_RATE, "Gbits/s", "Gbit/s"},
    {UNIT_RATE, "Gbit", "Gbit/s"},
    {UNIT_RATE, "kBps", "kB/s"},
    {UNIT_RATE, "MBps", "MB/s"},
    {UNIT_RATE, "GBps", "GB/s"},
};

static const struct {
    const struct unit *units;
    const char *noun;
    const char *list;
    const char *usual;
} families[] = {
    [UNIT_DURATION] = {durations, "a duration", "ms, s, min, h, d", "s"},
    [UNIT_SIZE] = {sizes, "a size", "B, kB, MB, GB, TB, PB, KiB, MiB, GiB, TiB, PiB", "GiB"},
    [UNIT_RATE] = {rates, "a rate", "bit/s, kbit/s, Mbit/s, Gbit/s, B/s, kB/s, MB/s, GB/s",
                   "Mbit/s"},
};

const char *units_noun(enum unit_family family)
{
    assert(family < UNIT_FAMILY_COUNT);
    return families[family].noun;
}

const char *units_list(enum unit_family family)
{
    assert(family < UNIT_FAMILY_COUNT);
    return families[family].list;
}

const char *units_usual(enum unit_family family)
{
    assert(family < UNIT_FAMILY_COUNT);
    return families[family].usual;
}

static const char *units_skip_blanks(const char *text)
{
    return text + strspn(text, " ");
}

/* Reads digits; false on overflow. */
static bool units_number(const char **text, int64_t *number)
{
    *number = 0;
    for (; isdigit((unsigned char)**text); (*text)++) {
        if (__builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, **text - '0', number)) {
            return false;
        }
    }
    return true;
}

static const struct unit *units_find(enum unit_family family, const char *name, size_t bytes)
{
    for (const struct unit *unit = families[family].units; unit->name != NULL; unit++) {
        if (strlen(unit->name) == bytes && memcmp(unit->name, name, bytes) == 0) {
            return unit;
        }
    }
    return NULL;
}

/* As it is written, then in any case of letters. */
static const char *units_meant(enum unit_family family, const char *written)
{
    const size_t count = sizeof spellings / sizeof spellings[0];
    for (size_t i = 0; i < count; i++)
        if (spellings[i].family == family && strcmp(spellings[i].written, written) == 0)
            return spellings[i].meant;
    for (const struct unit *unit = families[family].units; unit->name != NULL; unit++)
        if (strcasecmp(unit->name, written) == 0)
            return unit->name;
    for (size_t i = 0; i < count; i++)
        if (spellings[i].family == family && strcasecmp(spellings[i].written, written) == 0)
            return spellings[i].meant;
    return NULL;
}

const char *units_parse(enum unit_family family, const char *text, int64_t *value)
{
    assert(family < UNIT_FAMILY_COUNT);
    const struct unit *last = NULL;
    *value = 0;
    const char *at = units_skip_blanks(text);
    do {
        if (!isdigit((unsigned char)*at)) {
            return *at == '-'     ? "is negative"
                   : last == NULL ? "does not begin with a number"
                                  : "goes on with something that is no number";
        }
        int64_t number;
        if (!units_number(&at, &number)) {
            return "is too large";
        }
        if (*at == '.' || *at == ',') {
            return "is not a whole number; use a smaller unit";
        }
        at = units_skip_blanks(at);
        size_t bytes = strcspn(at, " 0123456789");
        if (bytes == 0) {
            return "has no unit";
        }
        const struct unit *unit = units_find(family, at, bytes);
        if (unit == NULL) {
            return "has a unit that does not fit";
        }
        if (last != NULL && (family != UNIT_DURATION || unit >= last)) {
            return family == UNIT_DURATION ? "does not go from larger to smaller units"
                                           : "has more than one unit";
        }
        if (__builtin_mul_overflow(number, unit->factor, &number) ||
            __builtin_add_overflow(*value, number, value)) {
            return "is too large";
        }
        last = unit;
        at = units_skip_blanks(at + bytes);
    } while (*at != '\0');
    return NULL;
}

/* A fraction in the largest unit that leaves none: "1.5 h" is "90 min". */
static bool units_suggest_whole(enum unit_family family, const char *text,
                                char suggested[static UNITS_TEXT_MAX])
{
    const char *at = units_skip_blanks(text);
    int64_t whole;
    int64_t scale = 1;
    int64_t part = 0;
    if (!isdigit((unsigned char)*at) || !units_number(&at, &whole) || (*at != '.' && *at != ','))
        return false;
    for (at++; isdigit((unsigned char)*at) && scale < INT64_C(1000000000); at++, scale *= 10)
        part = part * 10 + (*at - '0');
    at = units_skip_blanks(at);
    const struct unit *unit = units_find(family, at, strlen(at));
    if (unit == NULL || __builtin_mul_overflow(part, unit->factor, &part) || part % scale != 0 ||
        __builtin_mul_overflow(whole, unit->factor, &whole) ||
        __builtin_add_overflow(whole, part / scale, &whole))
        return false;
    units_format(family, whole, suggested);
    return true;
}

bool units_suggest(enum unit_family family, const char *text, char suggested[static UNITS_TEXT_MAX])
{
    assert(family < UNIT_FAMILY_COUNT);
    const char *number = units_skip_blanks(text);
    const size_t digits = strspn(number, "0123456789");
    int64_t value;
    if (units_suggest_whole(family, text, suggested))
        return true;
    const char *meant = units_meant(family, units_skip_blanks(number + digits));
    return digits > 0 && digits < UNITS_TEXT_MAX && meant != NULL &&
           snprintf(suggested, UNITS_TEXT_MAX, "%.*s %s", (int)digits, number, meant) <
               UNITS_TEXT_MAX &&
           units_parse(family, suggested, &value) == NULL;
}

const char *dsl_read_duration(const char *text, int64_t *duration_ms)
{
    return units_parse(UNIT_DURATION, text, duration_ms);
}

void units_format(enum unit_family family, int64_t value, char text[static UNITS_TEXT_MAX])
{
    assert(family < UNIT_FAMILY_COUNT && value >= 0);
    const struct unit *best = families[family].units;
    if (value == 0 && family == UNIT_DURATION) {
        best++;
    }
    for (const struct unit *unit = best; unit->name != NULL; unit++) {
        bool bytes_a_second = family == UNIT_RATE && strchr(unit->name, 'B') != NULL;
        if (value != 0 && value % unit->factor == 0 && !bytes_a_second) {
            best = unit;
        }
    }
    snprintf(text, UNITS_TEXT_MAX, "%lld %s", (long long)(value / best->factor), best->name);
}
