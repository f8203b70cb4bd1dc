/* The agenda: what is still to happen in the virtual world, in order.
 *
 * The rule for what happens first is written down, so that a run is the same on every machine:
 *   1. the earlier time;
 *   2. at one time, the kind, in the order of AGENDA_KINDS;
 *   3. within a kind, the lower server (the one that it happens to);
 *   4. then what was put on the agenda first.
 */
#ifndef RUNTIME_SIM_AGENDA_H
#define RUNTIME_SIM_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/engine/engine.h"

/* What the user wrote comes first; a deadline comes last, so that whatever arrives in its very
 * millisecond still counts. */
#define AGENDA_KINDS(X)                                                                            \
    X(AGENDA_ACT)       /* index: of the act */                                                    \
    X(AGENDA_PEER_LOST) /* index: of the link, token: its count of changes */                      \
    X(AGENDA_PEER_UP)   /* likewise */                                                             \
    X(AGENDA_MESSAGE)   /* index: of the link, token: its session; sender, message */              \
    X(AGENDA_ON_DISK)   /* index: of the recorder, token: its count of orders */                   \
    X(AGENDA_MUTE)      /* likewise */                                                             \
    X(AGENDA_WORD)  /* index: enum engine_event_kind that the shell finds out; sender: camera */   \
    X(AGENDA_VIEW)  /* likewise; sender: failover, token: its count of changes */                  \
    X(AGENDA_LAPSE) /* the claim of main `server` is not alive any longer; token: its changes */   \
    X(AGENDA_CLAIM) /* an arbiter's word; index: enum engine_event_kind, sender: main, failover */ \
    X(AGENDA_WAKE)  /* a deadline of the engine */

#define X(symbol) symbol,
enum agenda_kind { AGENDA_KINDS(X) AGENDA_KIND_COUNT };
#undef X

struct agenda_item {
    int64_t at_ms;
    uint32_t kind;
    uint32_t server;
    uint64_t sequence; /* set by agenda_push */
    uint32_t index;
    uint32_t token; /* what has changed since makes the item void */
    uint32_t sender;
    uint32_t reserved;
    struct engine_message message;
};

struct agenda {
    struct agenda_item *items; /* a binary heap */
    size_t count;
    size_t max;
    uint64_t sequence;
};

/* Puts a copy of the item on the agenda. */
void agenda_push(struct agenda *agenda, struct agenda_item item);

/* Takes the next item that is due at until_ms or before; false if there is none. */
bool agenda_pop(struct agenda *agenda, int64_t until_ms, struct agenda_item *item);

void agenda_free(struct agenda *agenda);

#endif
