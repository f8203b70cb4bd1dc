/* A history: the states of one thing over time. */
#ifndef RUNTIME_SIM_HISTORY_H
#define RUNTIME_SIM_HISTORY_H

#include <stddef.h>
#include <stdint.h>

struct history_change {
    int64_t at_ms;
    uint8_t state; /* from at_ms on */
};

struct history {
    struct history_change *changes; /* in order of time */
    size_t count;
    size_t max;
};

/* The state is this one from at_ms on; at_ms is never before the last change. */
void history_set(struct history *history, int64_t at_ms, uint8_t state);

/* The state at a moment; that of the first change before it. The history is not empty. */
uint8_t history_at(const struct history *history, int64_t at_ms);

/* The moment of the first change after at_ms, or INT64_MAX. */
int64_t history_next(const struct history *history, int64_t at_ms);

/* When the state that holds at at_ms began. */
int64_t history_since(const struct history *history, int64_t at_ms);

/* Forgets the changes before the one that made the state at at_ms. */
void history_forget(struct history *history, int64_t at_ms);

void history_free(struct history *history);

#endif
