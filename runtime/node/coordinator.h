/* The coordinator of a site as its nodes use it: an etcd cluster that keeps the claim of each main
 * and decides who holds it (R30). What engine.h says of an arbiter is done here.
 *
 * All of it is done in a process of its own (a companion of the node), which asks the cluster and
 * may wait for it while the node goes on. A claim hangs on a lease, which that process renews only
 * while the node's loop turns and while the recordings grow that the claim stands for. Out of
 * reach, nothing changes: who holds a claim goes on, and the log and the status say so.
 */
#ifndef RUNTIME_NODE_COORDINATOR_H
#define RUNTIME_NODE_COORDINATOR_H

#include <uv.h>

#include "runtime/node/dealing.h"

/* What node and process say to each other: X(SYMBOL, "name"). A `hold` tells what the engine holds
 * (epoch 0: nothing) and the number of the last answer on which it has taken its step. */
#define COORDINATOR_WORDS(X)                                                                       \
    X(COORDINATOR_BEAT, "beat")     /* node: my loop turns. Answered by the same */                \
    X(COORDINATOR_ASK, "ask")       /* node: main, failover, epoch; number: of the question */     \
    X(COORDINATOR_HOLD, "hold")     /* node: main, failover, epoch, flags, number */               \
    X(COORDINATOR_ANSWER, "answer") /* process: main, epoch, number; value: enum dealing_answer */ \
    X(COORDINATOR_VIEW, "view")     /* process: failover, value: enum dealing_sight */             \
    X(COORDINATOR_CLAIM, "claim")   /* process: main, epoch, value 1: alive; text: its holder */   \
    X(COORDINATOR_STATE, "state")   /* process: value 1: in reach; number: claims that live by us; \
                                       text: the endpoint, or what the trouble is */

#define X(symbol, name) symbol,
enum coordinator_kind { COORDINATOR_WORDS(X) COORDINATOR_KIND_COUNT };
#undef X

enum coordinator_flag { COORDINATOR_GROWS = 1 };

#define COORDINATOR_TEXT_BYTES 320

struct coordinator_word {
    uint32_t kind; /* enum coordinator_kind */
    uint32_t main; /* server */
    uint32_t failover;
    uint32_t flags; /* enum coordinator_flag */
    uint64_t epoch;
    uint64_t number;
    uint32_t value;
    uint32_t reserved;
    char text[COORDINATOR_TEXT_BYTES];
};

struct coordinator;

/* Starts the process for this deployment file; secrets as in worker.h, perhaps NULL. All arguments
 * must stay. NULL: out of memory. Only where the image has a coordinator; what follows does nothing
 * with NULL. */
struct coordinator *coordinator_open(uv_loop_t *loop, const char *deployment, const char *secrets,
                                     const struct image *image, uint32_t server,
                                     struct inbox *inbox);

/* To be called each heartbeat. */
void coordinator_tick(struct coordinator *coordinator);

/* Tells what the engine holds now: after its steps, once nothing is left in the inbox. */
void coordinator_look(struct coordinator *coordinator, const struct engine *engine);

/* ACTION_CLAIM. */
void coordinator_ask(struct coordinator *coordinator, uint32_t main, uint32_t failover,
                     uint64_t epoch);

/* Whether no claim lives by us any more, or none that could be given back now. */
bool coordinator_quiet(const struct coordinator *coordinator);

/* What a status shows. Texts are valid until the next turn of the loop. */
struct coordinator_view {
    bool in_reach;
    int64_t since_ms;    /* how long so */
    const char *text;    /* the endpoint that answers, or what the trouble is */
    uint32_t main_count; /* the mains that this server has to do with */
};
struct coordinator_view coordinator_view(const struct coordinator *coordinator);

/* What it has of one of them; epoch 0: nobody has had it yet. */
const struct dealing *coordinator_dealing(const struct coordinator *coordinator, uint32_t index);

/* Begins to close; freed by coordinator_free once the loop has run dry. Abandon as in companion.h.
 */
void coordinator_close(struct coordinator *coordinator);
void coordinator_abandon(struct coordinator *coordinator);
void coordinator_free(struct coordinator *coordinator);

/* The process itself: `understudy-node coordinator DEPLOYMENT SERVER HASH [SECRETS]`. Returns its
 * exit code. */
int coordinator_process(int count, char **words);

/* Another deployment counts (R41): the engine still knows what a former one told it of the claims,
 * so all of that is told anew. */
void coordinator_inherit(struct coordinator *coordinator);

/* One that a new deployment replaces ends: it is closed, and added to those that are abandoned and
 * freed with this list. */
void coordinator_retire(struct coordinator **ended, struct coordinator *coordinator);

#endif
