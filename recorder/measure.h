/* What is in a segment, by reading it: for a part that nobody finished, and to verify one. */
#ifndef RECORDER_MEASURE_H
#define RECORDER_MEASURE_H

#include <stdint.h>

#include "recorder/index.h"

/* Reads an open segment or part from its beginning, in whichever container it is: fills in bytes
 * (up to the last packet or block that is whole), frames, keyframes and the digest, and the length
 * from its timestamps, up to a hole if there is one (pace.h). 0, or an errno. */
int measure_segment(int file, struct index_row *row, int64_t *length_ms);

#endif
