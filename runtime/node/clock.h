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

/* A wall clock that moves by this much against the monotonic one has jumped. What a time service
 * corrects by slewing moves both alike. */
#define CLOCK_JUMP_MS 500

/* The wall clock less the monotonic one; a pause between the two readings does not count. */
int64_t clock_offset_ms(void);

/* By how much the wall clock has jumped since *offset_ms was read, or 0; after a jump *offset_ms is
 * the new offset. */
int64_t clock_jump(int64_t *offset_ms, int64_t new_offset_ms);

/* A moment of the wall clock as RFC 3339 in UTC with milliseconds. Returns text. */
char *clock_text(int64_t wall_ms, char text[static CLOCK_TEXT_BYTES]);

#endif
