/* Which servers, failovers and cameras of a site are alike: all the ways to rename them so that the
 * site stays the same. */
#ifndef RUNTIME_SIM_EXPLORE_ALIKE_H
#define RUNTIME_SIM_EXPLORE_ALIKE_H

#include "runtime/image.h"

#define ALIKE_WAYS_MAX 48 /* more are not looked for: each makes a position dearer to compare */

/* A way to rename: for each index the other one. */
struct alike_way {
    uint32_t *servers;
    uint32_t *failovers;
    uint32_t *cameras;
    uint32_t *managers;
    uint32_t *volumes; /* IMAGE_NONE: of one that no server writes to */
};

struct alike {
    struct alike_way ways[ALIKE_WAYS_MAX]; /* the first one changes nothing */
    uint32_t count;
    uint32_t *block; /* of all numbers */
};

/* Finds them; the image must stay. Servers are alike if all that is declared of them is, their
 * cameras, failovers and links included. Where a limit can bind, mains that wait since the same
 * moment are served in the order of their declaration: there a way keeps that order. */
void alike_find(struct alike *alike, const struct image *image);
/* Whether two parts of one site are the same but for names. */
bool alike_sites(const struct image *a, const struct image *b);
void alike_free(struct alike *alike);

#endif
