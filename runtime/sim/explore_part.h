/* Parts of a site that are explored by themselves: a few of its servers, with all that is declared
 * between them and nothing else. */
#ifndef RUNTIME_SIM_EXPLORE_PART_H
#define RUNTIME_SIM_EXPLORE_PART_H

#include "runtime/image.h"

#define PART_SERVERS_MAX 4

/* The deployment with only these servers, in ascending order; free() it. Failovers to and from
 * others are left out, and managers that another server keeps. */
struct deployment *part_cut(const struct deployment *deployment, const uint32_t *servers,
                            uint32_t count);

/* Calls each for every set of max servers that failovers connect, and for every connected set of
 * fewer that is part of no larger one; of sets that are alike (all but names) for the first. Stops
 * when each returns false. */
typedef bool part_visit(void *context, const uint32_t *servers, uint32_t count);
void part_each(const struct deployment *deployment, uint32_t max, part_visit *each, void *context);

#endif
