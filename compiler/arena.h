/* One region of memory per compiler run, freed as a whole. It is shared with child processes: what
 * a child allocates and writes stays for the parent, under the same addresses. */
#ifndef COMPILER_ARENA_H
#define COMPILER_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena);

/* Makes it empty again, for a scratch arena that is used many times. */
void arena_reset(struct arena *arena);

/* How many bytes were given out so far, and how many are left. */
size_t arena_used(const struct arena *arena);
size_t arena_left(const struct arena *arena);

/* Zeroed memory, aligned for any type; never NULL (the program ends with exit code 3 when memory is
 * out). */
void *arena_alloc(struct arena *arena, size_t size);

char *arena_text(struct arena *arena, const char *text);
__attribute__((format(printf, 2, 3))) char *arena_format(struct arena *arena, const char *format,
                                                         ...);

/* An array of count elements, grown so that one more fits; returns the array, which may have moved.
 */
void *arena_grow(struct arena *arena, void *array, size_t count, size_t element_size);

#endif
