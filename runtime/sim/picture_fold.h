/* A timeline with fewer rows, for the picture of a large site. */
#ifndef RUNTIME_SIM_PICTURE_FOLD_H
#define RUNTIME_SIM_PICTURE_FOLD_H

#include "runtime/sim/timeline.h"

/* Neighbouring cameras of a main that fared alike become one row. `mains_too`: all mains that
 * record all the time become one as well, the last. Everything else is the timeline's own, which
 * must stay; free it with picture_fold_free. */
struct timeline picture_fold(const struct timeline *timeline, bool mains_too);
void picture_fold_free(struct timeline *folded);

#endif
