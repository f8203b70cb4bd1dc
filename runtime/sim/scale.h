/* The scale of a picture: where a moment lies on the line.
 *
 * As long as every gap can be seen, the scale is even. In an outage of hours a gap of seconds would
 * be thinner than a line: there the quiet stretches, between one thing that happens and the next,
 * are shortened, and the picture says so.
 */
#ifndef RUNTIME_SIM_SCALE_H
#define RUNTIME_SIM_SCALE_H

#include "runtime/sim/timeline.h"

struct scale {
    double left;
    double width;
    int64_t lasts_ms;
    bool even;
    int64_t *times_ms; /* where something happens, ascending, 0 and the end included */
    size_t count;
    double least; /* width of the shortest stretch, if not even */
};

struct scale scale_new(const struct timeline *timeline, double left, double width);
void scale_free(struct scale *scale);

double scale_x(const struct scale *scale, int64_t at_ms);

/* The distance of two labels of the axis in an even scale. */
int64_t scale_step_ms(const struct scale *scale);

#endif
