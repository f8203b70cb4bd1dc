/* Fields: fills the struct of a declaration from the table in its body, by the vocabulary, and
 * reports every field that does not fit. */
#ifndef DSL_FIELDS_H
#define DSL_FIELDS_H

#include "compiler/arena.h"
#include "compiler/diag.h"
#include "dsl/host.h"
#include "dsl/units.h"
#include "dsl/vocabulary.h"

/* Whose fields are filled, for messages and places: camera "lobby". */
struct fields_owner {
    struct arena *arena;
    struct diag *diag;
    const struct word *word;
    const char *name; /* "" if it has none */
    struct place place;
    const char **last_name; /* of another declaration, that a field held last: many cameras in a row
                               name one server. NULL: not kept */
};

/* camera "lobby" */
const char *fields_who(const struct fields_owner *owner);

/* The units of a quantity. */
enum unit_family fields_family(enum field_kind kind);

/* Sets what has a default. */
void fields_preset(const struct fields_owner *owner, void *record);

/* Takes the fields of a body; elements of it that have no key are left to the caller. Returns the
 * bits of the fields that were given. */
uint64_t fields_take(const struct fields_owner *owner, const struct value *body, void *record);

/* True if a name may become a part of a path; reports it otherwise. at says where. */
bool fields_name(const struct fields_owner *owner, const struct value *value, struct diag_at at);

/* Reads a quantity such as "20 s"; false if the value is none. */
bool fields_quantity(const struct value *value, enum field_kind kind, int64_t *number);

/* Reports a text or a number that is no quantity; `what` is who takes it: `failover "a":
 * hold_down`. */
void fields_report_quantity(const struct fields_owner *owner, const struct value *value,
                            enum field_kind kind, struct diag_at at, const char *what);

#endif
