/* The page of a dry run: what it carries, and that nobody's text gets out of its place in it. The
 * page in a browser is tested by page.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/sim/page.h"

#define CASE "tests/sim/cases/r14-r15-r37-queue"

static char *write_page(const json_t *outages)
{
    char error[TEXT_BYTES_MAX] = "";
    char *text = NULL;
    size_t size = 0;
    size_t count = 0;
    struct timeline *timelines = timeline_read(outages, &count, error);
    if (timelines == NULL)
        fail_msg("%s", error);
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    page_write(out, outages, timelines, count);
    assert_int_equal(fclose(out), 0);
    timeline_free(timelines, count);
    return text;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (text = strstr(text, part); text != NULL; text = strstr(text + 1, part))
        count++;
    return count;
}

/* The JSON that the page carries, read again. */
static json_t *data_of(const char *page)
{
    static const char begin[] = "<script type=\"application/json\" id=\"data\">";
    const char *from = strstr(page, begin);
    assert_non_null(from);
    from += strlen(begin);
    const char *to = strstr(from, "</script>");
    assert_non_null(to);
    return json_loadb(from, (size_t)(to - from), JSON_REJECT_DUPLICATES, NULL);
}

static json_t *outages_named(const char *name)
{
    json_t *outages =
        json_pack("[{s:s, s:i, s:[{s:s, s:i, s:s}], s:[], s:[{s:s, s:s, s:i, s:i, s:i, s:[], s:[{"
                  "s:s, s:n, s:i, s:i, s:i}]}], s:[], s:[], s:[], s:[]}]",
                  "outage", name, "lasts_ms", 60000, "acts", "act", name, "at_ms", 5, "why", name,
                  "events", "cameras", "name", name, "main", name, "recorded_ms", 60000, "gap_ms",
                  0, "double_ms", 0, "gaps", "by", "server", name, "volume", "epoch", 1, "from_ms",
                  0, "to_ms", 60000, "standbys", "failovers", "expectations", "faults");
    assert_non_null(outages);
    return outages;
}

static void no_name_leaves_its_place(void **context)
{
    (void)context;
    static const char *const names[] = {
        "</script><script>alert(1)</script>", "<!--<script>", "</noscript><img src=x onerror=a()>",
        "\"'`\\ & ]]> ${x} @DATA@ @SCRIPT@",  "T\xc3\xbcr",   "\xe2\x80\xa8\xe2\x80\xa9",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        json_t *outages = outages_named(names[i]);
        char *page = write_page(outages);
        json_t *data = data_of(page);
        assert_true(json_equal(data, outages));
        assert_int_equal(count_of(page, "<script"), 2);
        assert_int_equal(count_of(page, "</script"), 2);
        assert_int_equal(count_of(page, "</noscript"), 1);
        assert_int_equal(count_of(page, "<!--"), 0);
        assert_int_equal(count_of(page, "<img"), 0);
        json_decref(data);
        json_decref(outages);
        free(page);
    }
}

/* Separators of lines that JavaScript knows and JSON does not, and all else that is not ASCII. */
static void the_data_is_ascii(void **context)
{
    (void)context;
    json_t *outages = outages_named("\xe2\x80\xa8\xc3\xbc");
    char *page = write_page(outages);
    const char *end = strstr(strstr(page, "id=\"data\">"), "</script>");
    for (const char *at = strstr(page, "id=\"data\">"); at < end; at++)
        assert_in_range((unsigned char)*at, 1, 126);
    assert_non_null(strstr(page, "\\u2028\\u00FC"));
    json_decref(outages);
    free(page);
}

static void the_page_asks_nobody(void **context)
{
    (void)context;
    static const char *const asking[] = {
        "@STYLE@", "@SCRIPT@", "@DATA@",  "@PICTURE@",      "@REPORT@",  " src=", "url(http",
        "@import", "fetch(",   "import(", "XMLHttpRequest", "WebSocket", "eval(", "innerHTML",
    };
    json_t *outages = outages_named("power");
    char *page = write_page(outages);
    for (size_t i = 0; i < sizeof asking / sizeof asking[0]; i++)
        if (strstr(page, asking[i]) != NULL)
            fail_msg("the page contains %s", asking[i]);
    assert_int_equal(count_of(page, "href="), 1);
    assert_non_null(strstr(page, "href=\"data:,\""));
    assert_non_null(strstr(page, "default-src 'none'"));
    json_decref(outages);
    free(page);
}

static void without_scripts_there_are_picture_and_report(void **context)
{
    (void)context;
    json_t *outages = outages_named("a & b");
    char *page = write_page(outages);
    const char *plain = strstr(page, "<noscript>");
    assert_non_null(plain);
    assert_non_null(strstr(plain, "outage \"a &amp; b\", 1 min"));
    assert_non_null(strstr(plain, "<svg "));
    json_decref(outages);
    free(page);
}

static void a_page_without_outages_is_whole(void **context)
{
    (void)context;
    json_t *outages = json_array();
    char *page = write_page(outages);
    assert_non_null(strstr(page, "id=\"data\">[]</script>"));
    assert_non_null(strstr(page, "</html>"));
    json_decref(outages);
    free(page);
}

/* The page carries what --json prints, and the load of a standby adds up to its peak (R8). */
static void the_front_writes_the_page(void **context)
{
    (void)context;
    const char *bin = getenv("UNDERSTUDY_BIN");
    char path[] = "/tmp/understudy-page-XXXXXX";
    char command[1024];
    char page[1 << 20];
    const int file = mkstemp(path);
    assert_true(file >= 0);
    snprintf(command, sizeof command,
             "timeout 60 '%s/understudy' simulate " CASE ".lua " CASE
             ".outage.lua --json --html %s",
             bin != NULL ? bin : "build/bin", path);
    FILE *printed = popen(command, "r");
    assert_non_null(printed);
    json_t *outages = json_loadf(printed, 0, NULL);
    assert_int_equal(pclose(printed), 0);
    const ssize_t length = read(file, page, sizeof page - 1);
    assert_true(length > 0);
    page[length] = '\0';
    json_t *data = data_of(page);
    assert_non_null(data);
    assert_true(json_equal(data, outages));
    json_t *standby = json_array_get(json_object_get(json_array_get(data, 0), "standbys"), 0);
    json_t *load = json_object_get(standby, "load");
    json_int_t peak = 0;
    json_int_t before_ms = -1;
    for (size_t i = 0; i < json_array_size(load); i++) {
        const json_t *step = json_array_get(load, i);
        const json_int_t at_ms = json_integer_value(json_object_get(step, "at_ms"));
        const json_int_t cameras = json_integer_value(json_object_get(step, "cameras"));
        assert_true(at_ms > before_ms);
        before_ms = at_ms;
        peak = cameras > peak ? cameras : peak;
    }
    assert_true(json_array_size(load) > 1);
    assert_int_equal(peak, json_integer_value(json_object_get(standby, "peak_cameras")));
    assert_true(json_is_null(json_object_get(standby, "capacity_write_bps")));
    json_decref(data);
    json_decref(outages);
    close(file);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_name_leaves_its_place),
        cmocka_unit_test(the_data_is_ascii),
        cmocka_unit_test(the_page_asks_nobody),
        cmocka_unit_test(without_scripts_there_are_picture_and_report),
        cmocka_unit_test(a_page_without_outages_is_whole),
        cmocka_unit_test(the_front_writes_the_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
