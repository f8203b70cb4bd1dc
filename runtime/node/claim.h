/* The claim of a main on a volume that it shares with its standbys (R30): who has the main, one
 * turn after the other (turns.h), in .understudy/claims/<main>/claim.<turn>.
 *
 * The turn is counted beside the epoch, because two rivals never ask for the same epoch, and must
 * meet in one file. Nothing here says whether a claim is alive: see lifesign.h. No clocks are
 * compared.
 */
#ifndef RUNTIME_NODE_CLAIM_H
#define RUNTIME_NODE_CLAIM_H

#include <stdint.h>

#include "runtime/limits.h"
#include "runtime/node/turns.h"

struct claim_record {
    uint64_t turn;  /* from 1 on; 0: there is no claim yet */
    uint64_t epoch; /* under which its holder records */
    uint64_t mark;  /* random: of the attempt that made it */
    char holder[NAME_BYTES_MAX];
};

/* X(SYMBOL, "name") */
#define CLAIM_READINGS(X)                                                                          \
    X(CLAIM_READ, "read")       /* what counts is in the record */                                 \
    X(CLAIM_FAILED, "failed")   /* nothing can be said: errno has the cause */                     \
    X(CLAIM_DAMAGED, "damaged") /* what counts is none of ours, or not whole: its turn is told */

#define X(symbol, name) symbol,
enum claim_reading { CLAIM_READINGS(X) CLAIM_READING_COUNT };
#undef X

/* Reads what counts of a main, volume as of lifesign_open. What the record has already, if it still
 * counts, is not read again. */
enum claim_reading claim_read(int volume, const char *main, struct claim_record *record);

/* Makes the claim of record->turn for record->holder. */
enum turns_taking claim_take(int volume, const char *main, const struct claim_record *record);

#endif
