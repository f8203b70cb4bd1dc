#include "runtime/sim/array.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void array_no_memory(void)
{
    fputs("understudy-sim: this machine has not enough free memory for the dry run\n", stderr);
    exit(3);
}

static void *given(void *memory)
{
    if (memory == NULL)
        array_no_memory();
    return memory;
}

void *array_new(size_t count, size_t item_size)
{
    return given(calloc(count > 0 ? count : 1, item_size));
}

void *array_grow(void *items, size_t count, size_t *max, size_t item_size)
{
    if (count < *max)
        return items;
    *max = *max > 0 ? *max * 2 : 16;
    if (*max > SIZE_MAX / item_size)
        array_no_memory();
    return given(realloc(items, *max * item_size));
}
