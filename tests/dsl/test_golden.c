/* Topologies and outage files with the exact diagnostics they must give: tests/golden/CASE.lua,
 * where there is one CASE.outage.lua, and CASE.expect. With UNDERSTUDY_GOLDEN=update the
 * expectations are written anew. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/arena.h"
#include "compiler/check.h"
#include "compiler/resolve.h"
#include "dsl/dsl.h"

#define CASES_MAX 200
#define PATH_MAX_ 300

static bool update;

static void put_notes(const struct resolved *resolved, FILE *to)
{
    struct check_note *notes;
    size_t count = check_notes(resolved, &notes);
    for (size_t i = 0; i < count; i++) {
        fprintf(to, "note: %s [%s]\n", notes[i].text, diag_name(notes[i].code));
    }
}

static void run_case(const char *name, FILE *to)
{
    struct arena *arena = arena_new();
    struct diag *diag = diag_new(arena);
    struct model model = {.arena = arena};
    struct resolved resolved;
    char path[PATH_MAX_];
    snprintf(path, sizeof path, "%s.lua", name);
    assert_true(dsl_read_topology(path, &model, diag));
    resolve_topology(&model, &resolved, diag);
    check_topology(&resolved, diag);
    snprintf(path, sizeof path, "%s.outage.lua", name);
    if (access(path, R_OK) == 0) {
        struct model_outages outages;
        struct resolved_outages out;
        assert_int_equal(diag_error_count(diag), 0);
        assert_true(dsl_read_outages(path, arena, &outages, diag));
        resolve_outages(arena, &resolved, &outages, &out, diag);
    }
    diag_print(diag, to, dsl_locate);
    if (diag_error_count(diag) == 0) {
        put_notes(&resolved, to);
    }
    fprintf(to, "%d errors, %d warnings\n", diag_error_count(diag), diag_warning_count(diag));
    arena_free(arena);
}

static char *read_whole(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return strdup("(there is no expectation)");
    }
    char *text = NULL;
    size_t size = 0;
    if (getdelim(&text, &size, '\0', file) < 0) {
        free(text);
        text = strdup("");
    }
    fclose(file);
    return text;
}

/* What all cases have shown, in one text. */
static FILE *shown_to;
static char *shown;
static size_t shown_bytes;

static void test_case(void **state)
{
    const char *name = *state;
    char *found = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&found, &size);
    run_case(name, to);
    fclose(to);
    char path[PATH_MAX_];
    snprintf(path, sizeof path, "%s.expect", name);
    if (update) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(found, file);
        fclose(file);
    }
    fputs(found, shown_to);
    char *expected = read_whole(path);
    if (strcmp(found, expected) != 0) {
        fprintf(stderr, "---- %s: expected\n%s---- found\n%s----\n", name, expected, found);
    }
    assert_string_equal(found, expected);
    free(expected);
    free(found);
}

/* Codes that no case can show, and why. */
static const char *const without_case[][2] = {
    {"E120", "a file that cannot be read stops the case; tests/compiler/test_front.c"},
};

static bool is_excused(const char *code)
{
    for (size_t i = 0; i < sizeof without_case / sizeof *without_case; i++) {
        if (strcmp(without_case[i][0], code) == 0) {
            return true;
        }
    }
    return false;
}

/* Every code is shown by some case, or it is said why not; and nothing is excused that is shown.
 * It comes after all cases. */
static void test_codes(void **state)
{
    (void)state;
    static const char *const codes[] = {
#define X(code, text) #code,
        DIAG_CODES(X)
#undef X
    };
    fflush(shown_to);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        char mark[16];
        snprintf(mark, sizeof mark, "[%s]", codes[i]);
        bool there = strstr(shown, mark) != NULL;
        if (there == is_excused(codes[i])) {
            fail_msg("%s: %s", codes[i], there ? "is shown and excused" : "no case shows it");
        }
    }
}

static int is_case(const struct dirent *entry)
{
    size_t bytes = strlen(entry->d_name);
    return bytes > 4 && strcmp(entry->d_name + bytes - 4, ".lua") == 0 &&
           strstr(entry->d_name, ".outage.") == NULL;
}

int main(void)
{
    static struct CMUnitTest tests[CASES_MAX + 1];
    struct dirent **entries;
    const char *mode = getenv("UNDERSTUDY_GOLDEN");
    update = mode != NULL && strcmp(mode, "update") == 0;
    if (chdir("tests/golden") != 0) {
        perror("tests/golden");
        return 3;
    }
    int count = scandir(".", &entries, is_case, alphasort);
    if (count <= 0 || count > CASES_MAX) {
        fprintf(stderr, "tests/golden: %d cases\n", count);
        return 3;
    }
    for (int i = 0; i < count; i++) {
        char *name = entries[i]->d_name;
        name[strlen(name) - 4] = '\0';
        tests[i] = (struct CMUnitTest){.name = name, .test_func = test_case, .initial_state = name};
    }
    tests[count] = (struct CMUnitTest){.name = "every code", .test_func = test_codes};
    shown_to = open_memstream(&shown, &shown_bytes);
    int failed = _cmocka_run_group_tests("golden", tests, (size_t)count + 1, NULL, NULL);
    fclose(shown_to);
    free(shown);
    for (int i = 0; i < count; i++) {
        free(entries[i]);
    }
    free(entries);
    return failed;
}
