/* The log of a node: one line on stderr for each thing worth knowing. With the time, where stderr
 * is a file or a terminal; with the priority in front ("<4>...") where it is the journal of
 * systemd, which has the time. On demand each line goes to the system's log (syslog) as well.
 */
#ifndef RUNTIME_NODE_LOG_H
#define RUNTIME_NODE_LOG_H

#include <stdint.h>

/* X(SYMBOL, number, "name"): the priorities of syslog. */
#define LOG_PRIORITIES(X)                                                                          \
    X(LOG_ALERT, 1, "alert")                                                                       \
    X(LOG_CRITICAL, 2, "critical")                                                                 \
    X(LOG_ERROR, 3, "error")                                                                       \
    X(LOG_WARNING, 4, "warning")                                                                   \
    X(LOG_NOTICE, 5, "notice")                                                                     \
    X(LOG_INFO, 6, "info")

#define X(symbol, number, name) symbol = number,
enum log_priority { LOG_PRIORITIES(X) };
#undef X

#define LOG_SYSLOG "/dev/log"

/* Finds out where stderr leads. syslog: the socket of the system's log (LOG_SYSLOG), or NULL. A
 * line that it cannot take at once is lost there; nobody waits for it. */
void log_open(const char *syslog);

/* Writes one line, cut at 1 KiB; control characters in it become '?'. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_alarm(enum log_priority priority, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A line that others can provoke: one of its kind each ten seconds, the rest is counted. */
struct log_limit {
    int64_t next_ms;
    uint32_t held;
};

void log_limited(struct log_limit *limit, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

const char *log_priority_name(enum log_priority priority);

#endif
