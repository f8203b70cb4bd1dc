/* A real worker that looks after a volume: whatever is wrong with it is said within seconds, and
 * said again when it is over; what is too old goes. Needs the programs: without UNDERSTUDY_BIN and
 * UNDERSTUDY_TESTS there is nothing to test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/archive.h"
#include "recorder/moment.h"
#include "recorder/recorder.h"
#include "recorder/segment.h"
#include "recorder/volume.h"

#define REPORT_WAIT_US 30000000

static char folder[] = "/tmp/understudy-keeper-XXXXXX";
static struct recorder_order order;
static int worker_socket;
static pid_t worker;

static void give(const char *camera, int64_t keep_ms)
{
    snprintf(order.camera_name, sizeof(order.camera_name), "%s", camera);
    snprintf(order.main_name, sizeof(order.main_name), "%s", camera[0] != '\0' ? "alpha" : "");
    order.keep_ms = keep_ms;
    assert_int_equal(send(worker_socket, &order, sizeof(order), MSG_NOSIGNAL), sizeof(order));
}

static struct recorder_report await(const char *said)
{
    int64_t until_us = moment_monotonic_us() + REPORT_WAIT_US;
    struct pollfd polled = {.fd = worker_socket, .events = POLLIN};
    struct recorder_report report = {.cause = "nothing"};

    while (moment_monotonic_us() < until_us) {
        if (poll(&polled, 1, 100) <= 0)
            continue;
        assert_int_equal(recv(worker_socket, &report, sizeof(report), 0), sizeof(report));
        if (report.kind == REPORT_VOLUME && strstr(report.cause, said) != NULL)
            return report;
    }
    fail_msg("not said: %s; the last was: %s", said, report.cause);
    return report;
}

/* The worker's volumes are as $FAULTS says (fault.c). */
static int begin(void **state)
{
    const char *programs = getenv("UNDERSTUDY_BIN"), *helpers = getenv("UNDERSTUDY_TESTS");
    char program[512], shim[512], faults[128];
    int ends[2];

    (void)state;
    snprintf(program, sizeof(program), "%s/understudy-recorder", programs);
    snprintf(shim, sizeof(shim), "%s/fault.so", helpers);
    snprintf(faults, sizeof(faults), "%s/faults", folder);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    worker = fork();
    if (worker == 0) {
        if (ends[1] == RECORDER_FD)
            ends[1] = dup(ends[1]);
        dup2(ends[1], RECORDER_FD);
        setenv("FAULTS", faults, 1);
#if !defined(__SANITIZE_ADDRESS__) /* which wants to be loaded first */
        setenv("LD_PRELOAD", shim, 1);
#endif
        execl(program, program, "worker", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    worker_socket = ends[0];
    return 0;
}

static int end(void **state)
{
    int status;

    (void)state;
    close(worker_socket);
    return waitpid(worker, &status, 0) == worker && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* R32: the marker is gone, as of a NAS that is no longer mounted. */
static void a_lost_volume_is_told(void **state)
{
    char marker[RECORDER_PATH_MAX + 32], hidden[128];

    (void)state;
    snprintf(marker, sizeof(marker), "%s/" VOLUME_MARKER, order.volumes[0].path);
    snprintf(hidden, sizeof(hidden), "%s/hidden", folder);
    give("", 0);
    assert_int_equal(rename(marker, hidden), 0);
    await("volume vault: ");
    assert_int_equal(rename(hidden, marker), 0);
    await("volume vault is well again");
}

static void set_fault(const char *word)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/faults/volume-vault", folder);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(word, file);
    fclose(file);
}

static void a_hanging_volume_is_told(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__)
    skip();
#endif
    give("", 0);
    set_fault("hangs");
    await("volume vault does not answer");
    set_fault("");
    await("volume vault answers again");
}

static void old_footage_goes(void **state)
{
    const struct segment_place place = {
        .main_name = "alpha", .camera_name = "lobby", .server_name = "beta", .epoch = 1};
    const int64_t begin_ms = moment_wall_us() / 1000 - INT64_C(7200000);
    char cause[RECORDER_CAUSE_MAX];
    int volume = volume_open(order.volumes[0].path, "vault", cause);
    int camera = segment_open_camera(volume, &place, true);
    const struct archive_filter all = {.from_ms = INT64_MIN, .to_ms = INT64_MAX};
    struct segment segment = {.container = MEDIA_TS};
    struct archive archive = {.count = 0};

    (void)state;
    for (int i = 0; i < 10; i++) { /* ten minutes apart */
        int64_t start_ms = begin_ms + i * INT64_C(600000);
        int day = segment_open_day(camera, &place, start_ms, true);

        assert_int_equal(segment_begin(&segment, day, start_ms), 0);
        assert_int_equal(segment_add(&segment, "picture", 7, true), 0);
        assert_int_equal(segment_finish(&segment, start_ms + INT64_C(10000)), 0);
        close(day);
    }
    give("lobby", INT64_C(6300000)); /* the first two ended before that */
    give("", 0);
    assert_int_equal(await("old segments").frames, 2);
    assert_true(archive_scan(&archive, order.volumes[0].path, &all));
    assert_int_equal(archive.count, 8);
    archive_free(&archive);
    close(camera);
    close(volume);
}

static void what_cannot_be_is_said(void **state)
{
    struct recorder_order good = order;
    struct recorder_report report = {.kind = REPORT_READY};

    (void)state;
    snprintf(order.volumes[0].path, RECORDER_PATH_MAX, "relative");
    order.volume_count = 1;
    give("", 0);
    while (report.kind == REPORT_READY)
        assert_int_equal(recv(worker_socket, &report, sizeof(report), 0), sizeof(report));
    assert_non_null(strstr(report.cause, "its path is not absolute"));
    order = good;
}

static int set_up(void **state)
{
    char path[128], cause[RECORDER_CAUSE_MAX];

    (void)state;
    order = (struct recorder_order){.abi = RECORDER_ABI,
                                    .kind = ORDER_KEEP,
                                    .volume_count = 1,
                                    .server_name = "beta",
                                    .volumes = {{.name = "vault"}}};
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/faults", folder);
    snprintf(order.volumes[0].path, RECORDER_PATH_MAX, "%s/volume-vault", folder);
    return mkdir(path, 0755) != 0 || mkdir(order.volumes[0].path, 0755) != 0 ||
                   !volume_init(order.volumes[0].path, "vault", cause)
               ? -1
               : 0;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_lost_volume_is_told, begin, end),
        cmocka_unit_test_setup_teardown(a_hanging_volume_is_told, begin, end),
        cmocka_unit_test_setup_teardown(old_footage_goes, begin, end),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_said, begin, end)};

    if (getenv("UNDERSTUDY_BIN") == NULL || getenv("UNDERSTUDY_TESTS") == NULL) {
        printf("UNDERSTUDY_BIN and UNDERSTUDY_TESTS are not set: the worker is not tested\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
