/* One main and its two standbys (R23, R24, R30) as a model that two programs can explore: the
 * failover machine of a deployment, as its table says, once for each standby, in an environment
 * that does whatever it may. What the model has besides is links, waits, the words of the standbys
 * to each other with the epochs that they carry, and the arbiter that one of them asks for the
 * main's claim. As in tests/spin/model.h the table is all that is taken from Understudy.
 *
 * Epochs are numbers of which only order and differences matter: they are moved down together. A
 * standby that knows of one above RIVALS_EPOCH_MAX does nothing until it has heard more, so that
 * there are finitely many. */
#ifndef TESTS_SPIN_RIVALS_H
#define TESTS_SPIN_RIVALS_H

#include "tests/spin/model.h"

#define RIVALS_WORDS_MAX 3 /* on their way to one standby: an act says two at most */
#define RIVALS_EPOCH_MAX 6

enum { RIVALS_STANDBYS = 2, RIVALS_WRITERS = RIVALS_STANDBYS + 1 }; /* the main writes as well */

/* What a standby knows of the other, by its last word. */
enum claim { RIVALS_NONE, RIVALS_MADE, RIVALS_ON_DISK };
enum word { WORD_CLAIM, WORD_CARRY, WORD_LET_GO, WORD_FORBID };

/* Explores all states, at most so many. */
void rivals_explore(const struct machine *machine, uint64_t state_max, struct model_counts *counts);

/* Writes the same model in Promela (rivals_promela.c). */
void rivals_write_promela(const struct machine *machine, FILE *out);

/* ---- what both take from the table ---- */

/* Whether it moves on an event in a state; in any state. */
bool rivals_moves(const struct machine *machine, uint8_t state, uint8_t event);
bool rivals_has_event(const struct machine *machine, uint8_t event);
/* Whether an effect starts the timer of a state; leaves the next epoch to the main (R30). */
bool rivals_starts_timer(uint8_t effect);
bool rivals_leaves_next_epoch(uint8_t effect);
/* What the end of that timer means. */
uint8_t rivals_elapsed(uint8_t state);

#endif
