/* Lists of indices into the arrays of a resolved topology. */
#ifndef COMPILER_RESOLVED_LIST_H
#define COMPILER_RESOLVED_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/arena.h"

/* In the order that the image wants them. items is NULL if count is 0. */
struct resolved_list {
    uint32_t *items;
    uint32_t count;
};

/* Memory comes from the arena. */
void resolved_list_add(struct arena *arena, struct resolved_list *list, uint32_t item);
bool resolved_list_has(const struct resolved_list *list, uint32_t item);
/* Ascending. */
void resolved_list_sort(struct resolved_list *list);

#endif
