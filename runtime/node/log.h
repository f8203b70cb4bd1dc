/* The log of a node: one line on stderr for each thing worth knowing, with the time. */
#ifndef RUNTIME_NODE_LOG_H
#define RUNTIME_NODE_LOG_H

#include <stdint.h>

/* Writes one line, cut at 1 KiB; control characters in it become '?'. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A line that others can provoke: one of its kind each ten seconds, the rest is counted. */
struct log_limit {
    int64_t next_ms;
    uint32_t held;
};

void log_limited(struct log_limit *limit, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
