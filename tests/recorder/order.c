/* Drives a recorder worker by hand: starts one, gives it orders, prints its reports with the time
 * since the start.
 *
 *     order PROGRAM STEP...
 *
 * Steps, in order:  server NAME | main NAME | volume NAME PATH | camera NUMBER NAME URL   (what
 * orders say) arm NUMBER | disarm NUMBER | record NUMBER EPOCH | stop NUMBER        (an order) wait
 * MS | until REPORT NUMBER                                        (meanwhile reports are printed)
 *                   stalled PROCESS MS                                                  (SIGSTOP,
 * SIGCONT to a process) kill (SIGKILL to the worker) At the end the socket is closed and the
 * worker's exit is waited for. Exit code 1: a report did not come in 20 s.
 */
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/moment.h"
#include "recorder/recorder.h"

#define CAMERAS_MAX 64
#define UNTIL_MS    20000

static const char *const order_names[] = {
#define X(symbol, name) [symbol] = name,
    RECORDER_ORDERS(X)
#undef X
};

static const char *const report_names[] = {
#define X(symbol, name) [symbol] = name,
    RECORDER_REPORTS(X)
#undef X
};

static struct recorder_order cameras[CAMERAS_MAX];
static struct recorder_order common;
static int worker_socket;
static pid_t worker;
static int64_t began_us;

static void fail(const char *what)
{
    fprintf(stderr, "order: %s\n", what);
    exit(2);
}

static void start(const char *program)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        fail("no socket");
    worker = fork();
    if (worker == 0) {
        /* dup2 onto the same number would leave it close-on-exec. */
        if (ends[1] == RECORDER_FD)
            ends[1] = dup(ends[1]);
        dup2(ends[1], RECORDER_FD);
        execl(program, program, "worker", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    worker_socket = ends[0];
    began_us = moment_monotonic_us();
}

static void print_report(const struct recorder_report *report)
{
    char from[MOMENT_TEXT_MAX], to[MOMENT_TEXT_MAX];

    printf("%7.3f %-8s camera %u epoch %llu", (double)(moment_monotonic_us() - began_us) / 1e6,
           report_names[report->kind], report->camera, (unsigned long long)report->epoch);
    if (report->kind == REPORT_ALIVE)
        printf(" bytes %llu frames %llu key %u ms", (unsigned long long)report->bytes,
               (unsigned long long)report->frames, report->keyframe_age_ms);
    if (report->from_wall_ms != 0)
        printf(" from %s", moment_print(from, report->from_wall_ms));
    if (report->kind == REPORT_SEGMENT)
        printf(" to %s, %llu bytes, %llu frames", moment_print(to, report->to_wall_ms),
               (unsigned long long)report->bytes, (unsigned long long)report->frames);
    printf("%s%s\n", report->cause[0] != '\0' ? ": " : "", report->cause);
}

/* Prints reports until the time is over, or until one of this kind and camera came (kind -1: none
 * is waited for). */
static bool listen_for(int wait_ms, int kind, uint32_t camera)
{
    int64_t until_us = moment_monotonic_us() + wait_ms * INT64_C(1000);
    struct pollfd polled = {.fd = worker_socket, .events = POLLIN};
    struct recorder_report report;
    int64_t left_us;

    while ((left_us = until_us - moment_monotonic_us()) > 0) {
        if (poll(&polled, 1, (int)(left_us / 1000) + 1) <= 0)
            continue;
        if (recv(worker_socket, &report, sizeof(report), 0) != (ssize_t)sizeof(report))
            return false;
        print_report(&report);
        if ((int)report.kind == kind && report.camera == camera)
            return true;
    }
    return false;
}

static struct recorder_order *camera_of(const char *number)
{
    int i = atoi(number);

    if (i < 0 || i >= CAMERAS_MAX)
        fail("a camera's number is from 0 to 63");
    return &cameras[i];
}

static void give(enum recorder_order_kind kind, struct recorder_order *order)
{
    order->abi = RECORDER_ABI;
    order->kind = kind;
    order->camera = (uint32_t)(order - cameras);
    printf("%7.3f > %s camera %u\n", (double)(moment_monotonic_us() - began_us) / 1e6,
           order_names[kind], order->camera);
    if (send(worker_socket, order, sizeof(*order), MSG_NOSIGNAL) != (ssize_t)sizeof(*order))
        printf("the worker is gone\n");
}

static void add_volume(const char *name, const char *path)
{
    struct recorder_volume *volume = &common.volumes[common.volume_count++];

    snprintf(volume->name, sizeof(volume->name), "%s", name);
    snprintf(volume->path, sizeof(volume->path), "%s", path);
}

static void add_camera(const char *number, const char *name, const char *url)
{
    struct recorder_order *order = camera_of(number);

    *order = common;
    snprintf(order->camera_name, sizeof(order->camera_name), "%s", name);
    snprintf(order->url, sizeof(order->url), "%s", url);
}

/* One of the orders? Returns how many words it took, 0: no. */
static int order_step(char **words)
{
    if (strcmp(words[0], "record") == 0 && words[1] != NULL && words[2] != NULL) {
        camera_of(words[1])->epoch = strtoull(words[2], NULL, 10);
        give(ORDER_RECORD, camera_of(words[1]));
        return 3;
    }
    for (int i = 0; i < RECORDER_ORDER_COUNT; i++)
        if (i != ORDER_RECORD && strcmp(words[0], order_names[i]) == 0 && words[1] != NULL) {
            give((enum recorder_order_kind)i, camera_of(words[1]));
            return 2;
        }
    return 0;
}

static int until_step(char **words)
{
    for (int i = 0; i < RECORDER_REPORT_COUNT; i++)
        if (strcmp(words[1], report_names[i]) == 0) {
            if (!listen_for(UNTIL_MS, i, (uint32_t)atoi(words[2]))) {
                printf("no report %s of camera %s came\n", words[1], words[2]);
                exit(1);
            }
            return 3;
        }
    fail("there is no such report");
    return 0;
}

static int step(char **words)
{
    int used = order_step(words);

    if (used > 0)
        return used;
    if (strcmp(words[0], "kill") == 0) {
        kill(worker, SIGKILL);
        return 1;
    }
    if (words[1] == NULL)
        fail("a word is missing");
    if (strcmp(words[0], "wait") == 0)
        listen_for(atoi(words[1]), -1, 0);
    else if (strcmp(words[0], "server") == 0)
        snprintf(common.server_name, sizeof(common.server_name), "%s", words[1]);
    else if (strcmp(words[0], "main") == 0)
        snprintf(common.main_name, sizeof(common.main_name), "%s", words[1]);
    else
        used = 1;
    if (used == 0)
        return 2;
    if (words[2] == NULL)
        fail("a word is missing");
    if (strcmp(words[0], "until") == 0)
        return until_step(words);
    if (strcmp(words[0], "volume") == 0 && common.volume_count < RECORDER_VOLUMES_MAX) {
        add_volume(words[1], words[2]);
        return 3;
    }
    if (strcmp(words[0], "stalled") == 0) {
        kill(atoi(words[1]), SIGSTOP);
        listen_for(atoi(words[2]), -1, 0);
        kill(atoi(words[1]), SIGCONT);
        return 3;
    }
    if (strcmp(words[0], "camera") != 0 || words[3] == NULL)
        fail("there is no such step");
    add_camera(words[1], words[2], words[3]);
    return 4;
}

int main(int count, char **arguments)
{
    int status = 0;

    if (count < 3)
        fail("usage: order PROGRAM STEP...");
    setvbuf(stdout, NULL, _IOLBF, 0);
    start(arguments[1]);
    for (int i = 2; i < count;)
        i += step(arguments + i);
    shutdown(worker_socket, SHUT_WR);
    listen_for(15000, -1, 0);
    waitpid(worker, &status, 0);
    printf("the worker ended: %s %d\n", WIFSIGNALED(status) ? "signal" : "exit code",
           WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    return 0;
}
