/* Quantities: what is read, what is refused and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dsl/units.h"

static void reads(enum unit_family family, const char *text, int64_t expected)
{
    int64_t value = -1;
    assert_null(units_parse(family, text, &value));
    assert_int_equal(value, expected);
}

static void refuses(enum unit_family family, const char *text, const char *why)
{
    int64_t value;
    const char *found = units_parse(family, text, &value);
    assert_non_null(found);
    assert_string_equal(found, why);
}

static void test_reads(void **state)
{
    (void)state;
    reads(UNIT_DURATION, "0 s", 0);
    reads(UNIT_DURATION, "500 ms", 500);
    reads(UNIT_DURATION, "20 s", 20000);
    reads(UNIT_DURATION, "20s", 20000);
    reads(UNIT_DURATION, " 1 h 30 min ", 5400000);
    reads(UNIT_DURATION, "1h30min", 5400000);
    reads(UNIT_DURATION, "60 d", INT64_C(60) * 86400000);
    reads(UNIT_SIZE, "20 TiB", INT64_C(20) << 40);
    reads(UNIT_SIZE, "4 TB", INT64_C(4000000000000));
    reads(UNIT_RATE, "4 Mbit/s", 4000000);
    reads(UNIT_RATE, "200 MB/s", INT64_C(1600000000));
}

static void test_refuses(void **state)
{
    (void)state;
    refuses(UNIT_DURATION, "", "does not begin with a number");
    refuses(UNIT_DURATION, "s", "does not begin with a number");
    refuses(UNIT_DURATION, "20", "has no unit");
    refuses(UNIT_DURATION, "-1 s", "is negative");
    refuses(UNIT_DURATION, "1.5 h", "is not a whole number; use a smaller unit");
    refuses(UNIT_DURATION, "20 sec", "has a unit that does not fit");
    refuses(UNIT_DURATION, "20 S", "has a unit that does not fit");
    refuses(UNIT_DURATION, "4 GiB", "has a unit that does not fit");
    refuses(UNIT_DURATION, "1 min 1 h", "does not go from larger to smaller units");
    refuses(UNIT_DURATION, "1 s 1 s", "does not go from larger to smaller units");
    refuses(UNIT_DURATION, "1 h and more", "goes on with something that is no number");
    refuses(UNIT_SIZE, "1 GiB 1 MiB", "has more than one unit");
    refuses(UNIT_SIZE, "9223372036854775807 kB", "is too large");
    refuses(UNIT_SIZE, "9223372036854775808 B", "is too large");
    refuses(UNIT_DURATION, "106751991167 d 1 d", "does not go from larger to smaller units");
    refuses(UNIT_DURATION, "106751991167 d 23 h", "is too large");
}

static void suggests(enum unit_family family, const char *text, const char *expected)
{
    char suggested[UNITS_TEXT_MAX];
    if (expected == NULL) {
        assert_false(units_suggest(family, text, suggested));
        return;
    }
    assert_true(units_suggest(family, text, suggested));
    assert_string_equal(suggested, expected);
}

static void test_suggests(void **state)
{
    (void)state;
    suggests(UNIT_RATE, "1Gbps", "1 Gbit/s");
    suggests(UNIT_RATE, "100 Mbps", "100 Mbit/s");
    suggests(UNIT_RATE, "100 MBps", "100 MB/s");
    suggests(UNIT_RATE, "4 mbit/s", "4 Mbit/s");
    suggests(UNIT_RATE, "4 Mb/s", "4 Mbit/s");
    suggests(UNIT_RATE, "4 mbps", "4 Mbit/s");
    suggests(UNIT_DURATION, "20 sec", "20 s");
    suggests(UNIT_DURATION, "20 S", "20 s");
    suggests(UNIT_SIZE, "4tb", "4 TB");
    suggests(UNIT_DURATION, "18.5 s", "18500 ms");
    suggests(UNIT_DURATION, "1,5 h", "90 min");
    suggests(UNIT_RATE, "2.5 Mbit/s", "2500 kbit/s");
    suggests(UNIT_DURATION, "0.0001 s", NULL);
    suggests(UNIT_DURATION, "1.5 hours", NULL);
    suggests(UNIT_DURATION, "1. s", "1 s");
    suggests(UNIT_SIZE, "9999999 PiB", NULL);
    suggests(UNIT_RATE, "1 parsec", NULL);
    suggests(UNIT_RATE, "Gbps", NULL);
    suggests(UNIT_DURATION, "1 h 30 minutes", NULL);
    suggests(UNIT_DURATION, "12345678901234567 days", NULL);
}

static void formats(enum unit_family family, int64_t value, const char *expected)
{
    char text[UNITS_TEXT_MAX];
    units_format(family, value, text);
    assert_string_equal(text, expected);
}

static void test_formats(void **state)
{
    (void)state;
    formats(UNIT_DURATION, 0, "0 s");
    formats(UNIT_DURATION, 500, "500 ms");
    formats(UNIT_DURATION, 90000, "90 s");
    formats(UNIT_DURATION, INT64_C(60) * 86400000, "60 d");
    formats(UNIT_SIZE, INT64_C(20) << 40, "20 TiB");
    formats(UNIT_RATE, 4000000, "4 Mbit/s");
    formats(UNIT_RATE, 0, "0 bit/s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reads), cmocka_unit_test(test_refuses),
                                       cmocka_unit_test(test_suggests),
                                       cmocka_unit_test(test_formats)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
