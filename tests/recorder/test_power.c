/* Power loss, simulated at the level of writes and syncs: what the writer does to its volume is
 * noted down, then the volume is built as a loss at some moment may leave it. What was synced is
 * there; of what was written since, any part may be (a page that is missing reads as zeros), and of
 * what was done to a directory since, any beginning. After the recovery everything that was
 * reported durable before that moment must be there, and the archive whole. UNDERSTUDY_SEED repeats
 * a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "recorder/archive.h"
#include "recorder/archive_verify.h"
#include "recorder/backlog.h"
#include "recorder/recover.h"
#include "recorder/ts.h"
#include "recorder/volume.h"
#include "recorder/writer.h"
#include "tests/recorder/packets.h"

#define BEGIN_MS   INT64_C(1795000000000)
#define PICTURE_MS 40
#define PICTURES   1600 /* over a minute: some segments */
#define GROUP      10
#define LOSSES     250
#define DEEDS_MAX  16384
#define NODES_MAX  64 /* files and directories that are looked after */

enum deed_kind { CREATE, MAKE_DIRECTORY, WRITE, SHORTEN, SYNC, RENAME, UNLINK, PROMISE };

struct deed {
    enum deed_kind kind;
    ino_t node;  /* that it is done to: a directory for CREATE, MAKE_DIRECTORY, RENAME, UNLINK */
    ino_t child; /* CREATE, MAKE_DIRECTORY */
    char name[64], to[64];
    off_t at; /* WRITE, SHORTEN */
    uint8_t *bytes;
    size_t size;
    int64_t from_ms, to_ms; /* PROMISE: of a segment, or of a moment, which is both */
};

static char directory[] = "/tmp/understudy-power-XXXXXX"; /* 0: the volume, 1: after the loss */
static struct deed deeds[DEEDS_MAX];
static size_t deed_count;
static pthread_mutex_t deeds_mutex = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool noting;
static struct recorder_order order;

/* ---- noting ---- */

static struct deed *note(enum deed_kind kind, ino_t node)
{
    struct deed *deed;

    pthread_mutex_lock(&deeds_mutex);
    assert_true(deed_count < DEEDS_MAX);
    deed = &deeds[deed_count++];
    *deed = (struct deed){.kind = kind, .node = node};
    pthread_mutex_unlock(&deeds_mutex);
    return deed;
}

static ino_t node_of(int file)
{
    struct stat status;

    return fstat(file, &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))
               ? status.st_ino
               : 0;
}

ssize_t write(int file, const void *bytes, size_t size)
{
    ino_t node = atomic_load(&noting) ? node_of(file) : 0;
    bool appends = node != 0 && (fcntl(file, F_GETFL) & O_APPEND) != 0;
    off_t at = node == 0 ? 0 : lseek(file, 0, appends ? SEEK_END : SEEK_CUR);
    ssize_t written = (ssize_t)syscall(SYS_write, file, bytes, size);

    if (node != 0 && written > 0) {
        struct deed *deed = note(WRITE, node);

        deed->at = at;
        deed->size = (size_t)written;
        deed->bytes = malloc(deed->size);
        memcpy(deed->bytes, bytes, deed->size);
    }
    return written;
}

/* A sync is worth what was done before it began. */
static int sync_node(int file)
{
    if (atomic_load(&noting))
        note(SYNC, node_of(file));
    return 0;
}

int fsync(int file)
{
    return sync_node(file);
}

int fdatasync(int file)
{
    return sync_node(file);
}

int openat(int below, const char *name, int flags, ...)
{
    bool is_new = atomic_load(&noting) && (flags & O_CREAT) != 0 &&
                  faccessat(below, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
    int file = (int)syscall(SYS_openat, below, name, flags, 0644);

    if (file >= 0 && is_new) {
        struct deed *deed = note(CREATE, node_of(below));

        deed->child = node_of(file);
        snprintf(deed->name, sizeof(deed->name), "%s", name);
    }
    return file;
}

int mkdirat(int below, const char *name, mode_t mode)
{
    int made = (int)syscall(SYS_mkdirat, below, name, mode);
    struct stat status;

    if (made == 0 && atomic_load(&noting) && fstatat(below, name, &status, 0) == 0) {
        struct deed *deed = note(MAKE_DIRECTORY, node_of(below));

        deed->child = status.st_ino;
        snprintf(deed->name, sizeof(deed->name), "%s", name);
    }
    return made;
}

int renameat2(int below, const char *from, int other, const char *to, unsigned flags)
{
    int renamed = (int)syscall(SYS_renameat2, below, from, other, to, flags);

    if (renamed == 0 && atomic_load(&noting)) {
        struct deed *deed = note(RENAME, node_of(below));

        snprintf(deed->name, sizeof(deed->name), "%s", from);
        snprintf(deed->to, sizeof(deed->to), "%s", to);
    }
    return renamed;
}

int renameat(int below, const char *from, int other, const char *to)
{
    return renameat2(below, from, other, to, 0);
}

int unlinkat(int below, const char *name, int flags)
{
    int unlinked = (int)syscall(SYS_unlinkat, below, name, flags);

    if (unlinked == 0 && atomic_load(&noting))
        snprintf(note(UNLINK, node_of(below))->name, sizeof(deeds[0].name), "%s", name);
    return unlinked;
}

int ftruncate(int file, off_t size)
{
    int done = (int)syscall(SYS_ftruncate, file, size);

    if (done == 0 && atomic_load(&noting))
        note(SHORTEN, node_of(file))->at = size;
    return done;
}

/* ---- what is done ---- */

static void on_grown(void *owner, const struct timeline_entry *entry, size_t bytes)
{
    (void)owner;
    (void)entry;
    (void)bytes;
}

static void promise(int64_t from_ms, int64_t to_ms)
{
    struct deed *deed = note(PROMISE, 0);

    deed->from_ms = from_ms;
    deed->to_ms = to_ms;
}

static void on_disk(void *owner, uint64_t epoch, int64_t from_wall_ms)
{
    (void)epoch;
    promise(from_wall_ms, from_wall_ms);
    writer_announce(*(struct writer **)owner); /* the next keyframe, too */
}

static void on_segment(void *owner, uint64_t epoch, int64_t from_wall_ms, int64_t to_wall_ms,
                       uint64_t bytes, uint64_t frames)
{
    (void)owner;
    (void)epoch;
    (void)bytes;
    (void)frames;
    promise(from_wall_ms, to_wall_ms);
}

static void on_trouble(void *owner, const char *cause)
{
    (void)owner;
    fprintf(stderr, "%s\n", cause);
}

static void on_stopped(void *owner, uint64_t epoch)
{
    (void)owner;
    (void)epoch;
}

/* A life with two epochs, all of it noted down. */
static void record(void)
{
    static struct writer *writer;
    const struct writer_events events = {.owner = &writer,
                                         .grown = on_grown,
                                         .on_disk = on_disk,
                                         .segment = on_segment,
                                         .trouble = on_trouble,
                                         .stopped = on_stopped};
    struct backlog backlog;
    struct volume_choice choice;
    uint8_t bytes[3 * TS_PACKET];

    backlog_init(&backlog, BACKLOG_BYTES);
    volume_choice_init(&choice, &order);
    atomic_store(&noting, true);
    writer = writer_open(&backlog, &choice, &events);
    for (int64_t i = 0; i < PICTURES; i++) {
        const struct timeline_entry entry = {.wall_us = (BEGIN_MS + i * PICTURE_MS) * 1000,
                                             .epoch = 1 + (i > PICTURES / 2),
                                             .key = i % GROUP == 0};

        packets_fill(bytes, 3, i * PICTURE_MS * (TS_PTS_TICKS / 1000), entry.key);
        while (backlog_bytes(&backlog) > 64 * sizeof(bytes))
            usleep(100);
        backlog_put(&backlog, &entry, bytes, sizeof(bytes));
    }
    backlog_close(&backlog);
    writer_close(writer);
    atomic_store(&noting, false);
    backlog_free(&backlog);
    volume_choice_free(&choice);
}

/* ---- what a loss leaves ---- */

/* The last sync of a node before a moment; deeds before it are safe. */
static size_t last_sync(ino_t node, size_t moment)
{
    for (size_t i = moment; i > 0; i--)
        if (deeds[i - 1].kind == SYNC && deeds[i - 1].node == node)
            return i;
    return 0;
}

static void build_file(const char *path, ino_t node, size_t moment)
{
    size_t safe = last_sync(node, moment);
    int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_TRUNC, 0644);

    assert_true(file >= 0);
    for (size_t i = 0; i < moment; i++) {
        const struct deed *deed = &deeds[i];

        if (deed->node != node || (i >= safe && rand() % 2 == 0))
            continue;
        if (deed->kind == WRITE)
            assert_int_equal(pwrite(file, deed->bytes, deed->size, deed->at), deed->size);
        else if (deed->kind == SHORTEN)
            assert_int_equal(syscall(SYS_ftruncate, file, deed->at), 0);
    }
    close(file);
}

struct entry {
    char name[64];
    ino_t node;
    bool is_directory;
};

static size_t find_entry(const struct entry *entries, size_t count, const char *name)
{
    size_t i = 0;

    while (i < count && strcmp(entries[i].name, name) != 0)
        i++;
    return i;
}

static void apply(struct entry *entries, size_t *count, const struct deed *deed)
{
    size_t i = find_entry(entries, *count, deed->name), to;

    switch (deed->kind) {
    case CREATE:
    case MAKE_DIRECTORY:
        assert_true(*count < NODES_MAX);
        entries[*count] =
            (struct entry){.node = deed->child, .is_directory = deed->kind == MAKE_DIRECTORY};
        strcpy(entries[(*count)++].name, deed->name);
        break;
    case UNLINK:
        if (i < *count)
            entries[i] = entries[--*count];
        break;
    case RENAME:
        to = find_entry(entries, *count, deed->to);
        if (to < *count) {
            entries[to] = entries[--*count];
            i = find_entry(entries, *count, deed->name);
        }
        if (i < *count)
            strcpy(entries[i].name, deed->to);
        break;
    case WRITE:
    case SHORTEN:
    case SYNC:
    case PROMISE:
        break;
    }
}

static bool is_of_directory(const struct deed *deed, ino_t node)
{
    return deed->node == node && (deed->kind == CREATE || deed->kind == MAKE_DIRECTORY ||
                                  deed->kind == RENAME || deed->kind == UNLINK);
}

static void build_directory(const char *path, ino_t node, size_t moment)
{
    struct entry entries[NODES_MAX];
    size_t count = 0, safe = last_sync(node, moment);

    mkdir(path, 0755);
    for (size_t i = 0; i < moment; i++)
        if (is_of_directory(&deeds[i], node)) {
            if (i >= safe && rand() % 2 == 0)
                break;
            apply(entries, &count, &deeds[i]);
        }
    for (size_t i = 0; i < count; i++) {
        char below[PATH_MAX];

        snprintf(below, sizeof(below), "%.3900s/%.63s", path, entries[i].name);
        if (entries[i].is_directory)
            build_directory(below, entries[i].node, moment);
        else
            build_file(below, entries[i].node, moment);
    }
}

static void on_recovered(void *owner, uint64_t epoch, int64_t start_ms, int64_t length_ms,
                         const struct index_row *row)
{
    (void)owner;
    (void)epoch;
    (void)start_ms;
    (void)length_ms;
    (void)row;
}

static bool is_kept(const struct archive *archive, const struct deed *promised)
{
    int64_t from_ms = promised->from_ms, last_ms = promised->to_ms;

    for (size_t i = 0; i < archive->count; i++)
        if (archive->segments[i].from_ms <= from_ms &&
            (from_ms == last_ms ? from_ms < archive->segments[i].to_ms
                                : last_ms <= archive->segments[i].to_ms))
            return true;
    return false;
}

static void lose_power(const char *path, ino_t root, size_t moment)
{
    const struct archive_filter all = {.from_ms = INT64_MIN, .to_ms = INT64_MAX};
    const struct segment_place place = {
        .main_name = "alpha", .camera_name = "lobby", .server_name = "alpha"};
    struct archive archive = {.count = 0};
    struct archive_verify verify = {.filter = &all};
    char cause[RECORDER_CAUSE_MAX];
    int volume;

    build_directory(path, root, moment);
    assert_true(volume_init(path, "vault", cause));
    volume = volume_open(path, "vault", cause);
    assert_int_equal(recover_camera(volume, &place, on_recovered, NULL), 0);
    close(volume);
    assert_true(archive_scan(&archive, path, &all));
    for (size_t i = 0; i < moment; i++)
        if (deeds[i].kind == PROMISE && !is_kept(&archive, &deeds[i]))
            fail_msg("after deed %zu: %lld to %lld was said to be durable and is missing", moment,
                     (long long)deeds[i].from_ms - BEGIN_MS, (long long)deeds[i].to_ms - BEGIN_MS);
    archive_free(&archive);
    assert_true(archive_verify_volume(&verify, path));
    assert_int_equal(verify.problem_count, 0);
}

static void what_is_durable_survives_a_power_loss(void **state)
{
    const char *seed = getenv("UNDERSTUDY_SEED");
    unsigned start = seed != NULL ? (unsigned)atoi(seed) : (unsigned)time(NULL);
    char path[64], command[128];
    size_t promises = 0;
    struct stat root;

    (void)state;
    printf("UNDERSTUDY_SEED=%u\n", start);
    srand(start);
    record();
    for (size_t i = 0; i < deed_count; i++)
        promises += deeds[i].kind == PROMISE;
    printf("%zu deeds, %zu promises\n", deed_count, promises);
    assert_true(promises > 50);
    assert_int_equal(stat(order.volumes[0].path, &root), 0);
    for (int i = 0; i < LOSSES; i++) {
        snprintf(path, sizeof(path), "%s/1", directory);
        lose_power(path, root.st_ino, (size_t)rand() % (deed_count + 1));
        snprintf(command, sizeof(command), "rm -r %s", path);
        assert_int_equal(system(command), 0);
    }
}

static int set_up(void **state)
{
    char cause[RECORDER_CAUSE_MAX];

    (void)state;
    order = (struct recorder_order){.abi = RECORDER_ABI,
                                    .volume_count = 1,
                                    .main_name = "alpha",
                                    .camera_name = "lobby",
                                    .server_name = "alpha",
                                    .volumes = {{.name = "vault"}}};
    if (mkdtemp(directory) == NULL)
        return -1;
    snprintf(order.volumes[0].path, RECORDER_PATH_MAX, "%s/0", directory);
    return mkdir(order.volumes[0].path, 0755) != 0 ||
                   !volume_init(order.volumes[0].path, "vault", cause)
               ? -1
               : 0;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    for (size_t i = 0; i < deed_count; i++)
        free(deeds[i].bytes);
    snprintf(command, sizeof(command), "rm -r %s", directory);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_durable_survives_a_power_loss)};

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
