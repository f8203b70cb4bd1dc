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

int64_t clock_offset_ms(void)
{
    int64_t offset_ms = 0;
    for (int try = 0; try < 10; try++) {
        const int64_t before_ms = clock_now_ms();
        offset_ms = clock_wall_ms() - before_ms;
        if (clock_now_ms() - before_ms <= 1)
            break;
    }
    return offset_ms;
}

int64_t clock_jump(int64_t *offset_ms, int64_t new_offset_ms)
{
    const int64_t jump_ms = new_offset_ms - *offset_ms;
    if (jump_ms > -CLOCK_JUMP_MS && jump_ms < CLOCK_JUMP_MS)
        return 0;
    *offset_ms = new_offset_ms;
    return jump_ms;
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
