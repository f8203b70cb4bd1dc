/* The vocabulary: every word of the language and every field, as data. Constructors, checks of
 * values, messages and the reference page (`understudy words`) all come from it; a new field is a
 * new row.
 */
#ifndef DSL_VOCABULARY_H
#define DSL_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a field takes. */
enum field_kind {
    FIELD_TEXT,
    FIELD_NAME,     /* of a declaration of the word `refers` */
    FIELD_NAMES,    /* a list of them */
    FIELD_TEXTS,    /* a list of texts */
    FIELD_PROGRAM,  /* the path of a program, or a list of it and its arguments */
    FIELD_CHOICES,  /* a list of some of `choices` */
    FIELD_OBJECTS,  /* "all", or a list of names, or range() */
    FIELD_DURATION, /* int64_t milliseconds */
    FIELD_SIZE,     /* int64_t bytes */
    FIELD_RATE,     /* int64_t bits per second */
    FIELD_INTEGER,  /* int64_t */
    FIELD_TRUTH,    /* bool */
    FIELD_CHOICE,   /* one of `choices` */
    FIELD_TABLE,    /* fields in a field */
};

/* One field. Bit n of a declaration's `set` is row n of its word. */
struct field {
    const char *name;
    enum field_kind kind;
    bool required;
    size_t offset; /* in the struct of the word */
    const char *refers;
    const char *preset; /* the default, as an author would write it; NULL: none */
    int64_t least;      /* limits of numbers and quantities; both 0: no limits but >= 0 */
    int64_t most;
    int64_t step; /* > 1: only multiples of it; step_text says so */
    const char *step_text;
    size_t bytes_max;           /* of a text, with its final NUL */
    const char *choices;        /* "auto manual" */
    const struct field *fields; /* of a table; ended by a row without a name */
    const char *doc;
};

enum word_kind {
    WORD_DECLARATION, /* stands for itself at the top level: server "a" {...} */
    WORD_AT,          /* at "10 s" { acts } */
    WORD_EXPECT,      /* expect { expectations } */
    WORD_EXPECTATION, /* gap "lobby" {...} */
    WORD_ACT,         /* fail "alpha" */
    WORD_RANGE,       /* range("gate-", 1, 6) */
};

enum word_file { FILE_TOPOLOGY, FILE_OUTAGE };

struct word {
    const char *name;
    enum word_kind kind;
    enum word_file file;
    int args;            /* how many it takes before its body */
    bool body;           /* { ... } follows */
    int code;            /* the kind of an act or of an expectation, as in the model */
    int target;          /* of an act: enum act_target */
    size_t size;         /* of its struct; of a topology's declaration also: */
    size_t array_offset; /* of its array in struct model */
    size_t count_offset;
    size_t count_max;
    const struct field *fields; /* ended by a row without a name */
    const char *form;           /* "server \"NAME\" { ... }" */
    const char *doc;
};

/* All words, ended by one without a name. */
extern const struct word vocabulary[];

const struct word *vocabulary_find(enum word_file file, const char *name);

/* The row of a field, or NULL. */
const struct field *vocabulary_field(const struct field *fields, const char *name);

#endif
