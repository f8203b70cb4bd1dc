/* Print: what it writes compiles to the same image, and it knows every field of the language. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <glob.h>
#include <sys/stat.h>

#include "compiler/emit.h"
#include "compiler/front.h"
#include "compiler/print.h"
#include "compiler/quantity.h"
#include "dsl/dsl.h"
#include "dsl/units.h"
#include "dsl/vocabulary.h"
#include "tests/compiler/scratch.h"

/* Every field with a value that is not its default, also what this version refuses. */
#define EVERYTHING "tests/golden/emitted/site.lua"

/* The least that is a topology. */
static const char least[] = "volume \"v\" { path = \"/srv/v\", size = \"1 GiB\" }\n"
                            "server \"a\" { address = \"127.0.0.1:7401\", archive = { \"v\" } }\n"
                            "server \"b\" { address = \"127.0.0.1:7402\", archive = { \"v\" } }\n"
                            "camera \"c\" { server = \"a\", url = \"rtsp://127.0.0.1/s\" }\n"
                            "failover \"f\" { standby = \"b\", monitor = \"a\", "
                            "expect_reconnection = \"5 s\" }\n"
                            "failover_manager \"m\" {}\n";

static char *printed(const struct model *model)
{
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    print_topology(out, model);
    fclose(out);
    return text;
}

/* Reads a file; its text as printed, and its image in a copy of its own. NULL: it is not sound.
 * What check would say of it does not matter. */
static char *print_file(const char *path, struct image **image)
{
    struct arena *arena = arena_new();
    struct diag *diag = diag_new(arena);
    struct model model = {.arena = arena};
    struct resolved resolved;
    struct plan plan;
    char *text = NULL;
    if (dsl_read_topology(path, &model, diag) && resolve_topology(&model, &resolved, diag) &&
        diag_error_count(diag) == 0) {
        plan_topology(&resolved, &plan);
        const struct image *made = emit_image(&resolved, &plan);
        char error[TEXT_BYTES_MAX];
        if (image_check(made, made->size, error) == made) {
            *image = malloc(made->size);
            memcpy(*image, made, made->size);
            text = printed(&model);
        }
    }
    arena_free(arena);
    return text;
}

/* Returns whether the file is a sound topology. */
static bool goes_round(const char *path)
{
    struct image *first;
    struct image *second;
    char *once = print_file(path, &first);
    if (once == NULL)
        return false;
    scratch_write("printed.lua", once, strlen(once));
    char *twice = print_file(scratch_path("printed.lua"), &second);
    if (twice == NULL)
        fail_msg("%s: what was printed is not sound: %s", path, once);
    assert_string_equal(twice, once);
    if (first->size != second->size || memcmp(first, second, first->size) != 0)
        fail_msg("%s: what was printed is another deployment: %s", path, once);
    free(first);
    free(second);
    free(once);
    free(twice);
    return true;
}

static void every_sound_topology_goes_round(void **context)
{
    (void)context;
    static const char *const patterns[] = {"examples/*/topology.lua", "tests/engine/sites/*.lua",
                                           "tests/golden/*.lua"};
    for (size_t p = 0; p < sizeof patterns / sizeof patterns[0]; p++) {
        glob_t found;
        int sound = 0;
        assert_int_equal(glob(patterns[p], 0, NULL, &found), 0);
        for (size_t i = 0; i < found.gl_pathc; i++)
            sound += goes_round(found.gl_pathv[i]);
        assert_true(sound > 0);
        globfree(&found);
    }
}

static void every_field_goes_round(void **context)
{
    (void)context;
    assert_true(goes_round(EVERYTHING));
    scratch_write("least.lua", least, strlen(least));
    assert_true(goes_round(scratch_path("least.lua")));
}

/* Where a field is written in a text: "name = ", after what cannot be part of a longer name. */
static bool writes_field(const char *text, const char *name)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "%s = ", name);
    for (const char *at = text; (at = strstr(at, wanted)) != NULL; at++)
        if (at > text && (at[-1] == ' ' || at[-1] == '\n'))
            return true;
    return false;
}

/* All declarations of one word in a printed text, put together; the caller frees them. */
static char *declarations_of(const char *text, const char *word)
{
    char *found = calloc(1, strlen(text) + 1);
    char begin[64];
    bool inside = false;
    snprintf(begin, sizeof begin, "%s ", word);
    for (const char *line = text; *line != '\0';) {
        size_t bytes = strcspn(line, "\n") + 1;
        if (line[0] != ' ' && line[0] != '}')
            inside = strncmp(line, begin, strlen(begin)) == 0;
        if (inside)
            strncat(found, line, bytes);
        line += bytes;
    }
    return found;
}

static void assert_fields(const struct word *word, const struct field *fields, const char *rich,
                          const char *poor)
{
    for (const struct field *field = fields; field->name != NULL; field++) {
        if (!writes_field(rich, field->name))
            fail_msg("print does not write the field \"%s\" of %s", field->name, word->name);
        if (!field->required && field->preset != NULL && writes_field(poor, field->name))
            fail_msg("print writes the default of \"%s\" of %s", field->name, word->name);
        if (field->kind == FIELD_TABLE)
            assert_fields(word, field->fields, rich, poor);
    }
}

/* The rows of print.c are the vocabulary's, with its defaults. */
static void print_knows_the_vocabulary(void **context)
{
    (void)context;
    struct image *image;
    /* A site has one manager of its own, or some of standbys: the field `standby` needs a third
     * file. */
    static const char of_standby[] = "failover_manager \"m\" { standby = \"b\" }\n";
    char *managed = malloc(sizeof least + sizeof of_standby);
    sprintf(managed, "%.*s%s", (int)(strstr(least, "failover_manager") - least), least, of_standby);
    scratch_write("least.lua", least, strlen(least));
    scratch_write("managed.lua", managed, strlen(managed));
    free(managed);
    char *rich = print_file(EVERYTHING, &image);
    free(image);
    char *poor = print_file(scratch_path("least.lua"), &image);
    free(image);
    managed = print_file(scratch_path("managed.lua"), &image);
    free(image);
    rich = realloc(rich, strlen(rich) + strlen(managed) + 1);
    strcat(rich, managed);
    free(managed);
    for (const struct word *word = vocabulary; word->name != NULL; word++) {
        if (word->kind != WORD_DECLARATION || word->file != FILE_TOPOLOGY)
            continue;
        char *all = declarations_of(rich, word->name);
        char *bare = declarations_of(poor, word->name);
        assert_fields(word, word->fields, all, bare);
        free(all);
        free(bare);
    }
    assert_false(strncmp(poor, "site", 4) == 0);
    free(rich);
    free(poor);
}

static void quantities_read_back_as_they_were(void **context)
{
    (void)context;
    char text[QUANTITY_TEXT_BYTES];
    assert_string_equal(quantity_text(QUANTITY_DURATION, 5400000, text), "1 h 30 min");
    assert_string_equal(quantity_text(QUANTITY_DURATION, 0, text), "0 s");
    assert_string_equal(quantity_text(QUANTITY_SIZE, 0, text), "0 B");
    assert_string_equal(quantity_text(QUANTITY_SIZE, INT64_C(20) << 40, text), "20 TiB");
    assert_string_equal(quantity_text(QUANTITY_RATE, 1600000000, text), "1600 Mbit/s");
    uint64_t state = 1;
    for (int i = 0; i < 300000; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        int64_t value = (int64_t)(state >> (1 + state % 63));
        int kind = i % QUANTITY_KIND_COUNT;
        int64_t again = -1;
        quantity_text((enum quantity_kind)kind, value, text);
        assert_null(units_parse((enum unit_family)kind, text, &again));
        assert_int_equal(again, value);
    }
}

static void any_text_is_quoted(void **context)
{
    (void)context;
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    print_lua_text(out, "a\"b\\c\n1\x7f\xc3\xa9]]--");
    fclose(out);
    assert_string_equal(text, "\"a\\\"b\\\\c\\0101\\127\xc3\xa9]]--\"");
    free(text);
}

/* Neither the name of the file nor lines, comments and order of words change a deployment. */
static void the_hash_is_that_of_the_meaning(void **context)
{
    (void)context;
    struct image *one;
    struct image *other;
    char *moved = malloc(sizeof least + 64);
    scratch_write("least.lua", least, strlen(least));
    sprintf(moved, "-- a comment\n\n\n%s", least);
    scratch_write("other-name.lua", moved, strlen(moved));
    free(print_file(scratch_path("least.lua"), &one));
    free(print_file(scratch_path("other-name.lua"), &other));
    assert_memory_equal(one->hash, other->hash, sizeof one->hash);
    free(other);
    memcpy(strstr(moved, "5 s"), "6 s", 3);
    scratch_write("other-name.lua", moved, strlen(moved));
    free(print_file(scratch_path("other-name.lua"), &other));
    assert_memory_not_equal(one->hash, other->hash, sizeof one->hash);
    free(one);
    free(other);
    free(moved);
}

static void what_is_not_sound_is_not_printed(void **context)
{
    (void)context;
    const char *bin = getenv("UNDERSTUDY_BIN");
    char command[2 * SCRATCH_PATH_BYTES];
    scratch_write("wrong.lua", "server \"a\" { }\n", 15);
    snprintf(command, sizeof command, "%s/understudy print %s 2>/dev/null >%s",
             bin == NULL ? "build/bin" : bin, scratch_path("wrong.lua"), scratch_path("out"));
    assert_int_equal(system(command), EXIT_MATTER << 8);
    struct stat status;
    assert_int_equal(stat(scratch_path("out"), &status), 0);
    assert_int_equal(status.st_size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sound_topology_goes_round),
        cmocka_unit_test(every_field_goes_round),
        cmocka_unit_test(print_knows_the_vocabulary),
        cmocka_unit_test(quantities_read_back_as_they_were),
        cmocka_unit_test(any_text_is_quoted),
        cmocka_unit_test(the_hash_is_that_of_the_meaning),
        cmocka_unit_test(what_is_not_sound_is_not_printed),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
