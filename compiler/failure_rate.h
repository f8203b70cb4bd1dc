/* How often something fails and how long its repair takes, as an operator writes it on a command
 * line:
 *
 *     --mtbf "server 2 y" --mttr "server 8 h" --mtbf "server alpha 90 d" --mtbf "volume 5 y"
 *     --mtbf "link alpha omega 30 d"
 *
 * A kind, then nothing (all of the kind) or a name (two for a link), then a time: with the units of
 * the language, and years (y) of 365 days. What is not said of one thing holds as it is said of its
 * kind. */
#ifndef COMPILER_FAILURE_RATE_H
#define COMPILER_FAILURE_RATE_H

#include "compiler/arena.h"
#include "compiler/resolve.h"

struct failure_rate {
    const char *kind;
    const char *a;   /* ""; or the name of a server or volume */
    const char *b;   /* ""; or the other server of a link */
    int64_t mtbf_ms; /* 0: not said */
    int64_t mttr_ms;
};

struct failure_rates {
    struct failure_rate *rates; /* those of whole kinds first */
    size_t count;
};

/* Takes one option's text; mttr tells which option. Returns NULL, or a sentence, in the arena, that
 * says what is wrong. */
const char *failure_rate_take(struct failure_rates *rates, struct arena *arena, const char *text,
                              bool mttr);

/* After the last one, and with the topology at hand: fills in what holds for whole kinds, and drops
 * what only served for that. Returns NULL or a sentence as above. */
const char *failure_rates_complete(struct failure_rates *rates, struct arena *arena,
                                   const struct resolved *resolved);

#endif
