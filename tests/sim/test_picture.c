/* Pictures of timelines: sound ones, and JSON that nobody wrote in good faith. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "runtime/sim/label.h"
#include "runtime/sim/picture.h"

#define HEAD    "{\"outage\": \"power\", \"lasts_ms\": 60000, "
#define CAMERA  "{\"name\": \"lobby\", \"main\": \"alpha\", \"gaps\": [], \"by\": []}"
#define DOUBLES "{\"server\": \"alpha\", \"from_ms\": 0, \"to_ms\": 60000}, "

static struct timeline *read_json(const char *text, size_t *count, char error[TEXT_BYTES_MAX])
{
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    struct timeline *timelines = timeline_read(json, count, error);
    json_decref(json);
    return timelines;
}

static char *draw(const char *text)
{
    size_t count;
    char error[TEXT_BYTES_MAX] = "";
    char *svg = NULL;
    size_t size = 0;
    struct timeline *timelines = read_json(text, &count, error);
    if (timelines == NULL)
        fail_msg("%s", error);
    FILE *out = open_memstream(&svg, &size);
    assert_non_null(out);
    picture_write(out, timelines, count);
    fclose(out);
    timeline_free(timelines, count);
    return svg;
}

static void expect_refusal(const char *text, const char *words)
{
    size_t count;
    char error[TEXT_BYTES_MAX] = "";
    assert_null(read_json(text, &count, error));
    if (strstr(error, words) == NULL)
        fail_msg("refused, but with: %s", error);
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (text = strstr(text, part); text != NULL; text = strstr(text + 1, part))
        count++;
    return count;
}

static void a_gap_bears_its_length(void **context)
{
    (void)context;
    char *svg = draw(HEAD "\"cameras\": [{\"name\": \"lobby\", \"main\": \"alpha\","
                          "\"gaps\": [{\"from_ms\": 10000, \"to_ms\": 33000}],"
                          "\"by\": [{\"server\": \"alpha\", \"from_ms\": 0, \"to_ms\": 10000},"
                          "{\"server\": \"omega\", \"from_ms\": 33000, \"to_ms\": 60000}]}]}");
    assert_non_null(strstr(svg, ">23 s</text>"));
    assert_non_null(strstr(svg, ">omega records</text>"));
    assert_null(strstr(svg, "two at once"));
    assert_null(strstr(svg, "not even"));
    free(svg);
}

static void two_servers_share_a_row(void **context)
{
    (void)context;
    char *svg = draw(HEAD "\"cameras\": [{\"name\": \"lobby\", \"main\": \"alpha\", \"gaps\": [],"
                          "\"by\": [" DOUBLES
                          "{\"server\": \"omega\", \"from_ms\": 20000, \"to_ms\": 40000}]}]}");
    assert_non_null(strstr(svg, "two at once"));
    assert_int_equal(count_of(svg, "height=\"10.00\""), 2);
    free(svg);
}

static void a_short_gap_in_a_long_outage_stays_visible(void **context)
{
    (void)context;
    char *svg = draw("{\"outage\": \"day\", \"lasts_ms\": 86400000, \"cameras\": [{\"name\": \"a\","
                     "\"main\": \"m\", \"by\": [], \"gaps\": [{\"from_ms\": 1000, \"to_ms\": "
                     "2000}]}]}");
    assert_non_null(strstr(svg, "The scale is not even"));
    assert_non_null(strstr(svg, ">1 s</text>"));
    free(svg);
}

/* A main with `count` cameras, the first of which misses something if `gap`. */
static void add_main(FILE *out, const char *main, int count, bool gap)
{
    for (int i = 0; i < count; i++)
        fprintf(out,
                "{\"name\": \"%s-%d\", \"main\": \"%s\", \"gaps\": [%s], \"by\": [{\"server\": "
                "\"%s\", \"from_ms\": %d, \"to_ms\": 60000}]},",
                main, i, main, gap && i == 0 ? "{\"from_ms\": 0, \"to_ms\": 5000}" : "", main,
                gap && i == 0 ? 5000 : 0);
}

static void a_large_site_is_folded(void **context)
{
    (void)context;
    char *json = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&json, &size);
    assert_non_null(out);
    fputs(HEAD "\"cameras\": [", out);
    add_main(out, "hall", 16, true);
    for (int i = 0; i < 10; i++)
        add_main(out, (const char *const[]){"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}[i],
                 16, false);
    fputs("{}]}", out);
    fclose(out);
    char *svg = draw(json);
    assert_non_null(strstr(svg, "177 cameras, 1 min; no camera misses more than 5 s"));
    assert_non_null(strstr(svg, ">hall-0</text>"));
    assert_non_null(strstr(svg, ">hall-1 and 14 more</text>"));
    assert_non_null(strstr(svg, ">10 mains undisturbed</text>"));
    assert_non_null(strstr(svg, ">160 cameras</text>"));
    assert_int_equal(count_of(svg, "class=\"group\""), 3); /* and that of no main */
    free(svg);
    free(json);
}

static void text_of_users_is_escaped(void **context)
{
    (void)context;
    char *svg = draw("{\"outage\": \"<script>&\\\"\\u001b[31m\\u202e\", \"lasts_ms\": 1000,"
                     "\"cameras\": [" CAMERA "]}");
    assert_null(strstr(svg, "<script>"));
    assert_non_null(strstr(svg, "&lt;script&gt;&amp;&quot;"));
    assert_null(strchr(svg, '\033'));
    assert_null(strstr(svg, "\xe2\x80\xae"));
    free(svg);
}

static void what_is_no_timeline_is_refused(void **context)
{
    (void)context;
    expect_refusal("[1]", "object");
    expect_refusal("{\"lasts_ms\": 5}", "list of cameras");
    expect_refusal("{\"cameras\": []}", "lasts_ms");
    expect_refusal("{\"cameras\": [], \"lasts_ms\": 0}", "no duration");
    expect_refusal("{\"cameras\": [], \"lasts_ms\": -4}", "outside");
    expect_refusal("{\"cameras\": [], \"lasts_ms\": \"5\"}", "whole number");
    expect_refusal(HEAD "\"cameras\": [{\"gaps\": [{\"from_ms\": 9, \"to_ms\": 3}]}]}", "ends");
    expect_refusal(HEAD "\"cameras\": [{\"gaps\": [{\"from_ms\": 9, \"to_ms\": 60001}]}]}",
                   "outside");
    expect_refusal(HEAD "\"cameras\": [{\"by\": [{\"from_ms\": 1, \"to_ms\": 3}]}]}", "no server");
    expect_refusal(HEAD "\"cameras\": [], \"acts\": [{\"act\": \"fail\"}]}", "at_ms");
}

static void odd_timelines_are_drawn(void **context)
{
    (void)context;
    free(draw("[]"));
    free(draw(HEAD "\"cameras\": []}"));
    free(draw(HEAD "\"cameras\": [{}, 5, null, {\"by\": 3, \"gaps\": \"x\"}]}"));
    free(draw(HEAD "\"cameras\": [], \"acts\": [{\"at_ms\": 0}], \"events\": [7, {\"machine\": "
                   "\"failover f\", \"at_ms\": 60000, \"from\": 1, \"to\": 2}]}"));
}

static void a_label_shows_what_can_be_shown(void **context)
{
    (void)context;
    static const struct {
        const char *text;
        const char *label;
    } cases[] = {
        {"gate-1", "gate-1"},
        {"T\xc3\xbcr \xf0\x9f\x8e\xa5", "T\xc3\xbcr \xf0\x9f\x8e\xa5"},
        {"a\tb\n", "a\xef\xbf\xbd"
                   "b\xef\xbf\xbd"},
        {"\xff", "\xef\xbf\xbd"},
        {"\xc3", "\xef\xbf\xbd"},                 /* cut off */
        {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"}, /* longer than it has to be */
        {"\xed\xa0\x80", "\xef\xbf\xbd"},         /* a surrogate */
        {"\xc2\x9b", "\xef\xbf\xbd"},             /* a control character that terminals obey */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *label = label_new(cases[i].text);
        assert_string_equal(label, cases[i].label);
        free(label);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gap_bears_its_length),
        cmocka_unit_test(two_servers_share_a_row),
        cmocka_unit_test(a_short_gap_in_a_long_outage_stays_visible),
        cmocka_unit_test(a_large_site_is_folded),
        cmocka_unit_test(text_of_users_is_escaped),
        cmocka_unit_test(what_is_no_timeline_is_refused),
        cmocka_unit_test(odd_timelines_are_drawn),
        cmocka_unit_test(a_label_shows_what_can_be_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
