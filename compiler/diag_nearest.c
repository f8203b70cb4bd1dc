/* The known name that is nearest to a misspelt one. */
#include <string.h>

#include "compiler/diag.h"

#define NEAREST_BYTES_MAX 64

static size_t diag_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits between two names, a swap of neighbours counted as one; both at most NEAREST_BYTES_MAX
 * long. */
static size_t diag_edits(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
    size_t rows[3][NEAREST_BYTES_MAX + 1];
    size_t *before = rows[0];
    size_t *last = rows[1];
    size_t *row = rows[2];
    for (size_t j = 0; j <= b_bytes; j++) {
        last[j] = j;
        before[j] = j;
    }
    for (size_t i = 1; i <= a_bytes; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_bytes; j++) {
            size_t replaced = last[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = diag_least(replaced, diag_least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = diag_least(row[j], before[j - 2] + 1);
            }
        }
        size_t *oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    return last[b_bytes];
}

void diag_offer(struct diag_nearest *nearest, const char *candidate)
{
    size_t wanted_bytes = strlen(nearest->wanted);
    size_t bytes = strlen(candidate);
    size_t allowed = wanted_bytes < 4 ? 1 : wanted_bytes < 8 ? 2 : 3;
    size_t apart = wanted_bytes > bytes ? wanted_bytes - bytes : bytes - wanted_bytes;
    if (wanted_bytes > NEAREST_BYTES_MAX || bytes > NEAREST_BYTES_MAX || apart > allowed) {
        return;
    }
    size_t distance = diag_edits(nearest->wanted, wanted_bytes, candidate, bytes);
    if (distance <= allowed && distance < diag_least(wanted_bytes, bytes) &&
        (nearest->best == NULL || distance < nearest->distance)) {
        nearest->best = candidate;
        nearest->distance = distance;
    }
}
