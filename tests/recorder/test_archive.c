#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "recorder/archive_view.h"

static const struct archive_filter everything = {.from_ms = INT64_MIN, .to_ms = INT64_MAX};

static struct archive_segment recorded(const char *server, uint64_t epoch, int64_t from_ms,
                                       int64_t to_ms)
{
    struct archive_segment segment = {.main_name = "alpha",
                                      .camera_name = "lobby",
                                      .volume_name = "vault",
                                      .epoch = epoch,
                                      .from_ms = from_ms,
                                      .to_ms = to_ms,
                                      .frames = (uint64_t)(to_ms - from_ms) / 40};

    snprintf(segment.server_name, sizeof(segment.server_name), "%s", server);
    return segment;
}

static void make(struct archive_view *view, struct archive_segment *segments, size_t count,
                 const struct archive_filter *filter)
{
    struct archive archive = {.segments = segments, .count = count};
    size_t next = 0;

    archive_sort(&archive);
    assert_true(archive_view_make(view, &archive, &next, filter));
    assert_int_equal(next, count);
}

/* R33: main, gap, standby, and the hand-back with an overlap that goes to the higher epoch. */
static void a_failover_is_one_view(void **state)
{
    struct archive_segment segments[] = {
        recorded("alpha", 3, 50000, 60000), recorded("alpha", 1, 0, 10000),
        recorded("alpha", 1, 10000, 20000), recorded("beta", 2, 33000, 43000),
        recorded("beta", 2, 43000, 52000)};
    struct archive_view view;

    (void)state;
    make(&view, segments, 5, &everything);
    assert_int_equal(view.run_count, 3);
    assert_int_equal(view.runs[0].to_ms, 20000);
    assert_int_equal(view.runs[0].segments, 2);
    assert_int_equal(view.runs[0].frames, 500);
    assert_string_equal(view.runs[1].first->server_name, "beta");
    assert_int_equal(view.runs[1].to_ms, 50000);
    assert_int_equal(view.runs[2].from_ms, 50000);
    assert_int_equal(view.gap_count, 1);
    assert_int_equal(view.gaps[0].from_ms, 20000);
    assert_int_equal(view.gap_ms, 13000);
    assert_int_equal(view.double_count, 1);
    assert_int_equal(view.double_ms, 2000);
    assert_string_equal(view.doubles[0].before->server_name, "beta");
    assert_string_equal(view.doubles[0].after->server_name, "alpha");
    assert_int_equal(view.recorded_ms, 47000);
    archive_view_free(&view);
}

static void small_holes_are_seams(void **state)
{
    struct archive_segment segments[] = {recorded("alpha", 1, 0, 10000),
                                         recorded("alpha", 1, 10400, 20000),
                                         recorded("alpha", 1, 20501, 30000)};
    struct archive_view view;

    (void)state;
    make(&view, segments, 3, &everything);
    assert_int_equal(view.run_count, 2);
    assert_int_equal(view.gap_count, 1);
    assert_int_equal(view.gaps[0].from_ms, 20000);
    archive_view_free(&view);
}

/* A long segment of a lower epoch is seen before and after a short one of a higher. */
static void a_higher_epoch_is_laid_over(void **state)
{
    struct archive_segment segments[] = {recorded("alpha", 1, 0, 60000),
                                         recorded("beta", 2, 20000, 30000)};
    struct archive_view view;

    (void)state;
    make(&view, segments, 2, &everything);
    assert_int_equal(view.run_count, 3);
    assert_string_equal(view.runs[1].first->server_name, "beta");
    assert_int_equal(view.runs[2].from_ms, 30000);
    assert_int_equal(view.gap_count, 0);
    assert_int_equal(view.double_ms, 10000);
    archive_view_free(&view);
}

/* What is missing at a bound that was asked for is a gap; what lies beyond is not shown. */
static void bounds_are_heeded(void **state)
{
    struct archive_segment segments[] = {recorded("alpha", 1, 10000, 20000),
                                         recorded("alpha", 1, 20000, 30000)};
    struct archive_filter filter = {.from_ms = 5000, .to_ms = 25000};
    struct archive_view view;

    (void)state;
    make(&view, segments, 2, &filter);
    assert_int_equal(view.gap_count, 1);
    assert_null(view.gaps[0].before);
    assert_int_equal(view.gaps[0].from_ms, 5000);
    assert_int_equal(view.gaps[0].to_ms, 10000);
    assert_int_equal(view.runs[0].to_ms, 25000);
    assert_int_equal(view.recorded_ms, 15000);
    archive_view_free(&view);
}

static void cameras_are_told_apart(void **state)
{
    struct archive_segment segments[] = {recorded("alpha", 1, 0, 1000),
                                         recorded("alpha", 1, 0, 1000)};
    struct archive archive = {.segments = segments, .count = 2};
    struct archive_view view;
    size_t next = 0;

    (void)state;
    strcpy(segments[1].camera_name, "gate");
    archive_sort(&archive);
    assert_true(archive_view_make(&view, &archive, &next, &everything));
    assert_int_equal(next, 1);
    assert_string_equal(view.camera->camera_name, "gate");
    archive_view_free(&view);
}

/* R34: footage that was copied to another volume is still one, recorded once. */
static void copies_are_shown_once(void **state)
{
    struct archive_segment segments[] = {
        recorded("omega", 2, 0, 10000), recorded("omega", 2, 0, 10000),
        recorded("omega", 2, 10000, 20000), recorded("alpha", 3, 15000, 30000)};
    struct archive archive = {.segments = segments, .count = 4};
    struct archive_view view;
    size_t next = 0;

    (void)state;
    strcpy(segments[0].volume_name, "disk-o");
    segments[1].has_row = true;
    strcpy(segments[2].file_name, "second");
    archive_sort(&archive);
    assert_int_equal(archive.count, 3);
    assert_string_equal(segments[0].volume_name, "vault");
    assert_true(archive_view_make(&view, &archive, &next, &everything));
    assert_int_equal(view.double_ms, 5000);
    assert_int_equal(view.slice_count, 3);
    assert_int_equal(view.slices[1].to_ms, 15000);
    assert_int_equal(view.slices[2].from_ms, 15000);
    archive_view_free(&view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failover_is_one_view),      cmocka_unit_test(small_holes_are_seams),
        cmocka_unit_test(a_higher_epoch_is_laid_over), cmocka_unit_test(bounds_are_heeded),
        cmocka_unit_test(cameras_are_told_apart),      cmocka_unit_test(copies_are_shown_once)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
