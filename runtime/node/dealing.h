/* What a node deals with an arbiter about: the claims of its own server and of the mains that it
 * watches over, as far as one process decides them, the coordinator's or the lookout's (R30). Here
 * stands what the engine was told of them, and what the process was told of the engine.
 */
#ifndef RUNTIME_NODE_DEALING_H
#define RUNTIME_NODE_DEALING_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/engine/engine.h"
#include "runtime/node/inbox.h"

/* X(SYMBOL, "name"): what is known of a main's claim */
#define DEALING_SIGHTS(X)                                                                          \
    X(DEALING_NONE, "none")     /* it cannot be asked */                                           \
    X(DEALING_SILENT, "silent") /* nobody else holds it alive */                                   \
    X(DEALING_ALIVE, "alive")   /* somebody else does */

#define X(symbol, name) symbol,
enum dealing_sight { DEALING_SIGHTS(X) DEALING_SIGHT_COUNT };
#undef X

/* What an arbiter answers. */
enum dealing_answer { DEALING_DENIED, DEALING_GRANTED, DEALING_FULL, DEALING_ANSWER_COUNT };

/* One main. */
struct dealing {
    uint32_t main;
    enum dealing_reach { REACH_FINE, REACH_LOST, REACH_UNKNOWN } announced; /* to the engine */
    bool told; /* the process that runs now knows the following */
    struct engine_claim told_claim;
    uint64_t told_number;
    uint64_t
        answered;   /* number of the last answer; the engine steps on it before it is looked at */
    uint64_t epoch; /* as the arbiter has it */
    bool alive;
    char holder[NAME_BYTES_MAX];
};

struct dealings {
    const struct image *image;
    uint32_t server;
    struct inbox *inbox;
    uint64_t asked;  /* questions so far: the number of the last one */
    uint8_t *sights; /* what the engine was told, for each failover under this server */
    uint32_t count;
    struct dealing *items;
};

/* With those mains whose arbiter is wanted. False: out of memory. All arguments must stay. */
bool dealings_init(struct dealings *dealings, const struct image *image, uint32_t server,
                   struct inbox *inbox, bool (*wanted)(uint32_t arbiter));
void dealings_free(struct dealings *dealings);

/* NULL: that main is none of them. */
struct dealing *dealings_find(struct dealings *dealings, uint32_t main);

/* What the process says goes on to the engine, where that does not know it yet. */
void dealings_reach(struct dealings *dealings, struct dealing *dealing, bool lost);
void dealings_sight(struct dealings *dealings, uint32_t failover, enum dealing_sight sight);
void dealings_answer(struct dealings *dealings, uint32_t main, enum dealing_answer answer,
                     uint64_t epoch, uint64_t number);
void dealings_claim(struct dealings *dealings, uint32_t main, uint64_t epoch, bool alive,
                    const char *holder);

/* Tells what the engine holds now, where the process does not know it: tell is false where it could
 * not be told. A fresh process knows nothing. */
void dealings_look(struct dealings *dealings, const struct engine *engine, bool fresh,
                   bool (*tell)(void *owner, const struct dealing *dealing,
                                const struct engine_claim *claim),
                   void *owner);

/* Another deployment counts (R41): the engine still knows what a former process told it, so all of
 * that is told anew. */
void dealings_renew(struct dealings *dealings);

#endif
