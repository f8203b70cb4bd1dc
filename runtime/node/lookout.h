/* The lookout of a node: a process that looks for what the links do not show, and that may hang on
 * a dead NAS or a silent name service while the node goes on.
 *
 * It renews this server's signs of life and reads those of the mains that it watches over on the
 * volumes that both share (R45), finds out whether anything but the peers is in reach (R29), and,
 * where a failover wants to know, whether a camera is and whether any of our own volumes takes what
 * is written (R36). Raises EVENT_VIEW_*, EVENT_NETWORK_*, EVENT_REACHED, EVENT_UNREACHED and
 * EVENT_STORAGE_*. Where such a volume is the arbiter of a main, the claims on it are asked for,
 * renewed and given back by the same process: what engine.h says of an arbiter is done here (R30).
 *
 * It is a companion of the node, and looks only while that tells it each heartbeat that its loop
 * turns.
 */
#ifndef RUNTIME_NODE_LOOKOUT_H
#define RUNTIME_NODE_LOOKOUT_H

#include <uv.h>

#include "runtime/node/dealing.h"
#include "runtime/node/lifesign.h"

/* X(SYMBOL, "name") */
#define LOOKOUT_WORDS(X)                                                                           \
    X(LOOKOUT_BEAT, "beat")   /* node: my loop turns. Answered by the same */                      \
    X(LOOKOUT_PROBE, "probe") /* node: is anything in reach? Answered by the same, value 1: yes */ \
    X(LOOKOUT_REACH, "reach") /* node: is the camera `subject`? Answered likewise */               \
    X(LOOKOUT_VIEW, "view")   /* lookout: failover `subject`, value: enum lifesign_view */         \
    X(LOOKOUT_STORAGE, "storage") /* lookout: value 0: none of our volumes takes anything */       \
    X(LOOKOUT_ASK, "ask")   /* node: main `subject`, epoch, flags; number: of the question */      \
    X(LOOKOUT_HOLD, "hold") /* node: likewise; epoch 0: nothing; number: of the last answer        \
                               on which the engine has taken its step */                           \
    X(LOOKOUT_ANSWER,                                                                              \
      "answer")               /* lookout: main `subject`, epoch, number; value: dealing_answer */  \
    X(LOOKOUT_SIGHT, "sight") /* lookout: main `subject`, value: enum dealing_sight */             \
    X(LOOKOUT_CLAIM, "claim") /* lookout: main `subject`, epoch, value 1: alive; text: holder */   \
    X(LOOKOUT_ARBITER, "arbiter") /* lookout: main `subject`, value 1: it can be decided about;    \
                                     text: what the trouble is */

#define X(symbol, name) symbol,
enum lookout_kind { LOOKOUT_WORDS(X) LOOKOUT_KIND_COUNT };
#undef X

enum lookout_flag { LOOKOUT_GROWS = 1, LOOKOUT_CARRIES = 2 };

#define LOOKOUT_TEXT_BYTES 200

/* What the two say to each other. */
struct lookout_word {
    uint32_t kind; /* enum lookout_kind */
    uint32_t subject;
    uint32_t value;
    uint32_t flags; /* enum lookout_flag */
    uint64_t epoch;
    uint64_t number;
    char text[LOOKOUT_TEXT_BYTES];
};

struct lookout;

/* Starts the process for this deployment file; one that cannot be started is tried again at
 * lookout_tick. NULL: out of memory. All arguments must stay. */
struct lookout *lookout_open(uv_loop_t *loop, const char *deployment, const struct image *image,
                             uint32_t server, struct inbox *inbox);

/* What the engine was told by the lookout of another deployment holds here too, by the names of the
 * failovers (R41), until this one's process has had the time to see for itself. */
void lookout_inherit(struct lookout *lookout, const struct lookout *former);

/* The former one ends; it is abandoned and freed with the other. */
void lookout_retire(struct lookout *lookout, struct lookout *former);

/* To be called each heartbeat. */
void lookout_tick(struct lookout *lookout);

/* Asks; without a lookout there is no answer. */
void lookout_probe(struct lookout *lookout);
void lookout_reach(struct lookout *lookout, uint32_t camera);

/* What is seen of the main of the n-th failover under this server. */
enum lifesign_view lookout_view(const struct lookout *lookout, uint32_t n);

/* ACTION_CLAIM, of a main whose arbiter is a volume. */
void lookout_ask(struct lookout *lookout, uint32_t main, uint32_t failover, uint64_t epoch);

/* Tells what the engine holds now: after its steps, once nothing is left in the inbox. */
void lookout_look(struct lookout *lookout, const struct engine *engine);

/* Whether no claim lives by us any more, or none that could be given back now. */
bool lookout_quiet(const struct lookout *lookout);

/* What a status shows of claims on volumes; text is valid until the next turn of the loop. */
struct lookout_claim_view {
    const struct dealing *dealing;
    const char *volume; /* the name of the one that decides about it */
    bool in_reach;
    int64_t since_ms;    /* how long so */
    const char *trouble; /* where it is out of reach, or "" */
};
uint32_t lookout_claim_count(const struct lookout *lookout);
struct lookout_claim_view lookout_claim_view(const struct lookout *lookout, uint32_t index);

/* Begins to close; freed by lookout_free once the loop has run dry. A process that hangs keeps the
 * loop until it is abandoned. */
void lookout_close(struct lookout *lookout);
void lookout_abandon(struct lookout *lookout);
void lookout_free(struct lookout *lookout);

/* The process itself: `understudy-node lookout DEPLOYMENT SERVER HASH`. Returns its exit code. */
int lookout_process(int count, char **words);

#endif
