/* Diagnostics: collected during a run, printed in order of place, once each:
 *
 *     site.lua:12:5: error: camera "gate-1": unknown server "alpah" [E201]
 *       camera "gate-1" { server = "alpah", url = "rtsp://10.0.1.21/s" }
 *                                  ^
 *     hint: did you mean "alpha"?
 *
 * A diagnostic names a declaration and, where it can, a field of it and an element of that field;
 * the column comes from the field locator of the dsl, which reads the source again when something
 * is printed.
 */
#ifndef COMPILER_DIAG_H
#define COMPILER_DIAG_H

#include <stdbool.h>
#include <stdio.h>

#include "compiler/arena.h"
#include "compiler/model.h"

/* X(code, "what `understudy explain` says"): E1.. reading, E2.. meaning, E3.. outage files, E4..
 * not there yet, W2.. warnings about the meaning, W3.. about an outage, N2..
 * notes (check.h) */
#include "compiler/diag_codes.h"

#define X(code, text) DIAG_##code,
enum diag_code { DIAG_CODES(X) DIAG_CODE_COUNT };
#undef X

/* Where: a declaration, and optionally a field of it ("capacity.network" for a field in a field),
 * and the value in the field that is at fault (an element of a list). column > 0 says it outright
 * (a syntax error). */
struct diag_at {
    struct place place;
    const char *name;
    const char *field;
    const char *value;
    const char *word; /* the one before the value, where several words of a line take it */
    int column;
};

struct diag;

struct diag *diag_new(struct arena *arena);

/* Reports; hint may be NULL. Texts are copied. Same place and text twice is kept once. */
__attribute__((format(printf, 5, 6))) void diag_report(struct diag *diag, enum diag_code code,
                                                       struct diag_at at, const char *hint,
                                                       const char *format, ...);

int diag_error_count(const struct diag *diag);
int diag_warning_count(const struct diag *diag);

/* The known name that is nearest to a misspelt one, for a hint: start with {.wanted = "alpah"},
 * offer every candidate, then best is the nearest that is near enough, or NULL. */
struct diag_nearest {
    const char *wanted;
    const char *best;
    size_t distance;
};
void diag_offer(struct diag_nearest *nearest, const char *candidate);

/* `did you mean "alpha"?` in the arena, or NULL if nothing is near. */
const char *diag_suggestion(struct diag *diag, const struct diag_nearest *nearest);

/* Finds line and column of a field in a source file; given by the dsl. Returns false if it cannot
 * tell. */
typedef bool diag_locate(const char *file, const struct diag_at *at, int *line, int *column);

/* Prints all of them in order of place, for people. */
void diag_print(struct diag *diag, FILE *to, diag_locate *locate);

/* The same as an array of JSON objects for `check --json`, only errors or only warnings. Caller
 * owns the result. */
struct json_t *diag_json(struct diag *diag, bool errors, diag_locate *locate);

/* "E201" */
const char *diag_name(enum diag_code code);

/* `understudy explain CODE`: the code's text, or NULL if there is none of that name; in either
 * case of letters, name is set to the one in use ("E201"). */
const char *diag_explain(const char *code, const char **name);

#endif
