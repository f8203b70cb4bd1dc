/* Within the host: what its two files share. host.c has the run, its bounds and its messages,
 * host_term.c the values and the terms. No other file of the project includes lua.h.
 */
#ifndef DSL_HOST_LUA_H
#define DSL_HOST_LUA_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "dsl/host.h"

#define HOST_FILES_MAX          256
#define TERM_METATABLE          "declaration" /* Lua's messages call a term so */
#define HOST_PENDING_MAX        1000 /* of more that nothing has used, the first are reported */
#define HOST_PENDING_NAME_BYTES 128

struct host_file {
    struct source source;
    bool done; /* else: being read */
};

/* A word that was called and that nothing has used since. */
struct host_pending {
    const struct word *word; /* NULL: it was used */
    struct place place;
    bool body;
    char name[HOST_PENDING_NAME_BYTES]; /* its first argument, cut short if need be */
};

struct host {
    struct host_run *run;
    lua_State *lua;
    struct arena *scratch; /* of the values of one declaration */
    struct host_file files[HOST_FILES_MAX];
    int file_count;
    size_t memory_bytes;
    long steps;
    size_t items; /* of the values of one declaration */
    struct host_pending pending[HOST_PENDING_MAX];
    size_t pending_count;
    bool partial;     /* an included file was not read */
    int unknown_line; /* of the last unknown word */
    bool reported;    /* why the run ended */
};

struct host *host_of(lua_State *L);

/* Where the author's code stands, seen from a level of the stack, and what called it there.
 * Allocates nothing: the signal handler calls it too. */
struct place host_place(lua_State *L, int level);

/* The same for a word that was called. Most stand in the main chunk of the only file there is, of
 * which Lua need not tell much. */
struct place host_word_place(lua_State *L);

/* The column of a token in a place, or 0. */
int host_column(const struct host *host, struct place place, const char *token);
/* Whether a field or an element of a list ends with it: see locate_ends_item. */
bool host_ends_item(const struct host *host, struct place place, const char *token);

/* Turns a message of Lua's, "3:12: text", into a diagnostic. thrown is where it was thrown. */
void host_report_message(struct host *host, enum diag_code code, const char *message,
                         struct place thrown);

/* Ends the run, which is reported, if it has declared too much. */
void host_check_room(struct host *host);

/* Puts the words of the run's file into the table at the top of the stack. */
void host_open_words(struct host *host);

/* Reports the terms that nothing has used. */
void host_report_pending(struct host *host);

#endif
