/* The slots of a failover manager on a volume that all its mains and standbys share (R14): which
 * standby carries which main, all in one record, so that no two can take the last one. Its turns
 * (turns.h) lie in .understudy/slots/<manager>/slots.<turn>.
 *
 * Nothing here says whether whoever has a slot still lives: see tally.h.
 */
#ifndef RUNTIME_NODE_SLOTS_H
#define RUNTIME_NODE_SLOTS_H

#include <stdint.h>

#include "runtime/limits.h"
#include "runtime/node/turns.h"

#define SLOTS_MAX 4096 /* in one record */

struct slot {
    char main[NAME_BYTES_MAX];
    char holder[NAME_BYTES_MAX]; /* the standby */
};

struct slots {
    uint64_t turn; /* from 1 on; 0: nobody has had a slot yet */
    uint64_t mark; /* random: of the attempt that made it */
    uint32_t count;
    struct slot *items; /* the caller's to free */
};

/* X(SYMBOL, "name") */
#define SLOTS_READINGS(X)                                                                          \
    X(SLOTS_READ, "read")                                                                          \
    X(SLOTS_SAME, "same")       /* the known turn still counts: nothing was read */                \
    X(SLOTS_FAILED, "failed")   /* nothing can be said: errno has the cause */                     \
    X(SLOTS_DAMAGED, "damaged") /* what counts is none of ours, or not whole: its turn is told */

#define X(symbol, name) symbol,
enum slots_reading { SLOTS_READINGS(X) SLOTS_READING_COUNT };
#undef X

/* Reads what counts into a record that is empty, unless that is of the known turn; damaged: with
 * its turn alone. */
enum slots_reading slots_read(int volume, const char *manager, uint64_t known, struct slots *slots);

/* Makes slots->turn, for this server. */
enum turns_taking slots_take(int volume, const char *manager, const char *server,
                             const struct slots *slots);

#endif
