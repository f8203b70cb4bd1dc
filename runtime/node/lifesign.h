/* Signs of life on a shared volume: how a standby sees that a main lives when the link does not
 * show it (R45), and which claims a server renews (R30).
 *
 * Each server writes `<volume>/.understudy/<server>.alive` on every volume of its archive that lies
 * on the network, with a counter that grows each time. A reader judges by change alone: a counter
 * that grew says that the server lives, one that stood still in reads over a whole lease says that
 * it does not. What cannot be read says nothing, and clocks of different machines are never
 * compared.
 */
#ifndef RUNTIME_NODE_LIFESIGN_H
#define RUNTIME_NODE_LIFESIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/limits.h"

#define LIFESIGN_FOLDER ".understudy" /* of a volume: what the nodes keep there */

struct lifesign {
    uint64_t boot;    /* a random number of the writing process */
    uint64_t counter; /* of its signs so far */
};

/* Opens the volume of this name at a path; -1: it is not there, perhaps only the place where it is
 * to be mounted (R32). What is done by the descriptor stays on the volume, whatever becomes of the
 * path.
 */
int lifesign_open(const char *path, const char *name);

/* What a server says of a claim that is its own by claim.h. */
struct lifesign_claim {
    char main[NAME_BYTES_MAX];
    uint64_t turn;     /* which claim of this main */
    uint64_t renewed;  /* grows each time that the claim is renewed */
    uint32_t released; /* 1: given back */
    uint32_t reserved;
};

/* Of one sign; items are the caller's to free, whatever a reading said. */
struct lifesign_claims {
    struct lifesign_claim *items;
    uint32_t count;
    uint32_t max;
};

/* Puts a new sign in the place of the old one, whole; claims may be NULL. On a full volume it is
 * written over the old one: a server that records elsewhere meanwhile (R35) lives. False: it did
 * not get there. */
bool lifesign_write(int volume, const char *server, const struct lifesign *sign,
                    const struct lifesign_claims *claims);

/* False: there is none, or none that is whole. */
bool lifesign_read(int volume, const char *server, struct lifesign *sign);

/* X(SYMBOL, "name") */
#define LIFESIGN_READINGS(X)                                                                       \
    X(LIFESIGN_READ, "read")                                                                       \
    X(LIFESIGN_ABSENT, "absent") /* the volume is there, and no sign of this server on it */       \
    X(LIFESIGN_FAILED, "failed") /* nothing can be said */

#define X(symbol, name) symbol,
enum lifesign_reading { LIFESIGN_READINGS(X) LIFESIGN_READING_COUNT };
#undef X

/* The same with the claims, whose items it lets grow. */
enum lifesign_reading lifesign_read_all(int volume, const char *server, struct lifesign *sign,
                                        struct lifesign_claims *claims);

/* A folder of ours below another, made where it is missing, for all who may write to the volume;
 * -1: it is not there. */
int lifesign_make_folder(int volume, int above, const char *name);

/* X(SYMBOL, "name") */
#define LIFESIGN_VIEWS(X)                                                                          \
    X(LIFESIGN_NONE, "none")     /* nothing can be said */                                         \
    X(LIFESIGN_SILENT, "silent") /* no sign for a whole lease, and it was looked for */            \
    X(LIFESIGN_ALIVE, "alive")   /* a sign within the lease */

#define X(symbol, name) symbol,
enum lifesign_view { LIFESIGN_VIEWS(X) LIFESIGN_VIEW_COUNT };
#undef X

/* What one reader has seen of one server on one volume; zero at first. */
struct lifesign_watch {
    struct lifesign last;
    bool known;       /* last holds something */
    bool changed;     /* it has grown before our eyes, at changed_ms */
    bool interrupted; /* the latest read failed */
    int64_t changed_ms;
    int64_t still_from_ms; /* reads since then, without a failure among them, gave the same */
    int64_t read_ms;       /* the latest that succeeded */
};

/* One more read, begun at this moment of our own clock; sign is NULL if it failed. */
void lifesign_see(struct lifesign_watch *watch, const struct lifesign *sign, int64_t now_ms);

enum lifesign_view lifesign_judge(const struct lifesign_watch *watch, int64_t now_ms,
                                  int64_t lease_ms);

#endif
