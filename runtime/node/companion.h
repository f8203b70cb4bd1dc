/* A process beside the node, for what may hang or meet hostile bytes: started again when it ends,
 * given up when it does not answer, and never waited for.
 *
 * It is `understudy-node NAME DEPLOYMENT SERVER HASH [MORE]`, with a SOCK_SEQPACKET socket as
 * descriptor COMPANION_FD on which both speak words of one size, and ends with its node. It counts
 * as silent unless it says something now and then: an answer to each beat, say.
 */
#ifndef RUNTIME_NODE_COMPANION_H
#define RUNTIME_NODE_COMPANION_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "runtime/image.h"

#define COMPANION_FD             3
#define COMPANION_WORD_BYTES_MAX 512

/* What it is. Texts stay. */
struct companion_plan {
    const char *name; /* "lookout": the word of the command line, and what the log calls it */
    const char *deployment;
    const char *more; /* NULL: nothing more on its command line */
    const struct image *image;
    uint32_t server;
    size_t word_size;
    void *owner;
    void (*heard)(void *owner, const void *word);
    void (*gone)(void *owner); /* the process has ended or was given up; another follows */
};

struct companion;

/* Starts the process; one that cannot be started is tried again at companion_tick. The plan is
 * copied. NULL: out of memory. */
struct companion *companion_open(uv_loop_t *loop, const struct companion_plan *plan);

/* To be called each heartbeat. */
void companion_tick(struct companion *companion);

/* How many processes there have been: whoever tells a process once tells each. 0: none yet. */
uint32_t companion_age(const struct companion *companion);

/* False: there is no process, or it cannot take more now. */
bool companion_tell(struct companion *companion, const void *word);

/* Begins to close; freed by companion_free once the loop has run dry. A process that hangs keeps
 * the loop until it is abandoned. */
void companion_close(struct companion *companion);
void companion_abandon(struct companion *companion);
void companion_free(struct companion *companion);

/* ---- the process itself ---- */

/* Reads DEPLOYMENT SERVER HASH and sees to it that the process ends with its node. Returns the
 * image and the server, or NULL after a complaint: the process ends with code 3. */
const struct image *companion_begin(const char *name, char **words, uint32_t *server);

#endif
