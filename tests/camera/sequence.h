/* Whether recorded frames follow each other: judges counters one by one, over any number of files.
 */
#ifndef TESTS_CAMERA_SEQUENCE_H
#define TESTS_CAMERA_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/camera/counter.h"

/* A place where the next frame is not the following one. */
struct sequence_jump {
    struct counter from, to;
    uint32_t missing; /* frames that are not there */
    uint32_t doubled; /* frames that are there again */
    bool foreign;     /* another camera's footage, or another clip's: nothing can be counted */
    size_t file;      /* the number of the file that `to` is in */
};

/* What was found, of a file or of all. A step between two files counts in neither of them, only in
 * all. */
struct sequence_tally {
    uint64_t frames; /* readable ones */
    uint64_t missing, doubled, unreadable;
    struct counter first, last; /* of the readable frames, if there are any */
};

struct sequence {
    struct sequence_tally all;
    struct sequence_jump *jumps;
    size_t jump_count, jump_room;
};

/* Takes the next readable frame of a file into its tally and the sequence. False where memory ran
 * out. */
bool sequence_take(struct sequence *sequence, struct sequence_tally *tally, size_t file,
                   const struct counter *counter);

/* Notes frames of which the counter could not be read. */
void sequence_unreadable(struct sequence *sequence, struct sequence_tally *tally, uint64_t count);

/* Whether there are frames, all are readable, and each follows the one before. */
bool sequence_is_continuous(const struct sequence *sequence);

void sequence_free(struct sequence *sequence);

#endif
