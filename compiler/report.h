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

/* What `check` says of a sound topology: how long each take-over takes at worst and why, the worst
 * load of each standby, and the notes. Of each at most lines_max lines, and how many more there
 * are; 0: all. */
void report_findings(FILE *out, const struct resolved *resolved, size_t lines_max);

#endif
