/* What users expect of their site, in every order of faults: the shortest outage that breaks it is
 * found, and the dry run breaks it with that outage too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SITE "examples/01-pair/topology.lua"

static char folder[] = "/tmp/understudy-expect-XXXXXX";

static char *path_of(const char *name)
{
    static char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *text)
{
    FILE *out = fopen(path_of(name), "w");
    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
}

/* Runs the front with these words, its output in FOLDER/out; returns the exit code. */
static int understudy(const char *words)
{
    const char *bin = getenv("UNDERSTUDY_BIN");
    char command[512];
    snprintf(command, sizeof command, "%s/understudy %s >%s/out 2>&1",
             bin == NULL ? "build/bin" : bin, words, folder);
    const int status = system(command);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Holds what outage.lua expects with these options; returns the report. */
static json_t *hold(const char *options, int exit_code)
{
    char words[256];
    json_error_t error;
    snprintf(words, sizeof words, "explore " SITE " --expect %s/outage.lua --json %s", folder,
             options);
    assert_int_equal(understudy(words), exit_code);
    json_t *report = json_load_file(path_of("out"), 0, &error);
    assert_non_null(report);
    return report;
}

static json_t *expectation(json_t *report, size_t index)
{
    return json_array_get(json_object_get(report, "expectations"), index);
}

/* The longest gap of one failed server is that of a main that comes back just before it would be
 * taken over (R26): shorter than notice, wait and start together. */
static void what_holds_is_said_to_hold(void **context)
{
    (void)context;
    write_file("outage.lua", "outage \"any server\" { lasts = \"1 h\","
                             " expect { gap \"lobby\" { at_most = \"8 s\" } } }\n");
    json_t *report = hold("--acts fail --faults 1", 0);
    assert_true(json_boolean_value(json_object_get(report, "complete")));
    assert_true(json_boolean_value(json_object_get(expectation(report, 0), "held")));
    /* alpha fails, omega fails; each also comes back, at five times */
    assert_int_equal(json_integer_value(json_object_get(report, "orders")), 2 + 2 * 5);
    json_decref(report);
    write_file("outage.lua", "outage \"any server\" { lasts = \"1 h\","
                             " expect { gap \"lobby\" { at_most = \"7 s\" } } }\n");
    report = hold("--acts fail --faults 1", 1);
    assert_string_equal(json_string_value(json_object_get(expectation(report, 0), "found")),
                        "7 s 800 ms");
    json_decref(report);
}

/* Two servers that fail leave nobody; the outage that says so does it again. */
static void what_breaks_is_an_outage_that_breaks_it(void **context)
{
    char words[256];
    (void)context;
    write_file("outage.lua", "outage \"any server\" { lasts = \"1 h\","
                             " expect { gap \"lobby\" { at_most = \"8 s\" },"
                             " overload \"omega\" { never = true } } }\n");
    json_t *report = hold("--acts fail --faults 2", 1);
    json_t *gap = expectation(report, 0);
    assert_false(json_boolean_value(json_object_get(gap, "held")));
    assert_int_equal(json_integer_value(json_object_get(gap, "faults")), 2);
    assert_true(json_boolean_value(json_object_get(expectation(report, 1), "held")));
    write_file("found.lua", json_string_value(json_object_get(gap, "outage")));
    snprintf(words, sizeof words, "simulate " SITE " %s/found.lua --json", folder);
    assert_int_equal(understudy(words), 1);
    json_error_t error;
    json_t *outages = json_load_file(path_of("out"), 0, &error);
    assert_non_null(outages);
    const json_t *judged =
        json_array_get(json_object_get(json_array_get(outages, 0), "expectations"), 0);
    assert_string_equal(json_string_value(json_object_get(judged, "found")),
                        json_string_value(json_object_get(gap, "found")));
    json_decref(outages);
    json_decref(report);
}

/* The acts of the file come first: with alpha down, omega is the only one left. */
static void faults_follow_the_acts_of_the_file(void **context)
{
    (void)context;
    write_file("outage.lua",
               "outage \"alpha is down\" { at \"10 s\" { fail \"alpha\" },"
               " lasts = \"10 min\", expect { gap \"lobby\" { at_most = \"1 min\" } } }\n");
    json_t *report = hold("--acts fail --faults 1", 1);
    json_t *gap = expectation(report, 0);
    assert_int_equal(json_integer_value(json_object_get(gap, "faults")), 1);
    const char *outage = json_string_value(json_object_get(gap, "outage"));
    assert_non_null(strstr(outage, "at \"10000 ms\" { fail \"alpha\" },\n  at \"10200 ms\" { fail "
                                   "\"omega\" }"));
    json_decref(report);
}

static void every_kind_of_fault_is_tried(void **context)
{
    (void)context;
    write_file("outage.lua", "outage \"any\" { lasts = \"1 min\","
                             " expect { gap \"lobby\" { at_most = \"1 h\" } } }\n");
    const struct {
        const char *acts;
        int orders; /* of one fault: as many as there are things to break, six times each */
    } kinds[] = {{"fail", 2}, {"cut", 1}, {"isolate", 2}, {"pause", 2}, {"lose", 2}, {NULL, 9}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char options[64] = "--faults 1";
        if (kinds[i].acts != NULL)
            snprintf(options, sizeof options, "--faults 1 --acts %s", kinds[i].acts);
        json_t *report = hold(options, 0);
        assert_int_equal(json_integer_value(json_object_get(report, "orders")),
                         6 * kinds[i].orders);
        json_decref(report);
    }
}

static void what_cannot_be_meant_is_refused(void **context)
{
    char words[256];
    (void)context;
    write_file("outage.lua", "outage \"nothing\" { lasts = \"1 min\" }\n");
    snprintf(words, sizeof words, "explore " SITE " --expect %s/outage.lua", folder);
    assert_int_equal(understudy(words), 1);
    snprintf(words, sizeof words, "explore " SITE " --expect %s/outage.lua --acts fall", folder);
    assert_int_equal(understudy(words), 2);
    snprintf(words, sizeof words, "explore " SITE " --expect %s/nowhere.lua", folder);
    assert_int_equal(understudy(words), 3);
    assert_int_equal(understudy("explore " SITE " --faults 1 --acts isolate"), 2);
    assert_int_equal(understudy("explore " SITE " --random --acts fail"), 2);
}

static int make_folder(void **context)
{
    (void)context;
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **context)
{
    static const char *const names[] = {"out", "outage.lua", "found.lua"};
    (void)context;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlink(path_of(names[i]));
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_holds_is_said_to_hold),
        cmocka_unit_test(what_breaks_is_an_outage_that_breaks_it),
        cmocka_unit_test(faults_follow_the_acts_of_the_file),
        cmocka_unit_test(every_kind_of_fault_is_tried),
        cmocka_unit_test(what_cannot_be_meant_is_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
