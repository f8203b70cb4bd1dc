/* A status as people read it: what is no news is left out, numbers and nouns agree, and columns
 * stand under each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/node/status_print.h"

static char shown[4096];

/* What status_print prints of a status with these members beside the usual ones. */
static bool show(const char *members)
{
    char text[2048];
    FILE *file = tmpfile();
    const int screen = dup(STDOUT_FILENO);
    snprintf(text, sizeof text,
             "{\"server\": \"omega\", \"state\": \"recording\", \"epoch\": 7,"
             " \"verdict\": {\"ok\": true, \"text\": \"all is well\"}%s}",
             members);
    json_t *status = json_loads(text, 0, NULL);
    assert_non_null(file);
    assert_non_null(status);
    fflush(stdout);
    dup2(fileno(file), STDOUT_FILENO);
    const bool understood = status_print(status);
    fflush(stdout);
    dup2(screen, STDOUT_FILENO);
    close(screen);
    rewind(file);
    shown[fread(shown, 1, sizeof shown - 1, file)] = '\0';
    fclose(file);
    json_decref(status);
    return understood;
}

static void test_a_standby_at_rest(void **state)
{
    (void)state;
    assert_true(show(", \"journal\": {\"entries\": 1}, \"cameras\": [{\"name\": \"lobby\","
                     " \"main\": \"alpha\", \"server\": \"omega\", \"state\": \"idle\"}],"
                     " \"failovers\": [{\"name\": \"a\", \"monitor\": \"alpha\", \"flaps\": 1},"
                     " {\"name\": \"b\", \"monitor\": \"beta\", \"flaps\": 2}]"));
    assert_null(strstr(shown, "cameras\n"));
    assert_non_null(strstr(shown, "server omega has no cameras of its own"));
    assert_non_null(strstr(shown, " 1 journal entry\n"));
    assert_non_null(strstr(shown, ", 1 flap\n"));
    assert_non_null(strstr(shown, ", 2 flaps\n"));
    assert_null(strstr(shown, "peers"));
}

static void test_columns_fit_the_longest_name(void **state)
{
    static const char name[] = "a-name-of-sixty-three-bytes-which-is-as-long-as-names-may-get-ab";
    char members[1024];
    (void)state;
    snprintf(members, sizeof members,
             ", \"journal\": {\"entries\": 2}, \"cameras\": [{\"name\": \"%.63s\", \"main\": "
             "\"omega\", \"server\": \"omega\", \"state\": \"idle\"}, {\"name\": \"gate\", "
             "\"main\": \"omega\", \"server\": \"omega\", \"state\": \"idle\"}]",
             name);
    assert_true(show(members));
    const char *heading = strstr(shown, "cameras\n");
    assert_non_null(heading);
    const char *first = strchr(heading, '\n') + 1;
    const char *second = strchr(first, '\n') + 1;
    assert_int_equal(strstr(first, "idle") - first, 2 + 63 + 2);
    assert_int_equal(strstr(second, "idle") - second, 2 + 63 + 2);
    assert_non_null(strstr(shown, "server omega is recording, epoch 7"));
    assert_non_null(strstr(shown, " 2 journal entries\n"));
}

static void test_a_limit_and_none(void **state)
{
    (void)state;
    assert_true(show(", \"journal\": {}, \"managers\": [{\"name\": \"limit\", \"max_running\": 1,"
                     " \"held\": 1, \"waiting\": 2}]"));
    assert_non_null(strstr(shown, "limit  1 of 1 slot taken, 2 waiting\n"));
    assert_true(show(", \"journal\": {}, \"managers\": [{\"name\": \"limit\", \"max_running\": 0,"
                     " \"held\": 3, \"waiting\": 0}]"));
    assert_non_null(strstr(shown, "limit  3 of any number of slots taken, 0 waiting\n"));
}

/* R10: in days, under a day in hours, under an hour in minutes, under a minute in seconds. */
static void test_r10_the_licence_time_left(void **state)
{
    static const struct {
        const char *left_ms;
        const char *text;
    } cases[] = {{"5184000000", "licence for 60 days more"},
                 {"5183999999", "for 59 days more"},
                 {"86400000", "for 1 day more"},
                 {"86399999", "for 23 hours more"},
                 {"3600000", "for 1 hour more"},
                 {"3599999", "for 59 minutes more"},
                 {"60000", "for 1 minute more"},
                 {"59999", "for 59 seconds more"},
                 {"999", "for 0 seconds more"}};
    char members[256];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(members, sizeof members,
                 ", \"journal\": {}, \"failovers\": [{\"name\": \"a\", \"monitor\": \"alpha\","
                 " \"state\": \"carrying\", \"licence_left_ms\": %s}]",
                 cases[i].left_ms);
        assert_true(show(members));
        assert_non_null(strstr(shown, cases[i].text));
    }
    assert_true(show(", \"journal\": {}, \"failovers\": [{\"name\": \"a\", \"licence_left_ms\":"
                     " null}]"));
    assert_null(strstr(shown, "licence"));
}

/* As the journal tells them, and not as machines do. */
static void test_r43_times_are_those_of_the_site(void **state)
{
    (void)state;
    assert_true(
        show(", \"journal\": {}, \"site\": {\"time_zone\": \"Europe/Berlin\"},"
             " \"now_at\": \"2026-11-23T20:45:12.345Z\","
             " \"alarms\": [{\"alarm\": \"a\", \"since_at\": \"2026-07-23T20:00:00.000Z\"}],"
             " \"timeline\": [{\"at\": \"2026-11-23T23:30:00.000Z\"}]"));
    assert_non_null(strstr(shown, "as of 2026-11-23T21:45:12.345+01:00"));
    assert_non_null(strstr(shown, "since 2026-07-23T22:00:00.000+02:00"));
    assert_non_null(strstr(shown, "  2026-11-24T00:30:00.000+01:00  "));
    assert_true(show(", \"journal\": {}, \"site\": {\"time_zone\": \"\"},"
                     " \"now_at\": \"2026-11-23T20:45:12.345Z\""));
    assert_non_null(strstr(shown, "as of 2026-11-23T20:45:12.345Z"));
}

static void test_what_is_no_status(void **state)
{
    (void)state;
    assert_false(show(""));
    assert_true(show(", \"journal\": {}, \"cameras\": 7, \"peers\": [{}, 3, null]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_standby_at_rest),
                                       cmocka_unit_test(test_columns_fit_the_longest_name),
                                       cmocka_unit_test(test_a_limit_and_none),
                                       cmocka_unit_test(test_r10_the_licence_time_left),
                                       cmocka_unit_test(test_r43_times_are_those_of_the_site),
                                       cmocka_unit_test(test_what_is_no_status)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
