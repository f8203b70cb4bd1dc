/* Durations as people write them on the command line: "90 s", "2 h", "1 h 30 min", "3 d". */
#ifndef RUNTIME_NODE_DURATION_H
#define RUNTIME_NODE_DURATION_H

#include <stdbool.h>
#include <stdint.h>

#define DURATION_FORMS "a number and a unit: \"90 s\", \"45 min\", \"2 h\", \"1 h 30 min\", \"3 d\""

/* Milliseconds; false: it is no duration, or longer than ten years. */
bool duration_read(const char *text, int64_t *duration_ms);

#endif
