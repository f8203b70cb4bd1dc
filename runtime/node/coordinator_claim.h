/* The claim of one main, at the coordinator: asked for, entered, renewed, given back, each by one
 * indivisible transaction that compares what it was decided on. One request of it is under way at a
 * time; whatever an answer leaves open is read again.
 */
#ifndef RUNTIME_NODE_COORDINATOR_CLAIM_H
#define RUNTIME_NODE_COORDINATOR_CLAIM_H

#include "runtime/node/coordinator_key.h"
#include "runtime/node/etcd.h"

/* X(SYMBOL, "name") */
#define COORDINATOR_VERDICTS(X)                                                                    \
    X(COORDINATOR_GRANTED, "granted")                                                              \
    X(COORDINATOR_DENIED, "denied")                                                                \
    X(COORDINATOR_FULL, "full")       /* only a slot is missing (R14) */                           \
    X(COORDINATOR_UNKNOWN, "unknown") /* the coordinator did not answer in time */

#define X(symbol, name) symbol,
enum coordinator_verdict { COORDINATOR_VERDICTS(X) COORDINATOR_VERDICT_COUNT };
#undef X

/* What all claims of a server have in common. */
struct coordinator_frame {
    const struct image *image;
    uint32_t server; /* this one */
    struct etcd *etcd;
    bool turning; /* the loop of the node turns: leases may be renewed */
    void *owner;
    void (*answered)(void *owner, uint32_t main, enum coordinator_verdict verdict, uint64_t number,
                     uint64_t epoch);
    void (*troubled)(void *owner, const char *trouble); /* the coordinator could not be used */
};

/* What the engine holds or asks for. */
struct coordinator_wish {
    uint64_t epoch;    /* 0: nothing */
    uint32_t failover; /* IMAGE_NONE: our own */
    bool grows;
    uint64_t number; /* of the question, or of the last answer that was stepped on */
};

struct coordinator_claim {
    const struct coordinator_frame *frame;
    uint32_t main;
    bool known; /* the two records are as they were at this revision */
    uint64_t revision;
    struct coordinator_record record;
    struct coordinator_record live;
    struct coordinator_slots slots;
    int64_t lease; /* 0: we have none */
    int64_t renew_ms;
    bool busy;  /* a request is under way */
    bool fresh; /* what is known, slots included, was read for what is done next */
    bool asking;
    struct coordinator_wish ask; /* the last question, answered or not */
    int64_t ask_until_ms;
    uint64_t granted; /* number of the question that was granted last */
    struct coordinator_wish hold;
    bool held;        /* it was to be held, and was ours */
    int64_t pause_ms; /* nothing is tried before */
};

void coordinator_claim_init(struct coordinator_claim *claim, const struct coordinator_frame *frame,
                            uint32_t main);

/* A question; one before it that is not answered is forgotten. */
void coordinator_claim_ask(struct coordinator_claim *claim, const struct coordinator_wish *ask);
void coordinator_claim_hold(struct coordinator_claim *claim, const struct coordinator_wish *hold);

/* Does what is due. */
void coordinator_claim_turn(struct coordinator_claim *claim);

/* What a reading of all claims has found of it. */
void coordinator_claim_see(struct coordinator_claim *claim, const struct etcd_reply *reply);

/* What was seen so far is no longer newer than what comes. */
void coordinator_claim_forget(struct coordinator_claim *claim);

/* Whether it lives, by us or by anybody else, as far as is known. */
bool coordinator_claim_is_ours(const struct coordinator_claim *claim);
bool coordinator_claim_is_others(const struct coordinator_claim *claim);

#endif
