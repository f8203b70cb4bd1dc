/* Files that somebody else wrote: the golden topologies, damaged in many ways, and the places that
 * the locator finds in them. Whatever comes, reading ends, and says something or finds nothing
 * wrong. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/arena.h"
#include "compiler/check.h"
#include "compiler/resolve.h"
#include "dsl/dsl.h"

#define ROUNDS_DEFAULT 400
#define FILE_BYTES_MAX 4096

static uint64_t seed = 1;

static uint32_t next_random(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

static void read_damaged(const char *path, FILE *sink)
{
    struct arena *arena = arena_new();
    struct diag *diag = diag_new(arena);
    struct model model = {.arena = arena};
    struct resolved resolved;
    assert_true(dsl_read_topology(path, &model, diag));
    assert_true(!model.partial || diag_error_count(diag) > 0);
    resolve_topology(&model, &resolved, diag);
    check_topology(&resolved, diag);
    struct model_outages outages;
    assert_true(dsl_read_outages(path, arena, &outages, diag));
    diag_print(diag, sink, dsl_locate);
    arena_free(arena);
}

/* Cuts, doubles or overwrites a stretch of the text. */
static size_t damage(char *text, size_t bytes)
{
    static const char signs[] = "{}()[]\"'=,.-0\\\n \0\xff";
    size_t at = next_random((uint32_t)bytes);
    size_t length = 1 + next_random(12);
    length = length > bytes - at ? bytes - at : length;
    switch (next_random(3)) {
    case 0:
        memmove(text + at, text + at + length, bytes - at - length);
        return bytes - length;
    case 1:
        if (bytes + length < FILE_BYTES_MAX) {
            memmove(text + at + length, text + at, bytes - at);
            return bytes + length;
        }
        return bytes;
    default:
        text[at] = signs[next_random(sizeof signs - 1)];
        return bytes;
    }
}

static size_t load(const char *path, char text[static FILE_BYTES_MAX])
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t bytes = fread(text, 1, FILE_BYTES_MAX / 2, file);
    fclose(file);
    return bytes;
}

/* Those that run until a bound is hit would take minutes when they are repeated. */
static int is_quick(const struct dirent *entry)
{
    size_t bytes = strlen(entry->d_name);
    return bytes > 4 && strcmp(entry->d_name + bytes - 4, ".lua") == 0 &&
           strncmp(entry->d_name, "endless", 7) != 0 && strncmp(entry->d_name, "memory", 6) != 0;
}

static void test_damaged(void **state)
{
    (void)state;
    const char *rounds_text = getenv("UNDERSTUDY_ROUNDS");
    long rounds = rounds_text == NULL ? ROUNDS_DEFAULT : strtol(rounds_text, NULL, 10);
    struct dirent **entries;
    int count = scandir("tests/golden", &entries, is_quick, alphasort);
    assert_true(count > 10);
    char path[] = "/tmp/understudy-hostile-XXXXXX";
    close(mkstemp(path));
    FILE *sink = fopen("/dev/null", "w");
    for (long round = 0; round < rounds; round++) {
        char text[FILE_BYTES_MAX];
        char source[300];
        snprintf(source, sizeof source, "tests/golden/%s",
                 entries[next_random((uint32_t)count)]->d_name);
        size_t bytes = load(source, text);
        for (uint32_t i = 0; i <= next_random(4) && bytes > 0; i++) {
            bytes = damage(text, bytes);
        }
        FILE *file = fopen(path, "w");
        fwrite(text, 1, bytes, file);
        fclose(file);
        read_damaged(path, sink);
    }
    fclose(sink);
    unlink(path);
    for (int i = 0; i < count; i++) {
        free(entries[i]);
    }
    free(entries);
}

/* A pipe that nobody writes to must not be waited for. */
static void test_pipe(void **state)
{
    (void)state;
    char path[] = "/tmp/understudy-pipe-XXXXXX";
    assert_non_null(mkdtemp(path));
    char pipe_path[64];
    snprintf(pipe_path, sizeof pipe_path, "%s/pipe.lua", path);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    struct arena *arena = arena_new();
    struct diag *diag = diag_new(arena);
    struct model model = {.arena = arena};
    assert_false(dsl_read_topology(pipe_path, &model, diag));
    assert_int_equal(diag_error_count(diag), 1);
    arena_free(arena);
    unlink(pipe_path);
    rmdir(path);
}

/* ---- tricks ---- */

/* Which bound meets a trick that takes memory depends on how busy the machine is; the golden file
 * memory_bomb, which takes it quickest, shows the one of memory. */
#define STOPPED ":1:1: error: the file was stopped here after "

/* What a topology may try, and what must stand in the answer. Each of them ends by itself. */
static const struct {
    const char *text;
    const char *answer;
} tricks[] = {
    /* To work without end, in Lua's own code and in its library. */
    {"::a:: goto a", STOPPED "300 million instructions"},
    {"\nlocal function f() return f() end\nf()", ":2:1: error: the file was stopped here"},
    {"for i = 1, math.huge do end", STOPPED},
    {"local function f() f() end\nf()", ":1:1: error: stack overflow"},
    {"local s = string.rep('', 1e15)", "longer than 1 MiB"},
    {"local s = (''):rep(1e15, '')", "longer than 1 MiB"},
    {"local s = ('x'):rep(math.mininteger) server(1)", "is written server"},
    {"table.move({}, 1, 1e15, 2)", "field 'move'"},
    {"local s = table.concat({}, '', 1, 1e15)", "at index 1"},
    {"table.sort({3, 1, 2, 5, 4, 9, 7, 8}, function() return true end)", "invalid order function"},
    /* To take memory without end. */
    {"local s = 'x' while true do s = s .. s end", STOPPED},
    {"local t = {} for i = 1, 1e9 do t[i] = i end", STOPPED},
    {"local t = { table.unpack({}, 1, 1e7) }", "too many results to unpack"},
    {"local s = ('a'):rep(1e6) s = s:gsub('a', s)", STOPPED},
    {"local n = {} for i = 1, 1e5 do n[i] = 'x' .. i end\n"
     "for i = 1, 1e5 do server('a' .. i) { address = 'h:1', archive = n } end",
     ":2:1: error: the file was stopped here after " /* 1 GiB */},
    /* To reach what is not theirs. */
    {"os.execute('x')", "unknown word \"os\""},
    {"io.open('x')", "unknown word \"io\""},
    {"debug.sethook()", "unknown word \"debug\""},
    {"load('x')()", "unknown word \"load\""},
    {"dofile('/etc/passwd')", "unknown word \"dofile\""},
    {"require 'os'", "unknown word \"require\""},
    {"pcall(error)", "unknown word \"pcall\""},
    {"coroutine.wrap(1)", "unknown word \"coroutine\""},
    {"setmetatable({}, {})", "unknown word \"setmetatable\""},
    {"getmetatable('').__index = nil", "unknown word \"getmetatable\""},
    {"rawset({}, 1, 2)", "unknown word \"rawset\""},
    {"_G.x = 1", "unknown word \"_G\""},
    {"local s = ('x').dump(1)", "field 'dump'"},
    {"string.dump(error)", "field 'dump'"},
    {"\x1bLuaT\x00", "this is compiled Lua"},
    /* To differ from run to run. */
    {"math.random()", "field 'random'"},
    {"collectgarbage('count')", "unknown word \"collectgarbage\""},
    {"next({})", "unknown word \"next\""},
    {"local s = ('%p'):format('x')", "%p is not available"},
    {"local s = ('%-020p'):format('x')", "%p is not available"},
    {"local s = tostring({})", "a table has no text"},
    {"local s = ('%s'):format(print)", "a userdata has no text"},
    {"for k in pairs({ [{}] = 1 }) do end", "a table has no order"},
    {"error({})", "error() and a table that is not a text"},
    {"error()", "error() and a nil that is not a text"},
    /* To confuse the compiler. */
    {"server = nil\nserver 'a' {}", ":2:1: error: unknown word \"server\""},
    {"_ENV = { server = 1 } server 'a' {}", "attempt to call a number value"},
    {"string.rep = nil local s = ('x'):rep(3)", "a nil value (method 'rep')"},
    {"local s = server 'a' s { address = 'h:1' } s { address = 'h:2' }", "[E108]"},
    {"local s = server 'a' s(s)", "[E108]"},
    {"server(server)", "[E108]"},
    {"server 'a' { server 'b' }", "element 1 of the body has no name"},
    {"local t = {} t.capacity = t server 'a' (t)", "no field \"capacity.capacity\""},
    {"local t = {} t[1] = t server 'a' { address = 'h:1', archive = t }", "is a table"},
    {"server 'a\\0b' { address = 'h:1' }", "is not a name"},
    {"server '../../a' { address = 'h:1' }", "is not a name"},
    {"server 'a' { address = 'h:1', priority = 1e300 }", "not a fraction"},
    {"server 'a' { address = 'h:1', ['x\\0y'] = 1 }", "has no field"},
    {"server 'a' { address = 'h:1', [1.5] = 1, [true] = 2 }", "has no field"},
    {"camera 'c' { arm = 'warm\\0x' }", "arm takes"},
    {"local function f(s) return (s:gsub('.', f)) end f('a')", "C stack overflow"},
    {"error('\\27[31m\\0x')", "?[31m"},
};

/* Lua's parser refuses these; it does not say where. */
static const struct {
    const char *part;
    const char *end;
} nested[] = {
    {"{", ""},
    {"(", "1"},
    {"- ", "1"},
    {"'a' .. ", "'b'"},
    {"not ", "1"},
    {"2 ^ ", "2"},
    {"function() return ", "1"},
};

static int wrong_answers;

static void check_answer(const char *text, size_t bytes, const char *answer)
{
    char path[] = "/tmp/understudy-trick-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, bytes), bytes);
    close(fd);
    struct arena *arena = arena_new();
    struct diag *diag = diag_new(arena);
    struct model model = {.arena = arena};
    struct resolved resolved;
    char *said = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&said, &size);
    assert_true(dsl_read_topology(path, &model, diag));
    resolve_topology(&model, &resolved, diag);
    check_topology(&resolved, diag);
    diag_print(diag, to, dsl_locate);
    fclose(to);
    unlink(path);
    assert_true(diag_error_count(diag) > 0);
    if (strstr(said, answer) == NULL) {
        fprintf(stderr, "%.60s: \"%s\" is not in\n%.2000s", text, answer, said);
        wrong_answers++;
    }
    free(said);
    arena_free(arena);
}

static void test_tricks(void **state)
{
    (void)state;
    wrong_answers = 0;
    for (size_t i = 0; i < sizeof tricks / sizeof *tricks; i++) {
        check_answer(tricks[i].text, strlen(tricks[i].text), tricks[i].answer);
    }
    assert_int_equal(wrong_answers, 0);
}

static void test_nested(void **state)
{
    (void)state;
    wrong_answers = 0;
    for (size_t i = 0; i < sizeof nested / sizeof *nested; i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *to = open_memstream(&text, &size);
        fprintf(to, "\n\nlocal t = ");
        for (int n = 0; n < 100000; n++) {
            fputs(nested[i].part, to);
        }
        fputs(nested[i].end, to);
        fclose(to);
        check_answer(text, size, ":3:");
        check_answer(text, size, "error: this is nested too deeply [E101]");
        free(text);
    }
    assert_int_equal(wrong_answers, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_damaged), cmocka_unit_test(test_pipe),
                                       cmocka_unit_test(test_tricks),
                                       cmocka_unit_test(test_nested)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
