/* kill -9 at random moments: what was reported durable is there, nothing half-written is served,
 * and the next life recovers by itself. UNDERSTUDY_KILLS says how often; UNDERSTUDY_SEED
 * repeats a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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

#define BEGIN_MS     INT64_C(1795000000000)
#define PICTURE_MS   40
#define GROUP        5
#define LIFE_MS      600000 /* of footage at most, in the footage's own time */
#define USUAL_KILLS  60
#define PROMISES_MAX 4096

/* What the writer said: a moment that is durable, or a whole segment. */
struct promise {
    uint64_t epoch;
    int64_t from_ms, to_ms; /* one and the same: a moment */
    uint64_t frames;
};

static char directory[] = "/tmp/understudy-crash-XXXXXX";
static struct recorder_order order;
static struct promise promises[PROMISES_MAX];
static size_t promise_count;

/* ---- the victim ---- */

static int out; /* where its promises go */

static void promise(uint64_t epoch, int64_t from_ms, int64_t to_ms, uint64_t frames)
{
    const struct promise one = {epoch, from_ms, to_ms, frames};

    if (write(out, &one, sizeof(one)) != sizeof(one))
        _exit(1);
}

static void on_grown(void *owner, const struct timeline_entry *entry, size_t bytes)
{
    (void)owner;
    (void)entry;
    (void)bytes;
}

static void on_disk(void *owner, uint64_t epoch, int64_t from_wall_ms)
{
    (void)owner;
    promise(epoch, from_wall_ms, from_wall_ms, 0);
}

static void on_segment(void *owner, uint64_t epoch, int64_t from_wall_ms, int64_t to_wall_ms,
                       uint64_t bytes, uint64_t frames)
{
    (void)owner;
    (void)bytes;
    promise(epoch, from_wall_ms, to_wall_ms, frames);
}

static void on_trouble(void *owner, const char *cause)
{
    (void)owner;
    fprintf(stderr, "%s\n", cause);
    _exit(2);
}

static void on_stopped(void *owner, uint64_t epoch)
{
    (void)owner;
    (void)epoch;
}

/* Records as fast as it can, ten seconds of footage in some milliseconds. */
static void live(uint64_t epoch, int64_t from_ms)
{
    static const struct writer_events events = {.grown = on_grown,
                                                .on_disk = on_disk,
                                                .segment = on_segment,
                                                .trouble = on_trouble,
                                                .stopped = on_stopped};
    static struct backlog backlog;
    static struct volume_choice choice;
    struct writer *writer;
    uint8_t bytes[4 * TS_PACKET];

    backlog_init(&backlog, BACKLOG_BYTES);
    volume_choice_init(&choice, &order);
    writer = writer_open(&backlog, &choice, &events);
    for (int64_t i = 0; i * PICTURE_MS < LIFE_MS; i++) {
        const struct timeline_entry entry = {
            .wall_us = (from_ms + i * PICTURE_MS) * 1000, .epoch = epoch, .key = i % GROUP == 0};
        packets_fill(bytes, 4, i * PICTURE_MS * (TS_PTS_TICKS / 1000), entry.key);
        while (backlog_bytes(&backlog) > 256 * sizeof(bytes))
            usleep(100);
        backlog_put(&backlog, &entry, bytes, sizeof(bytes));
    }
    writer_announce(writer);
    pause();
}

static void kill_after(uint64_t epoch, int64_t from_ms, useconds_t after_us)
{
    int ends[2], status;
    pid_t victim;

    assert_int_equal(pipe(ends), 0);
    victim = fork();
    if (victim == 0) {
        close(ends[0]);
        out = ends[1];
        live(epoch, from_ms);
    }
    close(ends[1]);
    usleep(after_us);
    kill(victim, SIGKILL);
    assert_int_equal(waitpid(victim, &status, 0), victim);
    assert_true(WIFSIGNALED(status)); /* it did not end by itself */
    while (promise_count < PROMISES_MAX &&
           read(ends[0], &promises[promise_count], sizeof(struct promise)) ==
               (ssize_t)sizeof(struct promise))
        promise_count++;
    close(ends[0]);
}

/* ---- after its death ---- */

static void on_recovered(void *owner, uint64_t epoch, int64_t start_ms, int64_t length_ms,
                         const struct index_row *row)
{
    (void)epoch;
    (void)start_ms;
    (void)length_ms;
    (void)row;
    ++*(unsigned *)owner;
}

static bool is_kept(const struct archive *archive, const struct promise *promised)
{
    for (size_t i = 0; i < archive->count; i++) {
        const struct archive_segment *segment = &archive->segments[i];

        if (segment->epoch != promised->epoch)
            continue;
        if (promised->from_ms == promised->to_ms && segment->from_ms <= promised->from_ms &&
            promised->from_ms < segment->to_ms)
            return true;
        if (segment->from_ms == promised->from_ms && segment->to_ms == promised->to_ms &&
            segment->frames == promised->frames)
            return true;
    }
    return false;
}

static void expect_promises_kept(void)
{
    const struct archive_filter all = {.from_ms = INT64_MIN, .to_ms = INT64_MAX};
    struct archive archive = {.count = 0};
    struct archive_verify verify = {.filter = &all};

    assert_true(archive_scan(&archive, directory, &all));
    for (size_t i = 0; i < archive.count; i++)
        assert_int_equal(archive.segments[i].state, ARCHIVE_COMPLETE);
    for (size_t i = 0; i < promise_count; i++)
        if (!is_kept(&archive, &promises[i]))
            fail_msg("epoch %llu, %lld to %lld: it was said to be durable and is missing",
                     (unsigned long long)promises[i].epoch, (long long)promises[i].from_ms,
                     (long long)promises[i].to_ms);
    archive_free(&archive);
    assert_true(archive_verify_volume(&verify, directory));
    assert_int_equal(verify.problem_count, 0);
}

static unsigned recover(void)
{
    const struct segment_place place = {
        .main_name = "alpha", .camera_name = "lobby", .server_name = "alpha"};
    char cause[RECORDER_CAUSE_MAX];
    int volume = volume_open(directory, "vault", cause);
    unsigned recovered = 0;

    assert_true(volume >= 0);
    assert_int_equal(recover_camera(volume, &place, on_recovered, &recovered), 0);
    close(volume);
    return recovered;
}

/* The promises that were kept need not be looked at again, and the archive stays small. */
static void begin_anew(void)
{
    char command[128];

    promise_count = 0;
    snprintf(command, sizeof(command), "rm -rf %s/alpha", directory);
    assert_int_equal(system(command), 0);
}

static void nothing_durable_is_lost_by_kill(void **state)
{
    const char *kills = getenv("UNDERSTUDY_KILLS"), *seed = getenv("UNDERSTUDY_SEED");
    unsigned count = kills != NULL ? (unsigned)atoi(kills) : USUAL_KILLS;
    unsigned start = seed != NULL ? (unsigned)atoi(seed) : (unsigned)time(NULL);
    unsigned recovered = 0;
    size_t promised = 0;

    (void)state;
    printf("%u kills, UNDERSTUDY_SEED=%u\n", count, start);
    srand(start);
    for (unsigned life = 0; life < count; life++) {
        size_t before = promise_count;

        kill_after(1 + life / 3, BEGIN_MS + (int64_t)life * LIFE_MS * 2,
                   (useconds_t)(rand() % (life % 4 == 0 ? 5000 : 150000)));
        promised += promise_count - before;
        /* In between the next life's writer does it. */
        if (life % 5 != 4 && life + 1 < count)
            continue;
        recovered += recover();
        expect_promises_kept();
        if (life % 50 == 49)
            begin_anew();
    }
    printf("%zu promises kept, %u left-overs finished\n", promised, recovered);
    assert_true(promised > count);
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
    if (mkdtemp(directory) == NULL || !volume_init(directory, "vault", cause))
        return -1;
    snprintf(order.volumes[0].path, RECORDER_PATH_MAX, "%s", directory);
    return 0;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -r %s", directory);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_durable_is_lost_by_kill)};

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
