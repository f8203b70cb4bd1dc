/* The journal against a disk that fails: the power goes at any of its writes, or a write fails and
 * later ones do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/node/journal.h"
#include "tests/node/journal_disk.h"

#define ENTRIES 60

/* In memory where that can be: the failures are simulated, so the disk need not be waited for. */
static char in_memory[] = "/dev/shm/understudy-test-crash-XXXXXX";
static char on_disk[] = "/tmp/understudy-test-crash-XXXXXX";
static char *root;
static char folder[128], error[TEXT_BYTES_MAX];

/* ---- a journal ---- */

static struct journal_owner make_owner(void)
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
    snprintf(block.strings + 1, sizeof block.strings - 1, "omega");
    return journal_owner(&block.image, 0);
}

static struct journal *open_it(void)
{
    const struct journal_owner owner = make_owner();
    return journal_open(folder, &owner, JOURNAL_RING_MIN_BYTES, error);
}

static int begin(void **state)
{
    (void)state;
    char command[256];
    snprintf(folder, sizeof folder, "%s/journal", root);
    snprintf(data, sizeof data, "%s/data.mdb", folder);
    snprintf(data_made, sizeof data_made, "%s/new/data.mdb", folder);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    recording = false;
    fail_at = -1;
    calls = 0;
    acked = 0;
    return system(command);
}

/* Entries are large and often, so that the ring turns: deleting is part of what is tried. */
static void append(struct journal *journal, uint64_t number)
{
    const size_t size = 40000 + 7 * (size_t)number;
    uint8_t *room = journal_append(journal, size);
    assert_non_null(room);
    memset(room, (int)(number & 255), size);
    memcpy(room, &number, sizeof number);
    if (journal_wants_snapshot(journal)) {
        room = journal_append_snapshot(journal, sizeof number);
        assert_non_null(room);
        memcpy(room, &number, sizeof number);
    }
}

static bool check_entry(void *context, uint64_t number, const uint8_t *bytes, size_t size)
{
    uint64_t *last = context, said;
    assert_int_equal(size, 40000 + 7 * number);
    memcpy(&said, bytes, sizeof said);
    assert_int_equal(said, number);
    for (size_t i = sizeof said; i < size; i++)
        if (bytes[i] != (number & 255))
            fail_msg("entry %d is damaged", (int)number);
    if (*last != 0)
        assert_int_equal(number, *last + 1);
    *last = number;
    return true;
}

/* Every entry that is there is whole and none is missing; those before the first are covered by a
 * snapshot. Returns the number of the last. */
static uint64_t check_journal(struct journal *journal)
{
    uint64_t last = 0, first;
    struct journal_snapshot found;
    assert_true(journal_first(journal, &first, error));
    assert_true(journal_walk(journal, 1, check_entry, &last, error));
    if (first > 1) {
        assert_true(journal_read_snapshot(journal, first - 1, &found, error));
        assert_non_null(found.bytes);
        assert_int_equal(found.number, first - 1);
        free(found.bytes);
    }
    assert_int_equal(journal_count(journal), last);
    return last;
}

/* ---- the power goes ---- */

static void forget_lock(void)
{
    char lock[160];
    snprintf(lock, sizeof lock, "%s/lock.mdb", folder);
    unlink(lock);
}

static struct journal *open_torn(size_t end)
{
    forget_lock();
    write_torn(data);
    struct journal *journal = open_it();
    if (journal == NULL)
        fail_msg("before write %d: %s", (int)end, error);
    return journal;
}

static void check_image(size_t end)
{
    const uint64_t told = end < event_count ? events[end].acked : ENTRIES;
    struct journal *journal = open_torn(end);
    assert_in_range(check_journal(journal), told, told + 1);
    append(journal, journal_count(journal) + 1);
    assert_true(journal_commit(journal, error)); /* and it goes on */
    journal_close(journal);
}

static void record_writes(void)
{
    struct journal *journal = open_it();
    assert_non_null(journal);
    journal_close(journal);
    read_durable();
    journal = open_it();
    recording = true;
    for (acked = 0; acked < ENTRIES; acked++) {
        append(journal, acked + 1);
        assert_true(journal_commit(journal, error));
    }
    recording = false;
    uint64_t first;
    assert_true(journal_first(journal, &first, error));
    assert_true(first > 1); /* the ring has turned */
    journal_close(journal);
}

/* Nothing that was acknowledged is lost, wherever the power goes. */
static void test_power_loss(void **state)
{
    (void)state;
    record_writes();
    assert_true(event_count > 2 * ENTRIES);
    lose_power_everywhere(check_image);
}

/* ---- the power goes while a journal is made ---- */

static size_t renamed; /* the event from which on it has its name */

/* Whatever is left where it was being made is none, and one that has its name is whole. */
static void check_beginning(size_t end)
{
    char made[160], command[300];
    snprintf(command, sizeof command, "rm -rf '%s' && mkdir '%s'", folder, folder);
    assert_int_equal(system(command), 0);
    snprintf(made, sizeof made, "%s/new", folder);
    struct journal *journal;
    if (end > renamed)
        journal = open_torn(end);
    else {
        assert_int_equal(mkdir(made, 0700), 0);
        write_torn(data_made);
        journal = open_it();
    }
    if (journal == NULL)
        fail_msg("before write %d: %s", (int)end, error);
    assert_int_equal(check_journal(journal), 0);
    append(journal, 1);
    assert_true(journal_commit(journal, error));
    journal_close(journal);
    assert_int_equal(access(made, F_OK), -1);
    journal = open_it();
    assert_non_null(journal);
    assert_int_equal(check_journal(journal), 1);
    journal_close(journal);
}

static void test_power_loss_in_the_beginning(void **state)
{
    (void)state;
    recording = true;
    struct journal *journal = open_it();
    recording = false;
    assert_non_null(journal);
    journal_close(journal);
    durable_size = 0;
    memset(durable, 0, sizeof durable);
    for (renamed = 0; renamed < event_count && events[renamed].kind != RENAME;)
        renamed++;
    assert_in_range(renamed, 3, event_count - 1);
    lose_power_everywhere(check_beginning);
}

/* ---- a write fails ---- */

/* Whichever write fails, once: the journal is written again, in order and whole. Returns whether
 * there was a call of that number. */
static bool run_with_failure(long which, int code)
{
    begin(NULL);
    struct journal *journal = open_it();
    assert_non_null(journal);
    fail_at = which;
    fail_code = code;
    calls = 0;
    for (uint64_t number = 1; number <= ENTRIES; number++) {
        append(journal, number);
        journal_commit(journal, error); /* what fails is written with what follows */
    }
    const bool reached = calls > which;
    fail_at = -1;
    if (!journal_commit(journal, error) && !journal_commit(journal, error))
        fail_msg("call %ld, %s: %s", which, strerror(code), error);
    assert_int_equal(check_journal(journal), ENTRIES);
    assert_int_equal(journal_health(journal).lost, 0);
    journal_close(journal);
    journal = open_it();
    assert_non_null(journal);
    assert_int_equal(check_journal(journal), ENTRIES);
    journal_close(journal);
    return reached;
}

static void test_full_disk_at_every_write(void **state)
{
    (void)state;
    for (long which = 0; run_with_failure(which, ENOSPC); which++)
        assert_true(which < EVENTS_MAX);
}

static void test_broken_disk_at_every_write(void **state)
{
    (void)state;
    for (long which = 0; run_with_failure(which, EIO); which++)
        assert_true(which < EVENTS_MAX);
}

static int end(void **state)
{
    begin(state);
    return rmdir(root);
}

int main(void)
{
    root = mkdtemp(in_memory);
    if (root == NULL)
        root = mkdtemp(on_disk);
    if (root == NULL)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_power_loss, begin),
        cmocka_unit_test_setup(test_power_loss_in_the_beginning, begin),
        cmocka_unit_test_setup(test_full_disk_at_every_write, begin),
        cmocka_unit_test_setup(test_broken_disk_at_every_write, begin)};
    return cmocka_run_group_tests(tests, NULL, end);
}
