#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "recorder/index.h"
#include "recorder/segment.h"

static bool broken; /* the disk: it takes what is written, and cannot make it durable */

int fdatasync(int file)
{
    if (!broken)
        return (int)syscall(SYS_fdatasync, file);
    errno = EIO;
    return -1;
}

static char directory[] = "/tmp/understudy-index-XXXXXX";
static int opened;

static const struct index_row sample = {
    .name = "20261123T204512.345Z_10040ms.ts",
    .bytes = 305124,
    .frames = 250,
    .keyframes = 10,
    .sha256 = "24e88fea8ebcd66198c5b05f9d68b0f629a2d5fe0898864cc6de3a3212f0b687"};

static void a_line_is_read_back(void **state)
{
    char line[INDEX_LINE_MAX];
    struct index_row row;

    (void)state;
    index_format(&sample, line);
    line[strcspn(line, "\n")] = '\0';
    assert_true(index_parse(line, &row));
    assert_string_equal(row.name, sample.name);
    assert_int_equal(row.keyframes, 10);
}

/* Every single changed or missing character shows. */
static void a_damaged_line_shows(void **state)
{
    char line[INDEX_LINE_MAX];
    struct index_row row;
    size_t length = index_format(&sample, line) - 1;

    (void)state;
    line[length] = '\0';
    for (size_t i = 0; i < length; i++) {
        char damaged[INDEX_LINE_MAX];

        strcpy(damaged, line);
        damaged[i] = damaged[i] == 'x' ? 'y' : 'x';
        assert_false(index_parse(damaged, &row));
        damaged[i] = '\0';
        assert_false(index_parse(damaged, &row));
    }
}

/* A crash tore the last line: the next one stands whole after it. */
static void a_torn_line_is_passed_over(void **state)
{
    struct index_rows rows;
    int file;

    (void)state;
    assert_int_equal(index_append(opened, &sample), 0);
    file = openat(opened, INDEX_FILE, O_WRONLY | O_APPEND);
    assert_int_equal(write(file, sample.name, 12), 12);
    close(file);
    assert_int_equal(index_append(opened, &sample), 0);
    assert_int_equal(index_load(opened, &rows), 0);
    assert_int_equal(rows.count, 2);
    assert_int_equal(rows.torn, 1);
    assert_non_null(index_find(&rows, sample.name));
    assert_null(index_find(&rows, "other"));
    index_free(&rows);
}

/* What could not be made durable is no row: who finishes the segment later adds it, and says so. */
static void a_row_that_is_not_durable_is_none(void **state)
{
    struct index_rows rows;
    size_t before;

    (void)state;
    assert_int_equal(index_load(opened, &rows), 0);
    before = rows.count + rows.torn;
    index_free(&rows);
    broken = true;
    assert_int_equal(index_append(opened, &sample), EIO);
    broken = false;
    assert_int_equal(index_load(opened, &rows), 0);
    assert_int_equal(rows.count + rows.torn, before);
    index_free(&rows);
    assert_int_equal(index_append(opened, &sample), 0);
    assert_int_equal(index_load(opened, &rows), 0);
    assert_int_equal(rows.count + rows.torn, before + 1);
    index_free(&rows);
}

static void any_bytes_are_survived(void **state)
{
    struct index_rows rows;
    int file = openat(opened, INDEX_FILE, O_WRONLY | O_TRUNC);

    (void)state;
    srand(2);
    for (int i = 0; i < 20000; i++) {
        char byte = (char)(i % 97 == 0 ? '\n' : rand());

        assert_int_equal(write(file, &byte, 1), 1);
    }
    close(file);
    assert_int_equal(index_load(opened, &rows), 0);
    assert_int_equal(rows.count, 0);
    assert_true(rows.torn > 0);
    index_free(&rows);
}

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(directory) == NULL)
        return -1;
    opened = open(directory, O_RDONLY | O_DIRECTORY);
    return opened < 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlinkat(opened, INDEX_FILE, 0);
    close(opened);
    return rmdir(directory);
}

static void name_of(struct index_row *row, int number)
{
    segment_name_print(row->name, 1795466712345 + number * 10000LL, 10000, MEDIA_TS);
}

static size_t found_between(int first, int last, bool *after)
{
    struct index_rows rows;
    size_t count;

    assert_int_equal(index_search(opened, 1795466712345 + first * 10000LL,
                                  1795466712345 + last * 10000LL, &rows, after),
                     0);
    count = rows.count;
    if (count > 0) {
        struct index_row wanted;

        name_of(&wanted, first);
        assert_string_equal(rows.rows[0].name, wanted.name);
    }
    index_free(&rows);
    return count;
}

/* Every stretch of an index, torn lines in it, is found by bisection as it is by reading all. */
static void a_stretch_is_found_without_reading_all(void **state)
{
    struct index_rows all;
    struct index_row row = sample;
    FILE *file;
    bool after;

    (void)state;
    unlinkat(opened, INDEX_FILE, 0);
    file = fdopen(openat(opened, INDEX_FILE, O_WRONLY | O_CREAT | O_TRUNC, 0644), "w");
    for (int i = 0; i < 1000; i++) {
        char line[INDEX_LINE_MAX];

        name_of(&row, i);
        index_format(&row, line);
        fputs(line, file);
        if (i % 7 == 0)
            fputs("a line that was torn\n", file);
    }
    fclose(file);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(found_between(i, i + 1, &after), 1);
        assert_int_equal(after, i < 999);
    }
    assert_int_equal(found_between(0, 1000, &after), 1000);
    assert_int_equal(found_between(2000, 2001, &after), 0);
    assert_false(after);
    assert_int_equal(index_load(opened, &all), 0);
    assert_true(all.in_order);
    assert_int_equal(index_rewrite(opened, &all), 0);
    index_free(&all);
    assert_int_equal(index_load(opened, &all), 0);
    assert_int_equal(all.count, 1000);
    assert_int_equal(all.torn, 0);
    index_free(&all);
    unlinkat(opened, INDEX_FILE, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_line_is_read_back),
                                       cmocka_unit_test(a_damaged_line_shows),
                                       cmocka_unit_test(a_torn_line_is_passed_over),
                                       cmocka_unit_test(a_row_that_is_not_durable_is_none),
                                       cmocka_unit_test(any_bytes_are_survived),
                                       cmocka_unit_test(a_stretch_is_found_without_reading_all)};

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
