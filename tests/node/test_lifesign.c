/* Signs of life on a shared volume (R45): what is read back, and what follows from what was seen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/node/lifesign.h"

#define LEASE_MS 5000

static char volume[64];
static bool is_full; /* no file grows, and none begins */

ssize_t pwrite(int file, const void *bytes, size_t size, off_t from)
{
    struct stat status;
    if (is_full && fstat(file, &status) == 0 && from + (off_t)size > status.st_size) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_pwrite64, file, bytes, size, from);
}

static int make_volume(void **state)
{
    (void)state;
    strcpy(volume, "/tmp/understudy-test-XXXXXX");
    return mkdtemp(volume) == NULL;
}

static int remove_volume(void **state)
{
    static const char *const files[] = {"/.understudy/alpha.alive", "/.understudy/alpha.alive.new",
                                        "/.understudy", "/.understudy-volume", ""};
    char path[160];
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s%s", volume, files[i]);
        remove(path);
    }
    return 0;
}

static void put(const char *name, const void *bytes, size_t size)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", volume, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static int opened;

static int open_volume(void **state)
{
    if (make_volume(state) != 0)
        return -1;
    put(".understudy-volume", "vault\n", 6);
    opened = lifesign_open(volume, "vault");
    return opened < 0;
}

static int close_volume(void **state)
{
    close(opened);
    return remove_volume(state);
}

/* R32: the bare mount point is not the volume. */
static void test_r32_marker(void **state)
{
    (void)state;
    assert_int_equal(lifesign_open(volume, "vault"), -1);
    put(".understudy-volume", "vault\n", 6);
    assert_int_equal(lifesign_open(volume, "vaul"), -1);
    assert_int_equal(lifesign_open(volume, "vaults"), -1);
    assert_int_equal(lifesign_open("/nowhere/at/all", "vault"), -1);
    const int found = lifesign_open(volume, "vault");
    assert_true(found >= 0);
    close(found);
}

/* R32: what was mounted away between the look at its marker and the writing gets nothing elsewhere.
 */
static void test_r32_the_path_may_change(void **state)
{
    (void)state;
    char moved[80];
    const struct lifesign sign = {.boot = 1, .counter = 1};
    struct lifesign found;
    snprintf(moved, sizeof moved, "%s-moved", volume);
    assert_int_equal(rename(volume, moved), 0);
    assert_int_equal(mkdir(volume, 0700), 0);
    assert_true(lifesign_write(opened, "alpha", &sign, NULL));
    assert_int_equal(rmdir(volume), 0);
    assert_int_equal(rename(moved, volume), 0);
    assert_true(lifesign_read(opened, "alpha", &found));
}

static void test_what_is_written_is_read(void **state)
{
    (void)state;
    struct lifesign sign = {.boot = 77, .counter = UINT64_MAX}, found;
    assert_false(lifesign_read(opened, "alpha", &found));
    assert_true(lifesign_write(opened, "alpha", &sign, NULL));
    assert_true(lifesign_read(opened, "alpha", &found));
    assert_int_equal(found.boot, 77);
    assert_true(found.counter == UINT64_MAX);
    sign.counter = 3;
    assert_true(lifesign_write(opened, "alpha", &sign, NULL));
    assert_true(lifesign_read(opened, "alpha", &found));
    assert_int_equal(found.counter, 3);
    assert_false(lifesign_write(-1, "alpha", &sign, NULL));
    assert_false(lifesign_write(opened, "../alpha", &sign, NULL));
    assert_false(lifesign_read(opened, "../alpha", &found));
}

/* R35: a main whose NAS is full records elsewhere, and its claim lives on. */
static void test_r35_a_full_volume_takes_a_sign(void **state)
{
    (void)state;
    struct lifesign_claim item = {.main = "beta", .turn = 7};
    const struct lifesign_claims claims = {.items = &item, .count = 1, .max = 1};
    struct lifesign sign = {.boot = 77, .counter = 1}, seen;
    struct lifesign_claims found = {0};
    is_full = true;
    const bool began = lifesign_write(opened, "alpha", &sign, &claims);
    is_full = false;
    assert_false(began);
    assert_true(lifesign_write(opened, "alpha", &sign, &claims));
    is_full = true;
    sign.counter = 2;
    item.renewed = 3;
    const bool renewed = lifesign_write(opened, "alpha", &sign, &claims);
    const bool other = lifesign_write(opened, "omega", &sign, NULL);
    is_full = false;
    assert_true(renewed);
    assert_false(other); /* it has none yet */
    assert_int_equal(lifesign_read_all(opened, "alpha", &seen, &found), LIFESIGN_READ);
    assert_int_equal(seen.counter, 2);
    assert_int_equal(found.items[0].renewed, 3);
    free(found.items);
}

/* Each bit counts, and so does the length. */
static void test_damage_is_no_sign(void **state)
{
    (void)state;
    const struct lifesign sign = {.boot = 0x1234, .counter = 99};
    struct lifesign found;
    char path[160];
    uint8_t bytes[33] = {0};
    assert_true(lifesign_write(opened, "alpha", &sign, NULL));
    snprintf(path, sizeof path, "%s/.understudy/alpha.alive", volume);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, sizeof bytes, file), 32);
    fclose(file);
    for (size_t size = 0; size < 32; size++) {
        put(".understudy/alpha.alive", bytes, size);
        assert_false(lifesign_read(opened, "alpha", &found));
    }
    for (size_t bit = 0; bit < 32 * 8; bit++) {
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ (1u << bit % 8));
        put(".understudy/alpha.alive", bytes, 32);
        assert_false(lifesign_read(opened, "alpha", &found));
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ (1u << bit % 8));
    }
    put(".understudy/alpha.alive", bytes, 32);
    assert_true(lifesign_read(opened, "alpha", &found));
}

static struct lifesign_claim claim_of(const char *main, uint64_t turn, uint64_t renewed)
{
    struct lifesign_claim claim = {.turn = turn, .renewed = renewed};
    snprintf(claim.main, sizeof claim.main, "%s", main);
    return claim;
}

/* What is said of claims is read back whole, and a reader that wants none of it reads the sign. */
static void test_r30_claims_are_read(void **state)
{
    (void)state;
    struct lifesign_claim items[] = {claim_of("beta", 7, 70), claim_of("gamma", 8, 80)};
    const struct lifesign_claims claims = {.items = items, .count = 2, .max = 2};
    const struct lifesign sign = {.boot = 5, .counter = 6};
    struct lifesign_claims found = {0};
    struct lifesign seen = {0};
    assert_int_equal(lifesign_read_all(opened, "alpha", &seen, &found), LIFESIGN_FAILED);
    assert_true(lifesign_write(opened, "alpha", &sign, &claims));
    assert_int_equal(lifesign_read_all(opened, "omega", &seen, &found), LIFESIGN_ABSENT);
    assert_int_equal(lifesign_read_all(opened, "alpha", &seen, &found), LIFESIGN_READ);
    assert_int_equal(seen.counter, 6);
    assert_int_equal(found.count, 2);
    assert_memory_equal(found.items, items, sizeof items);
    seen = (struct lifesign){0};
    assert_true(lifesign_read(opened, "alpha", &seen));
    assert_int_equal(seen.counter, 6);
    assert_true(lifesign_write(opened, "alpha", &sign, NULL));
    assert_int_equal(lifesign_read_all(opened, "alpha", &seen, &found), LIFESIGN_READ);
    assert_int_equal(found.count, 0);
    free(found.items);
}

static void test_r30_torn_claims_say_nothing(void **state)
{
    (void)state;
    struct lifesign_claim items[] = {claim_of("beta", 7, 70)};
    const struct lifesign_claims claims = {.items = items, .count = 1, .max = 1};
    const struct lifesign sign = {.boot = 5, .counter = 6};
    struct lifesign_claims found = {0};
    struct lifesign seen;
    char path[160];
    uint8_t bytes[256];
    assert_true(lifesign_write(opened, "alpha", &sign, &claims));
    snprintf(path, sizeof path, "%s/.understudy/alpha.alive", volume);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    for (size_t cut = 0; cut < size; cut++) {
        put(".understudy/alpha.alive", bytes, cut);
        assert_int_equal(lifesign_read_all(opened, "alpha", &seen, &found), LIFESIGN_FAILED);
        assert_int_equal(found.count, 0);
    }
    for (size_t bit = 0; bit < size * 8; bit++) {
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ (1u << bit % 8));
        put(".understudy/alpha.alive", bytes, size);
        assert_int_equal(lifesign_read_all(opened, "alpha", &seen, &found), LIFESIGN_FAILED);
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ (1u << bit % 8));
    }
    free(found.items);
}

/* Nothing in the place of a sign is followed or waited for. */
static void test_hostile_signs(void **state)
{
    (void)state;
    const struct lifesign sign = {.boot = 5, .counter = 6};
    struct lifesign_claims found = {0};
    struct lifesign seen;
    char path[160], elsewhere[160];
    assert_true(lifesign_write(opened, "alpha", &sign, NULL));
    snprintf(path, sizeof path, "%s/.understudy/alpha.alive", volume);
    snprintf(elsewhere, sizeof elsewhere, "%s/.understudy/alpha.alive.new", volume);
    assert_int_equal(rename(path, elsewhere), 0);
    assert_int_equal(symlink(elsewhere, path), 0);
    assert_int_equal(lifesign_read_all(opened, "alpha", &seen, &found), LIFESIGN_FAILED);
    unlink(path);
    unlink(elsewhere);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(lifesign_read_all(opened, "alpha", &seen, &found), LIFESIGN_FAILED);
    assert_int_equal(mkfifo(elsewhere, 0600), 0);
    assert_false(lifesign_write(opened, "alpha", &sign, NULL));
}

/* ---- what follows ---- */

static struct lifesign_watch watch;

/* Reads the same counter each second from one moment up to another. */
static void read_still(uint64_t counter, int64_t from_ms, int64_t to_ms)
{
    for (int64_t at_ms = from_ms; at_ms <= to_ms; at_ms += 1000)
        lifesign_see(&watch, &(struct lifesign){.boot = 1, .counter = counter}, at_ms);
}

static enum lifesign_view judge(int64_t now_ms)
{
    return lifesign_judge(&watch, now_ms, LEASE_MS);
}

static void test_r45_alive_is_what_grows(void **state)
{
    (void)state;
    watch = (struct lifesign_watch){0};
    assert_int_equal(judge(0), LIFESIGN_NONE);
    read_still(7, 1000, 1000); /* an old file says nothing */
    assert_int_equal(judge(1000), LIFESIGN_NONE);
    read_still(8, 2000, 2000);
    assert_int_equal(judge(2000), LIFESIGN_ALIVE);
    read_still(8, 3000, 6000);
    assert_int_equal(judge(6000), LIFESIGN_ALIVE);
    read_still(8, 7000, 7000);
    assert_int_equal(judge(7000), LIFESIGN_SILENT);
    read_still(9, 8000, 8000);
    assert_int_equal(judge(8000), LIFESIGN_ALIVE);
}

/* A main that was dead before the standby started is silent after a lease of looking, not before.
 */
static void test_r45_silent_takes_a_lease_of_reads(void **state)
{
    (void)state;
    watch = (struct lifesign_watch){0};
    read_still(7, 1000, 5000);
    assert_int_equal(judge(5999), LIFESIGN_NONE);
    read_still(7, 6000, 6000);
    assert_int_equal(judge(6000), LIFESIGN_SILENT);
}

/* A main that starts again begins to count anew: that is a sign too. */
static void test_r45_a_restart_is_a_sign(void **state)
{
    (void)state;
    watch = (struct lifesign_watch){0};
    read_still(7, 1000, 9000);
    lifesign_see(&watch, &(struct lifesign){.boot = 2, .counter = 7}, 10000);
    assert_int_equal(judge(10000), LIFESIGN_ALIVE);
}

/* Errors are no evidence: neither of life nor of death, and a volume that was away for us may have
 * been away for the main. */
static void test_r45_errors_say_nothing(void **state)
{
    (void)state;
    watch = (struct lifesign_watch){0};
    read_still(7, 1000, 1000);
    read_still(8, 2000, 2000);
    for (int64_t at_ms = 3000; at_ms < 60000; at_ms += 1000) {
        lifesign_see(&watch, NULL, at_ms);
        assert_int_equal(judge(at_ms), at_ms < 7000 ? LIFESIGN_ALIVE : LIFESIGN_NONE);
    }
    read_still(8, 60000, 64000);
    assert_int_equal(judge(64000), LIFESIGN_NONE);
    read_still(8, 65000, 65000);
    assert_int_equal(judge(65000), LIFESIGN_SILENT);
}

/* Nobody reads, for a volume hangs: what was seen last grows old. */
static void test_r45_no_reads_say_nothing(void **state)
{
    (void)state;
    watch = (struct lifesign_watch){0};
    read_still(7, 1000, 1000);
    read_still(8, 2000, 2000);
    assert_int_equal(judge(6999), LIFESIGN_ALIVE);
    assert_int_equal(judge(7000), LIFESIGN_NONE);
    read_still(8, 8000, 20000);
    assert_int_equal(judge(20000), LIFESIGN_SILENT);
    assert_int_equal(judge(24999), LIFESIGN_SILENT);
    assert_int_equal(judge(25000), LIFESIGN_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_r32_marker, make_volume, remove_volume),
        cmocka_unit_test_setup_teardown(test_r32_the_path_may_change, open_volume, close_volume),
        cmocka_unit_test_setup_teardown(test_what_is_written_is_read, open_volume, close_volume),
        cmocka_unit_test_setup_teardown(test_r35_a_full_volume_takes_a_sign, open_volume,
                                        close_volume),
        cmocka_unit_test_setup_teardown(test_damage_is_no_sign, open_volume, close_volume),
        cmocka_unit_test_setup_teardown(test_r30_claims_are_read, open_volume, close_volume),
        cmocka_unit_test_setup_teardown(test_r30_torn_claims_say_nothing, open_volume,
                                        close_volume),
        cmocka_unit_test_setup_teardown(test_hostile_signs, open_volume, close_volume),
        cmocka_unit_test(test_r45_alive_is_what_grows),
        cmocka_unit_test(test_r45_silent_takes_a_lease_of_reads),
        cmocka_unit_test(test_r45_a_restart_is_a_sign),
        cmocka_unit_test(test_r45_errors_say_nothing),
        cmocka_unit_test(test_r45_no_reads_say_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
