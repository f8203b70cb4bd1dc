/* Moments: reading the clocks, and writing a wall-clock time for people (RFC 3339) and for file
 * names (compact). UTC. */
#ifndef RECORDER_MOMENT_H
#define RECORDER_MOMENT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define MOMENT_TEXT_MAX 32

int64_t moment_wall_us(void);      /* microseconds since 1970; may jump */
int64_t moment_monotonic_us(void); /* never jumps; means nothing outside this boot */

/* A condition whose waits end by the monotonic clock, and such a wait: false when the moment has
 * come (INT64_MAX: never does). */
void moment_init_condition(pthread_cond_t *condition);
bool moment_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t until_us);

/* 2026-11-23T20:45:12.345Z, and for names 20261123T204512.345Z. `text` takes MOMENT_TEXT_MAX bytes;
 * returned. */
char *moment_print(char *text, int64_t wall_ms);
char *moment_print_compact(char *text, int64_t wall_ms);
/* Its day: 2026-11-23. Likewise. */
char *moment_print_day(char *text, int64_t wall_ms);

/* Reads one of the two forms (fractions of a second may be left out in the first; a lone date is
 * its midnight). The whole text must be used. False: it is not a time. */
bool moment_parse(const char *text, int64_t *wall_ms);
bool moment_parse_compact(const char *text, int64_t *wall_ms);

#endif
