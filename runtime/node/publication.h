/* The hooks of failovers: what the engine publishes (START and STOP, R16) is told to the programs
 * that the topology names, after it is durable in the journal (R44) and without anybody waiting for
 * it. Those of one failover run one after the other, in order; of several, some at once.
 *
 * What is published stands in the journal, and how far it has been told in a file beside it. So a
 * node that was killed tells what it had not told to its end when it starts again: each START and
 * STOP is told at least once, and its `key` says which one it is. Two things are given up, and the
 * log says so: what more than PUBLICATIONS_MAX wait for, and what was never journaled because the
 * disk was full.
 */
#ifndef RUNTIME_NODE_PUBLICATION_H
#define RUNTIME_NODE_PUBLICATION_H

#include <stdbool.h>
#include <uv.h>

#include "runtime/node/decision.h"
#include "runtime/node/journal.h"

#define PUBLICATIONS_MAX    1024 /* that wait or run */
#define PUBLICATION_AT_ONCE 4

struct publications;

/* One failover's START or STOP as it follows from an entry of the journal. */
struct publication_source {
    uint64_t number; /* of the entry */
    int64_t wall_ms;
    const char *reason; /* an operator's, or "" */
    const struct engine_transition *transition;
};

/* Finds in the journal what has not been told. Everything must stay; limit_ms is HOOK_MS, but in
 * tests. NULL: error is set. */
struct publications *publications_open(uv_loop_t *loop, const char *state,
                                       const struct deployment *deployment, uint32_t server,
                                       struct journal *journal, int64_t limit_ms,
                                       char error[static TEXT_BYTES_MAX]);

/* Notes a transition that is being journaled; one that publishes nothing, or for which no hook is
 * declared, is passed over. */
void publications_note(struct publications *publications, const struct publication_source *source);

/* To be called when what was noted is durable: runs what may run. */
void publications_run(struct publications *publications);

/* What a status shows. */
struct publications_view {
    uint32_t waiting;
    uint32_t running;
    const char *trouble; /* of the last hook that did not end well since one did, or "" */
};
struct publications_view publications_view(const struct publications *publications);

/* The journal goes on under another deployment (R41), with publications of its own: what waits with
 * the former ones is still told, as it was; a node that is killed before does not tell it again.
 * They are closed, killed and freed with the others. */
void publications_retire(struct publications *publications, struct publications *former);

/* Begins to close: nothing is started any more. Freed by publications_free once the loop has run
 * dry; a hook that still runs keeps the loop until it is killed, and is told again at the next
 * start. */
void publications_close(struct publications *publications);
void publications_kill(struct publications *publications);
void publications_free(struct publications *publications);

#endif
