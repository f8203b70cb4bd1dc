/* The proof: Ragel's result is held against the specification, every state x every symbol, before
 * anything is written. Ragel accepts a wrong chart without a word (two moves for one event, a state
 * that nothing reaches, an event without an answer); here each of them is found. */
#ifndef COMPILER_PROOF_H
#define COMPILER_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler/spec.h"
#include "runtime/limits.h"

struct proof {
    uint8_t ragel_state[MACHINE_STATES_MAX]; /* Ragel's number of each state, 0 for absent ones */
    unsigned states;
    unsigned cells; /* compared: states x 256 symbols */
};

/* Compares Ragel's XML with the shape: targets, and actions in their order. On a difference returns
 * false and writes to error what it is. */
bool proof_check(const struct spec_shape *shape, const char *xml, size_t size, struct proof *proof,
                 char error[static TEXT_BYTES_MAX]);

#endif
