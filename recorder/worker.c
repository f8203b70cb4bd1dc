#include "recorder/worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "recorder/camera.h"
#include "recorder/keeper.h"
#include "recorder/moment.h"
#include "recorder/order.h"
#include "recorder/outbox.h"
#include "recorder/recorder.h"
#include "recorder/vlc.h"

#define CAMERAS_MAX 256
#define TICK_MS     250
/* How long the cameras may take to finish their segments at the end, in seconds; then the process
 * is killed. */
#define END_S 10

struct slot {
    struct camera *camera;
    struct recorder_order order; /* who it is: names and address */
    bool armed, recording;
};

struct worker {
    struct vlc_library *library;
    struct outbox outbox;
    struct slot slots[CAMERAS_MAX];
    size_t slot_count;
};

static volatile sig_atomic_t ending;

static void on_signal(int number)
{
    (void)number;
    ending = 1;
}

static void post(void *owner, const struct recorder_report *report)
{
    outbox_put(owner, report);
}

static void refuse(struct worker *worker, const struct recorder_order *order, const char *cause)
{
    struct recorder_report report = {
        .abi = RECORDER_ABI, .kind = REPORT_SILENT, .camera = order->camera, .epoch = order->epoch};

    snprintf(report.cause, sizeof(report.cause), "%s", cause);
    outbox_put(&worker->outbox, &report);
}

static struct slot *find_slot(struct worker *worker, uint32_t number)
{
    for (size_t i = 0; i < worker->slot_count; i++)
        if (worker->slots[i].order.camera == number)
            return &worker->slots[i];
    return NULL;
}

/* One of which nothing is wished any more: a worker that lives long meets many cameras. */
static struct slot *find_idle_slot(struct worker *worker)
{
    for (size_t i = 0; i < worker->slot_count; i++)
        if (!worker->slots[i].armed && !worker->slots[i].recording)
            return &worker->slots[i];
    return NULL;
}

/* The slot of the order's camera, new if need be. NULL after a report why not. */
static struct slot *slot_for(struct worker *worker, const struct recorder_order *order)
{
    struct slot *slot = find_slot(worker, order->camera);
    char cause[RECORDER_CAUSE_MAX];

    if (slot != NULL && order_is_same_camera(&slot->order, order))
        return slot;
    if (slot != NULL && (slot->armed || slot->recording)) {
        refuse(worker, order,
               "the order is refused: this camera is read from another address; stop that first");
        return NULL;
    }
    if (!order_accept(order, cause)) {
        refuse(worker, order, cause);
        return NULL;
    }
    if (slot == NULL && worker->slot_count == CAMERAS_MAX)
        slot = find_idle_slot(worker);
    if (slot == NULL && worker->slot_count == CAMERAS_MAX) {
        refuse(worker, order, "the order is refused: this worker has its full number of cameras");
        return NULL;
    }
    if (slot == NULL)
        slot = &worker->slots[worker->slot_count++];
    else
        camera_close(slot->camera);
    *slot = (struct slot){.order = *order,
                          .camera = camera_open(worker->library, order, post, &worker->outbox)};
    if (slot->camera != NULL)
        return slot;
    refuse(worker, order, "the camera cannot be started: memory or threads are out");
    *slot = worker->slots[--worker->slot_count];
    return NULL;
}

/* An end of something that never began is answered all the same. */
static void stop_unknown(struct worker *worker, const struct recorder_order *order)
{
    struct recorder_report report = {.abi = RECORDER_ABI,
                                     .kind = REPORT_STOPPED,
                                     .camera = order->camera,
                                     .epoch = order->epoch};

    if (order->kind == ORDER_STOP)
        outbox_put(&worker->outbox, &report);
}

static void keep_volume(struct worker *worker, const struct recorder_order *order)
{
    char cause[RECORDER_CAUSE_MAX];

    if (order_accept_keep(order, cause))
        keeper_order(order, post, &worker->outbox);
    else
        refuse(worker, order, cause);
}

static void obey(struct worker *worker, const struct recorder_order *order)
{
    bool begins = order->kind == ORDER_ARM || order->kind == ORDER_RECORD;
    struct slot *slot = begins ? slot_for(worker, order) : find_slot(worker, order->camera);
    char cause[RECORDER_CAUSE_MAX];

    if (order->kind == ORDER_KEEP) {
        keep_volume(worker, order);
        return;
    }
    if (slot == NULL && !begins)
        stop_unknown(worker, order);
    if (slot == NULL)
        return;
    if (begins && !order_accept(order, cause)) {
        refuse(worker, order, cause);
        return;
    }
    if (order->kind == ORDER_ARM || order->kind == ORDER_DISARM)
        slot->armed = begins;
    else
        slot->recording = begins;
    camera_order(slot->camera, order);
}

/* False: the socket is closed, or what comes is not of our kind. */
static bool receive(struct worker *worker)
{
    struct recorder_order order;

    for (;;) {
        ssize_t size = recv(RECORDER_FD, &order, sizeof(order), MSG_DONTWAIT | MSG_TRUNC);

        if (size < 0)
            return errno == EAGAIN || errno == EINTR;
        if (size == 0)
            return false;
        if (!order_is_sound(&order, size)) {
            fprintf(
                stderr,
                "understudy-recorder: an order of another version or form came: the node and this "
                "recorder do not belong together\n");
            return false;
        }
        obey(worker, &order);
    }
}

static void tick(struct worker *worker, int64_t *alive_us)
{
    int64_t now_us = moment_monotonic_us();
    bool alive = now_us - *alive_us >= 1000000;

    if (alive)
        *alive_us = now_us;
    for (size_t i = 0; i < worker->slot_count; i++)
        camera_tick(worker->slots[i].camera, alive);
    keeper_tick();
}

static int serve(struct worker *worker, const sigset_t *waiting_mask)
{
    struct recorder_report ready = {.abi = RECORDER_ABI, .kind = REPORT_READY};
    struct timespec turn = {.tv_nsec = TICK_MS * 1000000};
    int64_t alive_us = 0, ticked_us = 0;
    bool sent = true;

    outbox_put(&worker->outbox, &ready);
    while (!ending) {
        struct pollfd polled[] = {{.fd = RECORDER_FD, .events = sent ? POLLIN : POLLIN | POLLOUT},
                                  {.fd = sent ? worker->outbox.wake : -1, .events = POLLIN}};

        if (ppoll(polled, 2, &turn, waiting_mask) < 0 && errno != EINTR)
            return 3;
        if (polled[0].revents != 0 && !receive(worker))
            break;
        sent = outbox_send(&worker->outbox, RECORDER_FD);
        if (moment_monotonic_us() - ticked_us >= TICK_MS * 1000) {
            ticked_us = moment_monotonic_us();
            tick(worker, &alive_us);
        }
    }
    return 0;
}

/* A recorder without its node would go on writing under an epoch that may be another's by now. */
static bool tie_to_parent(void)
{
    pid_t parent = getppid();

    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}

/* SIGTERM ends the worker in good order, in the wait of the main thread alone. An interrupt from
 * the terminal is for the node to answer. */
static void set_signals(sigset_t *waiting_mask)
{
    struct sigaction end = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};
    sigset_t blocked;

    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGINT, &ignore, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &blocked, waiting_mask);
    sigdelset(waiting_mask, SIGTERM);
}

int worker_run(const struct confine *confine)
{
    static struct worker worker;
    char cause[RECORDER_CAUSE_MAX] = "memory is out";
    sigset_t waiting_mask;
    int kind, code;
    socklen_t size = sizeof(kind);

    if (getsockopt(RECORDER_FD, SOL_SOCKET, SO_TYPE, &kind, &size) != 0 || kind != SOCK_SEQPACKET) {
        fprintf(stderr,
                "understudy-recorder: `worker` is started by understudy-node, not by hand\n");
        return 2;
    }
    if (!tie_to_parent())
        return 3;
    set_signals(&waiting_mask);
    confine_process(confine);
    worker.library = vlc_library_load(cause);
    if (worker.library == NULL || !outbox_init(&worker.outbox)) {
        fprintf(stderr, "understudy-recorder: %s\n", cause);
        return 3;
    }
    code = serve(&worker, &waiting_mask);
    alarm(END_S);
    for (size_t i = 0; i < worker.slot_count; i++)
        if (worker.slots[i].recording)
            camera_order(worker.slots[i].camera, &(struct recorder_order){.kind = ORDER_STOP});
    for (size_t i = 0; i < worker.slot_count; i++)
        camera_close(worker.slots[i].camera);
    outbox_send(&worker.outbox, RECORDER_FD);
    vlc_library_unload(worker.library);
    return code;
}
