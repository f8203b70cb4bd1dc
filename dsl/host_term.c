#include "dsl/host_lua.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define HOST_DEPTH_MAX 8       /* of tables in tables: a table may hold itself */
#define HOST_ITEMS_MAX 2000000 /* in one declaration */

/* A term in Lua: full userdata with its arguments and its body as user values. */
struct host_term {
    const struct word *word; /* NULL: was reported, whatever is done with it */
    struct place place;
    bool body;
    bool used;
};

#define TERM_BODY   4 /* user value; the arguments are 1 to 3 */
#define TERM_VALUES 4

/* In the registry, by address: the terms that nothing has used yet. */
static char pending_key;

/* ---- values ---- */

static void host_value(struct host *host, int index, int depth, struct value *value);
static bool host_term_view(struct host *host, int index, int depth, struct term *term);

static const char *host_copy_key(struct host *host, int index)
{
    lua_State *L = host->lua;
    if (lua_type(L, index) == LUA_TSTRING) {
        return lua_tostring(L, index); /* a NUL in it ends it: no field is named so */
    }
    if (lua_isinteger(L, index)) {
        return arena_format(host->scratch, "[%lld]", (long long)lua_tointeger(L, index));
    }
    return arena_format(host->scratch, "[a %s]", luaL_typename(L, index));
}

static bool host_is_element(lua_State *L, int index, lua_Integer length)
{
    return lua_isinteger(L, index) && lua_tointeger(L, index) >= 1 &&
           lua_tointeger(L, index) <= length;
}

/* Fills the elements in order, then the fields in whatever order Lua has them. */
static void host_table(struct host *host, int index, int depth, struct value *value)
{
    lua_State *L = host->lua;
    luaL_checkstack(L, 4, "tables are nested too deeply");
    lua_Integer length = (lua_Integer)lua_rawlen(L, index);
    size_t count = (size_t)length;
    for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
        count += !host_is_element(L, -2, length);
    }
    host->items += count;
    if (host->items > HOST_ITEMS_MAX || depth > HOST_DEPTH_MAX) {
        value->kind = VALUE_OTHER;
        value->text = depth > HOST_DEPTH_MAX ? "a table nested too deeply, or within itself"
                                             : "a table with too much in it";
        return;
    }
    struct value *items = arena_alloc(host->scratch, (count + 1) * sizeof *items);
    size_t filled = 0;
    for (lua_Integer i = 1; i <= length; i++) {
        lua_rawgeti(L, index, i);
        host_value(host, lua_gettop(L), depth + 1, &items[filled++]);
        lua_pop(L, 1);
    }
    for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
        if (!host_is_element(L, -2, length)) {
            items[filled].key = host_copy_key(host, lua_gettop(L) - 1);
            host_value(host, lua_gettop(L), depth + 1, &items[filled++]);
        }
    }
    assert(filled == count);
    value->kind = VALUE_TABLE;
    value->items = items;
    value->count = count;
}

static void host_number(struct host *host, int index, struct value *value)
{
    lua_State *L = host->lua;
    int whole;
    value->kind = VALUE_NUMBER;
    value->integer = lua_tointegerx(L, index, &whole);
    value->whole = whole != 0;
    value->text = whole ? arena_format(host->scratch, "%lld", (long long)value->integer)
                        : arena_format(host->scratch, "%.14g", lua_tonumber(L, index));
    value->bytes = strlen(value->text);
}

/* Views the value at an index of the stack; its key is left as it is. */
static void host_value(struct host *host, int index, int depth, struct value *value)
{
    lua_State *L = host->lua;
    int type = lua_type(L, index);
    if (type == LUA_TSTRING) {
        value->kind = VALUE_TEXT;
        value->text = lua_tolstring(L, index, &value->bytes);
    } else if (type == LUA_TNUMBER) {
        host_number(host, index, value);
    } else if (type == LUA_TBOOLEAN) {
        value->kind = VALUE_TRUTH;
        value->truth = lua_toboolean(L, index) != 0;
    } else if (type == LUA_TTABLE) {
        host_table(host, index, depth, value);
    } else if (type == LUA_TUSERDATA) {
        struct term *term = arena_alloc(host->scratch, sizeof *term);
        value->kind = host_term_view(host, index, depth, term) ? VALUE_TERM : VALUE_INVALID;
        value->term = term;
    } else {
        value->kind = VALUE_OTHER;
        value->text = type == LUA_TNIL ? "nothing" : "a function";
    }
}

/* ---- terms ---- */

/* A term that nothing has used yet; what is left of them in the end was written in vain. */
static void host_pend(lua_State *L, int index, bool pending)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &pending_key);
    lua_pushvalue(L, index);
    if (pending) {
        lua_pushboolean(L, 1);
    } else {
        lua_pushnil(L);
    }
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

/* Views a term, which is then used. False if it was reported when it was made. */
static bool host_term_view(struct host *host, int index, int depth, struct term *term)
{
    lua_State *L = host->lua;
    luaL_checkstack(L, TERM_VALUES + 4, "tables are nested too deeply");
    struct host_term *made = lua_touserdata(L, index);
    if (made->word == NULL) {
        return false;
    }
    made->used = true;
    host_pend(L, index, false);
    term->word = made->word;
    term->place = made->place;
    for (int i = 0; i < made->word->args; i++) {
        lua_getiuservalue(L, index, i + 1);
        host_value(host, lua_gettop(L), depth + 1, &term->args[i]);
        lua_pop(L, 1); /* the term itself keeps it alive */
    }
    if (made->body) {
        struct value *body = arena_alloc(host->scratch, sizeof *body);
        lua_getiuservalue(L, index, TERM_BODY);
        host_value(host, lua_gettop(L), depth + 1, body);
        lua_pop(L, 1);
        term->body = body;
    }
    return true;
}

static struct host_term *host_new_term(lua_State *L, const struct word *word, struct place place)
{
    struct host_term *term = lua_newuserdatauv(L, sizeof *term, TERM_VALUES);
    *term = (struct host_term){.word = word, .place = place};
    luaL_setmetatable(L, TERM_METATABLE);
    return term;
}

/* Hands over a complete declaration; the term is at the top of the stack. */
static void host_declare(struct host *host)
{
    struct term term = {0};
    host->items = 0;
    if (host_term_view(host, lua_gettop(host->lua), 0, &term)) {
        host->run->declare(host->run->reader, &term);
    }
    arena_reset(host->scratch);
}

static int host_misused(lua_State *L, const struct word *word, struct place place)
{
    struct host *host = host_of(L);
    struct diag_at at = {.place = place, .column = host_column(host, place, word->name)};
    diag_report(host->run->diag, DIAG_E108, at, NULL, "\"%s\" is written %s", word->name,
                word->form);
    host_new_term(L, NULL, place);
    return 1;
}

/* term { ... } gives a term its body. */
static int host_term_call(lua_State *L)
{
    struct host *host = host_of(L);
    struct host_term *term = luaL_checkudata(L, 1, TERM_METATABLE);
    if (term->word == NULL) {
        lua_settop(L, 1);
        return 1;
    }
    if (lua_gettop(L) != 2 || lua_type(L, 2) != LUA_TTABLE || !term->word->body || term->body ||
        term->used) {
        host_pend(L, 1, false);
        return host_misused(L, term->word, host_place(L, 1));
    }
    lua_setiuservalue(L, 1, TERM_BODY);
    term->body = true;
    if (term->word->kind == WORD_DECLARATION) {
        host_declare(host);
        return 0;
    }
    return 1;
}

/* A word is called: word "name", word("a", "b"), word { ... } */
static int host_word(lua_State *L)
{
    const struct word *word = lua_touserdata(L, lua_upvalueindex(1));
    struct host *host = host_of(L);
    struct place place = host_place(L, 1);
    int given = lua_gettop(L);
    bool fits = given == (word->args > 0 ? word->args : 1);
    for (int i = 1; fits && i <= given; i++) {
        int type = lua_type(L, i);
        bool number = word->kind == WORD_RANGE && i > 1;
        fits = type == (word->args == 0 ? LUA_TTABLE : number ? LUA_TNUMBER : LUA_TSTRING);
    }
    if (!fits) {
        if (given >= 1 && lua_type(L, 1) == LUA_TUSERDATA) { /* server(servr) is reported once */
            lua_settop(L, 1);
            return 1;
        }
        return host_misused(L, word, place);
    }
    struct host_term *term = host_new_term(L, word, place);
    for (int i = 1; i <= given; i++) {
        lua_pushvalue(L, i);
        lua_setiuservalue(L, -2, word->args > 0 ? i : TERM_BODY);
    }
    term->body = word->args == 0;
    if (term->body && word->kind == WORD_DECLARATION) {
        host_declare(host);
        return 0;
    }
    host_pend(L, lua_gettop(L), true);
    return 1;
}

/* What is not in the environment was mistyped. It gives a term that swallows what follows, so that
 * the run goes on. */
static int host_unknown(lua_State *L)
{
    struct host *host = host_of(L);
    struct place place = host_place(L, 1);
    if (lua_type(L, 2) != LUA_TSTRING) {
        return luaL_error(L, "the environment has names only");
    }
    const char *name = lua_tostring(L, 2);
    enum word_file other = host->run->file == FILE_TOPOLOGY ? FILE_OUTAGE : FILE_TOPOLOGY;
    struct diag_nearest nearest = {.wanted = name};
    for (const struct word *word = vocabulary; word->name != NULL; word++) {
        if (word->file == host->run->file) {
            diag_offer(&nearest, word->name);
        }
    }
    const char *hint = diag_suggestion(host->run->diag, &nearest);
    if (hint == NULL && vocabulary_find(other, name) != NULL) {
        hint = other == FILE_OUTAGE ? "this word belongs in an outage file"
                                    : "this word belongs in a topology file";
    }
    struct diag_at at = {.place = place, .column = host_column(host, place, name)};
    host->unknown_line = place.line;
    diag_report(host->run->diag, DIAG_E103, at, hint, "unknown word \"%s\"", name);
    host_new_term(L, NULL, place);
    return 1;
}

void host_report_pending(struct host *host)
{
    lua_State *L = host->lua;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &pending_key);
    for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
        const struct host_term *left = lua_touserdata(L, -2);
        lua_getiuservalue(L, -2, 1);
        const char *name = left->word->args > 0 ? lua_tostring(L, -1) : NULL;
        struct diag_at at = {.place = left->place, .name = name};
        bool bodyless = left->word->body && !left->body;
        diag_report(host->run->diag, DIAG_E107, at, NULL,
                    bodyless ? "%s \"%s\" has no body; it is written %s"
                             : "%s \"%s\" stands for nothing here; it is written %s",
                    left->word->name, name == NULL ? "" : name, left->word->form);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

void host_open_words(struct host *host)
{
    lua_State *L = host->lua;
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &pending_key);
    luaL_newmetatable(L, TERM_METATABLE);
    lua_pushcfunction(L, host_term_call);
    lua_setfield(L, -2, "__call");
    lua_pop(L, 1);
    for (const struct word *word = vocabulary; word->name != NULL; word++) {
        if (word->file == host->run->file) {
            lua_pushlightuserdata(L, (void *)(uintptr_t)word);
            lua_pushcclosure(L, host_word, 1);
            lua_setfield(L, -2, word->name);
        }
    }
    lua_newtable(L);
    lua_pushcfunction(L, host_unknown);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}
