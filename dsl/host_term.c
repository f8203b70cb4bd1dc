#include "dsl/host_lua.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define HOST_DEPTH_MAX 8       /* of tables in tables: a table may hold itself */
#define HOST_ITEMS_MAX 2000000 /* in one declaration */

/* A term in Lua: full userdata with its arguments as user values, and then its body, unless that is
 * handed on at once. */
struct host_term {
    const struct word *word; /* NULL: was reported, whatever is done with it */
    struct place place;
    size_t pending; /* its place among those that nothing has used yet; 0: it has none */
    bool used;
    bool body;
};

/* In the registry: the metatable of terms. */
enum { REGISTRY_METATABLE = 100 };

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

/* Makes room for one more value. */
static struct value *host_item(struct host *host, struct value *table, struct value **items,
                               size_t *room)
{
    if (table->count == *room) {
        struct value *larger = arena_alloc(host->scratch, 2 * *room * sizeof *larger);
        memcpy(larger, *items, *room * sizeof *larger);
        *items = larger;
        *room *= 2;
    }
    return &(*items)[table->count++];
}

/* Fills the elements in order, then the fields in whatever order Lua has them. */
static void host_items(struct host *host, int index, int depth, struct value *table)
{
    lua_State *L = host->lua;
    lua_Integer length = (lua_Integer)lua_rawlen(L, index);
    size_t room = (size_t)length + 8;
    struct value *items = arena_alloc(host->scratch, room * sizeof *items);
    for (lua_Integer i = 1; i <= length; i++) {
        lua_rawgeti(L, index, i);
        host_value(host, lua_gettop(L), depth + 1, &items[table->count++]);
        lua_pop(L, 1);
    }
    int key = lua_gettop(L) + 1;
    for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
        if (length > 0 && host_is_element(L, key, length)) {
            continue;
        }
        if (++host->items > HOST_ITEMS_MAX) {
            lua_pop(L, 2);
            table->kind = VALUE_OTHER;
            break;
        }
        struct value *item = host_item(host, table, &items, &room);
        item->key = host_copy_key(host, key);
        host_value(host, key + 1, depth + 1, item);
    }
    table->items = items;
}

static void host_table(struct host *host, int index, int depth, struct value *value)
{
    luaL_checkstack(host->lua, 4, "tables are nested too deeply");
    host->items += lua_rawlen(host->lua, index);
    value->kind = VALUE_TABLE;
    if (depth <= HOST_DEPTH_MAX && host->items <= HOST_ITEMS_MAX) {
        host_items(host, index, depth, value);
    } else {
        value->kind = VALUE_OTHER;
    }
    if (value->kind == VALUE_OTHER) {
        value->text = depth > HOST_DEPTH_MAX ? "a table nested too deeply, or within itself"
                                             : "a table with too much in it";
    }
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

/* A term that nothing has used yet; what is left of them in the end was written in vain. They stand
 * in a list, mostly one of one: a word is followed by its body. */
static void host_pend(struct host *host, struct host_term *term, const char *name)
{
    if (host->pending_count == HOST_PENDING_MAX) {
        return;
    }
    struct host_pending *pending = &host->pending[host->pending_count++];
    pending->word = term->word;
    pending->place = term->place;
    pending->body = term->body;
    pending->name[0] = '\0';
    strncat(pending->name, name, sizeof pending->name - 1);
    term->pending = host->pending_count;
}

static void host_use(struct host *host, struct host_term *term)
{
    term->used = true;
    if (term->pending > 0) {
        host->pending[term->pending - 1].word = NULL;
        while (host->pending_count > 0 && host->pending[host->pending_count - 1].word == NULL) {
            host->pending_count--;
        }
        term->pending = 0;
    }
}

/* Views a term, which is then used. False if it was reported when it was made. */
static bool host_term_view(struct host *host, int index, int depth, struct term *term)
{
    lua_State *L = host->lua;
    luaL_checkstack(L, 8, "tables are nested too deeply");
    struct host_term *made = lua_touserdata(L, index);
    if (made->word == NULL) {
        return false;
    }
    host_use(host, made);
    term->word = made->word;
    term->place = made->place;
    for (int i = 0; i < made->word->args; i++) {
        lua_getiuservalue(L, index, i + 1);
        host_value(host, lua_gettop(L), depth + 1, &term->args[i]);
        lua_pop(L, 1); /* the term itself keeps it alive */
    }
    if (made->body) {
        struct value *body = arena_alloc(host->scratch, sizeof *body);
        lua_getiuservalue(L, index, made->word->args + 1);
        host_value(host, lua_gettop(L), depth + 1, body);
        lua_pop(L, 1);
        term->body = body;
    }
    return true;
}

static struct host_term *host_new_term(lua_State *L, const struct word *word, struct place place)
{
    bool handed_on = word != NULL && word->kind == WORD_DECLARATION && word->args > 0;
    int values = word == NULL ? 0 : word->args + (word->body && !handed_on);
    struct host_term *term = lua_newuserdatauv(L, sizeof *term, values);
    *term = (struct host_term){.word = word, .place = place};
    lua_rawgeti(L, LUA_REGISTRYINDEX, REGISTRY_METATABLE);
    lua_setmetatable(L, -2);
    return term;
}

/* Hands over a complete declaration: the term is at an index of the stack, and its body at another
 * one, or in the term if body is 0. */
static void host_declare(struct host *host, int index, int body)
{
    struct term term = {0};
    struct value given = {0};
    host->items = 0;
    bool sound = host_term_view(host, index, 0, &term);
    if (sound && body > 0) {
        host_value(host, body, 1, &given);
        term.body = &given;
    }
    if (sound) {
        host->run->declare(host->run->reader, &term);
    }
    arena_reset(host->scratch);
    host_check_room(host);
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
    struct host_term *term = lua_touserdata(L, 1); /* nothing else has this metamethod */
    assert(term != NULL);
    if (term->word == NULL) {
        lua_settop(L, 1);
        return 1;
    }
    if (lua_gettop(L) != 2 || lua_type(L, 2) != LUA_TTABLE || !term->word->body || term->body ||
        term->used) {
        host_use(host, term);
        return host_misused(L, term->word, host_place(L, 1));
    }
    if (term->word->kind == WORD_DECLARATION) {
        host_declare(host, 1, 2);
        return 0;
    }
    term->body = true;
    if (term->pending > 0) {
        host->pending[term->pending - 1].body = true;
    }
    lua_setiuservalue(L, 1, term->word->args + 1);
    return 1;
}

/* A word is called: word "name", word("a", "b"), word { ... } */
static int host_word(lua_State *L)
{
    const struct word *word = lua_touserdata(L, lua_upvalueindex(1));
    struct host *host = host_of(L);
    struct place place = host_word_place(L);
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
        lua_setiuservalue(L, -2, i);
    }
    term->body = word->args == 0;
    if (term->body && word->kind == WORD_DECLARATION) {
        host_declare(host, lua_gettop(L), 0);
        return 0;
    }
    host_pend(host, term, word->args > 0 ? lua_tostring(L, 1) : "");
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
    const char *hint = vocabulary_find(host->run->file, name) != NULL
                           ? "the file itself has set it to nil"
                           : diag_suggestion(host->run->diag, &nearest);
    if (hint == NULL && vocabulary_find(other, name) != NULL) {
        hint = other == FILE_OUTAGE ? "this word belongs in an outage file"
                                    : "this word belongs in a topology file";
    }
    struct diag_at at = {.place = place, .column = host_column(host, place, name)};
    if (hint == NULL && host_ends_item(host, place, name)) {
        hint = arena_format(host->run->arena, "if that is a name, write it in quotes: \"%.63s\"",
                            name);
    }
    host->unknown_line = place.line;
    diag_report(host->run->diag, DIAG_E103, at, hint, "unknown word \"%s\"", name);
    host_new_term(L, NULL, place);
    return 1;
}

void host_report_pending(struct host *host)
{
    for (size_t i = 0; i < host->pending_count; i++) {
        const struct host_pending *left = &host->pending[i];
        if (left->word == NULL) {
            continue;
        }
        struct diag_at at = {.place = left->place,
                             .name = left->word->args > 0 ? left->name : NULL};
        bool bodyless = left->word->body && !left->body;
        diag_report(host->run->diag, DIAG_E107, at, NULL,
                    bodyless ? "%s \"%s\" has no body; it is written %s"
                             : "%s \"%s\" stands for nothing here; it is written %s",
                    left->word->name, left->name, left->word->form);
    }
}

void host_open_words(struct host *host)
{
    lua_State *L = host->lua;
    luaL_newmetatable(L, TERM_METATABLE);
    lua_pushcfunction(L, host_term_call);
    lua_setfield(L, -2, "__call");
    lua_rawseti(L, LUA_REGISTRYINDEX, REGISTRY_METATABLE);
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
