#include "recorder/moment.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t read_us(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t moment_wall_us(void)
{
    return read_us(CLOCK_REALTIME);
}

int64_t moment_monotonic_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

void moment_init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t monotonic;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

bool moment_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t until_us)
{
    struct timespec until = {.tv_sec = (time_t)(until_us / 1000000),
                             .tv_nsec = (long)(until_us % 1000000 * 1000)};

    if (until_us == INT64_MAX)
        return pthread_cond_wait(condition, mutex) == 0;
    return pthread_cond_timedwait(condition, mutex, &until) != ETIMEDOUT;
}

static char *print(char *text, int64_t wall_ms, const char *format)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    int milliseconds = (int)(wall_ms % 1000);
    struct tm utc;

    if (milliseconds < 0) {
        milliseconds += 1000;
        seconds--;
    }
    if (gmtime_r(&seconds, &utc) == NULL)
        utc = (struct tm){.tm_mday = 1};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, MOMENT_TEXT_MAX, format, utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
             utc.tm_hour, utc.tm_min, utc.tm_sec, milliseconds);
#pragma GCC diagnostic pop
    return text;
}

char *moment_print(char *text, int64_t wall_ms)
{
    return print(text, wall_ms, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ");
}

char *moment_print_compact(char *text, int64_t wall_ms)
{
    return print(text, wall_ms, "%04d%02d%02dT%02d%02d%02d.%03dZ");
}

char *moment_print_day(char *text, int64_t wall_ms)
{
    return print(text, wall_ms, "%04d-%02d-%02d");
}

/* Follows `pattern` in which 0 stands for a digit; fills `digits`. False at the first difference.
 */
static bool follows(const char *text, const char *pattern, int *digits)
{
    for (; *pattern != '\0'; text++, pattern++) {
        if (*pattern == '0') {
            if (!isdigit((unsigned char)*text))
                return false;
            *digits++ = *text - '0';
        } else if (*text != *pattern) {
            return false;
        }
    }
    return *text == '\0';
}

/* Fourteen digits of date and time, three of milliseconds. timegm accepts a 31 February: the way
 * back must agree. */
static bool from_digits(const int *d, int64_t *wall_ms)
{
    struct tm utc = {.tm_year = d[0] * 1000 + d[1] * 100 + d[2] * 10 + d[3] - 1900,
                     .tm_mon = d[4] * 10 + d[5] - 1,
                     .tm_mday = d[6] * 10 + d[7],
                     .tm_hour = d[8] * 10 + d[9],
                     .tm_min = d[10] * 10 + d[11],
                     .tm_sec = d[12] * 10 + d[13]};
    struct tm asked = utc;
    time_t seconds = timegm(&utc);

    if (utc.tm_mon != asked.tm_mon || utc.tm_mday != asked.tm_mday ||
        utc.tm_hour != asked.tm_hour || utc.tm_min != asked.tm_min || utc.tm_sec != asked.tm_sec)
        return false;
    *wall_ms = (int64_t)seconds * 1000 + d[14] * 100 + d[15] * 10 + d[16];
    return true;
}

bool moment_parse(const char *text, int64_t *wall_ms)
{
    static const char *const patterns[] = {"0000-00-00T00:00:00.000Z", "0000-00-00T00:00:00Z",
                                           "0000-00-00"};

    for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
        int digits[17] = {0};

        if (follows(text, patterns[i], digits))
            return from_digits(digits, wall_ms);
    }
    return false;
}

bool moment_parse_compact(const char *text, int64_t *wall_ms)
{
    int digits[17] = {0};

    return follows(text, "00000000T000000.000Z", digits) && from_digits(digits, wall_ms);
}
