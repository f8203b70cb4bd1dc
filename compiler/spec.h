/* The specification of the machines: what every shape must answer in every cell, and why. The
 * emitter writes charts from it, the proof holds Ragel's result against it. The rows themselves are
 * in spec.def. */
#ifndef COMPILER_SPEC_H
#define COMPILER_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/machine.h"

/* One shape of a machine: its table, and which states and events exist in it. */
struct spec_shape {
    enum machine_kind kind;
    uint32_t features;
    int state_count; /* of the kind, whether in this shape or not */
    int event_count;
    bool has_state[MACHINE_STATES_MAX];
    bool has_event[MACHINE_EVENTS_MAX];
    struct machine_cell
        cells[MACHINE_STATES_MAX * MACHINE_EVENTS_MAX]; /* [state * event_count + event] */
};

/* Builds the shape of a kind under the given features (1 << enum machine_feature). Asserts that the
 * table is sound: one row a cell, effects within bounds, every state reachable. */
void spec_shape(struct spec_shape *shape, enum machine_kind kind, uint32_t features);

/* The features that matter to a kind; others make no shape of their own. */
uint32_t spec_features_of_kind(enum machine_kind kind);

/* Names of codes as in machine.h, and the symbols that C knows them by; the codes must be in range.
 */
const char *spec_kind_name(enum machine_kind kind);
const char *spec_kind_symbol(enum machine_kind kind);
const char *spec_state_name(enum machine_kind kind, int state);
const char *spec_state_symbol(enum machine_kind kind, int state);
const char *spec_event_name(enum machine_kind kind, int event);
const char *spec_event_symbol(enum machine_kind kind, int event);
const char *spec_effect_name(int effect);
const char *spec_effect_symbol(int effect);
const char *spec_feature_name(int feature);
const char *spec_feature_symbol(int feature);
const char *spec_verdict_name(int verdict);
const char *spec_verdict_symbol(int verdict);

/* Writes the name of a shape, its kind and then its features: "failover_queue_preroll". It is a
 * name in C too. */
#define SPEC_NAME_BYTES 128
void spec_shape_name(const struct spec_shape *shape, char name[static SPEC_NAME_BYTES]);

#endif
