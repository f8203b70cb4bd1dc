#include "tests/camera/sequence.h"

#include <assert.h>
#include <stdlib.h>

static struct sequence_jump judge(const struct counter *from, const struct counter *to, size_t file)
{
    struct sequence_jump jump = {.from = *from, .to = *to, .file = file};
    if (from->camera != to->camera || from->length != to->length) {
        jump.foreign = true;
        return jump;
    }
    int32_t step = counter_step(from->frame, to->frame, to->length);
    if (step > 1)
        jump.missing = (uint32_t)step - 1;
    if (step < 1)
        jump.doubled = (uint32_t)(1 - step);
    return jump;
}

static bool append(struct sequence *sequence, const struct sequence_jump *jump)
{
    if (sequence->jump_count == sequence->jump_room) {
        size_t room = sequence->jump_room * 2 + 16;
        struct sequence_jump *jumps = realloc(sequence->jumps, room * sizeof *jumps);
        if (!jumps)
            return false;
        sequence->jumps = jumps;
        sequence->jump_room = room;
    }
    sequence->jumps[sequence->jump_count++] = *jump;
    return true;
}

static void count(struct sequence_tally *tally, const struct counter *counter,
                  const struct sequence_jump *jump)
{
    if (tally->frames == 0)
        tally->first = *counter;
    else if (jump) {
        tally->missing += jump->missing;
        tally->doubled += jump->doubled;
    }
    tally->last = *counter;
    tally->frames++;
}

bool sequence_take(struct sequence *sequence, struct sequence_tally *tally, size_t file,
                   const struct counter *counter)
{
    assert(counter->frame < counter->length);
    struct sequence_jump jump = {0};
    bool jumps = false;
    if (sequence->all.frames > 0) {
        jump = judge(&sequence->all.last, counter, file);
        jumps = jump.missing || jump.doubled || jump.foreign;
    }
    count(tally, counter, jumps ? &jump : NULL);
    count(&sequence->all, counter, jumps ? &jump : NULL);
    return !jumps || append(sequence, &jump);
}

void sequence_unreadable(struct sequence *sequence, struct sequence_tally *tally, uint64_t count)
{
    tally->unreadable += count;
    sequence->all.unreadable += count;
}

bool sequence_is_continuous(const struct sequence *sequence)
{
    return sequence->all.frames > 0 && sequence->all.unreadable == 0 && sequence->jump_count == 0;
}

void sequence_free(struct sequence *sequence)
{
    free(sequence->jumps);
    *sequence = (struct sequence){0};
}
