#include "dsl/host_lua.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "dsl/child.h"
#include "dsl/locate.h"
#include "dsl/prelude.h"

#define HOST_MEMORY_BYTES_MAX ((size_t)512 << 20) /* a flat file of a million cameras takes it */
#define HOST_HOOK_STEP        100000              /* instructions between two looks at the bound */
#define HOST_STEPS_MAX        3000                /* 300 million instructions, about a second */

#define WORD_BASE_LEVELS     3   /* a word, the main chunk, and host_main, which called it */
#define HOST_LEVELS_MAX      100 /* calls within calls that a place is looked for in */
#define HOST_ARENA_BYTES_MAX ((size_t)1 << 30) /* two million cameras take half of it */

/* For the signal handler. */
static struct host *running;

struct host *host_of(lua_State *L)
{
    struct host *host;
    memcpy(&host, lua_getextraspace(L), sizeof host);
    return host;
}

/* ---- places ---- */

/* A chunk is named by the index of its file, "=3"; what else runs (the prelude, Lua's library) has
 * no place. */
static const struct host_file *host_file_of(const struct host *host, const char *chunk)
{
    if (chunk == NULL || chunk[0] != '=' || chunk[1] < '0' || chunk[1] > '9') {
        return NULL;
    }
    long index = strtol(chunk + 1, NULL, 10);
    return index < host->file_count ? &host->files[index] : NULL;
}

struct place host_place(lua_State *L, int level)
{
    struct host *host = host_of(L);
    struct place place = {.file = host->run->source->name};
    lua_Debug info;
    bool found = false;
    int last = level + HOST_LEVELS_MAX; /* finding a level takes the longer the deeper it lies */
    for (; level < last && lua_getstack(L, level, &info); level++) {
        lua_getinfo(L, "Sl", &info);
        const struct host_file *file = host_file_of(host, info.source);
        if (file == NULL || info.currentline <= 0) {
            continue;
        }
        if (!found) {
            found = true;
            place.file = file->source.name;
            place.line = info.currentline;
            if (strcmp(info.what, "main") == 0) {
                break;
            }
        } else {
            place.called_from = info.currentline;
            place.called_file = file->source.name;
        }
        if (strcmp(info.what, "main") == 0) {
            break;
        }
    }
    return place;
}

struct place host_word_place(lua_State *L)
{
    const struct host *host = host_of(L);
    lua_Debug info;
    if (host->file_count == 1 && !lua_getstack(L, WORD_BASE_LEVELS, &info) &&
        lua_getstack(L, 1, &info)) {
        lua_getinfo(L, "l", &info);
        if (info.currentline > 0) {
            return (struct place){.file = host->run->source->name, .line = info.currentline};
        }
    }
    return host_place(L, 1);
}

/* ---- bounds ---- */

static void host_stopped(struct host *host, int level)
{
    if (!host->run->stopped) {
        host->run->stopped_at = host_place(host->lua, level);
        host->run->stopped = true;
    }
}

static void *host_allocate(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    struct host *host = context;
    size_t old = block == NULL ? 0 : old_bytes; /* without a block it is the kind of an object */
    if (new_bytes == 0) {
        free(block);
        host->memory_bytes -= old;
        return NULL;
    }
    if (new_bytes > old && new_bytes - old > HOST_MEMORY_BYTES_MAX - host->memory_bytes) {
        host->run->stopped_at = host_place(host->lua, 0);
        return NULL;
    }
    void *moved = realloc(block, new_bytes);
    if (moved != NULL) {
        host->memory_bytes += new_bytes - old;
    }
    return moved;
}

static void host_count(lua_State *L, lua_Debug *info)
{
    (void)info;
    struct host *host = host_of(L);
    if (++host->steps > HOST_STEPS_MAX) {
        host_stopped(host, 0);
        diag_report(host->run->diag, DIAG_E105, (struct diag_at){.place = host->run->stopped_at},
                    "does a loop here never end?",
                    "the file was stopped here after 300 million instructions");
        host->reported = true;
        lua_sethook(L, host_count, LUA_MASKCOUNT, 1);
        luaL_error(L, "stopped");
    }
}

void host_check_room(struct host *host)
{
    if (arena_used(host->run->arena) < HOST_ARENA_BYTES_MAX) {
        return;
    }
    host_stopped(host, 1);
    diag_report(host->run->diag, DIAG_E106, (struct diag_at){.place = host->run->stopped_at},
                "does a loop here never end?",
                "the file was stopped here after what it declares had filled 1 GiB of memory");
    host->reported = true;
    luaL_error(host->lua, "stopped");
}

/* A call into the library (a pattern, say) may never come back: this finds out from where it was
 * made. Lua does not promise that its state can be read here; should that fail, the parent still
 * reports the end of its child. */
static void host_on_time(int signal)
{
    (void)signal;
    host_stopped(running, 0);
    child_out_of_time();
}

/* ---- reports ---- */

int host_column(const struct host *host, struct place place, const char *token)
{
    for (int i = 0; i < host->file_count; i++) {
        const struct source *source = &host->files[i].source;
        if (source->name == place.file && source->text != NULL) {
            return locate_token(source, place.line, token);
        }
    }
    return 0;
}

bool host_ends_item(const struct host *host, struct place place, const char *token)
{
    for (int i = 0; i < host->file_count; i++) {
        const struct source *source = &host->files[i].source;
        if (source->name == place.file && source->text != NULL) {
            return locate_ends_item(source, place.line, token);
        }
    }
    return false;
}

/* ---- files ---- */

/* Reads a chunk and leaves it, closed over the environment at env_index, on the stack. False:
 * reported. */
static bool host_load(struct host *host, const struct source *source, int index, int env_index)
{
    lua_State *L = host->lua;
    char chunk[16];
    snprintf(chunk, sizeof chunk, "=%d", index);
    const char *text = source->text;
    size_t bytes = source->bytes;
    if (bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* some editors begin a file so */
        text += 3;
        bytes -= 3;
    }
    if (bytes > 0 && text[0] == LUA_SIGNATURE[0]) {
        diag_report(host->run->diag, DIAG_E101, (struct diag_at){.place = {.file = source->name}},
                    NULL, "this is compiled Lua; a topology is text");
        return false;
    }
    int status = luaL_loadbufferx(L, text, bytes, chunk, "t");
    if (status != LUA_OK) {
        const char *message = lua_tostring(L, -1);
        struct place place = {.file = source->name};
        host_report_message(host, status == LUA_ERRMEM ? DIAG_E106 : DIAG_E101,
                            message == NULL ? "the file cannot be read" : message, place);
        return false;
    }
    lua_pushvalue(L, env_index);
    lua_setupvalue(L, -2, 1);
    locate_duplicates(source, host->run->diag);
    return true;
}

static int host_include_failed(struct host *host, struct place place, const char *name,
                               const char *reason)
{
    struct diag_at at = {.place = place, .value = name};
    diag_report(host->run->diag, DIAG_E104, at, NULL, "include \"%s\": %s", name, reason);
    host->partial = true;
    return 0;
}

/* include "other.lua": runs a file in the same environment, once. Upvalue 1 is the environment. */
static int host_include(lua_State *L)
{
    struct host *host = host_of(L);
    struct place place = host_place(L, 1);
    if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TSTRING) {
        return luaL_error(L, "include takes the name of a file: include \"cameras.lua\"");
    }
    const char *name = lua_tostring(L, 1);
    const char *reason;
    const char *path = source_included(host->run->arena, host->run->source->name, name, &reason);
    if (path == NULL) {
        return host_include_failed(host, place, name, reason);
    }
    for (int i = 0; i < host->file_count; i++) {
        if (strcmp(host->files[i].source.name, path) == 0) {
            return host->files[i].done
                       ? 0
                       : host_include_failed(host, place, name, "the file includes itself");
        }
    }
    if (host->file_count == HOST_FILES_MAX) {
        return host_include_failed(host, place, name, "more than 256 files are included");
    }
    int index = host->file_count;
    struct host_file *file = &host->files[index];
    reason = source_read(path, &file->source);
    if (reason != NULL) {
        return host_include_failed(host, place, name, reason);
    }
    host->file_count++;
    if (!host_load(host, &file->source, index, lua_upvalueindex(1))) {
        host->partial = true;
    } else {
        lua_call(L, 0, 0);
    }
    file->done = true;
    return 0;
}

/* ---- the run ---- */

/* Leaves the environment on the stack. The library is opened into Lua's own globals, which no chunk
 * of an author sees. */
static void host_open_environment(struct host *host)
{
    static const luaL_Reg libraries[] = {{LUA_GNAME, luaopen_base},
                                         {LUA_STRLIBNAME, luaopen_string},
                                         {LUA_TABLIBNAME, luaopen_table},
                                         {LUA_MATHLIBNAME, luaopen_math}};
    lua_State *L = host->lua;
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
        lua_pop(L, 1);
    }
    lua_newtable(L);
    int status = luaL_loadbufferx(L, host_prelude, sizeof host_prelude - 1, "=prelude", "t");
    assert(status == LUA_OK);
    lua_pushvalue(L, -2);
    lua_call(L, 1, 0);
    lua_pushvalue(L, -1);
    lua_pushcclosure(L, host_include, 1);
    lua_setfield(L, -2, "include");
    host_open_words(host);
}

/* A message handler: keeps the place, and gives every error a text. */
static int host_thrown(lua_State *L)
{
    struct host *host = host_of(L);
    if (lua_type(L, 1) != LUA_TSTRING) {
        lua_pushfstring(L, "the file stopped with error() and a %s that is not a text",
                        luaL_typename(L, 1));
    }
    if (!host->run->stopped) {
        host->run->stopped_at = host_place(L, 1);
    }
    return 1;
}

static int host_main(lua_State *L)
{
    struct host *host = host_of(L);
    lua_settop(L, 0);
    host_open_environment(host);
    lua_sethook(L, host_count, LUA_MASKCOUNT, HOST_HOOK_STEP);
    if (!host_load(host, &host->files[0].source, 0, 1)) {
        host->reported = true;
        return lua_error(L);
    }
    lua_call(L, 0, 0);
    host_report_pending(host);
    return 0;
}

/* Says why the run ended early. */
static void host_report_end(struct host *host, int status)
{
    struct host_run *run = host->run;
    if (host->reported) {
        return;
    }
    const char *message = lua_tostring(host->lua, -1);
    if (status == LUA_ERRMEM) {
        diag_report(run->diag, DIAG_E106, (struct diag_at){.place = run->stopped_at},
                    "does a loop here make ever longer texts or tables?",
                    "the file was stopped here after it had used 512 MiB of memory");
    } else if (message != NULL && strstr(message, TERM_METATABLE " value") != NULL &&
               host->unknown_line == run->stopped_at.line) {
        return; /* it was reported as an unknown word */
    } else {
        host_report_message(host, DIAG_E102, message == NULL ? "the file failed" : message,
                            run->stopped_at);
    }
}

void host_run(struct host_run *run)
{
    assert(run != NULL && running == NULL);
    struct host *host = calloc(1, sizeof *host);
    assert(host != NULL);
    *host = (struct host){.run = run, .scratch = arena_new(), .file_count = 1};
    host->files[0].source = *run->source;
    run->stopped_at = (struct place){.file = run->source->name};
    host->lua = lua_newstate(host_allocate, host);
    assert(host->lua != NULL);
    memcpy(lua_getextraspace(host->lua), &host, sizeof host);
    running = host;
    signal(SIGXCPU, host_on_time);
    lua_pushcfunction(host->lua, host_thrown);
    lua_pushcfunction(host->lua, host_main);
    int status = lua_pcall(host->lua, 0, 0, 1);
    if (status != LUA_OK) {
        host_report_end(host, status);
    } else {
        run->partial = host->partial;
    }
}
