/* What the compiler writes, text by text: tests/golden/emitted/site.lua has every field of the
 * language, and beside it lies all that is emitted from it. A machine stands for all machines: that
 * of the cameras. With UNDERSTUDY_GOLDEN=update the texts are written anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "compiler/emit.h"
#include "compiler/print.h"
#include "compiler/report.h"
#include "tests/compiler/site.h"

static int load(void **context)
{
    static struct site site;
    *context = &site;
    return site_load(&site) ? 0 : 1;
}

static int unload(void **context)
{
    site_free(*context);
    return 0;
}

static char *read_golden(const char *path)
{
    char *text = NULL;
    size_t room = 0;
    FILE *file = fopen(path, "r");
    if (file != NULL && getdelim(&text, &room, '\0', file) < 0)
        text[0] = '\0';
    if (file != NULL)
        fclose(file);
    return text != NULL ? text : strdup("(there is no such file)");
}

static void assert_golden(const char *name, const char *text)
{
    char path[128];
    const char *mode = getenv("UNDERSTUDY_GOLDEN");
    snprintf(path, sizeof path, SITE_FOLDER "%s", name);
    if (mode != NULL && strcmp(mode, "update") == 0) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
    }
    char *expected = read_golden(path);
    if (strcmp(text, expected) != 0)
        fail_msg("%s (UNDERSTUDY_GOLDEN=update writes it anew): expected:\n%s\nfound:\n%s", path,
                 expected, text);
    free(expected);
}

/* Compares what a call writes to `out` with a golden file. */
#define ASSERT_EMITS(name, call)                                                                   \
    do {                                                                                           \
        char *text = NULL;                                                                         \
        size_t bytes;                                                                              \
        FILE *out = open_memstream(&text, &bytes);                                                 \
        call;                                                                                      \
        fclose(out);                                                                               \
        assert_golden(name, text);                                                                 \
        free(text);                                                                                \
    } while (0)

static void the_image_in_words(void **context)
{
    const struct site *site = *context;
    ASSERT_EMITS("image.txt", emit_image_text(out, site->image));
}

static void the_topology_in_its_own_language(void **context)
{
    const struct site *site = *context;
    ASSERT_EMITS("printed.txt", print_topology(out, &site->model));
}

static void the_list_of_machines(void **context)
{
    const struct site *site = *context;
    ASSERT_EMITS("deployment.c.txt",
                 emit_deployment(out, site->plan.shapes, site->plan.shape_count, 4711));
    ASSERT_EMITS("image.ld.txt", emit_linker_script(out));
}

static void the_report(void **context)
{
    const struct site *site = *context;
    const struct report_proof proof = {.machines = 5, .cells = 4711};
    ASSERT_EMITS("report.txt",
                 report_write(out, &site->resolved, &site->plan, site->image, &proof));
}

static void a_machine(void **context)
{
    const struct site *site = *context;
    const struct spec_shape *shape = &site->plan.shapes[site->plan.camera_machine];
    const char *const lines[] = {"site.lua:14: camera \"*/ %% }\"", "site.lua:16: camera \"c-1\""};
    const struct emit_origin origin = {.lines = lines, .line_count = 2, .more = 40};
    const uint8_t numbers[MACHINE_STATES_MAX] = {1, 2, 3, 4, 5};
    ASSERT_EMITS("chart_camera.rl.txt", emit_chart(out, shape, &origin));
    ASSERT_EMITS("machine_camera.rl.txt", emit_host(out, shape));
    ASSERT_EMITS("cells_camera.c.txt", emit_cells(out, shape, numbers));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_image_in_words),
        cmocka_unit_test(the_topology_in_its_own_language),
        cmocka_unit_test(the_list_of_machines),
        cmocka_unit_test(the_report),
        cmocka_unit_test(a_machine),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
