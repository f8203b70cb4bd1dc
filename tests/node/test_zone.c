/* Times as people of the site read and write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "runtime/node/zone.h"

#define SUMMER_MS INT64_C(1784000000123) /* 2026-07-14T03:33:20.123Z */
#define WINTER_MS INT64_C(1795700000000) /* 2026-11-26T13:33:20Z */

static void shows(int64_t wall_ms, const char *expected)
{
    char text[CLOCK_TEXT_BYTES];
    assert_string_equal(zone_text(wall_ms, text), expected);
}

static void reads(const char *text, int64_t now_ms, int64_t expected_ms)
{
    int64_t wall_ms = -1;
    assert_true(zone_read(text, now_ms, &wall_ms));
    assert_int_equal(wall_ms, expected_ms);
}

static void utc_is_the_first(void **context)
{
    (void)context;
    shows(SUMMER_MS, "2026-07-14T03:33:20.123Z");
    reads("2026-11-26 13:33:20", 0, WINTER_MS);
    reads("2026-11-26", 0, WINTER_MS - (13 * 3600 + 33 * 60 + 20) * 1000);
    assert_false(zone_use("Europe/Nowhere"));
    assert_false(zone_use("../../etc/passwd"));
    shows(SUMMER_MS, "2026-07-14T03:33:20.123Z");
}

static void the_zone_of_the_site_is_used(void **context)
{
    (void)context;
    assert_true(zone_use("Europe/Berlin"));
    shows(SUMMER_MS, "2026-07-14T05:33:20.123+02:00");
    shows(WINTER_MS, "2026-11-26T14:33:20.000+01:00");
    reads("2026-11-26 14:33:20", 0, WINTER_MS);
    reads("2026-11-26T14:33:20", 0, WINTER_MS);
    reads("2026-11-26T13:33:20Z", 0, WINTER_MS);
    reads("2026-11-26T13:33:20.500Z", 0, WINTER_MS + 500);
    reads("2026-11-26T13:33:20.0079Z", 0, WINTER_MS + 7);
    reads("2026-11-26T08:03:20-05:30", 0, WINTER_MS);
    reads("14:33:20", WINTER_MS + 1000, WINTER_MS);
    reads("14:34", WINTER_MS, WINTER_MS - 86400000 + 40000); /* not come yet: yesterday's */
    assert_true(zone_use("UTC"));
    shows(WINTER_MS, "2026-11-26T13:33:20.000Z");
    assert_true(zone_use("America/New_York")); /* one after the other: a new deployment's */
    shows(WINTER_MS, "2026-11-26T08:33:20.000-05:00");
    assert_true(zone_use("")); /* and none again */
    shows(WINTER_MS, "2026-11-26T13:33:20.000Z");
    reads("2026-11-26 13:33:20", 0, WINTER_MS);
}

static void what_is_no_time_is_refused(void **context)
{
    static const char *const texts[] = {"",
                                        "now",
                                        "25:00",
                                        "14:33Z",
                                        "2026-13-01",
                                        "2026-11-26T14:33:20+1",
                                        "2026-11-26 x",
                                        "14:33 ",
                                        "2026-11-26T14:33:20+01:00 "};
    int64_t wall_ms;
    (void)context;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (zone_read(texts[i], WINTER_MS, &wall_ms))
            fail_msg("\"%s\" was read as a time", texts[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utc_is_the_first),
        cmocka_unit_test(the_zone_of_the_site_is_used),
        cmocka_unit_test(what_is_no_time_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
