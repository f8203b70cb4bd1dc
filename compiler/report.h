/* report.txt: what was compiled, for the one who has to sign it off. */
#ifndef COMPILER_REPORT_H
#define COMPILER_REPORT_H

#include <stdio.h>

#include "compiler/check.h"
#include "compiler/plan.h"

struct report_proof {
    unsigned machines;
    unsigned cells; /* compared with the specification */
};

void report_write(FILE *out, const struct resolved *resolved, const struct plan *plan,
                  const struct image *image, const struct report_proof *proof);

/* One sentence on the worst load of one standby, without a line end: for the report and for
 * `check`. */
void report_load(FILE *out, const struct resolved *resolved, const struct check_load *load);

#endif
