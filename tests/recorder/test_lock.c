/* Incidents that nobody may delete. */
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
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/lock.h"

#define T 1795466712345 /* 2026-11-23T20:45:12.345Z */

static char path[] = "/tmp/understudy-lock-XXXXXX";
static int camera;

static int make_camera(void **state)
{
    (void)state;
    strcpy(path, "/tmp/understudy-lock-XXXXXX");
    assert_non_null(mkdtemp(path));
    camera = open(path, O_RDONLY | O_DIRECTORY);
    return camera < 0;
}

static int remove_camera(void **state)
{
    char command[64];

    (void)state;
    close(camera);
    snprintf(command, sizeof(command), "rm -rf %s", path);
    return system(command);
}

static void a_lock_covers_what_it_touches(void **state)
{
    struct lock lock = {.from_ms = T, .to_ms = T + 10000, .reason = "theft, case 17"};
    struct lock_list list;

    (void)state;
    assert_int_equal(lock_load(camera, &list), 0);
    assert_false(lock_covers(&list, T, T + 1));
    assert_int_equal(lock_add(camera, &lock), 0);
    assert_int_equal(lock_add(camera, &lock), 0);
    assert_int_equal(lock_load(camera, &list), 0);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.locks[0].reason, "theft, case 17");
    assert_true(lock_covers(&list, T - 5000, T + 1));
    assert_true(lock_covers(&list, T + 9999, T + 20000));
    assert_true(lock_covers(&list, T - 1, T + 20000));
    assert_false(lock_covers(&list, T - 5000, T));
    assert_false(lock_covers(&list, T + 10000, T + 20000));
    lock_free(&list);
    assert_int_equal(lock_remove(camera, T, T + 10000), 0);
    assert_int_equal(lock_remove(camera, T, T + 10000), ENOENT);
    assert_int_equal(lock_load(camera, &list), 0);
    assert_int_equal(list.count, 0);
}

/* A long lock that begins early covers what later, shorter ones do not. */
static void locks_may_overlap(void **state)
{
    struct lock locks[] = {{.from_ms = T, .to_ms = T + 90000},
                           {.from_ms = T + 10000, .to_ms = T + 20000}};
    struct lock_list list;

    (void)state;
    assert_int_equal(lock_add(camera, &locks[1]), 0);
    assert_int_equal(lock_add(camera, &locks[0]), 0);
    assert_int_equal(lock_load(camera, &list), 0);
    assert_int_equal(list.locks[0].from_ms, T);
    assert_true(lock_covers(&list, T + 50000, T + 60000));
    lock_free(&list);
}

static void only_a_whole_name_is_a_lock(void **state)
{
    char name[LOCK_NAME_MAX];
    int64_t from_ms, to_ms;

    (void)state;
    lock_name_print(name, T, T + 1);
    assert_true(lock_name_parse(name, &from_ms, &to_ms));
    assert_int_equal(from_ms, T);
    assert_int_equal(to_ms, T + 1);
    for (size_t i = 0; name[i] != '\0'; i++) {
        char kept = name[i];

        name[i] = 'x';
        assert_false(lock_name_parse(name, &from_ms, &to_ms));
        name[i] = kept;
    }
    lock_name_print(name, T, T);
    assert_false(lock_name_parse(name, &from_ms, &to_ms));
}

/* Locks that cannot be read are an error, so that nothing is deleted in the dark. */
static void a_link_is_no_directory_of_locks(void **state)
{
    struct lock_list list;

    (void)state;
    assert_int_equal(symlinkat("/tmp", camera, LOCK_DIRECTORY), 0);
    assert_int_not_equal(lock_load(camera, &list), 0);
    lock_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_lock_covers_what_it_touches, make_camera, remove_camera),
        cmocka_unit_test_setup_teardown(locks_may_overlap, make_camera, remove_camera),
        cmocka_unit_test(only_a_whole_name_is_a_lock),
        cmocka_unit_test_setup_teardown(a_link_is_no_directory_of_locks, make_camera,
                                        remove_camera)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
