/* Positions that are the same but for the names of what is alike get the same fingerprint.
 *
 * A fingerprint is a sum over all words that can change in a position: what each is, times a factor
 * of its place. So that of a renamed position needs no renamed position: the factors are those of
 * the places to which the words would be moved. The least over all ways to rename is the
 * fingerprint of all of them. The search goes on from the position that was reached, not from a
 * renamed one, so a trace is one that happens as it stands. */
#ifndef RUNTIME_SIM_EXPLORE_SYMMETRY_H
#define RUNTIME_SIM_EXPLORE_SYMMETRY_H

#include "runtime/sim/explore_alike.h"
#include "runtime/sim/explore_board.h"

struct symmetry {
    const struct board *board;
    struct alike alike;
    size_t
        first_box;  /* the words from here on are messages; those before are told apart by bytes */
    size_t end_box; /* and here engines begin */
    size_t first_holder; /* bytes: each names a server */
    size_t end_holder;
    uint64_t *word_factors[2];          /* [word * ways + way], for each half of a fingerprint */
    uint64_t *byte_factors[2];          /* [byte * ways + way] */
    uint64_t *box_factors[2];           /* [(box * BOARD_MESSAGES_MAX + message) * ways + way] */
    uint64_t *holder_mixes;             /* [(server + 1) * ways + way] */
    uint64_t starts[2][ALIKE_WAYS_MAX]; /* the sums of the position at the start */
    uint32_t *changes;                  /* words that the last move has changed, boxes apart */
    size_t change_count;
    uint64_t heres[2][ALIKE_WAYS_MAX]; /* and of the one that was unpacked last */
};

/* What a value adds to a sum, where its place makes the rest. */
static inline uint64_t symmetry_finish(uint64_t value)
{
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

static inline uint64_t symmetry_mix(uint64_t value)
{
    return symmetry_finish(value + 0x632be59bd9b4e019u);
}

/* With reduce = false only equal positions are the same. The board must stay, and be at its start.
 */
void symmetry_init(struct symmetry *symmetry, const struct board *board, bool reduce);
void symmetry_free(struct symmetry *symmetry);

/* The fingerprint of the board's position, which is packed as well. */
void symmetry_fingerprint(const struct symmetry *symmetry, const uint8_t *packed, size_t size,
                          uint64_t fingerprint[static 2]);

/* The same of a position to which a move leads from the one that was unpacked: only what the move
 * has changed is looked at. symmetry_stand comes after board_unpack. */
void symmetry_stand(struct symmetry *symmetry, const uint8_t *packed, size_t size);
void symmetry_follow(struct symmetry *symmetry, uint64_t fingerprint[static 2]);

#endif
