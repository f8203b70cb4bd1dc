/* All claims on one volume that a server has to do with: its own, and those of the mains that it
 * watches over (R30). The lookout's process has one for each volume that is an arbiter.
 *
 * The thread of the volume takes turns, which may take as long as the volume likes; everything else
 * is done by the process's own thread, which never waits for that.
 */
#ifndef RUNTIME_NODE_CLAIMANTS_H
#define RUNTIME_NODE_CLAIMANTS_H

#include "runtime/image.h"
#include "runtime/node/claimant.h"

struct claimants;

/* NULL: this server has nothing to do with claims on that volume, or out of memory: `wanted` tells
 * which. */
struct claimants *claimants_open(const struct image *image, uint32_t server, uint32_t volume,
                                 bool *wanted);

/* ---- the thread of the volume ---- */

/* What the next sign says of claims; valid until the next call. */
const struct lifesign_claims *claimants_sign(struct claimants *claimants);

/* One turn: reads, judges, decides. volume -1: it could not be opened, or takes no sign of ours. */
void claimants_turn(struct claimants *claimants, int volume);

/* ---- the thread of the process ---- */

/* What the engine holds, and a question. False: this main is none of ours. */
bool claimants_hold(struct claimants *claimants, uint32_t main, const struct claimant_wish *hold);
bool claimants_ask(struct claimants *claimants, uint32_t main, const struct claimant_wish *ask);

/* What is to be told of one main, if anything of it has changed. */
struct claimants_news {
    uint32_t main;
    bool reach_changed, sight_changed, claim_changed, answered;
    bool in_reach;
    const char *trouble; /* where it is out of reach */
    enum lifesign_view sight;
    uint64_t epoch; /* of the claim that counts; 0: none yet */
    const char *holder;
    bool alive;
    enum claimant_verdict verdict;
    uint64_t number;         /* of the question that is answered */
    uint64_t answered_epoch; /* the one granted, or the highest granted so far */
};

/* Goes through all of them: to be called often. A question that the volume has not answered within
 * `claim` is answered by telling that it is out of reach. */
void claimants_tell(struct claimants *claimants,
                    void (*tell)(void *owner, const struct claimants_news *news), void *owner);

#endif
