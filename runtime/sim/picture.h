/* The picture of a timeline: a row for each camera (of a large site, for those that fared alike),
 * coloured by who records it; gaps hatched in red, with their length; two servers at once as two
 * half bars; what happened as numbered lines, told in a list beneath. */
#ifndef RUNTIME_SIM_PICTURE_H
#define RUNTIME_SIM_PICTURE_H

#include <stdio.h>

#include "runtime/sim/scale.h"
#include "runtime/sim/timeline.h"

/* Writes one SVG document with the pictures of all timelines, one beneath the other. */
void picture_write(FILE *out, const struct timeline *timelines, size_t count);

/* ---- for the parts of a picture ---- */

#define PICTURE_WIDTH       1000.0
#define PICTURE_MARGIN      20.0
#define PICTURE_GROUP_PITCH 20.0 /* of the name of a main above its cameras */

/* One picture in the making. */
struct picture {
    FILE *out;
    const struct timeline *timeline;
    struct scale scale;
    double y; /* where the next part goes */
    double left;
    double row_height;
    double row_pitch;
    double rows_top;
    double text_size; /* of the names of cameras */
    /* Where there are more servers than colours, what matters is whether the main records its own:
     * all mains have one colour then, and only who carries others has one of its own. */
    bool by_role;
    size_t *colours; /* of each server; those that carry nothing have none if by_role */
};

/* The fill of a server's bars in a row, and that of a text on them. */
const char *picture_fill(const struct picture *picture, const struct timeline_row *row,
                         size_t server);
const char *picture_ink(const struct picture *picture, const struct timeline_row *row,
                        size_t server);

/* Whether a row is the first one of its main. */
bool picture_begins_group(const struct timeline *timeline, size_t row);

/* The names and bars of all rows; then, on top of what was drawn meanwhile, the lengths of gaps. */
void picture_rows(struct picture *picture);
void picture_lengths(struct picture *picture);

/* Beneath the rows: when the grace of a licence ran down, and what was left of it. */
void picture_licences(struct picture *picture);

/* The numbered lines from the rows down, and the list of what they stand for. */
void picture_marks(struct picture *picture);
void picture_list(struct picture *picture);

#endif
