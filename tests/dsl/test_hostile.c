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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_damaged), cmocka_unit_test(test_pipe)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
