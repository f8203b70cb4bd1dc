/* The supervisor of a standby with far more cameras than it ever records: few processes wait, and
 * what is to be recorded gets one of them at once. The recorder is this program again, started as
 * `... worker`; it puts on disk at once what it is told to record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "recorder/recorder.h"
#include "runtime/node/pool.h"
#include "runtime/node/supervisor.h"
#include "tests/compiled.h"

#define GROUPS  40
#define CAMERAS (GROUPS * GROUP_CAMERAS)

static char program[512];
static uv_loop_t loop;
static struct inbox inbox;
static struct supervisor *supervisor;
static uint32_t cameras[CAMERAS];

/* ---- the recorder ---- */

static void report(enum recorder_report_kind kind, const struct recorder_order *order)
{
    const struct recorder_report message = {
        .abi = RECORDER_ABI, .kind = kind, .camera = order->camera, .epoch = order->epoch};
    if (send(RECORDER_FD, &message, sizeof message, MSG_NOSIGNAL) < 0)
        _exit(0);
}

static int work(void)
{
    struct recorder_order order = {.camera = 0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    report(REPORT_READY, &order);
    while (recv(RECORDER_FD, &order, sizeof order, 0) == (ssize_t)sizeof order) {
        if (order.kind == ORDER_RECORD)
            report(REPORT_ON_DISK, &order);
        if (order.kind == ORDER_STOP)
            report(REPORT_STOPPED, &order);
    }
    return 0;
}

/* ---- the supervisor ---- */

static const struct deployment *many_cameras(void)
{
    char path[] = "/tmp/understudy-waiting-XXXXXX";
    const int descriptor = mkstemp(path);
    FILE *file = fdopen(descriptor, "w");
    assert_non_null(file);
    fprintf(file,
            "volume 'a' { path = '/nowhere/a', size = '1 TiB' }\n"
            "volume 'o' { path = '/nowhere/o', size = '1 TiB' }\n"
            "server 'alpha' { address = '127.0.0.1:7400', archive = { 'a' } }\n"
            "server 'omega' { address = '127.0.0.1:7401', archive = { 'o' } }\n"
            "for i = 1, %d do camera('c' .. i) { server = 'alpha', url = 'rtsp://127.0.0.1/' .. i "
            "} end\n"
            "failover 'f' { standby = 'omega', monitor = 'alpha', expect_reconnection = '5 s' }\n",
            CAMERAS);
    assert_int_equal(fclose(file), 0);
    const struct deployment *deployment = compiled(path);
    unlink(path);
    return deployment;
}

static bool send_nowhere(void *owner, uint32_t server, const struct parcel *parcel)
{
    (void)owner, (void)server, (void)parcel;
    return false;
}

static int begin(void **state)
{
    (void)state;
    const struct image *image = deployment_image(many_cameras());
    uv_loop_init(&loop);
    for (uint32_t i = 0; i < CAMERAS; i++)
        cameras[i] = i;
    supervisor = supervisor_open(&loop, image, image_find_server(image, "omega"), cameras, CAMERAS,
                                 &(struct worker_program){.path = program}, &inbox,
                                 (struct tunnel_way){.send = send_nowhere});
    return supervisor == NULL;
}

static int end(void **state)
{
    (void)state;
    supervisor_close(supervisor);
    supervisor_kill(supervisor);
    uv_run(&loop, UV_RUN_DEFAULT);
    supervisor_free(supervisor);
    inbox_free(&inbox);
    return uv_loop_close(&loop);
}

/* How many groups have a process. */
static uint32_t count_processes(void)
{
    uint32_t count = 0;
    for (uint32_t group = 0; group < GROUPS; group++)
        count += supervisor_view(supervisor, group * GROUP_CAMERAS).worker_pid != 0;
    return count;
}

static int pid_of(uint32_t group)
{
    return supervisor_view(supervisor, group * GROUP_CAMERAS).worker_pid;
}

/* Runs for a while, with heartbeats. */
static void pass(int heartbeats)
{
    for (int i = 0; i < heartbeats; i++) {
        supervisor_tick(supervisor, false);
        for (int turn = 0; turn < 20; turn++) {
            uv_run(&loop, UV_RUN_NOWAIT);
            usleep(1000);
        }
    }
}

static void await_processes(uint32_t count)
{
    for (int i = 0; i < 500 && count_processes() != count; i++)
        pass(1);
    assert_int_equal(count_processes(), count);
}

static void await_on_disk(uint32_t camera)
{
    struct inbox_item item = {.event.kind = EVENT_TIME};
    for (int i = 0; i < 500 && !inbox_take(&inbox, &item); i++)
        pass(1);
    assert_int_equal(item.event.kind, EVENT_ON_DISK);
    assert_int_equal(item.event.camera, camera);
}

static void few_processes_wait(void **state)
{
    (void)state;
    await_processes(POOL_WAITING_MAX);
    pass(20);
    assert_int_equal(count_processes(), POOL_WAITING_MAX);
}

static void a_wish_gets_one_that_waits(void **state)
{
    (void)state;
    const uint32_t last = CAMERAS - 1;
    await_processes(POOL_WAITING_MAX);
    pass(20); /* they are ready */
    const int waited = pid_of(0);
    assert_int_equal(pid_of(GROUPS - 1), 0);
    supervisor_record(supervisor, last, 5);
    assert_int_equal(pid_of(GROUPS - 1), waited);
    await_on_disk(last);
    await_processes(POOL_WAITING_MAX + 1); /* another one waits in its place */
    assert_int_not_equal(pid_of(0), waited);
    supervisor_stop(supervisor, last);
    await_processes(POOL_WAITING_MAX);
    assert_int_equal(pid_of(GROUPS - 1), 0);
}

/* What is only to be read into memory is begun a few at a time; what is to be recorded is not held
 * up by it. */
static void many_arms_hold_nothing_up(void **state)
{
    (void)state;
    const uint32_t last = CAMERAS - 1;
    await_processes(POOL_WAITING_MAX);
    pass(20);
    for (uint32_t group = 0; group < GROUPS - 1; group++)
        supervisor_arm(supervisor, group * GROUP_CAMERAS, true);
    assert_true(count_processes() < GROUPS - 1);
    supervisor_record(supervisor, last, 5);
    assert_int_not_equal(pid_of(GROUPS - 1), 0);
    await_on_disk(last);
    await_processes(GROUPS);
}

/* As when all mains fail at once. */
static void all_can_be_recorded(void **state)
{
    (void)state;
    bool on_disk[GROUPS] = {false};
    uint32_t count = 0;
    pass(20);
    for (uint32_t group = 0; group < GROUPS; group++)
        supervisor_record(supervisor, group * GROUP_CAMERAS, 5);
    for (int i = 0; i < 1000 && count < GROUPS; i++) {
        struct inbox_item item;
        pass(1);
        while (inbox_take(&inbox, &item))
            if (item.event.kind == EVENT_ON_DISK && !on_disk[item.event.camera / GROUP_CAMERAS]) {
                on_disk[item.event.camera / GROUP_CAMERAS] = true;
                count++;
            }
    }
    assert_int_equal(count, GROUPS);
    for (uint32_t group = 0; group < GROUPS; group++)
        supervisor_stop(supervisor, group * GROUP_CAMERAS);
    await_processes(POOL_WAITING_MAX);
}

int main(int count, char **words)
{
    if (count > 1 && strcmp(words[1], "worker") == 0)
        return work();
    if (readlink("/proc/self/exe", program, sizeof program - 1) <= 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(few_processes_wait, begin, end),
        cmocka_unit_test_setup_teardown(a_wish_gets_one_that_waits, begin, end),
        cmocka_unit_test_setup_teardown(many_arms_hold_nothing_up, begin, end),
        cmocka_unit_test_setup_teardown(all_can_be_recorded, begin, end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
