/* What is disabled for a time (R20): how a time is written, and until when it is, over restarts and
 * jumps of the clock (R43). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/node/clock.h"
#include "runtime/node/duration.h"
#include "runtime/node/maintenance.h"
#include "tests/node/site.h"

#define HOUR_MS INT64_C(3600000)

static char state[] = "/tmp/understudy-test-maintenance-XXXXXX";
static char path[128], error[TEXT_BYTES_MAX];
static const struct image *image;

static void times_are_written_with_units(void **context)
{
    (void)context;
    static const struct {
        const char *text;
        int64_t ms;
    } times[] = {{"90 s", 90000},        {"2 h", 2 * HOUR_MS},   {"1 h 30 min", 5400000},
                 {"3d", 3 * DAYS_MS(1)}, {" 1h30min ", 5400000}, {"3660 d", GRACE_MS_MAX}};
    static const char *const none[] = {"",
                                       " ",
                                       "2",
                                       "h",
                                       "2 hours",
                                       "-2 h",
                                       "2 h 3",
                                       "1.5 h",
                                       "0 s",
                                       "3661 d",
                                       "2 m",
                                       "2 h;",
                                       "99999999999999999999 d",
                                       "999999999 d 999999999 d"};
    int64_t ms;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        assert_true(duration_read(times[i].text, &ms));
        assert_int_equal(ms, times[i].ms);
    }
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (duration_read(none[i], &ms))
            fail_msg("\"%s\" is taken for a time", none[i]);
}

static struct maintenance *open_it(void)
{
    struct maintenance *maintenance = maintenance_open(state, image, 0, error);
    if (maintenance == NULL)
        fail_msg("%s", error);
    return maintenance;
}

static int64_t left_ms(const struct maintenance *maintenance, uint32_t failover)
{
    struct maintenance_view view;
    return maintenance_view(maintenance, failover, &view) ? view.left_ms : -1;
}

static void assert_about(int64_t found_ms, int64_t wanted_ms)
{
    assert_in_range(found_ms, wanted_ms - 60000, wanted_ms + 60000); /* a busy machine */
}

static void it_survives_a_restart(void **context)
{
    (void)context;
    struct maintenance_view view;
    struct maintenance *maintenance = open_it();
    assert_int_equal(left_ms(maintenance, 0), -1);
    assert_true(maintenance_set(maintenance, 1, 2 * HOUR_MS, "a \"reason\" é", error));
    assert_false(maintenance_set(maintenance, 7, HOUR_MS, "", error));
    maintenance_free(maintenance);
    maintenance = open_it();
    assert_int_equal(left_ms(maintenance, 0), -1);
    assert_about(left_ms(maintenance, 1), 2 * HOUR_MS);
    assert_true(maintenance_view(maintenance, 1, &view));
    assert_string_equal(view.reason, "a \"reason\" é");
    assert_int_equal(maintenance_due(maintenance), IMAGE_NONE);
    assert_true(maintenance_set(maintenance, 1, 0, "", error));
    maintenance_free(maintenance);
    maintenance = open_it();
    assert_int_equal(left_ms(maintenance, 1), -1);
    maintenance_free(maintenance);
}

static void it_is_over_in_time(void **context)
{
    (void)context;
    struct maintenance *maintenance = open_it();
    assert_true(maintenance_set(maintenance, 1, 50, "short", error));
    for (int i = 0; i < 1000 && maintenance_due(maintenance) == IMAGE_NONE; i++)
        usleep(10000);
    assert_int_equal(maintenance_due(maintenance), 1);
    maintenance_free(maintenance); /* the node was down when it ended */
    maintenance = open_it();
    assert_int_equal(maintenance_due(maintenance), 1);
    assert_true(maintenance_set(maintenance, 1, 0, "", error));
    assert_int_equal(maintenance_due(maintenance), IMAGE_NONE);
    maintenance_free(maintenance);
}

/* R43: a jump changes neither what is left nor, once the clock is right, what is left after a
 * restart. */
static void a_jump_of_the_clock_ends_nothing(void **context)
{
    (void)context;
    struct maintenance_view view;
    struct maintenance *maintenance = open_it();
    assert_true(maintenance_set(maintenance, 0, 2 * HOUR_MS, "", error));
    maintenance_clock_jumped(maintenance, 5 * HOUR_MS);
    assert_about(left_ms(maintenance, 0), 2 * HOUR_MS);
    assert_true(maintenance_view(maintenance, 0, &view));
    assert_about(view.until_wall_ms, clock_wall_ms() + 7 * HOUR_MS);
    maintenance_free(maintenance);
    maintenance = open_it(); /* the clock of this test has not jumped */
    assert_about(left_ms(maintenance, 0), 7 * HOUR_MS);
    maintenance_free(maintenance);
}

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
}

static void a_file_that_is_none_is_not_believed(void **context)
{
    (void)context;
    static const char *const bad[] = {
        "",    "{}",
        "[7]", "[{\"failover\": \"f\"}]",
        "[",   "[{\"failover\": \"f\", \"until_ms\": \"x\", \"reason\": \"\"}]"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        write_file(bad[i]);
        assert_null(maintenance_open(state, image, 0, error));
        assert_non_null(strstr(error, "cannot be understood: remove it"));
    }
    write_file("[{\"failover\": \"gone\", \"until_ms\": 1, \"reason\": \"\"},"
               " {\"failover\": \"f\", \"until_ms\": 9223372036854775807, \"reason\": \"\"}]");
    struct maintenance *maintenance = open_it();
    assert_about(left_ms(maintenance, 0), MAINTENANCE_MS_MAX);
    maintenance_free(maintenance);
    unlink(path);
}

static void what_cannot_be_noted_is_not_done(void **context)
{
    (void)context;
    char fresh[160];
    struct maintenance *maintenance = open_it();
    snprintf(fresh, sizeof fresh, "%s/" MAINTENANCE_FILE ".new", state);
    assert_int_equal(symlink("/nowhere", fresh), 0);
    assert_false(maintenance_set(maintenance, 0, HOUR_MS, "", error));
    assert_non_null(strstr(error, "cannot be written"));
    assert_int_equal(left_ms(maintenance, 0), -1);
    unlink(fresh);
    maintenance_free(maintenance);
}

/* The site of site.h with two failovers, f and g, under its server. */
static int make_site(void **context)
{
    (void)context;
    static struct {
        struct site site;
        struct image_failover failovers[2];
    } all;
    site_make(&all.site);
    all.failovers[0].name = site_text(&all.site, 400, "f");
    all.failovers[1].name = site_text(&all.site, 410, "g");
    all.site.image.failovers =
        (struct image_section){.offset = (uint32_t)sizeof(struct site), .count = 2};
    all.site.server.failovers = (struct image_list){0, 2};
    image = &all.site.image;
    assert_non_null(mkdtemp(state));
    snprintf(path, sizeof path, "%s/" MAINTENANCE_FILE, state);
    return 0;
}

static int remove_site(void **context)
{
    (void)context;
    char command[96];
    snprintf(command, sizeof command, "rm -rf %s", state);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_written_with_units),
        cmocka_unit_test(it_survives_a_restart),
        cmocka_unit_test(it_is_over_in_time),
        cmocka_unit_test(a_jump_of_the_clock_ends_nothing),
        cmocka_unit_test(a_file_that_is_none_is_not_believed),
        cmocka_unit_test(what_cannot_be_noted_is_not_done),
    };
    return cmocka_run_group_tests(tests, make_site, remove_site);
}
