/* The host: runs a topology or an outage file as sandboxed Lua and hands over what it declares as
 * plain values. The one header through which Lua is reached, and host.c the one file that includes
 * lua.h.
 *
 * The sandbox: source text only, no bytecode; an environment of its own with the vocabulary and a
 * small part of Lua's library (prelude.h); bounds on memory and on instructions here, on processor
 * time by the child process it runs in (child.h).
 */
#ifndef DSL_HOST_H
#define DSL_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler/arena.h"
#include "compiler/diag.h"
#include "dsl/source.h"
#include "dsl/vocabulary.h"

#define HOST_TIME_S 5 /* processor time for one topology, and one more for each 16 MiB of it */

enum value_kind {
    VALUE_TEXT,
    VALUE_NUMBER,
    VALUE_TRUTH,
    VALUE_TABLE,
    VALUE_TERM,
    VALUE_OTHER,   /* nothing that a field takes; text names it: "a function" */
    VALUE_INVALID, /* was reported already */
};

struct term;

/* One value, as the file gave it. Valid during the call that hands it over. */
struct value {
    enum value_kind kind;
    const char *key;  /* in a table: the field's name; NULL: an element of a list */
    const char *text; /* of a text; of a number as Lua writes it */
    size_t bytes;     /* of the text: it may hold NULs */
    int64_t integer;  /* of a whole number */
    bool whole;
    bool truth;
    const struct value *items; /* of a table: its elements in order, then its fields */
    size_t count;
    const struct term *term;
};

/* A word with its arguments and its body: server "alpha" { ... } */
struct term {
    const struct word *word;
    struct place place;
    struct value args[3];
    const struct value *body; /* a table; NULL: none was given */
};

/* One run; lies in an arena, so that the parent sees what the child left in it. */
struct host_run {
    enum word_file file;
    const struct source *source;
    struct arena *arena; /* of the result */
    struct diag *diag;
    void (*declare)(void *reader, const struct term *term);
    void *reader;
    bool partial; /* true before the run, and after it if not all was read, which was reported then
                   */
    bool stopped; /* stopped_at was set when a bound was hit */
    struct place stopped_at;
};

/* Runs a file; everything wrong is reported. In a child process only: it may end the process at the
 * bound of time, after it has set stopped_at. */
void host_run(struct host_run *run);

#endif
