#include "runtime/sim/history.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/sim/array.h"

void history_set(struct history *history, int64_t at_ms, uint8_t state)
{
    if (history->count > 0) {
        struct history_change *last = &history->changes[history->count - 1];
        assert(last->at_ms <= at_ms);
        if (last->state == state)
            return;
        if (last->at_ms == at_ms) {
            last->state = state;
            return;
        }
    }
    history->changes =
        array_grow(history->changes, history->count, &history->max, sizeof *history->changes);
    history->changes[history->count++] = (struct history_change){at_ms, state};
}

/* How many changes lie at at_ms or before. */
static size_t count_until(const struct history *history, int64_t at_ms)
{
    size_t low = 0;
    size_t high = history->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (history->changes[middle].at_ms <= at_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct history_change *change_at(const struct history *history, int64_t at_ms)
{
    assert(history->count > 0);
    const size_t count = count_until(history, at_ms);
    return &history->changes[count > 0 ? count - 1 : 0];
}

uint8_t history_at(const struct history *history, int64_t at_ms)
{
    return change_at(history, at_ms)->state;
}

int64_t history_since(const struct history *history, int64_t at_ms)
{
    return change_at(history, at_ms)->at_ms;
}

int64_t history_next(const struct history *history, int64_t at_ms)
{
    const size_t count = count_until(history, at_ms);
    return count < history->count ? history->changes[count].at_ms : INT64_MAX;
}

void history_forget(struct history *history, int64_t at_ms)
{
    if (history->count <= 1)
        return;
    const size_t count = count_until(history, at_ms);
    if (count <= 1)
        return;
    history->count -= count - 1;
    memmove(history->changes, history->changes + count - 1,
            history->count * sizeof *history->changes);
}

void history_free(struct history *history)
{
    free(history->changes);
    *history = (struct history){0};
}
