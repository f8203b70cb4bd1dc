/* A day of one camera, as fast as the disk takes it: thousands of segments, an
 * epoch an hour, the clean-up at work, and two volumes that fill up, break,
 * turn read-only and hang for a moment all the while. At the end every picture
 * is in a segment that was reported durable, every segment that was reported
 * and is not old is in the archive, and no memory or descriptor is left behind.
 *
 *     recorder-soak [HOURS [SEED]]          with fault.so before libc, and
 * FAULTS=a folder
 */
#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/archive.h"
#include "recorder/disk.h"
#include "recorder/keep.h"
#include "recorder/moment.h"
#include "recorder/recover.h"
#include "recorder/ts.h"
#include "recorder/volume.h"
#include "tests/recorder/packets.h"

#define BEGIN_MS       INT64_C(1795000000000)
#define PICTURE_MS     40
#define GROUP          25
#define HOUR_MS        INT64_C(3600000)
#define KEEP_MS        (2 * HOUR_MS)
#define FAULT_PICTURES 9000 /* from one fault to the next, about */
#define FAULT_MAX_MS   60
#define AHEAD_BYTES    (1u << 20)
#define HEAP_SLACK     (256u << 10)
#define SEGMENTS_MAX   100000

struct written {
    uint64_t epoch;
    int64_t from_ms, to_ms;
};

static const char *const faults[] = {"full", "broken", "read-only", "hangs"};
static const char *const names[] = {"vault", "spare"};
static struct recorder_order order;
static struct disk disk;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct written segments[SEGMENTS_MAX];
static size_t segment_count, fault_count;
static unsigned seed = 1, begun_with = 1;

static _Noreturn void fail(const char *what, int64_t value)
{
    fprintf(stderr, "recorder-soak: %s (%lld), seed %u\n", what, (long long)value, begun_with);
    exit(1);
}

/* ---- what the writer says ---- */

static void on_grown(void *owner, const struct timeline_entry *entry, size_t bytes)
{
    (void)owner;
    (void)entry;
    (void)bytes;
}

static void on_moment(void *owner, uint64_t epoch, int64_t from_wall_ms)
{
    (void)owner;
    (void)epoch;
    (void)from_wall_ms;
}

static void on_segment(void *owner, uint64_t epoch, int64_t from_wall_ms, int64_t to_wall_ms,
                       uint64_t bytes, uint64_t frames)
{
    (void)owner;
    (void)bytes;
    (void)frames;
    pthread_mutex_lock(&mutex);
    if (segment_count == SEGMENTS_MAX)
        fail("more segments than a day has", SEGMENTS_MAX);
    segments[segment_count++] = (struct written){epoch, from_wall_ms, to_wall_ms};
    pthread_mutex_unlock(&mutex);
}

static void on_recovered(void *owner, uint64_t epoch, int64_t start_ms, int64_t length_ms,
                         const struct index_row *row)
{
    on_segment(owner, epoch, start_ms, start_ms + length_ms, row->bytes, row->frames);
}

static void on_trouble(void *owner, const char *cause)
{
    (void)owner;
    (void)cause;
}

static void on_stopped(void *owner, uint64_t epoch)
{
    (void)owner;
    (void)epoch;
}

/* ---- faults ---- */

static void set_fault(unsigned volume, const char *word)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof(path), "%s/volume-%s", getenv("FAULTS"), names[volume]);
    file = fopen(path, "w");
    if (file == NULL)
        fail("the folder of faults cannot be written", errno);
    fputs(word, file);
    fclose(file);
}

static void suffer_for_a_moment(void)
{
    unsigned volume = (unsigned)rand_r(&seed) % 2;

    set_fault(volume, faults[(unsigned)rand_r(&seed) % (sizeof(faults) / sizeof(*faults))]);
    if (rand_r(&seed) % 8 == 0)
        set_fault(1 - volume, faults[0]);
    usleep((useconds_t)(rand_r(&seed) % FAULT_MAX_MS) * 1000);
    set_fault(0, "");
    set_fault(1, "");
    fault_count++;
}

/* ---- a day ---- */

static void put(int64_t picture)
{
    uint8_t bytes[TS_PACKET];
    int64_t at_ms = picture * PICTURE_MS;
    const struct timeline_entry entry = {.wall_us = (BEGIN_MS + at_ms) * 1000,
                                         .epoch = 1 + (uint64_t)(at_ms / HOUR_MS),
                                         .key = picture % GROUP == 0};

    packets_fill(bytes, 1, at_ms * (TS_PTS_TICKS / 1000), entry.key);
    while (backlog_bytes(&disk.backlog) > AHEAD_BYTES)
        usleep(1000);
    backlog_put(&disk.backlog, &entry, bytes, sizeof(bytes));
}

/* What a fault left unfinished on a volume that was not used again since. The keeper finishes it
 * too, without a word to this account, so it comes after. */
static void finish_left_over(unsigned volume)
{
    const struct segment_place place = {
        .main_name = "alpha", .camera_name = "lobby", .server_name = "alpha"};
    char cause[RECORDER_CAUSE_MAX];
    int directory = volume_open(order.volumes[volume].path, names[volume], cause);

    if (directory < 0 || recover_camera(directory, &place, on_recovered, NULL) != 0)
        fail("what was left on a volume cannot be finished", volume);
    close(directory);
}

static void clean_up(unsigned volume, int64_t now_ms)
{
    struct keep_rule rule = {.main_name = "alpha", .camera_name = "lobby", .keep_ms = KEEP_MS};
    struct keep keep = {.volume = order.volumes[volume],
                        .server_name = "alpha",
                        .rules = &rule,
                        .rule_count = 1,
                        .newest_ms = KEEP_NEWEST_MS};

    finish_left_over(volume);
    keep_turn(&keep, now_ms);
    keep_free(&keep);
}

static size_t heap(void)
{
    return mallinfo2().uordblks;
}

static unsigned descriptors(void)
{
    DIR *listing = opendir("/proc/self/fd");
    unsigned count = 0;

    while (listing != NULL && readdir(listing) != NULL)
        count++;
    if (listing != NULL)
        closedir(listing);
    return count;
}

static void live(int64_t hours)
{
    const int64_t pictures = hours * HOUR_MS / PICTURE_MS;
    int64_t next_fault = FAULT_PICTURES;

    for (int64_t i = 0; i < pictures; i++) {
        put(i);
        if (i == next_fault) {
            suffer_for_a_moment();
            next_fault += 1 + rand_r(&seed) % (2 * FAULT_PICTURES);
        }
        if (i % (HOUR_MS / PICTURE_MS) != 0 || i == 0)
            continue;
        for (unsigned volume = 0; volume < 2; volume++)
            clean_up(volume, BEGIN_MS + i * PICTURE_MS);
        fprintf(stderr, "\r%lld of %lld h, %zu segments, %zu faults ",
                (long long)(i * PICTURE_MS / HOUR_MS), (long long)hours, segment_count,
                fault_count);
    }
    fputc('\n', stderr);
}

/* ---- the account ---- */

static int earlier(const void *left, const void *right)
{
    const struct written *a = left, *b = right;

    return (a->from_ms > b->from_ms) - (a->from_ms < b->from_ms);
}

static void expect_all_covered(int64_t hours)
{
    int64_t covered_ms = BEGIN_MS;

    qsort(segments, segment_count, sizeof(*segments), earlier);
    for (size_t i = 0; i < segment_count; i++) {
        if (segments[i].from_ms >= covered_ms + PICTURE_MS / 2) /* a name may be taken */
            fail("pictures are in no segment that was reported, from ms", covered_ms - BEGIN_MS);
        if (segments[i].to_ms > covered_ms)
            covered_ms = segments[i].to_ms;
    }
    if (covered_ms < BEGIN_MS + hours * HOUR_MS)
        fail("the last pictures are in no segment", covered_ms - BEGIN_MS);
}

static bool is_in(const struct archive *archive, const struct written *segment)
{
    for (size_t i = 0; i < archive->count; i++)
        if (archive->segments[i].from_ms == segment->from_ms &&
            archive->segments[i].to_ms == segment->to_ms &&
            archive->segments[i].epoch == segment->epoch && archive->segments[i].has_row)
            return true;
    return false;
}

static void expect_all_there(int64_t hours)
{
    const struct archive_filter all = {.from_ms = INT64_MIN, .to_ms = INT64_MAX};
    struct archive archive = {.count = 0};

    for (unsigned i = 0; i < 2; i++)
        if (!archive_scan(&archive, order.volumes[i].path, &all))
            fail("a volume cannot be read", i);
    for (size_t i = 0; i < segment_count; i++)
        if (segments[i].from_ms > BEGIN_MS + hours * HOUR_MS - KEEP_MS &&
            !is_in(&archive, &segments[i]))
            fail("a segment that was reported is not in the archive, from ms",
                 segments[i].from_ms - BEGIN_MS);
    for (size_t i = 0; i < archive.count; i++)
        if (archive.segments[i].from_ms < BEGIN_MS + (hours - 1) * HOUR_MS - KEEP_MS - HOUR_MS)
            fail("old footage was not dropped, from ms", archive.segments[i].from_ms - BEGIN_MS);
    archive_free(&archive);
}

/* In a folder beside the words that say what is wrong with them. */
static void make_volumes(const char *folder)
{
    char cause[RECORDER_CAUSE_MAX], disks[256];

    snprintf(disks, sizeof(disks), "%s/disks", folder);
    if (mkdir(disks, 0755) != 0)
        fail("the folder for the volumes cannot be made", errno);
    order = (struct recorder_order){.abi = RECORDER_ABI,
                                    .volume_count = 2,
                                    .camera_name = "lobby",
                                    .main_name = "alpha",
                                    .server_name = "alpha"};
    for (unsigned i = 0; i < 2; i++) {
        struct recorder_volume *volume = &order.volumes[i];

        strcpy(volume->name, names[i]);
        snprintf(volume->path, sizeof(volume->path), "%s/volume-%s", disks, names[i]);
        if (mkdir(volume->path, 0755) != 0 || !volume_init(volume->path, names[i], cause))
            fail("a volume cannot be made", errno);
        set_fault(i, "");
    }
}

int main(int count, char **words)
{
    const int64_t hours = count > 1 ? atoll(words[1]) : 24;
    const struct writer_events events = {.grown = on_grown,
                                         .on_disk = on_moment,
                                         .segment = on_segment,
                                         .trouble = on_trouble,
                                         .stopped = on_stopped};
    int64_t begun_us = moment_monotonic_us();
    unsigned descriptors_before;
    size_t heap_before;

    seed = begun_with = count > 2 ? (unsigned)atoi(words[2]) : 1;
    if (getenv("FAULTS") == NULL || hours < 1)
        fail("usage: FAULTS=FOLDER LD_PRELOAD=fault.so recorder-soak [HOURS [SEED]]", hours);
    make_volumes(getenv("FAULTS"));
    descriptors_before = descriptors();
    heap_before = heap();
    disk_init(&disk, &order, &events);
    if (!disk_begin(&disk, &order))
        fail("no thread", errno);
    live(hours);
    if (backlog_lost(&disk.backlog) != 0)
        fail("pictures found no room", (int64_t)backlog_lost(&disk.backlog));
    if (!disk_close(&disk))
        fail("a thread is left on a volume", 0);
    if (descriptors() != descriptors_before)
        fail("descriptors are left", descriptors());
    if (heap() > heap_before + HEAP_SLACK)
        fail("memory is left", (int64_t)(heap() - heap_before));
    for (unsigned volume = 0; volume < 2; volume++)
        finish_left_over(volume);
    expect_all_covered(hours);
    expect_all_there(hours);
    printf("%lld hours in %lld s: %zu segments, %zu faults, every picture "
           "accounted for, no memory "
           "and no descriptor left\n",
           (long long)hours, (long long)((moment_monotonic_us() - begun_us) / 1000000),
           segment_count, fault_count);
    return 0;
}
