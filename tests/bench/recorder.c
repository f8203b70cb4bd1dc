/* What a recorder worker does and costs, beside one ffmpeg for each camera on the same cameras.
 *
 *     bench-recorder PROGRAM URL VOLUME start cold|armed ROUNDS
 *     bench-recorder PROGRAM URL VOLUME mass cold|armed CAMERAS
 *     bench-recorder PROGRAM URL VOLUME cost CAMERAS SECONDS
 *     bench-recorder PROGRAM URL VOLUME hand cold|armed 1
 *     bench-recorder ffmpeg  URL FOLDER start - ROUNDS
 *     bench-recorder ffmpeg  URL FOLDER mass - CAMERAS
 *     bench-recorder ffmpeg  URL FOLDER cost CAMERAS SECONDS
 *     bench-recorder ffmpeg  URL FOLDER hand - 1
 *
 * `start` prints for each round the milliseconds from the order to the first keyframe on disk, and
 * those from the camera's first keyframe after the order (the camera sends one at each whole
 * second); `mass` the milliseconds until the last camera of them is on disk; `cost` the percent of
 * a processor and the MiB (of its own and its share of what is shared) for each camera. `hand`
 * kills whoever records the camera, has another take over at once, and a third take it back: the
 * three write as cameras HAND_MAIN, HAND_STANDBY and HAND_BACK, or as files with these numbers. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "recorder/recorder.h"

#define CAMERAS_MAX   64
#define CAMERAS_EACH  16 /* of a worker, as a node does it */
#define ARM_MS        2500
#define REPORT_WAIT_S 30
#define POLL_US       1000

static const char *program, *url, *place;
static pid_t processes[CAMERAS_MAX];
static int sockets[CAMERAS_MAX];
static unsigned process_count;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "bench-recorder: %s\n", what);
    exit(3);
}

static double wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void pause_ms(unsigned ms)
{
    struct timespec left = {ms / 1000, (long)(ms % 1000) * 1000000};

    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}

static bool is_ffmpeg(void)
{
    return strcmp(program, "ffmpeg") == 0;
}

static void end_all(void)
{
    for (unsigned i = 0; i < process_count; i++) {
        if (sockets[i] > 0)
            close(sockets[i]);
        else
            kill(processes[i], SIGKILL);
        waitpid(processes[i], NULL, 0);
    }
    process_count = 0;
}

/* ---- workers ---- */

static void start_worker(void)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        fail("no socket");
    processes[process_count] = fork();
    if (processes[process_count] == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (ends[1] == RECORDER_FD)
            ends[1] = dup(ends[1]);
        dup2(ends[1], RECORDER_FD);
        execl(program, program, "worker", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    sockets[process_count++] = ends[0];
}

static struct recorder_report next_report(unsigned worker, double until_ms)
{
    struct pollfd polled = {.fd = sockets[worker], .events = POLLIN};
    struct recorder_report report = {.kind = RECORDER_REPORT_COUNT};
    double left_ms = until_ms - wall_ms();

    if (left_ms <= 0 || poll(&polled, 1, (int)left_ms + 1) <= 0)
        return report;
    if (recv(sockets[worker], &report, sizeof(report), 0) != (ssize_t)sizeof(report))
        fail("a worker ended");
    return report;
}

/* Waits for a report of the worker's on a camera. */
static void await(unsigned worker, enum recorder_report_kind kind, uint32_t camera)
{
    double until_ms = wall_ms() + REPORT_WAIT_S * 1e3;
    struct recorder_report report;

    do {
        report = next_report(worker, until_ms);
        if (report.kind == RECORDER_REPORT_COUNT)
            fail("a report did not come");
    } while (report.kind != kind || report.camera != camera);
}

static void give(enum recorder_order_kind kind, uint32_t camera, uint64_t epoch)
{
    struct recorder_order order = {.abi = RECORDER_ABI,
                                   .kind = kind,
                                   .camera = camera,
                                   .epoch = epoch,
                                   .volume_count = 1,
                                   .main_name = "alpha",
                                   .server_name = "omega",
                                   .volumes = {{.name = "bench"}}};

    snprintf(order.camera_name, sizeof(order.camera_name), "camera-%u", camera);
    snprintf(order.url, sizeof(order.url), "%s", url);
    snprintf(order.volumes[0].path, sizeof(order.volumes[0].path), "%s", place);
    if (send(sockets[camera / CAMERAS_EACH], &order, sizeof(order), MSG_NOSIGNAL) !=
        (ssize_t)sizeof(order))
        fail("a worker takes no order");
}

static void start_workers(unsigned cameras)
{
    for (unsigned i = 0; i < (cameras + CAMERAS_EACH - 1) / CAMERAS_EACH; i++) {
        start_worker();
        await(i, REPORT_READY, 0);
    }
}

static void arm(unsigned cameras)
{
    for (uint32_t i = 0; i < cameras; i++)
        give(ORDER_ARM, i, 0);
    pause_ms(ARM_MS);
}

/* ---- ffmpeg ---- */

static void file_of(unsigned camera, char *path, size_t size)
{
    snprintf(path, size, "%s/%u-000.ts", place, camera);
}

static void start_ffmpeg(unsigned camera)
{
    char pattern[512];

    file_of(camera, pattern, sizeof(pattern));
    unlink(pattern);
    snprintf(pattern, sizeof(pattern), "%s/%u-%%03d.ts", place, camera);
    sockets[process_count] = 0;
    processes[process_count] = fork();
    if (processes[process_count] == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execlp("ffmpeg", "ffmpeg", "-nostdin", "-v", "fatal", "-rtsp_transport", "tcp", "-i", url,
               "-c", "copy", "-f", "segment", "-segment_time", "10", pattern, (char *)NULL);
        _exit(127);
    }
    process_count++;
}

static void await_file(unsigned camera)
{
    double until_ms = wall_ms() + REPORT_WAIT_S * 1e3;
    struct stat status;
    char path[512];

    file_of(camera, path, sizeof(path));
    while (stat(path, &status) != 0 || status.st_size == 0) {
        if (wall_ms() > until_ms)
            fail("ffmpeg writes nothing");
        usleep(POLL_US);
    }
}

/* ---- what is measured ---- */

static void begin(unsigned cameras, bool armed)
{
    if (is_ffmpeg())
        return;
    start_workers(cameras);
    if (armed)
        arm(cameras);
}

/* All cameras are told; until the last is on disk. */
static void record_all(unsigned cameras, uint64_t epoch)
{
    for (uint32_t i = 0; i < cameras; i++) {
        if (is_ffmpeg())
            start_ffmpeg(i);
        else
            give(ORDER_RECORD, i, epoch);
    }
}

/* A worker's reports come in any order of its cameras. */
static void await_all(unsigned cameras)
{
    double until_ms = wall_ms() + REPORT_WAIT_S * 1e3;
    unsigned left = cameras;

    for (uint32_t i = 0; is_ffmpeg() && i < cameras; i++)
        await_file(i);
    for (unsigned worker = 0; !is_ffmpeg() && left > 0; worker = (worker + 1) % process_count) {
        struct recorder_report report = next_report(worker, wall_ms() + 1);

        left -= report.kind == REPORT_ON_DISK;
        if (wall_ms() > until_ms)
            fail("not all cameras are on disk");
    }
}

static void measure_start(bool armed, unsigned rounds)
{
    for (unsigned round = 0; round < rounds; round++) {
        double told_ms, done_ms, key_ms;

        begin(1, armed);
        pause_ms(137 * (round + 1) % 1000); /* anywhere between two keyframes */
        told_ms = wall_ms();
        key_ms = (double)((long long)(told_ms / 1000) + 1) * 1e3;
        record_all(1, round + 1);
        await_all(1);
        done_ms = wall_ms();
        printf("%.0f %.0f\n", done_ms - told_ms, done_ms - key_ms);
        end_all();
    }
}

static void measure_mass(bool armed, unsigned cameras)
{
    double told_ms;

    begin(cameras, armed);
    told_ms = wall_ms();
    record_all(cameras, 1);
    await_all(cameras);
    printf("%.0f\n", wall_ms() - told_ms);
    end_all();
}

/* User and system time in clock ticks. */
static double ticks_of(pid_t process)
{
    unsigned long long user, system;
    char path[64], text[1024], *end;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)process);
    file = fopen(path, "r");
    if (file == NULL || fgets(text, sizeof(text), file) == NULL)
        fail("a process is gone");
    fclose(file);
    end = strrchr(text, ')');
    if (end == NULL ||
        sscanf(end, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user, &system) != 2)
        fail("/proc is not understood");
    return (double)(user + system);
}

static double kib_of(pid_t process)
{
    char path[64], line[256];
    double kib = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)process);
    file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        if (sscanf(line, "Pss: %lf", &kib) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return kib;
}

static double sum(double (*of)(pid_t process))
{
    double all = 0;

    for (unsigned i = 0; i < process_count; i++)
        all += of(processes[i]);
    return all;
}

/* Reports are taken all the while, as a node does. */
static void look_on(unsigned seconds)
{
    double until_ms = wall_ms() + seconds * 1e3;

    while (wall_ms() < until_ms)
        for (unsigned i = 0; i < process_count; i++) {
            if (is_ffmpeg())
                pause_ms(10);
            else
                next_report(i, wall_ms() + 20);
        }
}

static void measure_cost(unsigned cameras, unsigned seconds)
{
    double ticks, begun_ms;

    begin(cameras, false);
    record_all(cameras, 1);
    await_all(cameras);
    look_on(2);
    ticks = sum(ticks_of);
    begun_ms = wall_ms();
    look_on(seconds);
    ticks = (sum(ticks_of) - ticks) / (double)sysconf(_SC_CLK_TCK);
    printf("%.3f %.2f\n", 100 * ticks / ((wall_ms() - begun_ms) / 1e3) / cameras,
           sum(kib_of) / 1024 / cameras);
    end_all();
}

/* Each is another worker's. */
#define HAND_MAIN    0
#define HAND_STANDBY CAMERAS_EACH
#define HAND_BACK    (2 * CAMERAS_EACH)

static void hand_workers(bool armed)
{
    start_workers(2 * CAMERAS_EACH + 1);
    give(ORDER_RECORD, HAND_MAIN, 1);
    await(0, REPORT_ON_DISK, HAND_MAIN);
    if (armed)
        give(ORDER_ARM, HAND_STANDBY, 0);
    pause_ms(4370);
    kill(processes[0], SIGKILL);
    give(ORDER_RECORD, HAND_STANDBY, 2);
    await(1, REPORT_ON_DISK, HAND_STANDBY);
    pause_ms(2000);
    give(ORDER_RECORD, HAND_BACK, 3);
    await(2, REPORT_ON_DISK, HAND_BACK);
    give(ORDER_STOP, HAND_STANDBY, 2);
    await(1, REPORT_STOPPED, HAND_STANDBY);
    pause_ms(2000);
    give(ORDER_STOP, HAND_BACK, 3);
    await(2, REPORT_STOPPED, HAND_BACK);
}

/* Nobody tells it when the other is on disk: it is given the time. */
static void hand_ffmpeg(void)
{
    start_ffmpeg(HAND_MAIN);
    await_file(HAND_MAIN);
    pause_ms(4370);
    kill(processes[0], SIGKILL);
    start_ffmpeg(HAND_STANDBY);
    await_file(HAND_STANDBY);
    pause_ms(4000);
}

static void measure_hand(bool armed)
{
    if (is_ffmpeg())
        hand_ffmpeg();
    else
        hand_workers(armed);
    end_all();
}

int main(int count, char **words)
{
    unsigned number, cameras;

    if (count != 7)
        fail("usage: bench-recorder PROGRAM|ffmpeg URL VOLUME start|mass|cost|hand cold|armed|- "
             "NUMBER");
    program = words[1];
    url = words[2];
    place = words[3];
    number = (unsigned)atoi(words[6]);
    cameras = (unsigned)atoi(words[5]);
    if (strcmp(words[4], "start") == 0)
        measure_start(strcmp(words[5], "armed") == 0, number);
    else if (strcmp(words[4], "mass") == 0 && number <= CAMERAS_MAX)
        measure_mass(strcmp(words[5], "armed") == 0, number);
    else if (strcmp(words[4], "cost") == 0 && cameras > 0 && cameras <= CAMERAS_MAX)
        measure_cost(cameras, number);
    else if (strcmp(words[4], "hand") == 0)
        measure_hand(strcmp(words[5], "armed") == 0);
    else
        fail("there is no such measure");
    return 0;
}
