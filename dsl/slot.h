/* Slots: one field of a record, filled from one value by the kind of the field. What does not fit
 * is reported. */
#ifndef DSL_SLOT_H
#define DSL_SLOT_H

#include "dsl/fields.h"

struct slot {
    const struct fields_owner *owner;
    const struct field *field;
    const char *path; /* "capacity.network" */
    void *record;
};

/* Fills it; any kind but a table. */
void slot_take(const struct slot *slot, const struct value *value);

/* Reports that the value is of another kind than the field takes, unless it was reported. */
void slot_misfit(const struct slot *slot, const struct value *value);

/* The place of a value in the slot; NULL: of the field. */
struct diag_at slot_at(const struct slot *slot, const char *value);

/* camera "lobby": rate */
const char *slot_what(const struct slot *slot);

/* A value as it may stand in the source, to be found there, or NULL. */
const char *slot_written(const struct value *value);

#endif
