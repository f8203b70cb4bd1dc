/* The page of a node, part by part: what operators look for stands in it, names become no markup,
 * and a status that is old is not told as the present. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/node/html.h"
#include "runtime/node/page_view.h"
#include "runtime/node/trouble.h"

#define HOSTILE "</script><img src=x onerror=alert(1)> & \"q\" 'a'"

static struct page_view view;

static void look_at(json_t *status)
{
    assert_non_null(status);
    page_view_take(&view, status, 0);
}

static int forget(void **state)
{
    (void)state;
    page_view_free(&view);
    memset(&view, 0, sizeof view);
    return 0;
}

/* A standby with one main, whose failover is in this state, and everything named as given. */
static json_t *a_status(const char *name, const char *state)
{
    json_error_t error;
    json_t *status = json_pack_ex(
        &error, 0,
        "{s:s, s:s, s:s, s:s, s:i, s:{s:s, s:s, s:[{s:s, s:s}]}, s:[{s:s, s:s, s:s, s:s, s:s}],"
        " s:[{s:s, s:s, s:s, s:b, s:i}], s:[{s:s, s:b, s:i, s:s, s:s}], s:[{s:s, s:s, s:s}],"
        " s:{s:[{s:s, s:i, s:b}, {s:s, s:i, s:b}], s:[{s:s, s:s, s:s, s:s, s:i}]},"
        " s:[{s:s, s:s, s:s, s:s, s:s, s:s, s:s}]}",
        "server", "omega", "deployment", name, "state", "recording", "now_at",
        "2026-11-23T20:00:55.123Z", "uptime_ms", 61000, "verdict", "level", "attention", "text",
        name, "troubles", "level", "attention", "text", name, "cameras", "name", name, "main", name,
        "server", "omega", "state", "silent", "cause", name, "failovers", "name", name, "monitor",
        name, "state", state, "carries", strcmp(state, "carrying") == 0, "licence_left_ms", 60000,
        "peers", "name", name, "up", 0, "heard_ms_ago", 12000, "address", name, "trouble", name,
        "volumes", "name", name, "path", name, "trouble", name, "site", "servers", "name", name,
        "cameras", 3, "here", 0, "name", "omega", "cameras", 0, "here", 1, "failovers", "name",
        name, "standby", "omega", "monitor", name, "state", state, "wait_ms", 5000, "timeline",
        "at", "2026-11-23T20:00:50.000Z", "machine", name, "from", "suspect", "to", state, "rule",
        "R1", "why", name, "reason", name);
    if (status == NULL)
        fail_msg("%s", error.text);
    return status;
}

static char *document(const struct page_frame *frame)
{
    char *text = page_view_document(&view, frame);
    assert_non_null(text);
    return text;
}

static void expect(const char *text, const char *words)
{
    if (strstr(text, words) == NULL)
        fail_msg("no \"%s\" in:\n%s", words, text);
}

static void test_a_failover_is_shown(void **state)
{
    (void)state;
    look_at(a_status("alpha", "carrying"));
    char *text = document(&(struct page_frame){.age_ms = 200});
    expect(text, "<title>omega: alpha</title>");
    expect(text, "<div class=\"verdict attention\"><h1>alpha</h1>");
    expect(text, "<span class=\"mark attention\">carrying</span></p><p>alpha is carried here.");
    expect(text, "Licence: 1 minute left"); /* R10 */
    expect(text, "<g class=\"arrow attention carries\">");
    expect(text, ">seen 12 s ago</text>");
    expect(text, "<td data-head=\"seen\">12 s ago</td>");
    expect(text, "<span class=\"mark alarm\">not connected</span>");
    expect(text, "<span class=\"mark alarm\">silent</span>");
    expect(text, "suspect &rarr; carrying</span> <span class=\"rule\">R1</span>");
    expect(text, "20:00:50 UTC</time>");
    expect(text, "<noscript><meta http-equiv=\"refresh\"");
    assert_null(strstr(text, "Give the order"));
    free(text);
}

/* Every tag of a page is one of ours: a name that opens or closes one would be found. */
static void test_hostile_names_stay_text(void **state)
{
    (void)state;
    look_at(a_status(HOSTILE, "carrying"));
    char *text = document(&(struct page_frame){.orders = true, .form_secret = "0123"});
    assert_null(strstr(text, "<img"));
    assert_null(strstr(text, "'a'"));
    assert_null(strstr(text, "\"q\""));
    size_t shown = 0;
    for (const char *at = text; (at = strstr(at, "&lt;/script&gt;&lt;img src=x")) != NULL; at++)
        shown++;
    assert_true(shown >= 15);
    free(text);
    uint64_t seen = 0;
    text = page_view_event(&view, &seen);
    json_t *event = json_loads(text + strlen("data: "), 0, NULL);
    const char *part;
    json_t *html;
    assert_int_equal(json_object_size(json_object_get(event, "parts")), PAGE_PART_COUNT);
    json_object_foreach(json_object_get(event, "parts"), part, html)
        assert_null(strstr(json_string_value(html), "<img"));
    json_decref(event);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 2); /* one line, and its end */
    free(text);
}

static void test_a_stream_gives_what_changed(void **state)
{
    uint64_t seen = 0;
    (void)state;
    look_at(a_status("alpha", "watching"));
    char *text = page_view_event(&view, &seen);
    expect(text, "data: {");
    expect(text, "\"timeline\":");
    expect(text, "\"cameras\":");
    free(text);
    assert_null(page_view_event(&view, &seen));
    look_at(a_status("alpha", "carrying"));
    text = page_view_event(&view, &seen);
    expect(text, "\"failovers\":");
    expect(text, "\"site\":");
    assert_null(strstr(text, "\"cameras\":"));
    assert_null(strstr(text, "\"volumes\":"));
    free(text);
}

static void test_the_last_word_of_a_silent_node(void **state)
{
    (void)state;
    look_at(a_status("alpha", "watching"));
    char *text = document(&(struct page_frame){.age_ms = 65000});
    expect(text, "<body class=\"page stale\"");
    expect(text, "The node has said nothing for 65 s.");
    free(text);
    json_t *health = page_view_health(&view, 65000, true);
    assert_true(json_is_false(json_object_get(health, "healthy")));
    json_decref(health);
}

static void test_asides_of_a_failover(void **state)
{
    (void)state;
    look_at(json_pack("{s:[{s:s, s:{s:i, s:s}, s:{s:s, s:i, s:i}}]}", "failovers", "name", "a",
                      "maintenance", "left_ms", 59001, "reason", "<b>disks</b>", "fill", "state",
                      "running", "segments", 3, "bytes", 2500000));
    char *text = document(&(struct page_frame){.age_ms = 0});
    expect(text, "Enabled by itself in 1 min <q>&lt;b&gt;disks&lt;/b&gt;</q>");
    expect(text, "Back-fill running: 3 segments, 2.5 MB");
    free(text);
}

/* A take-over is what a standby is for; silence on the disk is not. */
static void test_what_is_healthy(void **state)
{
    (void)state;
    look_at(json_pack("{s:{s:[{s:s, s:s}]}}", "verdict", "troubles", "level", "attention", "text",
                      "carries alpha"));
    json_t *health = page_view_health(&view, 100, true);
    assert_true(json_is_true(json_object_get(health, "healthy")));
    json_decref(health);
    look_at(json_pack("{s:{s:[{s:s, s:s}]}}", "verdict", "troubles", "level", "alarm", "text",
                      "the journal cannot be written"));
    health = page_view_health(&view, 100, true);
    assert_true(json_is_false(json_object_get(health, "healthy")));
    assert_string_equal(json_string_value(json_array_get(json_object_get(health, "reasons"), 0)),
                        "the journal cannot be written");
    json_decref(health);
    health = page_view_health(&view, 100, false);
    assert_null(json_object_get(health, "reasons"));
    json_decref(health);
}

static void test_orders_where_they_are_taken(void **state)
{
    (void)state;
    look_at(a_status("alpha", "watching"));
    char *text = document(&(struct page_frame){.orders = true, .form_secret = "5ec4e7"});
    expect(text, "name=\"secret\" value=\"5ec4e7\"");
    expect(text, "<option>alpha</option>");
    expect(text, "Log off");
    free(text);
}

/* A site in which every server is a standby, one that names what is not there, and none at all. */
static void test_sites_of_any_shape(void **state)
{
    static const char *const sites[] = {
        "{\"site\": {\"servers\": [{\"name\": \"a\"}, {\"name\": \"b\"}], \"failovers\": "
        "[{\"name\":"
        " \"ab\", \"standby\": \"b\", \"monitor\": \"a\"}, {\"name\": \"ba\", \"standby\": \"a\","
        " \"monitor\": \"b\"}]}}",
        "{\"site\": {\"servers\": [{\"name\": \"a\"}], \"failovers\": [{\"name\": \"ab\", "
        "\"standby\": \"b\", \"monitor\": \"a\", \"wait_ms\": -1}, 7, null]}}",
        "{\"site\": {\"servers\": [], \"servers_left_out\": 3}}",
        "{\"site\": 7, \"cameras\": {}, \"timeline\": [{}], \"failovers\": [{}, null]}", "{}"};
    (void)state;
    for (size_t i = 0; i < sizeof sites / sizeof sites[0]; i++) {
        look_at(json_loads(sites[i], 0, NULL));
        char *text = document(&(struct page_frame){.orders = true});
        expect(text, "<svg");
        if (i == 0)
            expect(text, "<title>ba</title>");
        if (i == 2)
            expect(text, "and 3 more servers");
        free(text);
    }
}

static void test_hundreds_of_troubles_in_one_verdict(void **state)
{
    struct troubles troubles;
    (void)state;
    trouble_begin(&troubles);
    for (int i = 0; i < 300; i++)
        trouble_add(&troubles, TROUBLE_NOTICE, "server-%d is not connected", i);
    trouble_add(&troubles, TROUBLE_ALARM, "the journal cannot be written");
    json_t *verdict = trouble_verdict(&troubles);
    const char *text = json_string_value(json_object_get(verdict, "text"));
    assert_string_equal(json_string_value(json_object_get(verdict, "level")), "alarm");
    assert_ptr_equal(strstr(text, "the journal cannot be written; server-0 is not"), text);
    assert_non_null(strstr(text, " more"));
    assert_true(strlen(text) < 512);
    assert_int_equal(json_array_size(json_object_get(verdict, "troubles")), 51);
    json_decref(verdict);
    trouble_begin(&troubles);
    verdict = trouble_verdict(&troubles);
    assert_true(json_is_true(json_object_get(verdict, "ok")));
    json_decref(verdict);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_failover_is_shown, forget),
        cmocka_unit_test_teardown(test_hostile_names_stay_text, forget),
        cmocka_unit_test_teardown(test_a_stream_gives_what_changed, forget),
        cmocka_unit_test_teardown(test_the_last_word_of_a_silent_node, forget),
        cmocka_unit_test_teardown(test_asides_of_a_failover, forget),
        cmocka_unit_test_teardown(test_what_is_healthy, forget),
        cmocka_unit_test_teardown(test_orders_where_they_are_taken, forget),
        cmocka_unit_test_teardown(test_sites_of_any_shape, forget),
        cmocka_unit_test(test_hundreds_of_troubles_in_one_verdict)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
