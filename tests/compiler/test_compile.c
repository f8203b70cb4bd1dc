/* Compile: the same bytes from the same topology, nothing half done, nothing of a user's that
 * escapes its quotes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <dirent.h>
#include <sys/stat.h>

#include "compiler/compile.h"
#include "compiler/emit.h"
#include "compiler/toolchain.h"
#include "runtime/deployment.h"
#include "tests/compiler/pair.h"
#include "tests/compiler/scratch.h"

static void compile_pair(const char *source, const char *folder)
{
    struct pair pair;
    char error[TEXT_BYTES_MAX] = "";
    pair_make(&pair, source);
    if (!compile_topology(&pair.resolved, scratch_path(folder), error))
        fail_msg("%s", error);
    pair_free(&pair);
}

static void assert_same_file(const char *a, const char *b)
{
    size_t a_size;
    size_t b_size;
    char *a_content = scratch_read(a, &a_size);
    char *b_content = scratch_read(b, &b_size);
    if (a_content == NULL || b_content == NULL || a_size != b_size ||
        memcmp(a_content, b_content, a_size) != 0)
        fail_msg("%s and %s differ", a, b);
    free(a_content);
    free(b_content);
}

/* Every file of MANIFEST, the report and the shared object. */
static void assert_same_result(const char *a, const char *b)
{
    char name_a[128];
    char name_b[128];
    size_t size;
    snprintf(name_a, sizeof name_a, "%s/gen/MANIFEST", a);
    char *manifest = scratch_read(name_a, &size);
    assert_non_null(manifest);
    int files = 0;
    for (char *name = strtok(manifest, "\n"); name != NULL; name = strtok(NULL, "\n"), files++) {
        snprintf(name_a, sizeof name_a, "%s/gen/%s", a, name);
        snprintf(name_b, sizeof name_b, "%s/gen/%s", b, name);
        assert_same_file(name_a, name_b);
    }
    assert_int_equal(files, 4 * 4 + 6);
    static const char *const others[] = {"deployment.so", "report.txt"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(name_a, sizeof name_a, "%s/%s", a, others[i]);
        snprintf(name_b, sizeof name_b, "%s/%s", b, others[i]);
        assert_same_file(name_a, name_b);
    }
    free(manifest);
}

static void assert_count(const char *folder, int wanted)
{
    DIR *dir = opendir(scratch_path(folder));
    assert_non_null(dir);
    int count = 0;
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    assert_int_equal(count - 2, wanted);
}

static void the_same_topology_gives_the_same_bytes(void **context)
{
    (void)context;
    compile_pair("/one/place/site.lua", "same-a");
    compile_pair("another/site.lua", "same-b-with-another-length");
    assert_same_result("same-a", "same-b-with-another-length");
    compile_pair("site.lua", "same-a");
    assert_same_result("same-a", "same-b-with-another-length");
    assert_count("same-a", 3);
}

static void what_was_compiled_can_be_opened(void **context)
{
    (void)context;
    char error[TEXT_BYTES_MAX] = "";
    compile_pair("site.lua", "open");
    const struct deployment *deployment = deployment_open(scratch_path("open"), error);
    if (deployment == NULL)
        fail_msg("%s", error);
    const struct image *image = deployment_image(deployment);
    assert_int_equal(deployment->machine_count, 4);
    for (uint32_t i = 1; i < 4; i++)
        assert_true(strcmp(deployment->machines[i - 1].name, deployment->machines[i].name) < 0);
    assert_int_equal(image_find_server(image, "omega"), 1);
    assert_int_equal(image_find_camera(image, "gate-2"), 2);
    assert_int_equal(image_find_failover(image, "nobody"), IMAGE_NONE);
    const struct image_failover *failover = image_failovers(image);
    assert_string_equal(deployment->machines[failover->machine].name, "failover_preroll");
}

/* gen/ alone is enough to build the same deployment by hand. */
static void the_sources_are_complete(void **context)
{
    (void)context;
    static const char *const machines[] = {"camera", "failover_preroll", "main", "main_watched"};
    static const char *const sources[] = {
        "machine_camera.c",         "cells_camera.c",       "machine_failover_preroll.c",
        "cells_failover_preroll.c", "machine_main.c",       "cells_main.c",
        "machine_main_watched.c",   "cells_main_watched.c", "deployment.c"};
    char error[TEXT_BYTES_MAX] = "";
    compile_pair("site.lua", "hand");
    for (size_t i = 0; i < 4; i++)
        if (!toolchain_ragel_c(scratch_path("hand/gen"), machines[i], error))
            fail_msg("%s", error);
    if (!toolchain_cc(scratch_path("hand/gen"), sources, 9, "by-hand.so", error))
        fail_msg("%s", error);
    assert_same_file("hand/deployment.so", "hand/gen/by-hand.so");
}

static void stale_files_go_and_others_stay(void **context)
{
    (void)context;
    static const char manifest[] = "chart_old.rl\n../precious\n.hidden\n";
    size_t size;
    compile_pair("site.lua", "stale");
    scratch_write("stale/gen/MANIFEST", manifest, strlen(manifest));
    scratch_write("stale/gen/chart_old.rl", "x", 1);
    scratch_write("stale/gen/.hidden", "x", 1);
    scratch_write("stale/gen/notes", "x", 1);
    scratch_write("stale/precious", "x", 1);
    compile_pair("site.lua", "stale");
    assert_null(scratch_read("stale/gen/chart_old.rl", &size));
    static const char *const kept[] = {"stale/gen/notes", "stale/precious", "stale/gen/.hidden"};
    for (size_t i = 0; i < 3; i++) {
        char *content = scratch_read(kept[i], &size);
        assert_non_null(content);
        free(content);
    }
}

/* Names reach banners, tables and reports; none of them ends its comment or its literal. */
static void hostile_names_stay_text(void **context)
{
    (void)context;
    static const char name[] = "a\"; }%% %%{ \\ ?\?' $(touch x) @hole@ \xc3\xa9";
    struct pair pair;
    char error[TEXT_BYTES_MAX] = "";
    pair_make(&pair, "si\"te*\\.lua");
    pair.model.failovers[0].name = name;
    if (!compile_topology(&pair.resolved, scratch_path("hostile"), error))
        fail_msg("%s", error);
    const struct deployment *deployment = deployment_open(scratch_path("hostile"), error);
    assert_non_null(deployment);
    assert_int_equal(image_find_failover(deployment_image(deployment), name), 0);
    pair_free(&pair);
}

static void text_in_c_is_escaped_with_three_digits(void **context)
{
    (void)context;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    emit_c_text(out, "\0011\"\\?\x7f\xff");
    fclose(out);
    assert_string_equal(text, "\"\\0011\\042\\134\\077\\177\\377\"");
    free(text);
}

static void failures_are_sentences_and_leave_nothing(void **context)
{
    (void)context;
    struct pair pair;
    char error[TEXT_BYTES_MAX] = "";
    char *path = strdup(getenv("PATH"));
    pair_make(&pair, "site.lua");

    scratch_write("occupied", "x", 1);
    assert_false(compile_topology(&pair.resolved, scratch_path("occupied"), error));
    assert_non_null(strstr(error, "nothing can be written in"));
    assert_false(compile_topology(&pair.resolved, scratch_path("no/such/folder"), error));
    assert_non_null(strstr(error, "cannot be made: No such file or directory"));
    assert_false(compile_topology(&pair.resolved, "", error));

    setenv("PATH", scratch, 1);
    assert_false(compile_topology(&pair.resolved, scratch_path("toolless"), error));
    setenv("PATH", path, 1);
    assert_string_equal(error, "ragel is not installed: install the package ragel");
    assert_count("toolless", 0);
    free(path);
    pair_free(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_topology_gives_the_same_bytes),
        cmocka_unit_test(what_was_compiled_can_be_opened),
        cmocka_unit_test(the_sources_are_complete),
        cmocka_unit_test(stale_files_go_and_others_stay),
        cmocka_unit_test(hostile_names_stay_text),
        cmocka_unit_test(text_in_c_is_escaped_with_three_digits),
        cmocka_unit_test(failures_are_sentences_and_leave_nothing),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
