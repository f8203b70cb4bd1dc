/* The examples are what people copy: each is sound without a warning, and so are its outages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <glob.h>
#include <sys/wait.h>
#include <stdio.h>
#include <string.h>

#include "compiler/front.h"
#include "compiler/topology.h"
#include "dsl/dsl.h"

static void assert_outages_fit(struct topology *topology, const char *path)
{
    struct model_outages outages = {.count = 0};
    struct resolved_outages resolved = {.count = 0};
    if (!dsl_read_outages(path, topology->arena, &outages, topology->diag) ||
        !resolve_outages(topology->arena, &topology->resolved, &outages, &resolved,
                         topology->diag)) {
        topology_print_findings(topology);
        fail_msg("%s does not fit its topology", path);
    }
    assert_true(resolved.count > 0);
    for (uint32_t i = 0; i < resolved.count; i++)
        assert_true(resolved.outages[i].act_count > 0 && resolved.outages[i].expect_count > 0);
}

static void every_example_is_sound(void **context)
{
    (void)context;
    glob_t found;
    assert_int_equal(glob("examples/*/topology.lua", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char outage[512];
        const char *path = found.gl_pathv[i];
        struct topology topology;
        topology_load(&topology, path, true);
        topology_print_findings(&topology);
        assert_int_equal(topology.exit_code, EXIT_FINE);
        snprintf(outage, sizeof outage, "%.*s/outage.lua", (int)(strrchr(path, '/') - path), path);
        assert_outages_fit(&topology, outage);
        topology_free(&topology);
    }
    assert_true(found.gl_pathc >= 6);
    globfree(&found);
}

/* Runs `understudy VERB FOLDER/topology.lua [FOLDER/outage.lua]`; its exit code. */
static int understudy(const char *verb, const char *folder, bool outage)
{
    const char *bin = getenv("UNDERSTUDY_BIN");
    char command[2048];
    snprintf(command, sizeof command, "%s/understudy %s %s/topology.lua %s%s >/dev/null",
             bin == NULL ? "build/bin" : bin, verb, folder, outage ? folder : "",
             outage ? "/outage.lua" : "");
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What its outages expect is what the dry run finds, and it can be drawn. */
static void every_example_does_what_it_says(void **context)
{
    (void)context;
    glob_t found;
    assert_int_equal(glob("examples/[0-9]*", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *folder = found.gl_pathv[i];
        if (understudy("simulate", folder, true) != EXIT_FINE)
            fail_msg("%s: the outages do not go as expected", folder);
        if (understudy("graph", folder, false) != EXIT_FINE)
            fail_msg("%s: the flowchart cannot be drawn", folder);
    }
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_is_sound),
        cmocka_unit_test(every_example_does_what_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
