/* The journal: what was committed is there, in order, for its owner; anything else is refused with
 * a sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/node/journal.h"

static char root[] = "/tmp/understudy-test-journal-XXXXXX";
static char folder[128];
static char data[160];
static char error[TEXT_BYTES_MAX];

static struct journal_owner make_owner(const char *server, uint8_t hash)
{
    static struct {
        struct image image;
        struct image_server server;
        char strings[64];
    } block;
    block.image.servers = (struct image_section){.offset = sizeof(struct image), .count = 1};
    block.image.strings =
        (struct image_section){.offset = sizeof(struct image) + sizeof(struct image_server),
                               .count = sizeof block.strings};
    block.server.name = 1;
    memset(block.image.hash, hash, sizeof block.image.hash);
    snprintf(block.strings + 1, sizeof block.strings - 1, "%s", server);
    return journal_owner(&block.image, 0);
}

static int begin(void **state)
{
    (void)state;
    char command[256];
    snprintf(folder, sizeof folder, "%s/journal", root);
    snprintf(data, sizeof data, "%s/data.mdb", folder);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static struct journal *open_it(void)
{
    const struct journal_owner owner = make_owner("omega", 1);
    struct journal *journal = journal_open(folder, &owner, JOURNAL_RING_MIN_BYTES, error);
    if (journal == NULL)
        fail_msg("%s", error);
    return journal;
}

static void append(struct journal *journal, uint32_t number)
{
    char text[32];
    const size_t size = (size_t)snprintf(text, sizeof text, "entry %u", number);
    uint8_t *room = journal_append(journal, size);
    assert_non_null(room);
    memcpy(room, text, size);
}

static void append_snapshot(struct journal *journal, uint64_t number)
{
    uint8_t *room = journal_append_snapshot(journal, sizeof number);
    assert_non_null(room);
    memcpy(room, &number, sizeof number);
}

static bool expect_number(void *context, uint64_t number, const uint8_t *bytes, size_t size)
{
    uint64_t *expected = context;
    char text[32];
    const size_t length = (size_t)snprintf(text, sizeof text, "entry %u", (unsigned)number);
    assert_true(number == *expected);
    assert_int_equal(size, length);
    assert_memory_equal(bytes, text, length);
    (*expected)++;
    return true;
}

static uint64_t count_from(struct journal *journal, uint64_t from)
{
    uint64_t expected = from;
    assert_true(journal_walk(journal, from, expect_number, &expected, error));
    return expected - from;
}

/* The snapshots from the latest to the oldest, each saying its own number; returns how many. */
static int count_snapshots(struct journal *journal, uint64_t *oldest)
{
    uint64_t at_most = UINT64_MAX;
    for (int count = 0;; count++) {
        struct journal_snapshot found;
        uint64_t said;
        assert_true(journal_read_snapshot(journal, at_most, &found, error));
        if (found.bytes == NULL)
            return count;
        assert_int_equal(found.size, sizeof said);
        memcpy(&said, found.bytes, sizeof said);
        free(found.bytes);
        assert_int_equal(said, found.number);
        *oldest = found.number;
        at_most = found.number - 1;
    }
}

static void test_what_was_committed_is_there(void **state)
{
    (void)state;
    struct journal *journal = open_it();
    assert_int_equal(count_from(journal, 1), 0);
    for (uint32_t i = 1; i <= 300; i++) {
        append(journal, i);
        if (i % 7 == 0)
            assert_true(journal_commit(journal, error));
    }
    assert_int_equal(journal_count(journal), 294);
    assert_int_equal(count_from(journal, 1), 294);
    assert_true(journal_commit(journal, error));
    assert_true(journal_commit(journal, error));
    journal_close(journal);
    journal = open_it();
    assert_int_equal(journal_count(journal), 300);
    assert_int_equal(count_from(journal, 290), 11);
    append(journal, 301);
    assert_true(journal_commit(journal, error));
    assert_int_equal(count_from(journal, 1), 301);
    journal_close(journal);
    struct stat status;
    assert_int_equal(stat(folder, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
}

/* A second process reads while the first writes; a process killed at any moment loses nothing that
 * it has committed (R44). */
static void test_killed(void **state)
{
    (void)state;
    const char *rounds = getenv("UNDERSTUDY_KILLS"); /* more of them by hand */
    const int round_count = rounds != NULL ? atoi(rounds) : 10;
    for (int round = 0; round < round_count; round++) {
        int told[2];
        uint64_t committed = 0, number;
        assert_int_equal(pipe(told), 0);
        const pid_t child = fork();
        if (child == 0) {
            struct journal *journal = open_it();
            for (number = journal_count(journal) + 1;; number++) {
                append(journal, (uint32_t)number);
                if (number % 50 == 0)
                    append_snapshot(journal, number);
                if (!journal_commit(journal, error) ||
                    write(told[1], &number, sizeof number) != (ssize_t)sizeof number)
                    _exit(1);
            }
        }
        close(told[1]);
        for (int i = 0; i < 20 + round % 10 * 13; i++)
            if (read(told[0], &number, sizeof number) == (ssize_t)sizeof number)
                committed = number;
        kill(child, SIGKILL);
        while (read(told[0], &number, sizeof number) == (ssize_t)sizeof number)
            committed = number;
        close(told[0]);
        waitpid(child, NULL, 0);
        struct journal_owner owner;
        struct journal *journal = journal_open_to_read(folder, &owner, error);
        assert_non_null(journal);
        assert_string_equal(owner.server, "omega");
        const uint64_t count = journal_count(journal), whole = count / 50;
        uint64_t oldest = 0, first;
        assert_in_range(count, committed, committed + 1);
        assert_true(journal_first(journal, &first, error));
        assert_int_equal(count_from(journal, first), count - first + 1);
        const uint64_t kept = (uint64_t)count_snapshots(journal, &oldest);
        assert_int_equal(kept, kept == 0 ? whole : whole - oldest / 50 + 1);
        /* Once the ring is full, what it has forgotten lies before a snapshot. */
        if (round < 10)
            assert_int_equal(first, 1);
        assert_true(first == 1 || (kept > 0 && oldest + 1 >= first));
        journal_close(journal);
    }
}

static void expect_refusal(const struct journal_owner *owner, const char *sentence)
{
    error[0] = '\0';
    assert_null(journal_open(folder, owner, JOURNAL_RING_MIN_BYTES, error));
    if (strstr(error, sentence) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error, sentence);
}

static void test_foreign(void **state)
{
    (void)state;
    journal_close(open_it());
    const struct journal_owner other_server = make_owner("alpha", 1);
    expect_refusal(&other_server, "belongs to the server omega, not to alpha");
    const struct journal_owner other_deployment = make_owner("omega", 2);
    expect_refusal(&other_deployment, "belongs to another deployment (010101010101");
}

/* A journal of the first format has no snapshots and says 1; else it is as today's. */
static void test_older_format(void **state)
{
    (void)state;
    struct journal_owner owner = make_owner("omega", 1);
    owner.journal_abi = 1;
    struct journal *journal = journal_open(folder, &owner, JOURNAL_RING_MIN_BYTES, error);
    assert_non_null(journal);
    append(journal, 1);
    assert_true(journal_commit(journal, error));
    journal_close(journal);
    struct journal_owner found;
    journal = journal_open_to_read(folder, &found, error);
    assert_non_null(journal);
    assert_int_equal(found.journal_abi, 1);
    journal_close(journal);
    journal = open_it();
    append(journal, 2);
    append_snapshot(journal, 2);
    assert_true(journal_commit(journal, error));
    assert_int_equal(count_from(journal, 1), 2);
    journal_close(journal);
    journal = journal_open_to_read(folder, &found, error);
    assert_non_null(journal);
    assert_true(found.journal_abi > 1);
    journal_close(journal);
}

static void test_newer_format(void **state)
{
    (void)state;
    const struct journal_owner today = make_owner("omega", 1);
    struct journal_owner owner = today;
    owner.journal_abi++;
    journal_close(journal_open(folder, &owner, JOURNAL_RING_MIN_BYTES, error));
    expect_refusal(&today, "was written by another version of Understudy");
}

static void test_no_journal(void **state)
{
    (void)state;
    struct journal_owner owner;
    assert_null(journal_open_to_read(folder, &owner, error));
    assert_non_null(strstr(error, "there is no journal"));
    assert_int_not_equal(access(folder, F_OK), 0);
}

static void overwrite(off_t at, size_t size)
{
    int file = open(data, O_WRONLY | O_CREAT, 0600);
    assert_true(file >= 0);
    for (size_t i = 0; i < size; i++) {
        const uint8_t byte = (uint8_t)random();
        assert_int_equal(pwrite(file, &byte, 1, at + (off_t)i), 1);
    }
    close(file);
}

static void test_garbage(void **state)
{
    (void)state;
    const struct journal_owner owner = make_owner("omega", 1);
    assert_int_equal(mkdir(folder, 0700), 0);
    overwrite(0, 8192);
    expect_refusal(&owner, "is damaged");
}

static void test_cut_short(void **state)
{
    (void)state;
    const struct journal_owner owner = make_owner("omega", 1);
    struct journal *journal = open_it();
    for (uint32_t i = 1; i <= 1000; i++)
        append(journal, i);
    assert_true(journal_commit(journal, error));
    journal_close(journal);
    assert_int_equal(truncate(data, 16384), 0);
    expect_refusal(&owner, "is damaged");
    assert_int_equal(truncate(data, 100), 0);
    expect_refusal(&owner, "is damaged");
}

static uint64_t file_bytes(void)
{
    struct stat status;
    assert_int_equal(stat(data, &status), 0);
    return (uint64_t)status.st_size;
}

/* However much is written, the ring keeps its size, begins behind a snapshot, and keeps the end. */
static void test_ring(void **state)
{
    (void)state;
    struct journal *journal = open_it();
    uint64_t first, oldest = 0;
    for (uint32_t i = 1; i <= 200000; i++) {
        append(journal, i);
        if (journal_wants_snapshot(journal))
            append_snapshot(journal, i);
        if (i % 100 == 0)
            assert_true(journal_commit(journal, error));
    }
    assert_true(journal_first(journal, &first, error));
    assert_true(first > 1);
    assert_in_range(count_snapshots(journal, &oldest), 2, 40);
    assert_int_equal(first, oldest + 1);
    assert_int_equal(count_from(journal, first), 200000 - oldest);
    assert_true(file_bytes() <= 2 * JOURNAL_RING_MIN_BYTES + (1u << 20));
    journal_close(journal);
    journal = open_it();
    assert_int_equal(journal_count(journal), 200000);
    assert_int_equal(journal_health(journal).lost, 0);
    journal_close(journal);
}

/* What does not fit into memory is lost: the numbers tell how much, and a snapshot follows. */
static void test_memory_is_bounded(void **state)
{
    (void)state;
    struct journal *journal = open_it();
    uint64_t appended = 1, oldest = 0, expected;
    append(journal, 1);
    assert_true(journal_commit(journal, error));
    uint8_t *room;
    for (room = journal_append(journal, 65536); room != NULL; appended++) {
        memset(room, 0, 65536);
        room = journal_append(journal, 65536);
        assert_true(appended < 10000);
    }
    appended++;
    assert_null(journal_append(journal, 1));
    appended++;
    assert_true(journal_wants_snapshot(journal));
    assert_false(journal_commit(journal, error));
    assert_non_null(strstr(error, "for too long"));
    append_snapshot(journal, appended);
    append(journal, (uint32_t)appended + 1);
    assert_true(journal_commit(journal, error));
    assert_int_equal(journal_count(journal), appended + 1);
    assert_int_equal(journal_health(journal).lost, appended - 1);
    assert_int_equal(count_snapshots(journal, &oldest), 1);
    assert_int_equal(oldest, appended);
    expected = appended + 1;
    assert_true(journal_walk(journal, 2, expect_number, &expected, error));
    assert_int_equal(expected, appended + 2);
    journal_close(journal);
}

static void test_copy(void **state)
{
    (void)state;
    char copy[160];
    struct journal_owner owner;
    struct journal *journal = open_it();
    snprintf(copy, sizeof copy, "%s/copy", folder);
    for (uint32_t i = 1; i <= 100; i++)
        append(journal, i);
    assert_true(journal_commit(journal, error));
    assert_true(journal_copy(journal, copy, error));
    assert_false(journal_copy(journal, copy, error)); /* nothing is overwritten */
    append(journal, 101);
    assert_true(journal_commit(journal, error));
    journal_close(journal);
    journal = journal_open_to_read(copy, &owner, error);
    assert_non_null(journal);
    assert_int_equal(count_from(journal, 1), 100);
    journal_close(journal);
}

static int end(void **state)
{
    begin(state);
    return rmdir(root);
}

int main(void)
{
    if (mkdtemp(root) == NULL)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_what_was_committed_is_there, begin),
        cmocka_unit_test_setup(test_killed, begin),
        cmocka_unit_test_setup(test_foreign, begin),
        cmocka_unit_test_setup(test_older_format, begin),
        cmocka_unit_test_setup(test_newer_format, begin),
        cmocka_unit_test_setup(test_no_journal, begin),
        cmocka_unit_test_setup(test_garbage, begin),
        cmocka_unit_test_setup(test_cut_short, begin),
        cmocka_unit_test_setup(test_ring, begin),
        cmocka_unit_test_setup(test_memory_is_bounded, begin),
        cmocka_unit_test_setup(test_copy, begin)};
    return cmocka_run_group_tests(tests, NULL, end);
}
