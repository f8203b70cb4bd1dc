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

/* ---- what they may do (rivals_acts.c) ---- */

/* One standby. */
struct rival {
    uint8_t state; /* enum failover_state */
    uint8_t linked;
    uint8_t wait;  /* runs */
    uint8_t hold;  /* runs */
    uint8_t disk;  /* what it carries is on disk */
    uint8_t claim; /* enum claim: of the other, by its last word */
    uint8_t heard; /* under which epoch, where that is on disk */
    uint8_t epoch; /* last claimed; 0: never */
    uint8_t known; /* the highest that is taken */
    uint8_t words; /* on their way to it */
    uint8_t kinds[RIVALS_WORDS_MAX];
    uint8_t epochs[RIVALS_WORDS_MAX];
};

/* Bytes throughout, so that two may be compared as they lie. */
struct rivals_site {
    struct rival rivals[RIVALS_STANDBYS];
    uint8_t joined; /* they see each other */
    uint8_t holder; /* standby + 1 that has the main's claim with its arbiter */
};

enum rivals_act {
    ACT_HEAR,
    ACT_LINK_LOST,
    ACT_LINK_UP,
    ACT_LEAVE,
    ACT_WAIT,
    ACT_SEEN_ELSEWHERE,
    ACT_HOLD,
    ACT_ON_DISK,
    ACT_ALL_BACK,
    ACT_ANSWER,
    ACT_START,
    ACT_STOP,
    ACT_RESTART,
    ACTS
};

struct rivals {
    const struct machine *machine;
    struct rivals_site site;
    uint32_t illegal; /* events without an answer */
};

bool rivals_may_happen(const struct rivals *rivals, uint32_t standby, enum rivals_act act);
void rivals_act_on(struct rivals *rivals, uint32_t standby, enum rivals_act act);
/* They lose sight of each other; they see each other again. */
void rivals_part(struct rivals *rivals);
void rivals_join(struct rivals *rivals);
/* After each of them: a claim is given back by whom it no longer concerns, and entered by who
 * carries without one; epochs are made comparable. */
void rivals_settle_claim(struct rivals *rivals);
void rivals_move_epochs_down(struct rivals_site *site);

/* ---- what both take from the table (rivals_table.c) ---- */

/* Whether it moves on an event in a state; in any state. */
bool rivals_moves(const struct machine *machine, uint8_t state, uint8_t event);
bool rivals_has_event(const struct machine *machine, uint8_t event);
/* Whether an effect starts the timer of a state; leaves the next epoch to the main (R30). */
bool rivals_starts_timer(uint8_t effect);
bool rivals_leaves_next_epoch(uint8_t effect);
/* What the end of that timer means. */
uint8_t rivals_elapsed(uint8_t state);

#endif
