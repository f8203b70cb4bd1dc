#include "runtime/node/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_now_ms(void)
{
    return read_ms(CLOCK_BOOTTIME);
}

int64_t clock_wall_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

char *clock_text(int64_t wall_ms, char text[static CLOCK_TEXT_BYTES])
{
    int64_t rest_ms = wall_ms % 1000;
    if (rest_ms < 0)
        rest_ms += 1000;
    const time_t seconds = (time_t)((wall_ms - rest_ms) / 1000);
    struct tm parts;
    if (gmtime_r(&seconds, &parts) == NULL || parts.tm_year < -1900 || parts.tm_year > 8099) {
        snprintf(text, CLOCK_TEXT_BYTES, "%s", "(no date)");
        return text;
    }
    const size_t length = strftime(text, CLOCK_TEXT_BYTES, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + length, CLOCK_TEXT_BYTES - length, ".%03dZ", (int)rest_ms);
    return text;
}
