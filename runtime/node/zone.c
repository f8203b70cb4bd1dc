#include "runtime/node/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ZONES "/usr/share/zoneinfo"

/* Milliseconds of a second, and the second that they belong to. */
static int split_ms(int64_t wall_ms, time_t *seconds)
{
    int64_t rest_ms = wall_ms % 1000;
    if (rest_ms < 0)
        rest_ms += 1000;
    *seconds = (time_t)((wall_ms - rest_ms) / 1000);
    return (int)rest_ms;
}

static char *print_moment(const struct tm *parts, int rest_ms, char text[static CLOCK_TEXT_BYTES])
{
    if (parts == NULL || parts->tm_year < -1900 || parts->tm_year > 8099) {
        snprintf(text, CLOCK_TEXT_BYTES, "%s", "(no date)");
        return text;
    }
    const long minutes = parts->tm_gmtoff / 60;
    const long ahead = minutes < 0 ? -minutes : minutes;
    size_t length = strftime(text, CLOCK_TEXT_BYTES, "%Y-%m-%dT%H:%M:%S", parts);
    length += (size_t)snprintf(text + length, CLOCK_TEXT_BYTES - length, ".%03d", rest_ms);
    if (minutes == 0)
        snprintf(text + length, CLOCK_TEXT_BYTES - length, "Z");
    else
        snprintf(text + length, CLOCK_TEXT_BYTES - length, "%c%02ld:%02ld", minutes < 0 ? '-' : '+',
                 ahead / 60 % 100, ahead % 60);
    return text;
}

static bool zone_is_set;

bool zone_use(const char *zone)
{
    char path[256];
    if (*zone == '\0') {
        zone_is_set = false;
        return true;
    }
    if (snprintf(path, sizeof path, ZONES "/%s", zone) >= (int)sizeof path ||
        strstr(zone, "..") != NULL || access(path, R_OK) != 0 || setenv("TZ", zone, 1) != 0)
        return false;
    tzset();
    zone_is_set = true;
    return true;
}

static struct tm *parts_of(time_t seconds, struct tm *parts)
{
    return zone_is_set ? localtime_r(&seconds, parts) : gmtime_r(&seconds, parts);
}

char *zone_text(int64_t wall_ms, char text[static CLOCK_TEXT_BYTES])
{
    time_t seconds;
    struct tm parts;
    const int rest_ms = split_ms(wall_ms, &seconds);
    return print_moment(parts_of(seconds, &parts), rest_ms, text);
}

/* ---- reading ---- */

/* The end of what was read, or NULL. */
static const char *read_form(const char *text, const char *const *forms, struct tm *parts)
{
    for (; *forms != NULL; forms++) {
        struct tm read = *parts;
        const char *end = strptime(text, *forms, &read);
        if (end == NULL)
            continue;
        *parts = read;
        return end;
    }
    return NULL;
}

/* Z or +01:00 behind a time, which is then no longer one of the zone. */
static const char *read_offset(const char *text, bool *given, long *seconds)
{
    int hours;
    int minutes;
    int length = 0;
    *given = *text != '\0';
    *seconds = 0;
    if (*text == 'Z' || *text == 'z')
        return text + 1;
    if ((*text != '+' && *text != '-') ||
        sscanf(text + 1, "%2d:%2d%n", &hours, &minutes, &length) != 2 || length != 5 || hours < 0 ||
        hours > 18 || minutes < 0 || minutes > 59)
        return text;
    *seconds = (hours * 3600L + minutes * 60L) * (*text == '-' ? -1 : 1);
    return text + 1 + length;
}

/* Of a second; what is finer than a millisecond is let go. */
static const char *read_fraction(const char *text, int *ms)
{
    *ms = 0;
    if (*text != '.')
        return text;
    text++;
    for (int unit = 100; *text >= '0' && *text <= '9'; text++, unit /= 10)
        *ms += (*text - '0') * unit;
    return text;
}

bool zone_read(const char *text, int64_t now_ms, int64_t *wall_ms)
{
    static const char *const dates[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M",
                                        "%Y-%m-%d %H:%M",    "%Y-%m-%d",          NULL};
    static const char *const times[] = {"%H:%M:%S", "%H:%M", NULL};
    struct tm parts = {.tm_isdst = -1};
    struct tm today = {0};
    time_t now;
    bool given;
    long offset;
    int rest_ms;
    split_ms(now_ms, &now);
    if (parts_of(now, &today) == NULL)
        return false;
    const char *end = read_form(text, dates, &parts);
    const bool dated = end != NULL;
    if (!dated) {
        parts = today;
        parts.tm_sec = 0;
        parts.tm_isdst = -1;
        end = read_form(text, times, &parts);
    }
    if (end == NULL)
        return false;
    end = read_offset(read_fraction(end, &rest_ms), &given, &offset);
    if (*end != '\0' || (given && !dated))
        return false;
    const bool zoned = !given && zone_is_set;
    time_t seconds = zoned ? mktime(&parts) : timegm(&parts) - offset;
    if (!dated && seconds > now) {
        parts.tm_mday--; /* yesterday's */
        parts.tm_isdst = -1;
        seconds = zoned ? mktime(&parts) : timegm(&parts);
    }
    *wall_ms = (int64_t)seconds * 1000 + rest_ms;
    return true;
}
