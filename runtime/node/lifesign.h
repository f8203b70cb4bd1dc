/* Signs of life on a shared volume: how a standby sees that a main lives when the link does not
 * show it (R45).
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

struct lifesign {
    uint64_t boot;    /* a random number of the writing process */
    uint64_t counter; /* of its signs so far */
};

/* Opens the volume of this name at a path; -1: it is not there, perhaps only the place where it is
 * to be mounted (R32). What is done by the descriptor stays on the volume, whatever becomes of the
 * path.
 */
int lifesign_open(const char *path, const char *name);

/* Puts a new sign in the place of the old one, whole. False: it did not get there. */
bool lifesign_write(int volume, const char *server, const struct lifesign *sign);

/* False: there is none, or none that is whole. */
bool lifesign_read(int volume, const char *server, struct lifesign *sign);

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
