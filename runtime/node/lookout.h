/* The lookout of a node: a process that looks for what the links do not show, and that may hang on
 * a dead NAS or a silent name service while the node goes on.
 *
 * It renews this server's signs of life and reads those of the mains that it watches over on the
 * volumes that both share (R45), finds out whether anything but the peers is in reach (R29), and,
 * where a failover wants to know, whether a camera is and whether any of our own volumes takes what
 * is written (R36). Raises EVENT_VIEW_*, EVENT_NETWORK_*, EVENT_REACHED, EVENT_UNREACHED and
 * EVENT_STORAGE_*.
 *
 * It is a companion of the node, and looks only while that tells it each heartbeat that its loop
 * turns.
 */
#ifndef RUNTIME_NODE_LOOKOUT_H
#define RUNTIME_NODE_LOOKOUT_H

#include <uv.h>

#include "runtime/node/inbox.h"
#include "runtime/node/lifesign.h"

/* X(SYMBOL, "name") */
#define LOOKOUT_WORDS(X)                                                                           \
    X(LOOKOUT_BEAT, "beat")   /* node: my loop turns. Answered by the same */                      \
    X(LOOKOUT_PROBE, "probe") /* node: is anything in reach? Answered by the same, value 1: yes */ \
    X(LOOKOUT_REACH, "reach") /* node: is the camera `subject`? Answered likewise */               \
    X(LOOKOUT_VIEW, "view")   /* lookout: failover `subject`, value: enum lifesign_view */         \
    X(LOOKOUT_STORAGE, "storage") /* lookout: value 0: none of our volumes takes anything */

#define X(symbol, name) symbol,
enum lookout_kind { LOOKOUT_WORDS(X) LOOKOUT_KIND_COUNT };
#undef X

/* What the two say to each other. */
struct lookout_word {
    uint32_t kind; /* enum lookout_kind */
    uint32_t subject;
    uint32_t value;
    uint32_t reserved;
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

/* Begins to close; freed by lookout_free once the loop has run dry. A process that hangs keeps the
 * loop until it is abandoned. */
void lookout_close(struct lookout *lookout);
void lookout_abandon(struct lookout *lookout);
void lookout_free(struct lookout *lookout);

/* The process itself: `understudy-node lookout DEPLOYMENT SERVER HASH`. Returns its exit code. */
int lookout_process(int count, char **words);

#endif
