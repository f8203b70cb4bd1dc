/* Arrays that grow. A dry run that gets no memory cannot say anything true: it ends with exit code
 * 3.
 */
#ifndef RUNTIME_SIM_ARRAY_H
#define RUNTIME_SIM_ARRAY_H

#include <stddef.h>

/* Zeroed memory for count items, also for none; free() it. */
void *array_new(size_t count, size_t item_size);

/* Makes room for one item more than count in an array that has room for *max; returns the array. */
void *array_grow(void *items, size_t count, size_t *max, size_t item_size);

/* Says that there is no memory, and ends the program with exit code 3. */
_Noreturn void array_no_memory(void);

#endif
