/* The two clocks of a node: waits run on the monotonic one, what people and footage see on the wall
 * clock (R43). */
#ifndef RUNTIME_NODE_CLOCK_H
#define RUNTIME_NODE_CLOCK_H

#include <stdint.h>

#define CLOCK_TEXT_BYTES 32

/* Monotonic milliseconds; time that the machine slept counts. */
int64_t clock_now_ms(void);

/* Milliseconds since 1970. */
int64_t clock_wall_ms(void);

/* A moment of the wall clock as RFC 3339 in UTC with milliseconds. Returns text. */
char *clock_text(int64_t wall_ms, char text[static CLOCK_TEXT_BYTES]);

#endif
