/* What one server makes of the claim of one main on a volume that both share (R30): reads who has
 * it, judges whether that one still renews it, asks for it, renews it and gives it back.
 *
 * A claim is alive as long as its holder's sign of life counts its renewals on. It has lapsed when
 * that count stood still in reads over a whole lease by the reader's own clock, in which none
 * failed; what cannot be read says nothing. A lease is no fence: whoever stood still may go on
 * under a claim that another has taken since, and finds that out when it reads again; until then
 * both record, under epochs of their own (R31).
 *
 * No part of it waits but for the volume. The caller has one thread for a volume.
 */
#ifndef RUNTIME_NODE_CLAIMANT_H
#define RUNTIME_NODE_CLAIMANT_H

#include <stdbool.h>

#include "runtime/node/claim.h"
#include "runtime/node/lifesign.h"
#include "runtime/node/tally.h"

#define CLAIMANT_TROUBLE_BYTES 200

/* What the engine holds or asks for. */
struct claimant_wish {
    uint64_t epoch; /* 0: nothing */
    bool carries;   /* as a standby, not as the main itself */
    bool grows;
    uint64_t number; /* of the question, or of the last answer that was stepped on */
};

struct claimant {
    const char *main;
    const char *self;
    int64_t lease_ms;
    int64_t decide_ms; /* from a reading to what is done on it, at most */
    int64_t (*now_ms)(void);

    struct claim_record record;  /* what counts */
    bool known;                  /* it was read at least once */
    bool fresh;                  /* and in this turn */
    struct lifesign_watch watch; /* of its renewals */
    bool released;               /* its holder has given it back */
    uint64_t renewed;            /* of a claim of ours */
    struct claimant_wish hold;   /* told: there was a word on it */
    bool told;
    struct claimant_wish ask;
    bool asking;
    uint64_t granted;                     /* number of the question that was granted last */
    bool held;                            /* what was granted then was held afterwards */
    char trouble[CLAIMANT_TROUBLE_BYTES]; /* why nothing can be said, or "" */
};

/* X(SYMBOL, "name") */
#define CLAIMANT_VERDICTS(X)                                                                       \
    X(CLAIMANT_OPEN, "open") /* nothing was asked, or it cannot be answered yet */                 \
    X(CLAIMANT_GRANTED, "granted")                                                                 \
    X(CLAIMANT_DENIED, "denied")                                                                   \
    X(CLAIMANT_FULL, "full") /* only a slot is missing (R14) */

#define X(symbol, name) symbol,
enum claimant_verdict { CLAIMANT_VERDICTS(X) CLAIMANT_VERDICT_COUNT };
#undef X

/* Before a sign is written: whether it has to speak of this claim, and what it says. A renewal is
 * counted here, so it is to be written. */
bool claimant_sign(struct claimant *claimant, struct lifesign_claim *claim);

/* Reads what counts. Returns the server whose sign is to be read for it: NULL where nobody else
 * holds it, or nothing could be read (trouble says why). */
const char *claimant_read(struct claimant *claimant, int volume);

/* A turn without a reading. */
void claimant_miss(struct claimant *claimant);

/* What that server's sign says, begun to be read at this moment. */
void claimant_see(struct claimant *claimant, enum lifesign_reading reading,
                  const struct lifesign *sign, const struct lifesign_claims *claims,
                  int64_t begun_ms);

/* Does what is due, on what was read from begun_ms on: answers a question, or enters what is held.
 * Where a limit applies, a standby needs a slot of the tally for it; NULL: there is none. */
enum claimant_verdict claimant_act(struct claimant *claimant, int volume, int64_t begun_ms,
                                   struct tally *tally);

/* What is seen of a claim that somebody else has: none while that is not known. */
enum lifesign_view claimant_sight(const struct claimant *claimant);
/* Whether it is alive, by us or by anybody else. */
bool claimant_is_ours(const struct claimant *claimant);
bool claimant_is_alive(const struct claimant *claimant);

#endif
