/* Why nobody recorded: decisions beside a gap (R42). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recorder/archive_cause.h"

#define T 1795466712000 /* 2026-11-23T20:45:12Z */

#define ENTRY(second, server, camera, machine, verdict, rule)                                      \
    "{\"at\": \"2026-11-23T20:45:" second "Z\", \"server\": " server ", \"camera\": " camera       \
    ", \"transitions\": [{\"machine\": \"" machine "\", \"from\": \"a\", \"to\": \"b\", "          \
    "\"verdict\": \"" verdict "\", \"rule\": \"" rule "\", \"why\": \"so\"}]}"

static json_t *load(const char *text)
{
    char path[] = "/tmp/understudy-cause-XXXXXX";
    int file = mkstemp(path);
    json_t *decisions;

    assert_true(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
    close(file);
    decisions = archive_cause_load(path);
    unlink(path);
    return decisions;
}

static const char *rule_at(const json_t *causes, size_t i)
{
    return json_string_value(json_object_get(json_array_get(causes, i), "rule"));
}

/* Two journals, the later decision first; another main, another camera and what was ignored do not
 * count, nor what was decided after the gap. */
static void what_concerns_the_main_is_found(void **state)
{
    json_t *decisions = load(
        "{\"server\": \"omega\", \"entries\": [" ENTRY("14.000", "null", "null", "failover one", "move", "R2") "," ENTRY(
            "13.000", "\"alpha\"", "null", "failover one", "move",
            "R1") "," ENTRY("13.000", "\"beta\"", "null", "failover two", "move",
                            "R15") "," ENTRY("13.500", "null", "\"gate\"", "camera gate", "move",
                                             "R36") "," ENTRY("13.600", "\"alpha\"", "null",
                                                              "failover one", "ignore",
                                                              "R5") "]}\n"
                                                                    "{\"server\": \"alpha\", "
                                                                    "\"entries\": [" ENTRY(
                                                                        "12.500", "null",
                                                                        "\"lobby\"", "camera lobby",
                                                                        "move",
                                                                        "R40") "," ENTRY("40.000",
                                                                                         "null",
                                                                                         "null",
                                                                                         "main "
                                                                                         "alpha",
                                                                                         "move",
                                                                                         "R27") "]}"
                                                                                                "\n");
    json_t *causes;

    (void)state;
    assert_non_null(decisions);
    causes = archive_cause_find(decisions, "alpha", "lobby", T, T + 10000);
    assert_int_equal(json_array_size(causes), 3);
    assert_string_equal(rule_at(causes, 0), "R40");
    assert_string_equal(rule_at(causes, 1), "R1");
    assert_string_equal(rule_at(causes, 2), "R2");
    json_decref(causes);
    json_decref(decisions);
}

static void what_is_no_journal_is_refused(void **state)
{
    json_t *decisions;

    (void)state;
    assert_null(load("{\"server\": "));
    assert_null(load("[1, 2] x"));
    decisions = load("{\"entries\": [{\"at\": 5, \"transitions\": 7}, 3, null]}");
    assert_int_equal(json_array_size(decisions), 0);
    json_decref(decisions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_concerns_the_main_is_found),
                                       cmocka_unit_test(what_is_no_journal_is_refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
