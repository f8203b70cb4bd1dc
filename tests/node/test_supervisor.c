/* The supervisor against a recorder of our own: this program again, started as `... worker`. It
 * puts on disk at once what it is told to record; told epoch 13 it dies, told epoch 14 it falls
 * silent. What it is to keep it writes into the file $KEPT. It dies if it is started with other
 * options than it should be, or told another name of a secret than the camera's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/recorder.h"
#include "runtime/node/clock.h"
#include "runtime/node/supervisor.h"
#include "runtime/node/worker.h"
#include "tests/node/site.h"

#define EVENT_WAIT_MS 20000
#define SECRETS       "/nowhere/secrets"
#define CLIPS         "/nowhere/clips"

static char program[512];
static char kept[] = "/tmp/understudy-kept-XXXXXX";
static struct site site;
static struct inbox inbox;
static uv_loop_t loop;
static struct supervisor *supervisor;
static struct inbox_item item;

/* ---- the recorder ---- */

static void report(enum recorder_report_kind kind, uint32_t camera, uint64_t epoch)
{
    struct recorder_report message = {
        .abi = RECORDER_ABI, .kind = kind, .camera = camera, .epoch = epoch, .bytes = 1000};
    if (kind == REPORT_SILENT)
        strcpy(message.cause, "the camera says nothing");
    if (send(RECORDER_FD, &message, sizeof message, MSG_NOSIGNAL) < 0)
        _exit(0);
}

/* The lobby has been in memory for a second, the gate cannot be opened. */
static void report_armed(const struct recorder_order *order)
{
    struct recorder_report message = {
        .abi = RECORDER_ABI, .kind = REPORT_ALIVE, .camera = order->camera};
    if (strcmp(order->camera_name, "lobby") == 0)
        message.from_wall_ms = clock_wall_ms() - 1000;
    else
        strcpy(message.cause, "the camera refuses the connection");
    if (send(RECORDER_FD, &message, sizeof message, MSG_NOSIGNAL) < 0)
        _exit(0);
}

static void note_kept(const struct recorder_order *order)
{
    FILE *file = fopen(getenv("KEPT"), "a");
    fprintf(file, "%s on %s, %llu bytes: %s/%s %lld\n", order->server_name, order->volumes[0].name,
            (unsigned long long)order->volumes[0].size_bytes, order->main_name, order->camera_name,
            (long long)order->keep_ms);
    fclose(file);
}

static int work(void)
{
    struct recorder_order order;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    report(REPORT_READY, 0, 0);
    while (recv(RECORDER_FD, &order, sizeof order, 0) == (ssize_t)sizeof order) {
        if (order.kind == ORDER_KEEP)
            note_kept(&order);
        else if (strcmp(order.credentials, strcmp(order.camera_name, "lobby") == 0 ? "door" : "") !=
                 0)
            _exit(8);
        if (order.kind == ORDER_ARM)
            report_armed(&order);
        if (order.kind == ORDER_RECORD && order.epoch == 13)
            _exit(9);
        if (order.kind == ORDER_RECORD && order.epoch == 12)
            report(REPORT_SILENT, order.camera, order.epoch);
        else if (order.kind == ORDER_RECORD && strcmp(order.volumes[0].path, "/nowhere/disk") == 0)
            report(REPORT_ON_DISK, order.camera, order.epoch);
        if (order.kind == ORDER_STOP)
            report(REPORT_STOPPED, order.camera, 0);
        if (order.kind == ORDER_RECORD && order.epoch == 14) {
            const char junk[] = "this is no report";
            send(RECORDER_FD, junk, sizeof junk, MSG_NOSIGNAL);
        }
    }
    return 0;
}

static bool has_options(int count, char **words)
{
    return count == 8 && strcmp(words[2], "--secrets") == 0 && strcmp(words[3], SECRETS) == 0 &&
           strcmp(words[4], "--clips") == 0 && strcmp(words[5], CLIPS) == 0 &&
           strcmp(words[6], "--volume") == 0 && strcmp(words[7], "/nowhere/disk") == 0;
}

/* ---- the supervisor ---- */

static bool send_nowhere(void *owner, uint32_t server, const struct parcel *parcel)
{
    (void)owner;
    (void)server;
    (void)parcel;
    return false;
}

static int begin(void **state)
{
    (void)state;
    static const uint32_t cameras[] = {0, 1};
    uv_loop_init(&loop);
    site_make(&site);
    site.volume.size_bytes = 5000;
    site.cameras[0].credentials = site_text(&site, 112, "door");
    site.cameras[1].keep_ms = 3600000;
    supervisor = supervisor_open(
        &loop, &site.image, 0, cameras, 2,
        &(struct worker_program){.path = program, .secrets = SECRETS, .clips = CLIPS}, &inbox,
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

static void on_beat(uv_timer_t *timer)
{
    (void)timer;
    supervisor_tick(supervisor, false);
}

/* Runs the loop until an event is there, and takes it. */
static void take_event(void)
{
    uv_timer_t timer;
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, on_beat, 50, 50);
    const uint64_t end_ms = uv_now(&loop) + EVENT_WAIT_MS;
    while (inbox.count == 0 && uv_now(&loop) < end_ms)
        uv_run(&loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_true(inbox_take(&inbox, &item));
}

static void await(enum engine_event_kind kind, uint32_t camera, uint64_t epoch)
{
    take_event();
    assert_int_equal(item.event.kind, kind);
    assert_int_equal(item.event.camera, camera);
    assert_int_equal(item.event.epoch, epoch);
}

static void test_recording(void **state)
{
    (void)state;
    supervisor_arm(supervisor, 0, true);
    supervisor_record(supervisor, 0, 5);
    await(EVENT_ON_DISK, 0, 5);
    supervisor_record(supervisor, 0, 5); /* twice is once, and answered */
    await(EVENT_ON_DISK, 0, 5);
    supervisor_record(supervisor, 0, 6);
    await(EVENT_ON_DISK, 0, 6);
    supervisor_record(supervisor, 1, 12);
    await(EVENT_MUTE, 1, 12);
    assert_string_equal(supervisor_view(supervisor, 1).cause, "the camera says nothing");
    assert_false(supervisor_quiet(supervisor));
    supervisor_leave(supervisor);
    for (int i = 0; i < 50 && !supervisor_quiet(supervisor); i++)
        uv_run(&loop, UV_RUN_ONCE);
    assert_true(supervisor_quiet(supervisor));
}

static void run_until_seen(void)
{
    for (int i = 0; i < 500 && (supervisor_view(supervisor, 0).memory_ms < 0 ||
                                supervisor_view(supervisor, 1).cause[0] == '\0');
         i++)
        uv_run(&loop, UV_RUN_ONCE);
}

/* What is only armed shows since when memory holds it, or why it does not; no longer armed,
 * neither. */
static void test_what_memory_holds(void **state)
{
    (void)state;
    const int64_t now_ms = clock_now_ms();
    supervisor_arm(supervisor, 0, true);
    supervisor_arm(supervisor, 1, true);
    run_until_seen();
    assert_in_range(supervisor_view(supervisor, 0).memory_ms, now_ms - 1000,
                    now_ms - 1000 + EVENT_WAIT_MS);
    assert_int_equal(supervisor_view(supervisor, 1).memory_ms, -1);
    assert_string_equal(supervisor_view(supervisor, 1).cause, "the camera refuses the connection");
    supervisor_arm(supervisor, 0, false);
    supervisor_arm(supervisor, 1, false);
    assert_int_equal(supervisor_view(supervisor, 0).memory_ms, -1);
    assert_string_equal(supervisor_view(supervisor, 1).cause, "");
    assert_int_equal(inbox.count, 0);
}

static void test_a_dead_worker_is_replaced(void **state)
{
    (void)state;
    supervisor_record(supervisor, 0, 5);
    await(EVENT_ON_DISK, 0, 5);
    const int pid = supervisor_view(supervisor, 0).worker_pid;
    assert_int_equal(kill(pid, SIGKILL), 0);
    await(EVENT_MUTE, 0, 5);
    await(EVENT_ON_DISK, 0, 5);
    assert_int_not_equal(supervisor_view(supervisor, 0).worker_pid, pid);
}

/* R41: under another deployment an unchanged camera is not even told of it, although its number is
 * another one; one with another address is opened again; one that is gone ends. */
static void test_another_deployment(void **state)
{
    (void)state;
    static struct site next;
    site_make(&next);
    next.volume.size_bytes = 5000;
    next.cameras[0].name = site_text(&next, 128, "yard"); /* lobby is the second now */
    next.cameras[1].name = site_text(&next, 48, "lobby");
    next.cameras[1].credentials = site_text(&next, 112, "door");
    static const uint32_t cameras[] = {0, 1};
    supervisor_record(supervisor, 0, 5);
    await(EVENT_ON_DISK, 0, 5);
    supervisor_record(supervisor, 1, 6);
    await(EVENT_ON_DISK, 1, 6);
    const int pid = supervisor_view(supervisor, 0).worker_pid;
    assert_true(supervisor_renew(supervisor, &next.image, 0, cameras, 2));
    assert_true(supervisor_records(supervisor, 1));
    assert_false(supervisor_records(supervisor, 0));
    supervisor_record(supervisor, 1, 5); /* it is recorded already: answered at once */
    assert_int_equal(inbox.count, 1);
    await(EVENT_ON_DISK, 1, 5);
    supervisor_record(supervisor, 0, 7);
    await(EVENT_ON_DISK, 0, 7);
    assert_int_equal(supervisor_view(supervisor, 1).worker_pid, pid);
    /* Another address: told to end and to begin, without a word of the engine's. */
    static struct site last;
    last = next;
    last.cameras[1].url = site_text(&last, 144, "rtsp://127.0.0.1/other");
    assert_true(supervisor_renew(supervisor, &last.image, 0, cameras + 1, 1));
    assert_true(supervisor_records(supervisor, 1));
    await(EVENT_ON_DISK, 1, 5);
    assert_int_equal(supervisor_view(supervisor, 1).worker_pid, pid);
    supervisor_leave(supervisor);
    for (int i = 0; i < 50 && !supervisor_quiet(supervisor); i++)
        uv_run(&loop, UV_RUN_ONCE);
    assert_true(supervisor_quiet(supervisor));
}

/* One that dies of what it is told is told it again, ever more slowly; the engine hears of it once.
 * While none runs, an order under another epoch is answered with its silence first. */
static void test_a_worker_that_dies_of_its_orders(void **state)
{
    (void)state;
    supervisor_record(supervisor, 1, 13);
    await(EVENT_MUTE, 1, 13);
    supervisor_record(supervisor, 1, 15);
    const bool runs = supervisor_view(supervisor, 1).worker_pid != 0;
    if (!runs)
        await(EVENT_MUTE, 1, 15);
    take_event();
    if (item.event.kind == EVENT_MUTE) /* the next one had been told epoch 13 still */
        take_event();
    assert_int_equal(item.event.kind, EVENT_ON_DISK);
    assert_int_equal(item.event.epoch, 15);
}

static void test_junk_ends_the_worker(void **state)
{
    (void)state;
    supervisor_record(supervisor, 1, 14);
    await(EVENT_ON_DISK, 1, 14);
    await(EVENT_MUTE, 1, 14);
}

/* Keeps a process from being buried, as a file system that hangs does. Returns who does it. */
static pid_t hold(int pid)
{
    int ends[2];
    char done = 'n';
    assert_int_equal(pipe(ends), 0);
    const pid_t holder = fork();
    if (holder == 0) {
        signal(SIGCHLD, SIG_DFL); /* libuv's handler is not its own */
        done = ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0 ? 'y' : 'n';
        if (write(ends[1], &done, 1) == 1)
            pause();
        _exit(0);
    }
    assert_int_equal(read(ends[0], &done, 1), 1);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(done, 'y');
    return holder;
}

static void test_a_worker_that_does_not_even_die(void **state)
{
    (void)state;
    supervisor_record(supervisor, 0, 5);
    await(EVENT_ON_DISK, 0, 5);
    const int pid = supervisor_view(supervisor, 0).worker_pid;
    const pid_t holder = hold(pid);
    await(EVENT_MUTE, 0, 5);
    await(EVENT_ON_DISK, 0, 5);
    assert_int_not_equal(supervisor_view(supervisor, 0).worker_pid, pid);
    assert_int_equal(kill(pid, 0), 0); /* it is there still */
    assert_int_equal(kill(holder, SIGKILL), 0);
    assert_int_equal(waitpid(holder, NULL, 0), holder);
    for (int i = 0; i < 100 && kill(pid, 0) == 0; i++) {
        uv_run(&loop, UV_RUN_NOWAIT);
        usleep(20000);
    }
    assert_int_not_equal(kill(pid, 0), 0); /* and buried when it ends */
}

/* R35: each camera's rule on each volume of this server, then the volume itself. */
static void test_volumes_are_looked_after(void **state)
{
    (void)state;
    static const char expected[] = "omega on disk, 5000 bytes: omega/gate 3600000\n"
                                   "omega on disk, 5000 bytes: / 0\n";
    char text[sizeof expected + 1] = "";
    assert_int_equal(truncate(kept, 0), 0);
    end(NULL);
    assert_int_equal(begin(NULL), 0);
    for (int i = 0; i < 250 && strcmp(text, expected) != 0; i++) {
        uv_run(&loop, UV_RUN_NOWAIT);
        usleep(20000);
        FILE *file = fopen(kept, "r");
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
    }
    assert_string_equal(text, expected);
}

static void test_no_program(void **state)
{
    (void)state;
    char sound[sizeof program];
    memcpy(sound, program, sizeof sound);
    strcpy(program, "/nowhere/understudy-recorder");
    assert_int_equal(begin(NULL), 0);
    supervisor_record(supervisor, 0, 5);
    memcpy(program, sound, sizeof program);
    await(EVENT_MUTE, 0, 5);
    await(EVENT_ON_DISK, 0, 5); /* the program is there by now */
}

static void test_reports_are_judged(void **state)
{
    (void)state;
    struct recorder_report sound = {.abi = RECORDER_ABI, .kind = REPORT_ALIVE};
    assert_true(worker_report_is_sound(&sound, sizeof sound));
    assert_false(worker_report_is_sound(&sound, sizeof sound - 1));
    sound.kind = RECORDER_REPORT_COUNT;
    assert_false(worker_report_is_sound(&sound, sizeof sound));
    sound.kind = REPORT_SILENT;
    memset(sound.cause, 'x', sizeof sound.cause);
    assert_false(worker_report_is_sound(&sound, sizeof sound));
}

int main(int count, char **words)
{
    if (count > 1 && strcmp(words[1], "worker") == 0)
        return has_options(count, words) ? work() : 7;
    if (readlink("/proc/self/exe", program, sizeof program - 1) <= 0 || close(mkstemp(kept)) != 0 ||
        setenv("KEPT", kept, 1) != 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_recording, begin, end),
        cmocka_unit_test_setup_teardown(test_what_memory_holds, begin, end),
        cmocka_unit_test_setup_teardown(test_a_dead_worker_is_replaced, begin, end),
        cmocka_unit_test_setup_teardown(test_another_deployment, begin, end),
        cmocka_unit_test_setup_teardown(test_a_worker_that_dies_of_its_orders, begin, end),
        cmocka_unit_test_setup_teardown(test_junk_ends_the_worker, begin, end),
        cmocka_unit_test_setup_teardown(test_a_worker_that_does_not_even_die, begin, end),
        cmocka_unit_test_setup_teardown(test_volumes_are_looked_after, begin, end),
        cmocka_unit_test_teardown(test_no_program, end),
        cmocka_unit_test(test_reports_are_judged)};
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(kept);
    return failed;
}
