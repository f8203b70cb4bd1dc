/* The journal against a disk that fails: the power goes at any of its writes, or a write fails and
 * later ones do not. What LMDB writes passes through here: the functions of the C library that it
 * calls are defined in this program. */
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
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "runtime/node/journal.h"

#define SECTOR_BYTES 512
#define IMAGE_BYTES  ((size_t)4 << 20)
#define EVENTS_MAX   8192
#define ENTRIES      60

/* In memory where that can be: the failures are simulated, so the disk need not be waited for. */
static char in_memory[] = "/dev/shm/understudy-test-crash-XXXXXX";
static char on_disk[] = "/tmp/understudy-test-crash-XXXXXX";
static char *root;
static char folder[128], data[160], error[TEXT_BYTES_MAX];

/* ---- what is written ---- */

enum event_kind { WRITE, SYNC };

struct event {
    enum event_kind kind;
    bool durable;   /* by its own (O_DSYNC) */
    uint64_t acked; /* entries that were told to be durable before it */
    off_t at;
    size_t size;
    uint8_t *bytes;
};

static struct event events[EVENTS_MAX];
static size_t event_count;
static bool recording;
static uint64_t acked;
static long calls;        /* writes and syncs of the journal's file */
static long fail_at = -1; /* the call that fails */
static int fail_code;

static bool is_data(int file)
{
    struct stat ours, theirs;
    return stat(data, &ours) == 0 && fstat(file, &theirs) == 0 && ours.st_ino == theirs.st_ino &&
           ours.st_dev == theirs.st_dev;
}

static bool fails(int file)
{
    if ((!recording && fail_at < 0) || !is_data(file) || calls++ != fail_at)
        return false;
    errno = fail_code;
    return true;
}

static void note(enum event_kind kind, int file, const void *bytes, size_t size, off_t at)
{
    if (!recording || !is_data(file))
        return;
    assert_true(event_count < EVENTS_MAX);
    struct event *event = &events[event_count++];
    *event = (struct event){.kind = kind, .acked = acked, .at = at, .size = size};
    event->durable = (fcntl(file, F_GETFL) & O_DSYNC) != 0;
    if (size > 0) {
        event->bytes = malloc(size);
        assert_non_null(event->bytes);
        memcpy(event->bytes, bytes, size);
    }
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t at);
ssize_t pwrite64(int file, const void *bytes, size_t size, off_t at);
ssize_t writev(int file, const struct iovec *parts, int count);
ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at);
ssize_t write(int file, const void *bytes, size_t size);
int fdatasync(int file);
int fsync(int file);

ssize_t pwrite(int file, const void *bytes, size_t size, off_t at)
{
    if (fails(file))
        return -1;
    note(WRITE, file, bytes, size, at);
    return syscall(SYS_pwrite64, file, bytes, size, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off_t at)
{
    return pwrite(file, bytes, size, at);
}

ssize_t write(int file, const void *bytes, size_t size)
{
    if (fails(file))
        return -1;
    note(WRITE, file, bytes, size, recording ? lseek(file, 0, SEEK_CUR) : 0);
    return syscall(SYS_write, file, bytes, size);
}

static void note_parts(int file, const struct iovec *parts, int count, off_t at)
{
    for (int i = 0; i < count; i++) {
        note(WRITE, file, parts[i].iov_base, parts[i].iov_len, at);
        at += (off_t)parts[i].iov_len;
    }
}

ssize_t writev(int file, const struct iovec *parts, int count)
{
    if (fails(file))
        return -1;
    note_parts(file, parts, count, recording ? lseek(file, 0, SEEK_CUR) : 0);
    return syscall(SYS_writev, file, parts, count);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at)
{
    ssize_t written = 0;
    for (int i = 0; i < count; i++) {
        const ssize_t size = pwrite(file, parts[i].iov_base, parts[i].iov_len, at + written);
        if (size < 0)
            return -1;
        written += size;
    }
    return written;
}

int fdatasync(int file)
{
    if (fails(file))
        return -1;
    note(SYNC, file, NULL, 0, 0);
    return (int)syscall(SYS_fdatasync, file);
}

int fsync(int file)
{
    if (fails(file))
        return -1;
    note(SYNC, file, NULL, 0, 0);
    return (int)syscall(SYS_fsync, file);
}

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

static uint8_t durable[IMAGE_BYTES], torn[IMAGE_BYTES];
static size_t durable_size, torn_size;

static void lay(uint8_t *image, size_t *image_size, const struct event *event, size_t from,
                size_t size)
{
    const size_t at = (size_t)event->at + from;
    assert_true(at + size <= IMAGE_BYTES);
    memcpy(image + at, event->bytes + from, size);
    if (*image_size < at + size)
        *image_size = at + size;
}

/* What the disk may hold if the power goes just before event `end`: what was synced, and any of
 * the sectors written since. */
static void tear(size_t synced, size_t end)
{
    memcpy(torn, durable, sizeof torn);
    torn_size = durable_size;
    for (size_t i = synced; i < end; i++)
        for (size_t from = 0; events[i].kind == WRITE && from < events[i].size;
             from += SECTOR_BYTES) {
            const size_t left = events[i].size - from;
            if (random() % 2 == 0)
                lay(torn, &torn_size, &events[i], from, left < SECTOR_BYTES ? left : SECTOR_BYTES);
        }
}

static void check_image(uint64_t told)
{
    char command[256];
    snprintf(command, sizeof command, "%s/lock.mdb", folder);
    unlink(command);
    int file = open(data, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(file >= 0);
    assert_int_equal(syscall(SYS_write, file, torn, torn_size), torn_size);
    close(file);
    struct journal *journal = open_it();
    if (journal == NULL)
        fail_msg("after %d entries: %s", (int)told, error);
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
    int file = open(data, O_RDONLY);
    durable_size = 0;
    for (ssize_t size; (size = read(file, durable + durable_size, IMAGE_BYTES - durable_size)) > 0;)
        durable_size += (size_t)size;
    close(file);
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
    size_t synced = 0;
    record_writes();
    assert_true(event_count > 2 * ENTRIES);
    for (size_t end = 0; end <= event_count; end++) {
        tear(synced, end);
        check_image(end < event_count ? events[end].acked : ENTRIES);
        if (end == event_count)
            break;
        if (events[end].kind == WRITE && events[end].durable) {
            lay(durable, &durable_size, &events[end], 0, events[end].size);
            events[end].size = 0;
        } else if (events[end].kind == SYNC) {
            for (size_t i = synced; i < end; i++)
                if (events[i].kind == WRITE && events[i].size > 0)
                    lay(durable, &durable_size, &events[i], 0, events[i].size);
            synced = end + 1;
        }
    }
    for (size_t i = 0; i < event_count; i++)
        free(events[i].bytes);
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
        cmocka_unit_test_setup(test_full_disk_at_every_write, begin),
        cmocka_unit_test_setup(test_broken_disk_at_every_write, begin)};
    return cmocka_run_group_tests(tests, NULL, end);
}
