#include "compiler/resolved_list.h"

#include <stdlib.h>

void resolved_list_add(struct arena *arena, struct resolved_list *list, uint32_t item)
{
    list->items = arena_grow(arena, list->items, list->count, sizeof *list->items);
    list->items[list->count++] = item;
}

bool resolved_list_has(const struct resolved_list *list, uint32_t item)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->items[i] == item) {
            return true;
        }
    }
    return false;
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

void resolved_list_sort(struct resolved_list *list)
{
    if (list->count > 1) {
        qsort(list->items, list->count, sizeof *list->items, compare_numbers);
    }
}
