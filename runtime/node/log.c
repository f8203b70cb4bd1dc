#include "runtime/node/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "runtime/node/clock.h"

#define LINE_BYTES_MAX 1024
#define LIMIT_MS       10000

/* One write a line, so that lines of the node and of its workers do not mix. */
static void write_line(const char *format, va_list arguments, uint32_t held)
{
    char line[LINE_BYTES_MAX];
    char moment[CLOCK_TEXT_BYTES];
    size_t length = (size_t)snprintf(line, sizeof line, "%s ", clock_text(clock_wall_ms(), moment));
    const int wanted = vsnprintf(line + length, sizeof line - length, format, arguments);
    if (wanted > 0)
        length += (size_t)wanted;
    if (held > 0 && length < sizeof line)
        length += (size_t)snprintf(line + length, sizeof line - length, " (%u more like it before)",
                                   held);
    if (length > sizeof line - 1)
        length = sizeof line - 1;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            line[i] = '?';
    line[length] = '\n';
    const ssize_t written = write(STDERR_FILENO, line, length + 1);
    (void)written; /* a log that cannot be written is no reason to stop recording */
}

void log_line(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_line(format, arguments, 0);
    va_end(arguments);
}

void log_limited(struct log_limit *limit, const char *format, ...)
{
    const int64_t now_ms = clock_now_ms();
    if (now_ms < limit->next_ms) {
        limit->held++;
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    write_line(format, arguments, limit->held);
    va_end(arguments);
    *limit = (struct log_limit){.next_ms = now_ms + LIMIT_MS};
}
