#include "runtime/node/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/node/zone.h"

#define LINE_BYTES_MAX 1024
#define LIMIT_MS       10000
#define FACILITY       (3 << 3) /* syslog's daemons */
#define TAG            "understudy-node"

static struct {
    bool to_journald;
    int syslog; /* socket, or -1 */
    struct sockaddr_un address;
} places = {.syslog = -1};

/* systemd says of which file stderr is to be, if it is the journal's. */
static bool is_journald(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    uint64_t device, inode;
    struct stat status;
    return stream != NULL && sscanf(stream, "%" SCNu64 ":%" SCNu64, &device, &inode) == 2 &&
           fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device && status.st_ino == inode;
}

void log_open(const char *syslog)
{
    places.to_journald = is_journald();
    if (places.syslog >= 0)
        close(places.syslog);
    places.syslog = -1;
    if (syslog == NULL)
        return;
    places.syslog = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    places.address.sun_family = AF_UNIX;
    snprintf(places.address.sun_path, sizeof places.address.sun_path, "%s", syslog);
}

/* The line without its end. Whoever reads the log may have gone: each finds its way anew. */
static void send_to_syslog(enum log_priority priority, const char *text)
{
    char line[LINE_BYTES_MAX + 64];
    const int length = snprintf(line, sizeof line, "<%d>" TAG "[%d]: %s", FACILITY | (int)priority,
                                (int)getpid(), text);
    (void)sendto(places.syslog, line, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL,
                 (const struct sockaddr *)&places.address, sizeof places.address);
}

/* One write a line, so that lines of the node and of its workers do not mix. */
static void write_line(enum log_priority priority, const char *format, va_list arguments,
                       uint32_t held)
{
    char line[LINE_BYTES_MAX];
    char moment[CLOCK_TEXT_BYTES];
    size_t length = places.to_journald ? (size_t)snprintf(line, sizeof line, "<%d>", (int)priority)
                                       : (size_t)snprintf(line, sizeof line, "%s ",
                                                          zone_text(clock_wall_ms(), moment));
    const size_t head = length;
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
    line[length] = '\0';
    if (places.syslog >= 0)
        send_to_syslog(priority, line + head);
    line[length] = '\n';
    const ssize_t written = write(STDERR_FILENO, line, length + 1);
    (void)written; /* a log that cannot be written is no reason to stop recording */
}

void log_line(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_line(LOG_INFO, format, arguments, 0);
    va_end(arguments);
}

void log_alarm(enum log_priority priority, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_line(priority, format, arguments, 0);
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
    write_line(LOG_INFO, format, arguments, limit->held);
    va_end(arguments);
    *limit = (struct log_limit){.next_ms = now_ms + LIMIT_MS};
}

const char *log_priority_name(enum log_priority priority)
{
    switch (priority) {
#define X(symbol, number, name)                                                                    \
    case symbol:                                                                                   \
        return name;
        LOG_PRIORITIES(X)
#undef X
    }
    return "?";
}
