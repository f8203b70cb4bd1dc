/* How many mains are carried, counted on the volume that all mains and standbys of a failover
 * manager share (R14): what one standby makes of the slots there.
 *
 * A slot is taken until its holder gives it back, or has renewed nothing of that main for a lease
 * before our own eyes (lifesign.h); what cannot be read says nothing. Whoever carries beyond the
 * limit, by an order (R17) or because nobody could be asked (R38), has a slot as well, so the
 * others wait.
 *
 * No part of it waits but for the volume: it is the volume's thread's alone, as claimant.h.
 */
#ifndef RUNTIME_NODE_TALLY_H
#define RUNTIME_NODE_TALLY_H

#include <stdbool.h>

#include "runtime/node/lifesign.h"
#include "runtime/node/slots.h"

#define TALLY_TROUBLE_BYTES 200

struct tally {
    const char *manager;
    const char *self;
    uint32_t max; /* slots */
    int64_t lease_ms;
    int64_t (*now_ms)(void);

    struct slots slots;                /* what counts */
    bool fresh;                        /* it was read in this turn */
    struct lifesign_watch *seen;       /* of each slot; NULL: it was never read */
    char trouble[TALLY_TROUBLE_BYTES]; /* why nothing can be said, or "" */
};

void tally_free(struct tally *tally);

/* Reads what counts, volume as of lifesign_open. False: nothing can be decided in this turn. */
bool tally_read(struct tally *tally, int volume);

/* A turn without a reading. */
void tally_miss(struct tally *tally);

/* What the sign of a holder says, begun to be read at this moment: to be told of each slot that
 * somebody else has. */
void tally_see(struct tally *tally, uint32_t slot, enum lifesign_reading reading,
               const struct lifesign *sign, const struct lifesign_claims *claims, int64_t begun_ms);

/* Whether somebody else has that slot. */
bool tally_is_others(const struct tally *tally, uint32_t slot);

/* X(SYMBOL, "name") */
#define TALLY_VERDICTS(X)                                                                          \
    X(TALLY_OPEN, "open") /* it is to be read again first */                                       \
    X(TALLY_TAKEN, "taken")                                                                        \
    X(TALLY_FULL, "full")

#define X(symbol, name) symbol,
enum tally_verdict { TALLY_VERDICTS(X) TALLY_VERDICT_COUNT };
#undef X

/* A slot to carry this main with. Asking again for what we have changes nothing. `beyond` the
 * limit, if need be: the main is carried already, perhaps by somebody else as well; it counts once.
 */
enum tally_verdict tally_take(struct tally *tally, int volume, const char *main, bool beyond);

/* Gives back what we have for this main. */
void tally_leave(struct tally *tally, int volume, const char *main);

#endif
